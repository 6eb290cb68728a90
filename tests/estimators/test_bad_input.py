"""What is wrong is refused with its position; what cannot be estimated is named."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas
import polars
import pytest
from public_functions import EXAMPLES, public_functions

from analytics.estimators import comparisons, rates, sensitivity
from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.multiplicity import holm
from analytics.estimators.rates import exact_binomial_p, proportion_interval
from analytics.estimators.sensitivity import minimum_detectable_hazard_ratio
from analytics.estimators.shrinkage import from_interval, semi_bayes
from analytics.estimators.survival import (
    exposed_intervals,
    kaplan_meier,
    landmark,
    logrank,
    mantel_byar,
    simon_makuch,
)

T, E, G = [1, 2, 3, 4], [1, 0, 1, 1], ["a", "b", "a", "b"]
X = [[0.0], [1.0], [1.0], [0.0]]
CURVE = kaplan_meier(T, E)

REFUSALS = {
    "durations has 4 rows and events has 3": lambda: kaplan_meier(T, E[:3]),
    "durations has 4 rows and entry has 2": lambda: kaplan_meier(T, E, entry=[0, 0]),
    r"durations\[1\] is negative \(-2\)": lambda: kaplan_meier([1, -2, 3, 4], E),
    r"durations\[2\] is missing or not finite": lambda: kaplan_meier([1, 2, None, 4], E),
    r"durations\[0\] is missing": lambda: kaplan_meier([float("inf"), 2, 3, 4], E),
    "durations must have one dimension": lambda: kaplan_meier([T], E),
    "durations is empty": lambda: kaplan_meier([], []),
    "durations must hold numbers": lambda: kaplan_meier(["soon", 2, 3, 4], E),
    r"events\[1\] is neither 0 nor 1 \(2\)": lambda: kaplan_meier(T, [1, 2, 0, 1]),
    r"entry\[2\] is not before the exit \(3\)": lambda: kaplan_meier(T, E, entry=[0, 0, 3, 0]),
    r"entry\[3\] is not before the exit": lambda: kaplan_meier(T, E, entry=[0, 0, 0, 9]),
    r"entry\[0\] is negative": lambda: kaplan_meier(T, E, entry=[-1, 0, 0, 0]),
    r"weights\[1\] is negative": lambda: kaplan_meier(T, E, weights=[1, -1, 1, 1]),
    "weights are all zero": lambda: kaplan_meier(T, E, weights=[0, 0, 0, 0]),
    "durations has 4 rows and weights has 3": lambda: kaplan_meier(T, E, weights=[1, 1, 1]),
    "transform must be": lambda: CURVE.interval("probit"),
    "p must lie between 0 and 1": lambda: CURVE.quantile(1.0),
    "flat must be": lambda: CURVE.quantile(0.5, flat="last"),
    "level must lie between 0 and 1": lambda: CURVE.interval(level=95),
    "tau must be positive": lambda: CURVE.restricted_mean(0),
    "tau = 5 lies past the last time seen, 2": lambda: kaplan_meier([1, 2], [1, 0]).restricted_mean(5),
    "single group": lambda: logrank(T, E, ["a"] * 4),
    "no event": lambda: logrank(T, [0] * 4, G),
    "weighting must be one of": lambda: logrank(T, E, G, weighting="wilcoxon"),
    "groups must have 4 rows": lambda: logrank(T, E, G[:3]),
    r"groups\[1\] is missing": lambda: logrank(T, E, ["a", None, "b", "b"]),
    r"strata\[2\] is missing": lambda: logrank(T, E, G, strata=[1.0, 1.0, np.nan, 1.0]),
    r"p_values\[1\]": lambda: holm([0.5, 1.5]),
    "ties must be 'efron', 'breslow' or 'exact'": lambda: cox(T, E, X, names=["x"], ties="discrete"),
    "penalty must be": lambda: cox(T, E, X, names=["x"], penalty="ridge"),
    "exact ties are for the plain likelihood": lambda: cox(
        T, E, X, names=["x"], ties="exact", penalty="firth"
    ),
    "events holds no event": lambda: cox(T, [0] * 4, X, names=["x"]),
    "no columns": lambda: cox(T, E, np.zeros((4, 0)), names=[]),
    "covariates must have 4 rows": lambda: cox(T, E, X[:3], names=["x"]),
    r"covariates\[2, 0\] \(x\) is missing": lambda: cox(T, E, [[0], [1], [np.nan], [0]], names=["x"]),
    "1 columns and names has 2": lambda: cox(T, E, X, names=["x", "y"]),
    "names repeats 'x'": lambda: cox(T, E, np.ones((4, 2)), names=["x", "x"]),
    "covariates must hold numbers": lambda: cox(T, E, [["a"], ["b"], ["a"], ["b"]], names=["x"]),
    r"offset\[0\] is missing": lambda: cox(T, E, X, names=["x"], offset=[np.nan, 0, 0, 0]),
    "durations has 4 rows and offset has 3": lambda: cox(T, E, X, names=["x"], offset=[0, 0, 0]),
    "cluster must have 4 rows": lambda: cox(T, E, X, names=["x"], cluster=[1, 2]),
    "carry no information": lambda: cox(
        np.ones(40), np.ones(40), np.arange(40) % 7, names=["x"], ties="exact"
    ),
    r"causes\[1\] is not a whole number from 0 \(1.5\)": lambda: cumulative_incidence([1, 2], [1, 1.5]),
    r"causes\[0\] is not a whole number from 0 \(-1\)": lambda: gray_test([1, 2], [-1, 1], [0, 1]),
    r"causes\[1\] is not a whole number": lambda: fine_gray([1, 2], [1, 0.5], [0, 1], names=["x"]),
    "cause must be a whole number above 0": lambda: cumulative_incidence([1, 2], [1, 0], cause=0),
    "variance must be": lambda: cumulative_incidence([1, 2], [1, 0], variance="exact"),
    "causes holds no event of cause 2": lambda: gray_test([1, 2], [1, 1], [0, 1], cause=2),
    "causes holds no event of cause 3": lambda: fine_gray([1, 2], [1, 1], [0, 1], names=["x"], cause=3),
    "groups holds a single group": lambda: gray_test([1, 2], [1, 1], [0, 0]),
    "ties must be 'efron' or 'breslow'": lambda: fine_gray(T, E, X, names=["x"], ties="exact"),
    r"exposed_from\[1\] is negative": lambda: exposed_intervals([1, 2], [1, 1], [None, -1]),
    "durations has 2 rows and exposed_from has 1": lambda: exposed_intervals([1, 2], [1, 1], [None]),
    "only one state": lambda: mantel_byar(T, E, [None] * 4),
    "leaves only one state": lambda: simon_makuch(T, E, [0] * 4),
    "at must not be negative": lambda: landmark(T, E, [None] * 4, at=-1),
    "whole number of events": lambda: rates.poisson_interval(1.5),
    "count must be a whole number": lambda: rates.poisson_interval(-1),
    "method must be 'exact', 'midp'": lambda: rates.poisson_interval(1, method="normal"),
    "method must be 'exact' or 'twice_tail'": lambda: rates.poisson_p_value(1, 2, "midp"),
    "expected must be positive": lambda: rates.standardised_incidence_ratio(1, 0),
    "person_years must be positive": lambda: rates.rate(1, 0),
    "observed has 2 strata and expected 1": lambda: rates.sir_homogeneity([1, 2], [1]),
    r"expected\[1\] is out of range": lambda: rates.sir_trend([1, 2], [1, 0]),
    r"^observed\[1\] is missing": lambda: rates.sir_homogeneity([1, np.nan], [1, 1]),
    r"^person_years_a must be positive": lambda: rates.rate_ratio(1, 0, 1, 1),
    r"^person_years_b must be positive": lambda: rates.rate_ratio(1, 1, 1, 0),
    r"observed\[0\] is out of range": lambda: rates.sir_trend([-1, 2], [1, 1]),
    "observed holds no event": lambda: rates.sir_homogeneity([0, 0], [1, 1]),
    "method must be 'pearson'": lambda: rates.sir_homogeneity([1, 2], [1, 1], "exact"),
    "scores are all alike: there": lambda: rates.sir_trend([1, 2], [1, 1], [3, 3]),
    "observed has 2 strata and scores 3": lambda: rates.sir_trend([1, 2], [1, 1], [1, 2, 3]),
    r"person_years\[1\] is out of range": lambda: rates.age_standardised_rate([1, 1], [1, 0], [1, 1]),
    r"counts\[0\] is out of range": lambda: rates.age_standardised_rate([-1, 1], [1, 1], [1, 1]),
    "have 1, 2 and 2 strata": lambda: rates.age_standardised_rate([1], [1, 1], [1, 1]),
    "weights are all zero$": lambda: rates.age_standardised_rate([1, 1], [1, 1], [0, 0]),
    "method must be 'fay_feuer'": lambda: rates.age_standardised_rate([1], [1], [1], method="exact"),
    "5 out of 4 is not a proportion": lambda: proportion_interval(5, 4),
    "method must be 'exact', 'wilson'": lambda: proportion_interval(1, 4, method="wald"),
    "share must lie between": lambda: exact_binomial_p(1, 2, 1),
    "table must have at least two rows": lambda: comparisons.chi_squared([[1, 2]]),
    r"table\[0, 1\] is not a count \(1.5\)": lambda: comparisons.fisher_exact([[1, 1.5], [2, 2]]),
    "row 1 of the table is empty": lambda: comparisons.chi_squared([[1, 2], [0, 0]]),
    "column 0 of the table is empty": lambda: comparisons.chi_squared([[0, 2], [0, 3]]),
    "Yates's correction is for a 2 x 2 table": lambda: comparisons.chi_squared([[1, 2, 3], [3, 2, 1]], True),
    "too large for the exact test": lambda: comparisons.fisher_exact(np.full((2, 2), 2_000_000)),
    "a has one value": lambda: comparisons.student_t([1], [1, 2]),
    "b has one value": lambda: comparisons.standardised_difference([1, 2], [1]),
    "both samples are constant: there is no variance": lambda: comparisons.student_t([1, 1], [2, 2]),
    "no variance to judge": lambda: comparisons.welch_t([1, 1], [2, 2]),
    "both samples are constant: there is no standard": lambda: comparisons.standardised_difference(
        [1, 1], [2, 2]
    ),
    "method must be 'average'": lambda: comparisons.standardised_difference([1, 2], [2, 3], method="glass"),
    "all values are alike": lambda: comparisons.mann_whitney([1, 1], [1]),
    "method must be 'auto'": lambda: comparisons.mann_whitney([1, 2], [3], method="normal"),
    "too many to enumerate": lambda: comparisons.mann_whitney(range(300), range(300), method="exact"),
    "1.2 is not a proportion": lambda: comparisons.standardised_difference_proportions(1.2, 0.5),
    "everybody in one group": lambda: comparisons.standardised_difference_proportions(1, 0),
    "a has 2 levels and b has 1": lambda: comparisons.standardised_difference_levels([1, 2], [1]),
    "b must hold counts": lambda: comparisons.standardised_difference_levels([1, 2], [0, 0]),
    "share no level": lambda: comparisons.standardised_difference_levels([1, 0], [0, 1]),
    "estimate must be a positive number": lambda: sensitivity.e_value(-1),
    "scale must be one of": lambda: sensitivity.e_value(2, scale="difference"),
    "lower must be a positive number": lambda: from_interval(0, 2),
    "lower .2. must be below upper": lambda: from_interval(2, 1),
    "coef is missing or not finite": lambda: semi_bayes(np.nan, 1, prior_lower=0.5, prior_upper=2),
    "events must be positive": lambda: minimum_detectable_hazard_ratio(0, 0.5),
    "share_exposed must lie between": lambda: minimum_detectable_hazard_ratio(10, 1),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSALS)
def test_is_refused_with_its_position(message):
    with pytest.raises(ValueError, match=message):
        REFUSALS[message]()


DAY, SPAN, TOO_LARGE = date(2020, 1, 31), timedelta(days=31), 2**53 + 1
# What may stand for nothing: never given to an estimator as a number or a label.
NOTHING = {"None": None, "NaN": np.nan, "NA of pandas": pandas.NA}
NO_NUMBER = {
    "masked": np.ma.masked, "date": DAY, "date of numpy": np.datetime64(DAY), "span": SPAN, "text": "2",
    "NaT": pandas.NaT, "above 2^53": TOO_LARGE, "object": object(),
}  # fmt: skip
# Whole columns of a kind. An array has one kind, so that its first value is the offending one.
COLUMNS = {
    "dates": lambda n: np.full(n, DAY, "datetime64[D]"),
    "spans": lambda n: np.full(n, SPAN, "timedelta64[D]"),
    # In nanoseconds numpy gives them back as plain whole numbers.
    "nanoseconds": lambda n: np.full(n, SPAN, "timedelta64[ns]"),
    "spans of polars": lambda n: polars.Series([SPAN] * n),
    "texts": lambda n: np.full(n, "2"),
    "large whole numbers": lambda n: np.full(n, TOO_LARGE),
    "large unsigned numbers": lambda n: np.full(n, TOO_LARGE, np.uint64),
    "complex": lambda n: np.full(n, 2j),
}
LABELS, MAY_BE_MISSING = {"groups", "strata", "cluster", "censoring_groups"}, {"exposed_from", "p_values"}

MAY_BE_LEFT_OUT = {
    ("SurvivalCurve.restricted_mean", "tau"), ("e_value", "lower"), ("e_value", "upper"),
    ("from_interval", "ratio"),
}  # fmt: skip


def spoiled(given, name):
    """An argument's value with a bad one in it, the position that must be named, and what it was."""
    if isinstance(given, int | float):
        yield from ((bad, "", kind) for kind, bad in (NOTHING | NO_NUMBER).items() if kind != "masked")
        return
    if not isinstance(given, list) or name == "names":
        return
    deep = isinstance(given[0], list)
    second, first = ("[1, 0]", "[0, 0]") if deep else ("[1]", "[0]")

    def replaced(bad):
        return [given[0], [bad, *given[1][1:]] if deep else bad, *given[2:]]

    mask = np.zeros(np.shape(given), bool)
    mask[(1, 0) if deep else 1] = True
    yield np.ma.array(given, mask=mask), second, "masked array"
    if name not in MAY_BE_MISSING:
        yield from ((replaced(bad), second, kind) for kind, bad in NOTHING.items())
        if not deep:
            column = [value if isinstance(value, str) else float(value) for value in given]
            yield polars.Series([column[0], None, *column[2:]]), second, "null of polars"
            kind = "string" if isinstance(given[0], str) else "Float64"
            yield pandas.Series([column[0], None, *column[2:]], dtype=kind), second, "NA of a pandas column"
    if name in LABELS:
        yield replaced(np.ma.masked), second, "masked"
        yield np.full(len(given), "NaT", "datetime64[D]"), first, "NaT of numpy"
        return
    yield from ((replaced(bad), second, kind) for kind, bad in NO_NUMBER.items())
    for kind, column in COLUMNS.items():
        bad = column(np.size(given))
        yield np.reshape(np.asarray(bad), np.shape(given)) if deep else bad, first, f"column of {kind}"


