"""Every command of docs/ is run, in a folder of its own, as a reader types it; or its own test is named."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from flows.landing.forms.hospital.tables import HOSPITAL_PATIENTS
from tests.test_docs import PAGES, PROJECT, README
from tests.warm_dbt import metachron_warm, stand_in

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"^(?:metachron|make|dbt|python -m|\.venv/bin/\w+|sudo|journalctl|pytest|pip|mutmut) .*$"
)

# One home for all pages: the tutorial's deliveries, and the run of the page on studies.
PAGES_RUN = ("tutorial", "studies", "report", "team", "dbt", "hospital")
SYNTH, RUN = "metachron synth var/inbox", "metachron run"

# Not run here because it is run there, is made for another machine, or takes hours.
ELSEWHERE = {
    r"metachron run$": "tests/pipeline/test_whole_run.py",
    r"make study$": "tests/pipeline/test_refused_run.py",
    r"metachron --home \S+ run --inbox": "tests/pipeline/test_refused_run.py",
    r"make serve": "tests/pipeline/test_schedule.py",
    r"\.venv/bin/prefect deployment run refresh/on-demand": "tests/pipeline/test_schedule.py",
    r"\.venv/bin/prefect (work-pool create|deploy) ": "tests/pipeline/test_schedule.py",
    r"sudo|journalctl": "tests/serving/test_deploy.py",
    r"metachron audit$": "tests/serving/conftest.py",
    r"metachron verify$": "tests/serving/test_guests.py",
    r"metachron serve-sql": "tests/serving/test_flight.py",
    r"python -m expectations": "tests/expectations/test_page.py",
    r"metachron check-paper": "tests/traceability/test_commands.py",
    r"metachron explain": "tests/traceability/test_commands.py",
    r"metachron sensitivity": "tests/traceability/test_sensitivity.py",
    r"metachron diff": "tests/traceability/test_commands.py",
    r"python -m bench.simulation": "tests/bench/test_validation_page.py",
    r"python -m bench\.\w+|python bench/": "bench",
    r"pip install (mutmut|--target build/mutation-tools)|mutmut run": "docs/testing.md",
}


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page) if kind == language]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_command_of_a_page_is_run_here_or_in_a_test_that_is_named(name: str) -> None:
    is_run = name in PAGES_RUN
    for kind, text in BLOCK.findall(PAGES[name]):
        if kind == "sh" and is_run:
            continue
        for line in text.splitlines():
            if COMMAND.match(line):
                named = [where for words, where in ELSEWHERE.items() if re.match(words, line)]
                assert named, f"{name}.md: nobody runs `{line}`"
                assert (PROJECT / named[0]).exists(), named[0]


class Workplace:
    """A folder that looks like the project to whoever types in it, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = ""
        for name in ("dbt_project", "queries", "analytics", "deploy", "studies"):
            (folder / name).symlink_to(PROJECT / name)
        (folder / "bin").mkdir()
        # Not imported anew for each line of a page; the project is read for each all the same.
        self.program("dbt", f'exec {shlex.join(stand_in())} "$@"')
        self.program("python", f'exec "{sys.executable}" "$@"')
        # As typed, but for the size of what is invented: the full twin takes a minute longer.
        smaller = '[ "$1" = synth ] && set -- "$@" --scale 0.03'
        self.program("metachron", f'{smaller}\nexec {shlex.join(metachron_warm())} "$@"')
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "METACHRON_"))
        }
        for name in ("PYTHONDONTWRITEBYTECODE", "DISPLAY", "WAYLAND_DISPLAY"):
            kept.pop(name, None)
        self.environment = {
            **kept,
            "PATH": f"{folder / 'bin'}:{kept['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DO_NOT_TRACK": "1",
        }

    def program(self, name: str, script: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def page(self, name: str, *, but: tuple[str, ...] = ()) -> str:
        """Run a page's commands in one shell, as somebody who works through it would."""
        lines = "\n".join(blocks(PAGES[name], "sh")).splitlines()
        assert set(but) <= set(lines), name
        return self.sh(name, "\n".join(line for line in lines if line not in but))

    def sh(self, name: str, commands: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"set -eu\n{commands}"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, f"{name}.md\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def python(self, text: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    made = Workplace(tmp_path_factory.mktemp("reader"))
    made.sh("tutorial", SYNTH)
    made.told = made.page("studies")
    return made


def test_the_studies_page(workplace: Workplace) -> None:
    assert "Secondary acute myeloid leukaemia after breast cancer" in workplace.told
    assert "report.html" in workplace.told and "therapy_related" in workplace.told
    listed = re.findall(r"^\| `(\w+)` \|", PAGES["studies"], re.MULTILINE)
    default = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert set(listed) == set(default["vars"]["study"]["settings"])


def test_the_tutorial(workplace: Workplace) -> None:
    told = workplace.page("tutorial", but=(SYNTH, RUN))
    assert "SYNTHETIC" in told and "fresh      yes" in told and "all unaltered" in told


def test_the_report_page(workplace: Workplace) -> None:
    assert "table1" in workplace.page("report")
    assert any((workplace.folder / "var" / "public_report").iterdir())


def test_the_queries_of_the_readme(workplace: Workplace) -> None:
    warehouse = (workplace.folder / "var" / "warehouse.duckdb").resolve()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for text in blocks(README, "sql"):
            for query in text.split(";"):
                if query.strip():
                    assert connection.execute(query).fetchall(), query


def test_the_data_quality_page(workplace: Workplace) -> None:
    for file in ("data_quality.html", "junit.xml", "audit.json", "great_expectations.json", "history.jsonl"):
        assert f"`{file}`" in PAGES["data_quality"] and (workplace.folder / "var" / "audit" / file).exists()


@pytest.fixture
def port(workplace: Workplace) -> Iterator[int]:
    """Where SQL is answered over Arrow Flight while a test runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    serving = subprocess.Popen(
        [workplace.folder / "bin" / "metachron", "serve-sql", "--port", str(free)],
        cwd=workplace.folder,
        env=workplace.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None and "answering SQL" in serving.stdout.readline()
    yield free
    serving.terminate()
    serving.wait(timeout=30)


def test_the_team_page_at_the_terminal_and_in_python(workplace: Workplace, port: int) -> None:
    assert "era" in workplace.page("team")
    scripts = blocks(PAGES["team"], "python")
    assert len(scripts) == 3
    for script in scripts:
        workplace.python(script.replace("8815", str(port)))


def test_the_dbt_page(workplace: Workplace) -> None:
    told = workplace.page("dbt")
    reached, _, changed = told.rpartition("exposure:")
    assert "report_figure_standardised_incidence" in reached, "what a change of the clock reaches"
    assert len(changed.split()) == 1, "nothing changed, so nothing is listed after the last exposure"
    page = (workplace.folder / "target" / "static_index.html").read_text(encoding="utf-8")
    assert "cohort_flow" in page and not re.search(r'<(script|link|img)[^>]+(src|href)="https?:', page)


def test_the_hospital_page(workplace: Workplace) -> None:
    assert "already loaded" in workplace.page("hospital")
    shown, _ = blocks(PAGES["hospital"], "yaml")
    [table] = yaml.safe_load(shown)["files"]
    assert set(table["columns"]) <= set(HOSPITAL_PATIENTS)
