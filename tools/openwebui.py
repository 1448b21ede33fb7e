"""Make environments in which Open WebUI's own model classes and migrations run.

    python tools/openwebui.py build/openwebui                          the oracle of the conformance tests, untouched
    python tools/openwebui.py build/openwebui-wired --wired            the same beside this library, for the wiring's tests
    python tools/openwebui.py build/openwebui-releases --sources       the source of every release that is known, to be read

Open WebUI's whole dependency tree is gigabytes; its models and migrations need only these. It runs on Python 3.11 and
3.12; where neither is found nothing is made, and the tests that need it say so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION = "0.6.36"
RELEASES = ("0.6.33", "0.6.34", "0.6.35", "0.6.36")
# Of what the wiring touches, the very releases that Open WebUI names.
WIRED = ("uvicorn==0.37.0", "fastapi==0.118.0")
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


def environment(folder: Path, *beside: str) -> None:
    """Make the environment, with these packages beside Open WebUI, where it is not there yet."""
    ready = folder / f".ready-{VERSION}"
    if ready.exists():
        return
    python = interpreter()
    if python is None:
        print("Open WebUI needs Python 3.11 or 3.12 and neither is here: its conformance tests will say so")
        return
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PINNED, *NEEDED, *beside], check=True)
    subprocess.run([*pip, "--no-deps", f"open-webui=={VERSION}"], check=True)
    ready.touch()


def sources(folder: Path) -> None:
    """The Python files of every release, and what else tells its version, where they are not there yet."""
    for release in RELEASES:
        target = folder / release
        if (target / ".ready").exists():
            continue
        with tempfile.TemporaryDirectory() as wheels:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-deps", "--dest", wheels, f"open-webui=={release}"], check=True)
            (wheel,) = Path(wheels).glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                for name in packed.namelist():
                    if name.endswith((".py", "METADATA")):
                        packed.extract(name, target)
        (target / ".ready").touch()


def main(folder: Path, what: str = "") -> None:
    """What was asked for, under this folder."""
    if what == "--sources":
        sources(folder)
    elif what == "--wired":
        environment(folder, *WIRED, "--editable", f"{ROOT}[embedded]")
    else:
        environment(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
