"""Exact tests of random tables and counts, and strata, asked of R and of us.

The questions put to R are in ask_r_exact.R.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from analytics.estimators.comparisons import fisher_exact
from analytics.estimators.rates import exact_binomial_p, poisson_p_value, stratified_rate_ratio
from analytics.estimators.survival import logrank
from tests.evidence import ask_r


def questions() -> dict:
    r = np.random.default_rng(11)
    tables = []
    for rows, columns in [(a, b) for a in range(2, 6) for b in range(2, 5)] * 3:
        share = r.exponential(size=(rows, columns)) ** r.integers(0, 2)
        table = r.multinomial(10 * max(rows, columns), (share / share.sum()).ravel()).reshape(rows, columns)
        tables.append(table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0])
    stratum = np.repeat([0, 1, 2], 40)
    group = [("abb", "cde", "fgg")[s][i] for s, i in zip(stratum, r.integers(0, 3, 120), strict=True)]
    return {
        "tables": [table.tolist() for table in tables if min(table.shape) > 1],
        "poisson": [[10_000, 10_150.0], [10_000, 9_700.5], [1_000_000, 1_001_000.0], [3, 0.2]],
        "binomial": [[499_000, 1_000_000, 0.5], [0, 40, 0.11], [17, 20, 0.6], [900, 100_000, 0.0083]],
        "nested": {
            "time": np.ceil(r.exponential(9, 120)).tolist(),
            "event": (r.random(120) < 0.7).astype(int).tolist(),
            "group": group, "stratum": stratum.tolist(),
        },
        "rates": {
            "count": r.poisson(300, 5).tolist(), "years": r.uniform(500, 900, 5).tolist(),
            "count0": r.poisson(200, 5).tolist(), "years0": r.uniform(400, 900, 5).tolist(),
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("exact")
    asked, answer = folder / "questions.json", folder / "answers.json"
    asked.write_text(json.dumps(questions()))
    ask_r(Path(__file__).with_name("ask_r_exact.R"), answer, asked)
    return json.loads(answer.read_text())


def test_random_tables_have_the_p_value_of_fisher_test(answers):
    asked = questions()["tables"]
    assert len(asked) > 30
    for table, p_value in zip(asked, answers["tables"], strict=True):
        assert fisher_exact(table).p_value == approx(p_value, rel=1e-7), table


def test_counts_have_the_p_values_of_poisson_test_and_binom_test(answers):
    asked = questions()
    assert [poisson_p_value(*q) for q in asked["poisson"]] == approx(answers["poisson"], rel=1e-9)
    assert [exact_binomial_p(*q) for q in asked["binomial"]] == approx(answers["binomial"], rel=1e-9)


def test_groups_nested_in_strata_add_up_over_the_strata(answers):
    asked = questions()["nested"]
    found = logrank(asked["time"], asked["event"], asked["group"], strata=asked["stratum"])
    assert [found.statistic, found.df] == approx(answers["nested"])
    assert found.df == 4


def test_the_stratified_rate_ratio_has_greenland_and_robinss_limits(answers):
    asked = questions()["rates"]
    found = stratified_rate_ratio(asked["count"], asked["years"], asked["count0"], asked["years0"])
    assert [found.value, *found.interval] == approx(answers["mantel"])
