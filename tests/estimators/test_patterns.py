"""Counting people by pattern gives what listing them gives."""

import numpy as np
import pytest

from analytics.estimators._cox import patterns
from analytics.estimators.cox import cox

approx = pytest.approx


def registry(n=9000, seed=1):
    """Months, deaths and few-valued covariates of n people; entry, strata and weights beside."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 2, n), rng.choice([-1.5, 0.0, 2.0], n), rng.integers(40, 45, n)])
    months = rng.integers(2, 40, n).astype(float)
    return {
        "months": months, "died": rng.random(n) < 0.6, "x": x,
        "entry": np.floor(months * rng.random(n) * 0.9),
        "strata": rng.integers(0, 3, n), "weights": rng.choice([0.0, 0.5, 2.0], n),
        "offset": rng.choice([0.0, 0.3], n),
    }  # fmt: skip


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(
    "options",
    [(), ("entry",), ("strata",), ("weights",), ("offset",), ("entry", "strata", "weights", "offset")],
)
def test_counted_and_listed_people_give_one_model(monkeypatch, ties, options):
    rows = registry()
    given = {"names": ["a", "b", "c"], "ties": ties} | {option: rows[option] for option in options}
    counted = cox(rows["months"], rows["died"], rows["x"], **given)
    assert isinstance(counted.objective, patterns.PatternLikelihood)
    monkeypatch.setattr(patterns, "FEWEST_ROWS", 10**9)
    listed = cox(rows["months"], rows["died"], rows["x"], **given)
    assert not isinstance(listed.objective, patterns.PatternLikelihood)
    assert counted.coef == approx(listed.coef, rel=1e-9)
    assert counted.covariance == approx(listed.covariance, rel=1e-9)
    assert (counted.loglik_null, counted.loglik) == approx((listed.loglik_null, listed.loglik), rel=1e-12)
    assert counted.score.statistic == approx(listed.score.statistic, rel=1e-9)
    assert counted.concordance == approx(listed.concordance)
    assert counted.baseline().hazard == approx(listed.baseline().hazard)


def test_columns_that_cannot_be_estimated_are_named_there_too():
    rows = registry()
    x = np.column_stack([rows["x"], rows["x"][:, 0] * 2 - 1, np.ones(9000)])
    model = cox(rows["months"], rows["died"], x, names=["a", "b", "c", "twice", "one"])
    assert (model.constant, model.collinear) == (("one",), ("twice",))
    assert model.coef[:3] == approx(cox(rows["months"], rows["died"], rows["x"], names=["a", "b", "c"]).coef)


def test_a_separated_column_is_found_there_too():
    rows = registry(n=5200)
    early = rows["months"] <= 3
    model = cox(rows["months"], early, np.column_stack([rows["x"][:, 0], early]), names=["a", "early"])
    assert model.separated == ("early",) and not model.converged


def test_many_valued_columns_are_listed():
    rows = registry()
    rng = np.random.default_rng(2)
    model = cox(rows["months"], rows["died"], rng.normal(size=9000), names=["z"])
    assert not isinstance(model.objective, patterns.PatternLikelihood)
    # Few values each, but more patterns than people.
    wide = rng.integers(0, 60, (9000, 4))
    assert not isinstance(
        cox(rows["months"], rows["died"], wide, names=list("abcd")).objective, patterns.PatternLikelihood
    )


def test_codes_tell_rows_apart_whatever_their_values():
    rng = np.random.default_rng(3)
    for column in ([3, 1, 3, 2], [0.5, 0.0, 1.0, 0.5], [0.1, 0.2, 0.1, 7], [7, 7, 7, 7], [-1.5, 2, 0.3, 2]):
        x = np.column_stack([column, rng.integers(0, 2, 4)]).astype(float)
        code, below = patterns._codes(x)
        assert code.max() < below and code.min() >= 0
        for i in range(4):
            assert [(x[i] == x[j]).all() for j in range(4)] == [code[i] == code[j] for j in range(4)]


def test_columns_of_many_values_have_no_codes():
    assert patterns._codes(np.arange(1000)[:, None] * 1.7) is None
    rare = np.concatenate([np.zeros(400_000), np.arange(350) * 1.7])
    assert patterns._codes(rare[:, None]) is None
    # Twelve columns of 251 odd values make more codes than a whole number holds.
    assert patterns._codes(np.tile(np.arange(251)[:, None] * 1.7, (1, 12))) is None
