"""Make an environment in which Open WebUI's own model classes and migrations run: the oracle of the conformance tests.

    python tools/openwebui.py build/openwebui

Open WebUI's whole dependency tree is gigabytes; its models and migrations need only these. It runs on Python 3.11 and
3.12; where neither is found nothing is made, and the tests that need it say so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "0.6.36"
PINNED = ("sqlalchemy==2.0.38", "pydantic==2.11.9", "httpx==0.28.1")
NEEDED = (
    *(
        "peewee",
        "peewee-migrate",
        "alembic",
        "markdown",
        "beautifulsoup4",
        "cryptography",
        "fastapi",
        "typer",
    ),
    *("uvicorn", "redis", "requests", "authlib", "pyjwt", "bcrypt", "pytz", "chromadb", "psycopg2-binary"),
)


def interpreter() -> str | None:
    """A Python that Open WebUI runs on: this one, or another on the path."""
    if sys.version_info[:2] in ((3, 11), (3, 12)):
        return sys.executable
    for name in ("python3.12", "python3.11"):
        found = shutil.which(name)
        if (
            found
            and subprocess.run([found, "-c", "import venv"], capture_output=True, check=False).returncode == 0
        ):
            return found
    return None


def main(folder: Path) -> None:
    """Make the environment where it is not there yet."""
    ready = folder / f".ready-{VERSION}"
    if ready.exists():
        return
    python = interpreter()
    if python is None:
        print("Open WebUI needs Python 3.11 or 3.12 and neither is here: its conformance tests will say so")
        return
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PINNED, *NEEDED], check=True)
    subprocess.run([*pip, "--no-deps", f"open-webui=={VERSION}"], check=True)
    ready.touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
