"""Make an environment in which the whole of Open WebUI runs, its web page included, and this project beside it.

    python -m tools.openwebui_application build/openwebui-full

What Open WebUI's own wheel asks for is installed as it asks, in its versions, except for `LEFT_OUT`: packages that nothing
imports before a local model, a scanned document or one named provider is used. With them the environment is three times the size.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tools.openwebui import VERSION, interpreter

LEFT_OUT = {
    "models that run in the application's own process": (
        *("accelerate", "einops", "faster-whisper", "sentence-transformers", "sentencepiece", "transformers"),
    ),
    "scanned and office documents, sound": (
        *("docx2txt", "nltk", "opencv-python-headless", "openpyxl", "pandas", "pyarrow", "pypandoc"),
        *("python-pptx", "pyxlsb", "rapidocr-onnxruntime", "soundfile", "unstructured", "xlrd"),
    ),
    "one provider each, asked over the network": (
        *("anthropic", "google-api-python-client", "google-auth-httplib2", "google-auth-oauthlib"),
        *("google-genai", "google-generativeai", "openai", "opensearch-py", "pymysql", "pytube"),
        "youtube-transcript-api",
    ),
}
"""Why a package is not needed here, and which those are."""

BESIDE = (
    "beautifulsoup4",  # imported at start; elsewhere it comes along with `unstructured`
    "psycopg2-binary==2.9.10",  # what Open WebUI's extra `postgres` pins
)
_ROOT = Path(__file__).parents[1]
_WHEEL = f"open-webui=={VERSION}"


def needed(requirements: list[str]) -> list[str]:
    """Those of Open WebUI's requirements that its web page and its HTTP API need."""
    left_out = {name for names in LEFT_OUT.values() for name in names}
    return [
        requirement
        for requirement in requirements
        if "extra ==" not in requirement and re.split(r"[^A-Za-z0-9_.-]", requirement)[0] not in left_out
    ]


def asked_for(pip: list[str]) -> list[str]:
    """Open WebUI's requirements, from the index."""
    report = [*pip, "--dry-run", "--ignore-installed", "--no-deps", "--report", "-", _WHEEL]
    said = subprocess.run(report, check=True, stdout=subprocess.PIPE, text=True).stdout
    requirements: list[str] = json.loads(said)["install"][0]["metadata"]["requires_dist"]
    return requirements


def main(folder: Path) -> int:
    """Make the environment where it is not there yet; the exit code."""
    ready = folder / f".ready-{VERSION}"
    if ready.exists():
        return 0
    python = interpreter()
    if python is None:
        print("Open WebUI needs Python 3.11 or 3.12 and neither is here: put one on the PATH")
        return 1
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    # The wheel comes last: pip calls what is left out a conflict as soon as it is there.
    subprocess.run([*pip, *needed(asked_for(pip)), *BESIDE, "--editable", str(_ROOT)], check=True)
    subprocess.run([*pip, "--no-deps", _WHEEL], check=True)
    ready.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