WALK = {
    f"{function}: {name} {kind}": (function, name, bad, position)
    for function, (_, call) in EXAMPLES.items()
    for name, given in call.items()
    for bad, position, kind in spoiled(given, name)
    if (function, name) not in MAY_BE_LEFT_OUT or bad is not None
}


@pytest.mark.parametrize("function", EXAMPLES)
def test_the_example_of_a_function_is_a_good_call(function):
    estimator, call = EXAMPLES[function]
    estimator(**call)


@pytest.mark.parametrize("case", WALK)
def test_what_is_no_number_or_label_is_refused_with_its_position(case):
    function, name, bad, position = WALK[case]
    estimator, call = EXAMPLES[function]
    with pytest.raises(ValueError, match=re.escape(name + position)):
        estimator(**call | {name: bad})


def test_every_public_function_has_an_example():
    assert public_functions() - EXAMPLES.keys() == set()


def test_what_may_be_missing_may_be_said_in_any_way():
    for nothing in (None, np.nan, pandas.NA):
        assert holm([0.01, nothing, 0.03])[[0, 2]] == pytest.approx([0.02, 0.03])
        assert np.isnan(holm([0.01, nothing, 0.03])[1])
        assert exposed_intervals([3, 4], [1, 0], [1, nothing]).exposed.tolist() == [False, False, True]


