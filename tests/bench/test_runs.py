"""A whole run, its cache, and what counts as biased or covered too seldom."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import pytest

from bench.simulation.answers import Answer
from bench.validation import sweeps
from bench.validation.__main__ import main
from bench.validation.coverage import line
from bench.validation.rows import FEW, bias_runs, dialect_runs, shape_runs
from bench.validation.whole_runs import Results, Run, each, headline
from bench.validation.world import Truth
from flows.process.tool_settings import ARITHMETIC
from tests.evidence import program


def whole(place: Path, warehouse: Path, results: Results) -> Results:
    """All results of a run; its warehouse is kept."""
    shutil.copy(warehouse, place / "warehouse.duckdb")
    return results


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory) -> tuple[Path, Results]:
    """The warehouse and the results of one registry, delivered in the first dialect."""
    place, (run,) = tmp_path_factory.mktemp("whole_run"), dialect_runs(1)
    with pytest.MonkeyPatch.context() as patch:
        for name in ARITHMETIC:
            patch.setenv(name, "1")
        ((_, answer),) = each([run], place, partial(whole, place), name="whole_runs")
    assert answer["exit"] == 0, answer
    assert (place / "whole_runs.jsonl").read_text("utf-8").count("\n") == 1
    return place / "warehouse.duckdb", answer["kept"]


@pytest.mark.slow
def test_a_registry_whose_truth_is_known_goes_from_delivery_to_headline(whole_run, tmp_path, capsys):
    kept = headline(*whole_run)
    ratio = kept["SIR from month 12"]
    assert ratio["lower"] < FEW.sir < ratio["upper"]
    hazard = kept["headline hazard ratio"]
    assert hazard["lower"] < FEW.hazard_ratio < hazard["upper"]
    answered_before(tmp_path, "whole_runs", [*bias_runs(1), *shape_runs(1)], kept)
    assert main(["whole-runs", "--registries", "1", "--cache", str(tmp_path)]) == 0
    assert f"{hazard['value']:.2f}" in capsys.readouterr().out


@pytest.mark.slow
def test_the_numbers_of_a_whole_run_are_rs(whole_run, tmp_path, capsys):
    program("Rscript")
    found = sweeps.asked_of_r(*whole_run)
    assert found["n"] > 40 and found["different"] == {}
    answered_before(tmp_path, "against_r", dialect_runs(1), found)
    assert main(["against-r", "--registries", "1", "--cache", str(tmp_path)]) == 0
    assert str(found["n"]) in capsys.readouterr().out


def answered_before(cache: Path, name: str, runs: Iterable[Run], kept: dict[str, Any]) -> None:
    """Write the cache in which every run ended well with the same numbers."""
    lines = [json.dumps({"key": run.key, "answer": {"exit": 0, "kept": kept}}) + "\n" for run in runs]
    (cache / f"{name}.jsonl").write_text("".join(lines))


def test_what_was_answered_before_is_not_run_again(tmp_path):
    runs = [Run("whole registry", Truth(), seed) for seed in (1, 2)]
    lines = [json.dumps({"key": run.key, "answer": {"exit": run.seed}}) + "\n" for run in runs]
    (tmp_path / "whole_runs.jsonl").write_text("".join(lines))
    found = each(reversed(runs), tmp_path, headline, name="whole_runs")
    assert [(run.seed, answer) for run, answer in found] == [(2, {"exit": 2}), (1, {"exit": 1})]


def test_a_mean_three_monte_carlo_errors_off_is_biased_and_a_nearer_one_is_not():
    near = line("", "rate", Truth(), [Answer(value, 0.5, 2.0) for value in (0.9, 1.0, 1.1, 1.2)], 1.0)
    far = line("", "rate", Truth(), [Answer(value, 0.5, 2.0) for value in (1.18, 1.2, 1.22, 1.2)], 1.0)
    assert sweeps.biased([near, far]) == [far]


def test_limits_that_hold_the_truth_in_90_of_100_registries_cover_too_seldom():
    """The 99% limits of 180 in 200 are 83.4 and 94.6%; of 184 in 200, 85.8 and 96.1%."""
    inside, outside = Answer(1.0, 0.5, 2.0), Answer(1.0, 1.5, 2.0)
    lines = [
        line("", "rate", Truth(), [inside] * held + [outside] * (200 - held), 1.0, level=0.99)
        for held in (180, 184)
    ]
    assert sweeps.undercovered(lines) == lines[:1]


def test_a_run_that_does_not_end_with_0_and_a_number_that_is_not_rs_both_fail():
    runs = dialect_runs(3)
    answers = [
        {"exit": 0, "kept": {"n": 3, "different": {}}},
        {"exit": 4, "said": "AUD-02"},
        {"exit": 0, "kept": {"n": 3, "different": {"sir 1": (1.0, 2.0)}}},
    ]
    assert [run for run, _ in sweeps.failed(list(zip(runs, answers, strict=True)))] == runs[1:]


def test_a_number_that_some_registries_withhold_is_not_judged_by_the_others():
    answers = [Answer(1.2, 1.1, 1.3), Answer(1.21, 1.1, 1.3), Answer(nan)]
    lines = [line("", "rate", Truth(), given, 1.0, level=0.99) for given in (answers, answers[:2] * 10)]
    assert sweeps.biased(lines) == sweeps.undercovered(lines) == lines[1:]
