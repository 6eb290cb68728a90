"""A run that is refused ends in one paragraph, and `make` works on the home that is asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.landing.deliveries import HEADERS, ROWS, Listing
from tests.pipeline.command import PROJECT, environment, metachron
from tests.warm_dbt import metachron_warm

LACKING = Listing(headers=HEADERS[1:], rows=[row[1:] for row in ROWS])
EMPTY_COHORT = Listing(headers=HEADERS, rows=[ROWS[3]])


@pytest.mark.parametrize(
    ("delivery", "exit_code", "code"),
    [(LACKING, 3, "IN-15"), (EMPTY_COHORT, 4, "AUD-02")],
    ids=["by the load", "by the audit"],
)
def test_a_refused_run_ends_in_one_paragraph(
    delivery: Listing, exit_code: int, code: str, tmp_path: Path
) -> None:
    delivery.write(tmp_path / "arrived")
    words = ("run", "--inbox", tmp_path / "arrived")
    ended = metachron(tmp_path / "home", *words, program=metachron_warm())
    assert ended.returncode == exit_code
    said = ended.stderr.splitlines()
    assert [line.split()[1] for line in said[:-1]].count("stopped") == 1 or exit_code == 4
    assert all(" done in " in line or " stopped after " in line for line in said[:-1]), ended.stderr
    assert said[-1].startswith(f"metachron run: {code}: ")


@pytest.mark.parametrize("target", ["study", "bench", "spark", "serve"])
@pytest.mark.parametrize(
    ("given", "words", "used"),
    [
        ({"METACHRON_HOME": "/else/where"}, (), "/else/where"),
        ({"METACHRON_HOME": "/else/where"}, ("HOME_DIR=/named",), "/named"),
        ({}, (), "var"),
    ],
    ids=["of the environment", "named", "neither"],
)
def test_make_works_on_the_home_that_is_asked_for(
    target: str, given: dict[str, str], words: tuple[str, ...], used: str
) -> None:
    settings = environment(PROJECT)
    for name in ("METACHRON_HOME", "HOME_DIR", "MAKEFLAGS", "MAKELEVEL"):
        settings.pop(name, None)
    told = subprocess.run(
        ["make", "--no-print-directory", "-np", target, *words],
        cwd=PROJECT,
        env=settings | given,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    commands, _, variables = told.partition("# Variables")
    assert f"METACHRON_HOME := {used}\n" in variables
    expected = {
        "study": [f'synth "{used}/inbox"', f'run --inbox "{used}/inbox"'],
        "bench": [f'bench.terminal "{used}"'],
        "spark": [f'test -f "{used}/raw.duckdb"'],
        "serve": [],
    }[target]
    assert [words for words in expected if words not in commands] == []
