"""The units and the compose file under `deploy/`: checked by the tools that read them, where those are here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dualwrite.cli.app import build
from dualwrite.settings import Settings
from repos.openwebui.command import app as wiring
from repos.openwebui.settings import WiringSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMMANDS = re.compile(r"^ExecStart=/opt/open-webui/bin/(.*)$", re.MULTILINE)


def analyzer() -> str:
    """A tool of machines that systemd runs; others have nothing to check."""
    return shutil.which("systemd-analyze") or pytest.skip("there is no systemd-analyze: install systemd")


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yml").read_text())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_each_unit(unit: Path, tmp_path: Path) -> None:
    tool = analyzer()
    text = unit.read_text()
    for program in set(re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE)):
        # It looks whether the program is there: let it be one that is.
        text = text.replace(f"ExecStart={program}", f"ExecStart={sys.executable}")
    (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [tool, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_systemd_would_say_what_is_wrong(tmp_path: Path) -> None:
    tool = analyzer()
    (tmp_path / "bad.service").write_text("[Service]\nExecStart=/no/such/program\nRestart=sometimes\n")
    done = subprocess.run(
        [tool, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / "bad.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "restart specifier" in done.stderr
    assert done.returncode != 0


def test_compose_fits_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, DEPLOY / "compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_compose_includes_is_there_and_its_services_are_all_named() -> None:
    ours = compose()
    (included,) = (DEPLOY / each["path"] for each in ours["include"])
    services = {**yaml.safe_load(included.read_text())["services"], **ours["services"]}
    assert {"relay", "metrics", "prometheus", "grafana", "pocketbase"} <= services.keys()
    for service in ours["services"].values():
        assert set(service["depends_on"]) <= services.keys()


def commands() -> list[list[str]]:
    found = [line.split() for unit in UNITS for line in COMMANDS.findall(unit.read_text())]
    return found + [["dualwrite", *service["command"]] for service in compose()["services"].values()]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_one_that_there_is(words: list[str]) -> None:
    ours = words[0] == "dualwrite"
    app, rest = (build(words[1:]), words[1:]) if ours else (wiring, words[3:])
    if not ours:
        assert words[:3] == ["python", "-m", "repos.openwebui"]
    options = [word for word in rest[1:] if word.startswith("--")]
    told = CliRunner().invoke(app, [rest[0], "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert told.exit_code == 0, told.output
    passed_on = {"--host", "--port"} if not ours else set()
    assert all(option in told.output or option in passed_on for option in options)


def test_every_setting_that_is_named_is_one_that_there_is() -> None:
    known = {f"DUALWRITE_{name.upper()}" for name in (*Settings.model_fields, *WiringSettings.model_fields)}
    texts = [path.read_text() for path in (*UNITS, DEPLOY / "compose.yml", DEPLOY / "dualwrite.env.example")]
    named = {name for text in texts for name in re.findall(r"\bDUALWRITE_[A-Z_]+\b", text)}
    assert named
    assert named <= known
