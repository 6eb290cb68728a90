"""A whole run, its cache, and what counts as biased or covered too seldom."""

from __future__ import annotations

import json
from math import nan

import pytest

from bench.simulation.answers import Answer
from bench.validation import sweeps
from bench.validation.coverage import line
from bench.validation.rows import FEW, dialect_runs
from bench.validation.whole_runs import Run, each, headline
from bench.validation.world import Truth
from flows.process.tool_settings import ARITHMETIC


@pytest.mark.slow
def test_a_registry_whose_truth_is_known_goes_from_delivery_to_headline(tmp_path, monkeypatch):
    for name in ARITHMETIC:
        monkeypatch.setenv(name, "1")
    run = Run("listing, quoted CSV", FEW, 1_002)
    ((_, answer),) = each([run], tmp_path, headline, name="whole_runs")
    assert answer["exit"] == 0, answer
    assert (tmp_path / "whole_runs.jsonl").read_text("utf-8").count("\n") == 1
    ratio = answer["kept"]["SIR from month 12"]
    assert ratio["lower"] < FEW.sir < ratio["upper"]
    hazard = answer["kept"]["headline hazard ratio"]
    assert hazard["lower"] < FEW.hazard_ratio < hazard["upper"]


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
