"""Stands in for Open WebUI's `main`, whose dependencies are gigabytes: the same kind of application, on its real models.

Put into a copy of the package as `open_webui/main.py`. What it imports, it imports as Open WebUI does: the instances, by name.
"""

import os
import threading
from contextlib import asynccontextmanager

import open_webui.config  # noqa: F401 - migrates
from fastapi import FastAPI
from open_webui.models.auths import Auths
from open_webui.models.folders import FolderForm, Folders
from open_webui.models.users import UserModel, Users


@asynccontextmanager
async def lifespan(app):
    print(f"begins with {Users.get_num_users()}", flush=True)
    yield
    print(f"ends with {Users.get_num_users()}", flush=True)


app = FastAPI(lifespan=lifespan)


@app.get("/process")
async def process():
    return {"pid": os.getpid(), "threads": sorted(thread.name for thread in threading.enumerate())}


@app.post("/users/{name}")
async def sign_up(name: str) -> UserModel:
    """As Open WebUI signs up: a neighbouring table and a migrated one, each its own way."""
    return Auths.insert_new_auth(f"{name}@example.com", "x", name)


@app.get("/users/{name}")
async def sign_in(name: str) -> UserModel | None:
    return Auths.authenticate_user_by_email(f"{name}@example.com")


@app.post("/folders/{name}")
async def folder(name: str):
    return Folders.insert_new_folder("u", FolderForm(name=name))


@app.get("/folders")
async def folders():
    return [folder.name for folder in Folders.get_folders_by_user_id("u")]