def test_labels_of_two_kinds_and_labels_numpy_would_run_together_are_told_apart():
    with pytest.raises(ValueError, match=r"groups\[1\] is of another kind than groups\[0\]"):
        logrank(T, E, ["a", 1, "a", 1])
    # 2^53 and its neighbour are one float; as whole numbers they are two labels.
    large = 2**53
    assert logrank(T, E, [large, large + 1] * 2).groups == (large, large + 1)
    with pytest.raises(ValueError, match=r"groups\[0\] cannot be told from its neighbours"):
        logrank(T, E, np.array([large + 2.0, 1, 1, 1]))
    with pytest.raises(ValueError, match=r"groups\[1\] cannot be a label"):
        logrank(T, E, ["a", {}, "a", "b"])


def test_numbers_of_other_makes_are_taken():
    assert kaplan_meier([Decimal(1), Fraction(5, 2), np.float32(3), True + 3], E).times.tolist() == [
        1,
        2.5,
        3,
        4,
    ]
    assert kaplan_meier(T, pandas.Series([True, False, True, True], dtype="boolean")).n_events.sum() == 3
    assert kaplan_meier([2**53, 2, 3, 4], E).times[-1] == 2**53


def test_questions_a_model_cannot_answer_are_refused():
    model = cox(T, E, X, names=["x"])
    for question, message in (
        (lambda: model.joint_wald(["y"]), "'y', which is not in the model"),
        (lambda: model.interval("y"), "'y' is not in the model"),
        (lambda: model.interval("x", "score"), "method must be"),
        (lambda: model.proportional_hazards("sqrt"), "transform must be"),
        (lambda: model.proportional_hazards("km", {"v": ["y"]}), "'y' is not an estimated column"),
        (lambda: cox([0, *T], [1, *E], [[1], *X], names=["x"]).proportional_hazards("log"), "above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            question()
    exact = cox([*T, 4], [*E, 1], [*X, [1]], names=["x"], ties="exact")
    for question in (exact.baseline, exact.proportional_hazards):
        with pytest.raises(ValueError, match="not available with exact ties"):
            question()


def test_exact_ties_too_many_to_count_are_refused(monkeypatch):
    # The last 200 of 20,000 die at once: (200 / 20,000)^200 is smaller than any floating-point number.
    time = np.repeat([1, 1, 2], [200, 19_600, 200])
    with pytest.raises(ValueError, match="200 deaths at once cannot be computed"):
        cox(time, np.arange(20_000) % 19_800 < 200, np.arange(20_000) % 7, names=["x"], ties="exact")
    monkeypatch.setattr("analytics.estimators._cox.exact_ties.MOST_WORK", 10)
    with pytest.raises(ValueError, match="would take hours"):
        cox([*T, 4], [*E, 1], [*X, [1]], names=["x"], ties="exact")


def rows(n=30, seed=0):
    rng = np.random.default_rng(seed)
    return rng.permutation(n) + 1.0, rng.random(n) < 0.7, rng.normal(size=(n, 2))


def test_a_constant_column_is_named_and_the_rest_is_fitted():
    time, event, x = rows()
    model = cox(time, event, np.column_stack([x, np.ones(30)]), names=["a", "b", "one"])
    plain = cox(time, event, x, names=["a", "b"])
    assert model.constant == ("one",) and np.isnan(model.coef[2]) and np.isnan(model.hazard_ratio[2])
    assert model.coef[:2] == pytest.approx(plain.coef)
    assert model.wald.df == 2 and model.likelihood_ratio.df == 2
    assert np.isnan(model.joint_wald(["one"]).statistic)
    assert np.isnan(model.interval("one", "profile")).all()
    assert [t.variable for t in model.proportional_hazards()] == ["a", "b", "GLOBAL"]


def test_a_column_constant_within_strata_is_constant():
    time, event, x = rows()
    stratum = np.arange(30) % 2
    model = cox(time, event, np.column_stack([x[:, 0], stratum]), names=["a", "s"], strata=stratum)
    assert model.constant == ("s",)


def test_a_combination_of_earlier_columns_is_named():
    time, event, x = rows()
    model = cox(time, event, np.column_stack([x, x @ [2, -3] + 1]), names=["a", "b", "sum"])
    assert model.collinear == ("sum",)
    assert model.coef[:2] == pytest.approx(cox(time, event, x, names=["a", "b"]).coef)


def test_nothing_but_constants_gives_no_model_and_says_so():
    time, event, _ = rows()
    model = cox(time, event, np.ones(30), names=["one"], penalty="firth")
    assert model.constant == ("one",) and not model.converged
    assert np.isnan(model.events_per_coefficient) and np.isnan(model.wald.statistic)
    assert np.isnan([model.score.p_value, model.likelihood_ratio.statistic]).all()


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_a_separated_column_has_no_hazard_ratio(ties):
    time, event, x = rows(16)
    early = time <= 8
    event = np.where(early, event, False)
    model = cox(time, event, np.column_stack([x[:, 0], early]), names=["a", "early"], ties=ties)
    assert model.separated == ("early",)
    assert not model.converged
    for values in (model.coef, model.hazard_ratio, model.lower, model.upper, model.p_value, model.std_error):
        assert np.isnan(values[1])
    assert np.isnan(model.wald.statistic)
    # The other column is what it is among the early alone, where the separated one no longer varies.
    alone = cox(time[early], event[early], x[early, 0], names=["a"], ties=ties)
    assert model.coef[0] == pytest.approx(alone.coef[0], rel=1e-5)
    assert model.std_error[0] == pytest.approx(alone.std_error[0], rel=1e-5)
    assert model.score.statistic > 0


def test_separation_by_two_columns_together_names_both():
    rng = np.random.default_rng(3)
    a = rng.normal(size=20)
    b = a + np.linspace(1, 2, 20)
    # Whoever dies is the one with the largest b - a of those left, though neither column orders them.
    model = cox(np.arange(20, 0, -1), np.ones(20), np.column_stack([a, b]), names=["a", "b"])
    assert model.separated == ("a", "b")
    robust = cox(
        np.arange(20, 0, -1), np.ones(20), np.column_stack([a, b]), names=["a", "b"], cluster=range(20)
    )
    assert np.isnan(robust.std_error).all()


def test_firths_penalty_estimates_a_separated_column():
    time, event, x = rows(40)
    early = time <= 20
    x = np.column_stack([x[:, 0], early])
    model = cox(time, event & early, x, names=["a", "early"], penalty="firth")
    assert model.separated == () and model.converged
    assert 1 < model.lower[1] < model.hazard_ratio[1] < 1e3


def test_a_separated_model_predicts_nothing():
    time, event, x = rows(16)
    early = time <= 8
    model = cox(time, event & early, np.column_stack([x[:, 0], early]), names=["a", "early"])
    for question in (model.baseline, model.proportional_hazards):
        with pytest.raises(ValueError, match="early is separated"):
            question()


def test_a_strong_but_finite_effect_is_not_called_separated():
    # One exception among the ordered makes the estimate large and finite.
    time = np.arange(1, 41)
    x = np.linspace(8, 0, 40)
    x[20], x[21] = x[21], x[20]
    model = cox(time, np.ones(40), x, names=["x"])
    assert model.separated == () and model.converged and model.coef[0] > 5


def test_series_of_any_kind_are_taken():
    time, event, x = rows()
    frame = polars.DataFrame({"t": time, "e": event, "g": ["a", "b"] * 15, "x": x[:, 0]})
    assert kaplan_meier(frame["t"], frame["e"]).median == kaplan_meier(list(time), list(event)).median
    one = cox(frame["t"], frame["e"], frame["x"], names="x", strata=frame["g"])
    assert one.coef == pytest.approx(cox(time, event, x[:, :1], names=["x"], strata=["a", "b"] * 15).coef)
    assert logrank(frame["t"], frame["e"], frame["g"]).groups == ("a", "b")


def test_rows_of_no_weight_and_rows_never_at_risk_change_nothing():
    time, event, x = rows()
    weights = np.where(np.arange(30) == 7, 0, 1.0)
    kept = weights > 0
    with_zero = cox(time, event, x, names=["a", "b"], weights=weights)
    assert with_zero.coef == pytest.approx(cox(time[kept], event[kept], x[kept], names=["a", "b"]).coef)
    early = cox([0.5, *time], [0, *event], np.vstack([[9, 9], x]), names=["a", "b"])
    assert early.coef == pytest.approx(cox(time, event, x, names=["a", "b"]).coef)
    assert early.n == 31
