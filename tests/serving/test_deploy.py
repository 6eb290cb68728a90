"""The examples for systemd, GitHub and GitLab: what they name exists, and they end well where it does not."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli.completion import subcommands
from flows.cli.main import parser
from tests.evidence import program
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


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (
        UNIT.read_text().replace("/opt/metachron/.venv/bin/python", "/bin/true").replace("User=metachron", "")
    )
    (tmp_path / "metachron.service").write_text(text)
    checked = subprocess.run(
        [program("systemd-analyze"), "verify", tmp_path / "metachron.service"], capture_output=True, text=True
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


@pytest.fixture(scope="module")
def annotate() -> Any:
    spec = importlib.util.spec_from_file_location("annotate", DEPLOY / "annotate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unescaped(text: str) -> str:
    """As GitHub's runner reads a property or a message."""
    for sign, coded in ((":", "%3A"), (",", "%2C"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(coded, sign)
    return text


@pytest.mark.parametrize(
    "text", ["a, b: c", 'says "no"', "100 %, or %2C", "two\nlines\r\n", "it's::over", "é"]
)
def test_any_text_comes_through_a_workflow_command(text: str, annotate: Any) -> None:
    expectation = {"expectation": text, "means": text, "outcome": "failed", "severity": "critical"}
    line = annotate.annotation(expectation)
    assert "\n" not in line and line.startswith("::error title=")
    title, _, message = line.removeprefix("::error title=").partition("::")
    assert "," not in title and ":" not in title
    assert (unescaped(title), unescaped(message)) == (text, text)


def test_only_unmet_expectations_are_said_and_warnings_as_warnings(tmp_path: Path, annotate: Any) -> None:
    expectations = [
        {"expectation": outcome, "means": "-", "outcome": outcome, "severity": severity}
        for outcome, severity in (
            ("held", "critical"),
            ("failed", "warning"),
            ("failed", "critical"),
            ("could not run", "warning"),
        )
    ]
    (tmp_path / "audit.json").write_text(json.dumps({"expectations": expectations}))
    said = annotate.annotations(tmp_path / "audit.json")
    assert [line.split()[0] for line in said] == ["::warning", "::error", "::error"]


@pytest.mark.parametrize("content", [None, "", "{}", "[]"])
def test_a_job_without_an_audit_says_so(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "audit.json").write_text(content)
    command = [sys.executable, "-I", DEPLOY / "annotate.py", tmp_path / "audit.json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == "::error title=no audit::The job ended before the audit; its log says where.\n"


def test_after_a_failed_installation_the_last_steps_end_well(tmp_path: Path) -> None:
    """Run as the runners do, in a folder where nothing was installed."""
    (tmp_path / "deploy").symlink_to(DEPLOY)
    github = yaml.safe_load((DEPLOY / "github-data-quality.yml").read_text())
    gitlab = yaml.safe_load((DEPLOY / "gitlab-data-quality.yml").read_text())
    always = [
        step["run"] for step in github["jobs"]["audit"]["steps"] if step.get("if") and "run" in step
    ] + gitlab["data quality"]["after_script"]
    assert len(always) == 2
    for script in always:
        settings = {"PATH": "/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
        subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=settings, check=True)
