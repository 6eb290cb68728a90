"""The examples for systemd, GitHub and GitLab name commands, folders and files that exist."""

from __future__ import annotations

import configparser
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from flows.cli import parser
from flows.completion import subcommands
from tests.pipeline.command import PROJECT

DEPLOY = PROJECT / "deploy"
UNIT = DEPLOY / "metachron.service"


def test_the_unit_starts_the_supervisor_again_and_ends_it_gently() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    _, flag, module = service["ExecStart"].split()
    assert flag == "-m" and importlib.util.find_spec(module) is not None
    assert service["ExecStart"].startswith(service["WorkingDirectory"])
    assert (service["Restart"], service["KillMode"]) == ("always", "mixed")
    assert unit["Install"]["WantedBy"] == "multi-user.target"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to check the unit with")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (
        UNIT.read_text().replace("/opt/metachron/.venv/bin/python", "/bin/true").replace("User=metachron", "")
    )
    (tmp_path / "metachron.service").write_text(text)
    checked = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "metachron.service"], capture_output=True, text=True
    )
    assert "metachron.service" not in checked.stderr, checked.stderr


def commands_in(text: str) -> list[str]:
    return re.findall(r"\.venv/bin/metachron ([a-z-]+)", text)


@pytest.mark.parametrize("name", ["github-data-quality.yml", "gitlab-data-quality.yml"])
def test_a_workflow_runs_the_pipeline_and_keeps_page_and_junit(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert yaml.safe_load(text)
    assert commands_in(text)[:4] == ["synth", "load", "build", "audit"]
    assert set(commands_in(text)) <= set(subcommands(parser()))
    assert "make install" in text and re.search(
        r"^install:", (PROJECT / "Makefile").read_text(), re.MULTILINE
    )
    for kept in ("data_quality.html", "junit.xml"):
        assert f"var/audit/{kept}" in text


def test_the_step_for_githubs_page_tells_errors_from_warnings(tmp_path: Path) -> None:
    step = (DEPLOY / "github-data-quality.yml").read_text()
    script = step.split("<<'END'\n")[1].split("          END\n")[0]
    (tmp_path / "var/audit").mkdir(parents=True)
    (tmp_path / "var/audit/audit.json").write_text(
        '{"claims": [{"outcome": "held", "severity": "critical", "claim": "a", "means": "x"},'
        ' {"outcome": "failed", "severity": "warning", "claim": "b", "means": "y"},'
        ' {"outcome": "could not run", "severity": "warning", "claim": "c", "means": "z"}]}'
    )
    lines = "\n".join(line[10:] for line in script.splitlines())
    told = subprocess.run(
        ["python3", "-c", lines], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert told.splitlines() == ["::warning title=b::y", "::error title=c::z"]
