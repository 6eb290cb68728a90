"""The second programmer: what lifelines is asked, what it is not, and what happens where it disagrees."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest

from analytics.answers import analyse
from analytics.cross_checks import compare, our_fits, rows, second_program
from analytics.cross_checks.compare import Disagreement, refuse_differing
from analytics.cross_checks.second_program import Curve, Fit, NoMaximum
from analytics.disclosure.public_results import leaving, results_digest
from analytics.estimators.cox import natural_spline
from analytics.estimators.survival import logrank
from analytics.provenance.origins import DRAWERS
from analytics.questions import survival_after_index, survival_strata
from analytics.questions.estimable import estimate
from analytics.questions.survival_strata import NO_INFORMATION, describe
from analytics.render.page.methods import methods
from analytics.render.page.quality import quality
from analytics.render.tables.cross_checks import cox_label, cross_checks, second_opinion
from analytics.results.competing import CompetingStratum, FineGray
from analytics.results.cross_checks import (
    CASE_SERIES,
    CROSSING,
    DIFFERS,
    EVERY_ANALYSIS,
    LIFELINES,
    NO_MAXIMUM,
    NOT_COMPARED,
    PARAMETRIC_SURVIVAL,
    CrossCheck,
    in_short,
)
from analytics.results.document import Results
from analytics.results.ids import (
    ADJUSTED,
    EFRON,
    FIRTH,
    NAIVE,
    TOGETHER,
    UNADJUSTED,
    CompetingId,
    SurvivalId,
    alone,
    at_landmark,
)
from analytics.results.json_file import plain, to_json
from analytics.results.survival import SurvivalAnalysis
from analytics.summary import HEIGHT, one_screen
from analytics.warehouse.marts import Marts, open_marts
from analytics.warehouse.study import read_study
from tests.layouts.random_cohort import write_few


@pytest.fixture(scope="module")
def marts(small_marts: Marts) -> Marts:
    return small_marts


@pytest.fixture(scope="module")
def results(small_results: Results) -> Results:
    return small_results


def cross_check(marts: Marts, results: Results) -> tuple[CrossCheck, ...]:
    """Of the analyses that these results have; that others are missing is a test of its own."""
    return tuple(c for c in compare.cross_check(marts, results) if c.what != compare.THE_ANALYSIS)


@pytest.fixture(scope="module")
def checks(marts: Marts, results: Results) -> tuple[CrossCheck, ...]:
    return compare.cross_check(marts, results)


def numbers_of(checks: tuple[CrossCheck, ...], id: Any) -> set[str]:
    return {check.what for check in checks if check.id == id and check.verdict != NOT_COMPARED}


def reasons_of(checks: tuple[CrossCheck, ...], id: Any) -> set[str]:
    return {str(check.reason) for check in checks if check.id == id and check.verdict == NOT_COMPARED}


def test_both_programs_agree_to_far_more_than_what_is_allowed(checks):
    refuse_differing(checks)
    compared = [check for check in checks if check.verdict != NOT_COMPARED]
    assert len(compared) > 80
    # lifelines ends its steps within 1.4e-7 standard errors of the maximum; a chi-squared is off by twice
    # as much.
    assert max(check.difference for check in compared if check.difference is not None) < 3e-7
    of_p = {id(check) for check in compared if f"{check.at} ".startswith("P ")}
    assert {check.tolerance for check in compared if id(check) not in of_p} == {1e-6}
    assert max(check.tolerance for check in compared) == 1e-6


def test_every_analysis_is_compared_or_said_not_to_be(results, checks):
    curve = {
        "Kaplan-Meier curve", "standard errors and log-log limits", "people, deaths and numbers at risk",
    }  # fmt: skip
    nobodys = curve | {CROSSING}
    curve |= {"median in months", "confidence intervals of the median"}
    curve |= {"restricted mean in months", "standard error of the restricted mean in months"}
    assert numbers_of(checks, SurvivalId.FROM_INDEX) == curve
    assert numbers_of(checks, SurvivalId.FROM_SECOND) == curve
    for id in (SurvivalId.BY_SECOND, SurvivalId.BY_ERA):
        assert numbers_of(checks, id) == {*curve, "log-rank test"}
    assert numbers_of(checks, SurvivalId.AT_LANDMARKS) == {
        *curve, *(f"log-rank test at {months} months" for months in results.study.landmarks)
    }  # fmt: skip
    # With late entry, the area from 0 on is no restricted mean, and the report gives no median.
    assert numbers_of(checks, SurvivalId.FROM_EXPOSURE) == nobodys
    counted = {compare.TERMS, "rows and deaths"}
    printed = {"hazard ratios with Wald's limits", "Wald's P values", "joint Wald tests",
               "log-likelihood without covariates"}  # fmt: skip
    fitted = {*counted, *printed, "coefficient", "standard error", "log-likelihood"}
    for model in (ADJUSTED, UNADJUSTED, EFRON, NAIVE, *map(at_landmark, results.study.landmarks)):
        assert numbers_of(checks, model) == fitted, model
    assert numbers_of(checks, FIRTH) == {*counted, "hazard ratios", "joint Wald tests"}
    for id in CompetingId:
        assert {
            "1 minus Kaplan-Meier", "Aalen-Johansen curve", "people, second cancers and numbers at risk"
        } <= numbers_of(checks, id)  # fmt: skip
    assert {check.id for check in checks} == {
        *(analysis.id for analysis in results.survival),
        *(model.id for model in results.cox),
        *(analysis.id for analysis in results.competing),
        *(CASE_SERIES, EVERY_ANALYSIS, PARAMETRIC_SURVIVAL),
    }
    groups = {(check.id, check.group) for check in checks}
    for analysis in (*results.survival, *results.competing):
        assert {(analysis.id, stratum.level) for stratum in analysis.strata} <= groups
    for model in results.cox:
        terms = {(model.id, f"{term.variable}: {term.level}") for term in model.terms}
        assert terms <= groups or reasons_of(checks, model.id)


def test_whatever_lifelines_cannot_do_says_so(results, checks):
    assert reasons_of(checks, SurvivalId.FROM_EXPOSURE) == {compare.MANTEL_BYAR}
    assert reasons_of(checks, CompetingId.EVERYBODY) == {compare.MOVED}
    assert reasons_of(checks, PARAMETRIC_SURVIVAL) == {compare.LIFELINES_ALONE}
    assert reasons_of(checks, CompetingId.BY_ERA) == {
        compare.MOVED, compare.NO_GRAY, compare.NO_FINE_GRAY
    }  # fmt: skip
    assert {c.software for c in checks if c.id == NAIVE} == {"metachron"}
    for model in results.cox:
        if model.penalty:
            assert reasons_of(checks, model.id) == {compare.FIRTH}


def test_a_curve_is_compared_at_each_of_its_times(results, checks):
    [everybody] = [check for check in checks if check.id == SurvivalId.FROM_INDEX and "curve" in check.what]
    assert everybody.n_numbers == len(results.survival[0].strata[0].curve.time)


def test_what_was_compared_and_agrees_has_a_difference(checks):
    """Also where the last numbers of a curve, such as the limits of a median, are in neither program."""
    counted = [check for check in checks if check.n_numbers > 1]
    assert counted and all(check.difference is not None for check in counted)


def test_one_minus_kaplan_meier_is_told_as_the_share_who_fell_ill(results, checks):
    [told] = [c for c in checks if c.id == CompetingId.EVERYBODY and "1 minus" in c.what]
    curve = results.competing[0].strata[0].curve
    assert told.at == f"month {curve.time[-1]:g}" and told.ours == pytest.approx(curve.one_minus_km[-1])
    assert 0 < told.ours < 0.5


def test_equal_inputs_give_equal_bytes(marts, results, checks):
    again = replace(results, cross_checks=cross_check(marts, results))
    assert to_json(plain(again)) == to_json(plain(replace(results, cross_checks=checks)))


# ---- a model of more rows than lifelines is given


@pytest.fixture()
def small_bounds(monkeypatch):
    monkeypatch.setattr(compare, "LARGEST", 1_000)
    monkeypatch.setattr(compare, "SAMPLE", 600)
    monkeypatch.setattr(rows, "FEW", 20)


def test_of_a_large_model_both_fit_a_sample_and_we_everybody_a_second_time(marts, results, small_bounds):
    checks = cross_check(marts, results)
    refuse_differing(checks)
    for id in (UNADJUSTED, ADJUSTED):
        fits = [check for check in checks if check.id == id and check.what == "coefficient"]
        whole = [check for check in fits if check.sample is None]
        part = [check for check in fits if check.sample is not None]
        assert {check.software for check in whole} == {"metachron"}
        assert {check.software for check in part} == {LIFELINES} and len(part) == len(whole)
        [model] = [model for model in results.cox if model.id == id]
        assert [check.ours for check in whole] == [term.coef for term in model.terms]
        # Of 600 drawn, some have no second cancer or a rare race; all who have are there too.
        assert {check.sample for check in part} <= set(range(601, 680))
        assert [check.ours for check in part] != [check.ours for check in whole]
        joint = [check for check in checks if check.id == id and check.what == "joint Wald tests"]
        assert [check.sample is None for check in joint] == [True, False]
        assert [check.n_numbers for check in joint] == [3 * len(model.wald)] * 2


@pytest.mark.parametrize("id", [UNADJUSTED, ADJUSTED])
def test_a_joint_test_of_a_large_model_is_of_everybodys_coefficients(marts, results, small_bounds, id):
    [model] = only(results, id).cox
    doubled = tuple(replace(test, statistic=2 * test.statistic) for test in model.wald)
    checks = cross_check(marts, replace(only(results, id), cox=(replace(model, wald=doubled),)))
    [check] = [check for check in checks if check.verdict == DIFFERS]
    assert (check.what, check.software) == ("joint Wald tests", "metachron")


def test_the_sample_has_everybody_with_a_second_cancer_and_is_the_same_each_time(marts, small_bounds):
    drawn = rows.draw_people(marts, 80)
    assert drawn == rows.draw_people(marts, 80)
    exposed = marts.query("select distinct patient_id from marts.survival_intervals where exposed")
    assert set(exposed["patient_id"]) <= drawn
    assert rows.draw_people(marts, 81) != drawn
    # Where more have it than are to be drawn, as many of them as of others are.
    few = rows.draw_people(marts, 10)
    assert len(few) == 20 and 0 < len(few & set(exposed["patient_id"])) <= 10


def test_with_late_entry_a_model_of_many_times_of_death_is_fitted_in_a_smaller_sample(
    marts, results, small_bounds, monkeypatch
):
    """lifelines goes through all rows at each time: at 60,000 rows times times, half of 600 are too many."""
    monkeypatch.setattr(compare, "LARGEST", 20_000)
    monkeypatch.setattr(compare, "LARGEST_WITH_ENTRY", 60_000)
    checks = cross_check(marts, only(results, UNADJUSTED))
    refuse_differing(checks)
    [part] = [c for c in checks if c.what == "coefficient" and c.sample is not None]
    assert part.sample < 400
    # Without late entry it goes through them once.
    landmark = cross_check(marts, only(results, at_landmark(24)))
    assert {check.sample for check in landmark} == {None}


def test_a_sample_with_a_term_that_has_no_ratio_is_not_compared(marts, results, small_bounds, monkeypatch):
    fit = our_fits.fit
    monkeypatch.setattr(our_fits, "fit", lambda given: fit(given) if len(given) > 1_000 else None)
    checks = cross_check(marts, only(results, ADJUSTED))
    assert compare.NOT_IN_SAMPLE in reasons_of(checks, ADJUSTED)
    assert "coefficient" in numbers_of(checks, ADJUSTED)


# ---- disagreement


def only(results: Results, id: Any) -> Results:
    """The one analysis of these results, for the rest need not be computed again."""
    blocks = {
        block: tuple(row for row in getattr(results, block) if row.id == id)
        for block in ("survival", "cox", "competing")
    }
    return replace(results, institution=replace(results.institution, case_series=()), **blocks)


def beside(fitter: type, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fitter as it is, but what it found lies a thousandth beside."""
    fit = fitter.fit

    def wrong(self: Any, *given: Any, **settings: Any) -> Any:
        fitted = fit(self, *given, **settings)
        setattr(fitted, name, getattr(fitted, name) + 1e-3)
        return fitted

    monkeypatch.setattr(fitter, "fit", wrong)


def km_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    from lifelines import KaplanMeierFitter

    at = KaplanMeierFitter.survival_function_at_times
    monkeypatch.setattr(
        KaplanMeierFitter, "survival_function_at_times", lambda self, times: at(self, times) + 1e-3
    )


def logrank_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    import lifelines.statistics

    test = lifelines.statistics.multivariate_logrank_test

    def wrong(*given: Any) -> Any:
        found = test(*given)
        found.test_statistic += 1e-3
        return found

    monkeypatch.setattr(lifelines.statistics, "multivariate_logrank_test", wrong)


def cox_beside(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def broken(monkeypatch: pytest.MonkeyPatch) -> None:
        from lifelines import CoxPHFitter

        beside(CoxPHFitter, name, monkeypatch)

    return broken


def time_varying_beside(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def broken(monkeypatch: pytest.MonkeyPatch) -> None:
        from lifelines import CoxTimeVaryingFitter

        beside(CoxTimeVaryingFitter, name, monkeypatch)

    return broken


@pytest.mark.parametrize(
    ("break_it", "id", "what"),
    [
        (km_beside, SurvivalId.FROM_INDEX, "Kaplan-Meier curve"),
        (km_beside, SurvivalId.FROM_EXPOSURE, "Kaplan-Meier curve"),
        (km_beside, SurvivalId.FROM_INDEX, "restricted mean in months"),
        (km_beside, CompetingId.BY_ERA, "1 minus Kaplan-Meier"),
        (logrank_beside, SurvivalId.BY_ERA, "log-rank test"),
        (logrank_beside, SurvivalId.AT_LANDMARKS, "log-rank test at 24 months"),
        (cox_beside("params_"), EFRON, "coefficient"),
        (cox_beside("standard_errors_"), at_landmark(60), "standard error"),
        (cox_beside("log_likelihood_"), EFRON, "log-likelihood"),
        (time_varying_beside("params_"), ADJUSTED, "coefficient"),
        (time_varying_beside("standard_errors_"), UNADJUSTED, "standard error"),
        (time_varying_beside("log_likelihood_"), ADJUSTED, "log-likelihood"),
    ],
)  # fmt: skip
def test_an_answer_of_lifelines_a_thousandth_beside_stops_the_report(
    marts, results, monkeypatch, break_it, id, what
):
    break_it(monkeypatch)
    checks = cross_check(marts, only(results, id))
    differing = [check for check in checks if check.verdict == DIFFERS]
    assert (id, what) in {(check.id, check.what) for check in differing}
    with pytest.raises(Disagreement) as refused:
        refuse_differing(checks)
    first = differing[0]
    assert first.name in str(refused.value) and f"{first.difference:.3g}" in str(refused.value)
    assert f"{first.ours:.10g}" in str(refused.value) and f"{first.theirs:.10g}" in str(refused.value)


def changed(value: Any, path: list[Any], by: float) -> Any:
    """The same frozen rows with one number below them moved."""
    if not path:
        return (value or 0) + by
    step, *rest = path
    if isinstance(value, tuple):
        return tuple(changed(item, rest, by) if at == step else item for at, item in enumerate(value))
    return replace(value, **{step: changed(getattr(value, step), rest, by)})


def place_of(results: Results, block: str, id: Any) -> list[Any]:
    return [block, [row.id for row in getattr(results, block)].index(id)]


@pytest.mark.parametrize(
    ("block", "id", "path", "what"),
    [
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "curve", "survival", 40], "Kaplan-Meier curve"),
        ("survival", SurvivalId.FROM_EXPOSURE, ["strata", 1, "curve", "survival", 2], "Kaplan-Meier curve"),
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "restricted_mean", "value"],
         "restricted mean in months"),
        ("survival", SurvivalId.BY_ERA, ["strata", 1, "median"], "median in months"),
        ("survival", SurvivalId.BY_ERA, ["tests", 0, "statistic"], "log-rank test"),
        ("survival", SurvivalId.AT_LANDMARKS, ["tests", 1, "statistic"], "log-rank test at 60 months"),
        ("survival", SurvivalId.BY_ERA, ["tests", 0, "p_value"], "log-rank test"),
        ("survival", SurvivalId.BY_ERA, ["strata", 0, "n"], "people, deaths and numbers at risk"),
        ("survival", SurvivalId.FROM_SECOND, ["strata", 0, "events"], "people, deaths and numbers at risk"),
        ("survival", SurvivalId.FROM_EXPOSURE, ["strata", 0, "curve", "at_risk", 3],
         "people, deaths and numbers at risk"),
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "curve", "events", 3],
         "people, deaths and numbers at risk"),
        ("survival", SurvivalId.FROM_EXPOSURE, ["strata", 1, "risk_table", "at_risk", 1],
         "people, deaths and numbers at risk"),
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "curve", "std_error", 9],
         "standard errors and log-log limits"),
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "curve", "upper", 9],
         "standard errors and log-log limits"),
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "curve", "lower", 9],
         "standard errors and log-log limits"),
        ("competing", CompetingId.BY_ERA, ["strata", 0, "n"], "people, second cancers and numbers at risk"),
        ("competing", CompetingId.BY_ERA, ["strata", 0, "curve", "at_risk", 2],
         "people, second cancers and numbers at risk"),
        ("cox", NAIVE, ["n"], "rows and deaths"),
        ("cox", EFRON, ["terms", 1, "coef"], "coefficient"),
        ("cox", at_landmark(24), ["terms", 0, "se"], "standard error"),
        ("cox", ADJUSTED, ["terms", 5, "coef"], "coefficient"),
        ("cox", ADJUSTED, ["loglik"], "log-likelihood"),
        ("cox", UNADJUSTED, ["n"], "rows and deaths"),
        ("cox", UNADJUSTED, ["events"], "rows and deaths"),
        ("competing", CompetingId.BY_CHEMOTHERAPY, ["strata", 0, "curve", "one_minus_km", 9],
         "1 minus Kaplan-Meier"),
    ],
)  # fmt: skip
def test_a_number_of_ours_that_is_moved_stops_the_report(marts, results, block, id, path, what):
    moved = changed(results, [*place_of(results, block, id), *path], 1e-3)
    [check] = [check for check in cross_check(marts, only(moved, id)) if check.verdict == DIFFERS]
    assert (check.id, check.what) == (id, what)


def printed_otherwise(results: Results, change: Callable[[Any], Any]) -> Results:
    """Every printed term of every Cox model, changed."""
    return replace(
        results,
        survival=(),
        competing=(),
        institution=replace(results.institution, case_series=()),
        cox=tuple(replace(model, terms=tuple(change(term) for term in model.terms)) for model in results.cox),
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda term: replace(term, hr=1 / term.hr), "hazard ratios with Wald's limits"),
        (lambda term: replace(term, hr_ci=term.hr_ci[::-1]), "hazard ratios with Wald's limits"),
        (lambda term: replace(term, p_value=term.p_value / 2), "Wald's P values"),
    ],
)
def test_a_printed_ratio_limit_or_p_that_is_not_its_coefficients_is_found_in_every_model(
    marts, results, change, what
):
    finite = replace(results, cox=tuple(m for m in results.cox if all(t.hr for t in m.terms)))
    checks = cross_check(marts, printed_otherwise(finite, change))
    found = {check.id for check in checks if check.verdict == DIFFERS and check.what.startswith(what[:13])}
    expected = {model.id for model in finite.cox if model.terms and not model.penalty}
    assert expected and expected <= found


def test_a_ratio_of_firths_model_is_that_of_its_coefficient(marts, results):
    turned = printed_otherwise(results, lambda term: replace(term, hr=term.hr and 1 / term.hr))
    differing = [check for check in cross_check(marts, turned) if check.verdict == DIFFERS]
    assert (FIRTH, "hazard ratios") in {(check.id, check.what) for check in differing}


def test_a_p_value_is_held_to_four_digits_however_small():
    assert compare._of_p("P", 1.00001e-30, 1e-30).excess <= 1 < compare._of_p("P", 2e-30, 1e-30).excess
    assert compare._of_p("P", 0.0, 1e-310).excess <= 1 < compare._of_p("P", 0.5, 0.500002).excess
    assert compare._of_p("P", None, 0.5).excess == float("inf")


def test_a_ratio_above_one_is_compared_as_a_share_of_it():
    assert (
        compare._of_ratio("ratio", 5000.001, 5000).excess <= 1 < compare._of_ratio("r", 5000.1, 5000).excess
    )
    assert compare._of_ratio("ratio", 0.5, 0.50001).excess > 1


def test_the_hospitals_median_is_compared_too(marts, results):
    moved = changed(
        replace(results, survival=(), cox=(), competing=()),
        ["institution", "case_series", 1, "median_survival"],
        1,
    )
    [check] = [check for check in cross_check(marts, moved) if check.verdict == DIFFERS]
    assert check.name == "case_series, hospital, median in months"


@pytest.mark.parametrize(("flat", "printed"), [("first", 2.0), ("midpoint", 3.0)])
def test_where_the_curve_stays_at_one_half_the_printed_median_is_compared_too(flat, printed):
    """S is 0.75 from month 1, one half from month 2 to 4, then 0."""
    months, died = np.array([1.0, 2, 3, 4]), np.array([True, True, False, True])
    stratum = describe("all", months, died, ticks=np.array([0.0, 2]), tau=4, flat=flat)
    walk = compare._Walk(None, "0")
    for median, verdict in ((printed, "agrees"), (999.0, DIFFERS), (5.0 - printed, DIFFERS)):
        given = replace(stratum, median=median)
        records = walk._stratum(SurvivalId.FROM_INDEX, given, rows.Followed(months, died), flat)
        [check] = [check for check in records if check.what == "median in months"]
        assert check.verdict == verdict, median


def test_every_studys_medians_follow_its_own_rule(marts, results):
    assert results.study.median_of_flat_stretch == "first"
    reasons = {c.id: c.reason for c in cross_check(marts, results) if c.what == "median in months"}
    assert reasons[SurvivalId.BY_ERA] == compare.MEDIANS["first"]
    assert reasons[SurvivalId.AT_LANDMARKS] == compare.MEDIANS["midpoint"]


@pytest.mark.parametrize("left_out", ["strata", "age (spline)"])
def test_a_model_that_does_not_adjust_for_what_it_says_is_found(marts, results, monkeypatch, left_out):
    fit = survival_after_index.fit

    def careless(id, outcome, months, died, covariates, **settings):
        if left_out == "strata":
            settings |= {"strata": None}
        else:
            covariates = {each: values for each, values in covariates.items() if each.variable != left_out}
        return fit(id, outcome, months, died, covariates, **settings)

    monkeypatch.setattr(survival_after_index, "fit", careless)
    models = survival_after_index.models_after_index(
        marts.index_patients(), marts.index_patients_corrected(), marts.survival_intervals(), results.study
    )
    checks = cross_check(marts, only(replace(results, cox=models), ADJUSTED))
    assert {check.id for check in checks if check.verdict == DIFFERS} == {ADJUSTED}


def test_a_group_that_only_one_of_the_two_has_differs(marts, results):
    place = place_of(results, "survival", SurvivalId.BY_ERA)
    analysis = results.survival[place[1]]
    less = replace(analysis, strata=analysis.strata[:1])
    one = only(results, SurvivalId.BY_ERA)
    checks = cross_check(marts, replace(one, survival=(less,)))
    [check] = [check for check in checks if check.verdict == DIFFERS]
    assert (check.group, check.what, check.ours) == (analysis.strata[1].level, "people", None)
    with pytest.raises(Disagreement, match="has no number"):
        refuse_differing(checks)


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize(
    ("block", "id"), [("survival", SurvivalId.BY_ERA), ("competing", CompetingId.BY_ERA)]
)
def test_groups_that_are_missing_here_differ(marts, results, block, id, kept):
    [analysis] = getattr(only(results, id), block)
    less = replace(only(results, id), **{block: (replace(analysis, strata=analysis.strata[:kept]),)})
    missing = {check.group for check in cross_check(marts, less) if check.verdict == DIFFERS}
    assert missing == {stratum.level for stratum in analysis.strata[kept:]}


def test_a_test_without_a_statistic_differs_where_lifelines_has_one(marts, results):
    [analysis] = only(results, SurvivalId.BY_ERA).survival
    silent = tuple(replace(t, statistic=None, df=None, p_value=None) for t in analysis.tests)
    given = replace(only(results, SurvivalId.BY_ERA), survival=(replace(analysis, tests=silent),))
    [check] = [check for check in cross_check(marts, given) if check.verdict == DIFFERS]
    assert check.what == "log-rank test"


@pytest.mark.parametrize("months", [(6, 36), (20, 120)])
def test_a_landmark_is_not_taken_for_another_whose_number_ends_alike(marts, monkeypatch, months):
    """ "20 months" is the end of "120 months", and "6 months" that of "36 months"."""
    of_the_study = "study.study_landmarks"
    values = f"(values ({months[0]}), ({months[1]})) as chosen (landmark_months)"
    sql = rows.CURVES[SurvivalId.AT_LANDMARKS].replace(of_the_study, values)
    monkeypatch.setitem(rows.CURVES, SurvivalId.AT_LANDMARKS, sql)
    study = replace(read_study(marts), landmarks=months)
    *_, landmarks, _ = survival_after_index.survival_after_index(
        marts.index_patients(), marts.index_patients_corrected(), marts.survival_intervals(), study
    )
    walk = compare._Walk(marts, "0")
    checks = tuple(walk._survival(landmarks, "midpoint"))
    refuse_differing(checks)
    assert {f"log-rank test at {month} months" for month in months} <= numbers_of(checks, landmarks.id)


def test_a_log_rank_test_is_of_groups_that_meet_at_a_death():
    """Of a log-rank test, only deaths at which two groups are at risk and somebody survives tell anything."""

    def group(months: list[float], died: list[bool]) -> rows.Followed:
        return rows.Followed(np.array(months), np.array(died))

    early, late = group([1, 2], [False, False]), group([3, 4], [True, True])
    assert second_program.compared_groups({"early": early, "late": late}) == {}
    meets = group([3.0], [False])
    assert set(second_program.compared_groups({"early": early, "late": late, "meets": meets})) == {
        "late", "meets"
    }  # fmt: skip
    both_at_once = {"one": group([5], [True]), "other": group([5], [True])}
    assert second_program.compared_groups(both_at_once) == {}
    assert second_program.compared_groups({"one": early, "other": early}) == {}


def test_a_log_rank_test_without_information_has_its_reason_and_is_not_compared(marts):
    """Nobody of the one group is left when somebody of the other dies: R's survdiff finds no variance."""
    months, died = np.array([1.0, 2, 3, 4]), np.array([False, False, True, True])
    group = np.array(["with", "with", "without", "without"])
    test = survival_strata.tested(estimate(logrank, months, died, group), "logrank")
    assert (test.statistic, test.p_value, test.note) == (None, None, NO_INFORMATION)
    analysis = SurvivalAnalysis(SurvivalId.BY_SECOND, "index", (), (test,))
    groups = {level: rows.Followed(months[group == level], died[group == level]) for level in set(group)}
    [check] = compare._Walk(marts, "0")._tests(analysis, groups)
    assert (check.verdict, check.reason) == (NOT_COMPARED, NO_INFORMATION)


@pytest.mark.parametrize(
    ("months", "died", "column"),
    [([3.0], [True], [1.0]), ([3.0, 4], [False, False], [0.0, 1]), ([3.0, 4], [True, True], [1.0, 1])],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_what_lifelines_cannot_fit_ends_in_no_traceback(months, died, column, is_late):
    """One person, nobody who dies, or a column that is the same in both."""
    entry = np.zeros(len(months)) if is_late else None
    followed = rows.Followed(np.array(months), np.array(died), entry)
    given = rows.ModelRows(followed, np.array(column)[:, None], None, np.arange(len(months)))
    with warnings.catch_warnings(), pytest.raises(NoMaximum):
        warnings.simplefilter("ignore")
        second_program.cox(given)


@pytest.mark.parametrize("seed", [*range(1, 11), 112])
def test_of_a_few_people_both_programs_agree_or_say_why_not(tmp_path, run, seed):
    """Of 112, all who are followed when the curves would begin are exposed."""
    with open_marts(write_few(tmp_path / "few.duckdb", seed)) as few:
        refuse_differing(compare.cross_check(few, analyse(few, run)))


@pytest.mark.parametrize(
    "id",
    [
        *SurvivalId,
        *CompetingId,
        NAIVE,
        ADJUSTED,
        UNADJUSTED,
        EFRON,
        FIRTH,
        TOGETHER,
        at_landmark(60),
        alone("sex"),
    ],
)
def test_an_analysis_that_is_missing_differs(marts, results, id):
    kept = {
        block: tuple(row for row in getattr(results, block) if row.id != id)
        for block in ("survival", "cox", "competing")
    }
    nothing = replace(
        results, survival=(), cox=(), competing=(), institution=replace(results.institution, case_series=())
    )
    walk = compare._Walk(marts, "0")
    assert {str(check.id) for check in walk.missing(results)} == set()
    [check] = walk.missing(replace(nothing, **kept))
    assert (check.id, check.verdict, check.ours) == (id, DIFFERS, 0)


def test_a_log_rank_test_a_mean_or_a_joint_test_that_is_missing_differs(marts, results):
    [curves] = only(results, SurvivalId.BY_ERA).survival
    meanless = tuple(replace(stratum, restricted_mean=None) for stratum in curves.strata)
    [model] = only(results, EFRON).cox
    less = replace(
        only(results, EFRON),
        survival=(replace(curves, tests=(), strata=meanless),),
        cox=(replace(model, wald=model.wald[1:]),),
    )
    found = {check.what for check in cross_check(marts, less) if check.verdict == DIFFERS}
    assert found == {
        "log-rank test", "joint Wald tests", "people, deaths and numbers at risk",
        "restricted mean in months", "standard error of the restricted mean in months",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("id", "variable"), [(ADJUSTED, "sex"), (ADJUSTED, "index_year"), (EFRON, "race"), (alone("sex"), "sex")]
)
def test_a_covariate_that_a_model_lacks_differs(marts, results, id, variable):
    [model] = only(results, id).cox
    less = replace(model, terms=tuple(term for term in model.terms if term.variable != variable))
    checks = cross_check(marts, replace(only(results, id), cox=(less,)))
    [check] = [check for check in checks if check.what == compare.TERMS]
    assert (check.verdict, check.at, check.ours) == (DIFFERS, f"terms of {variable}", None)


@pytest.mark.parametrize("id", [NAIVE, FIRTH, TOGETHER, EFRON, ADJUSTED, at_landmark(60)])
def test_ties_treated_otherwise_than_the_model_says_differ(marts, results, id):
    [model] = only(results, id).cox
    other = "breslow" if model.ties == "efron" else "efron"
    checks = cross_check(marts, replace(only(results, id), cox=(replace(model, ties=other),)))
    [check] = [check for check in checks if check.what == compare.TERMS]
    assert (check.verdict, check.at) == (DIFFERS, "Efron ties")


def without_horizons(results: Results) -> Results:
    def emptied(stratum: CompetingStratum) -> CompetingStratum:
        return replace(stratum, at={}, one_minus_km_at={})

    analyses = (replace(a, strata=tuple(map(emptied, a.strata))) for a in results.competing)
    return replace(results, competing=tuple(analyses))


def without_fine_gray(results: Results) -> Results:
    return replace(
        results, competing=tuple(replace(a, fine_gray=FineGray()) for a in results.competing)
    )  # fmt: skip


def without_pooled_cases(results: Results) -> Results:
    hospital = results.institution
    return replace(results, institution=replace(hospital, case_series=hospital.case_series[:-1]))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (without_horizons, {"Aalen-Johansen curve", "1 minus Kaplan-Meier"}),
        (lambda results: replace(results, competing=tuple(replace(a, gray=None) for a in results.competing)),
         {"Gray's test"}),
        (without_fine_gray, {"Fine and Gray's model"}),
        (without_pooled_cases, {"people followed"}),
    ],
    ids=["horizons", "Gray", "Fine and Gray", "pooled cases"],
)  # fmt: skip
def test_what_a_table_lacks_differs(marts, results, change, what):
    checks = cross_check(marts, change(replace(results, survival=(), cox=())))
    assert {check.what for check in checks if check.verdict == DIFFERS} == what


@pytest.mark.parametrize("id", [NAIVE, TOGETHER, EFRON, UNADJUSTED])
def test_a_ratio_that_is_withheld_differs_whatever_the_ties(marts, results, id):
    [model] = only(results, id).cox
    nothing = replace(model.terms[0], coef=None, se=None, hr=None, hr_ci=(None, None), p_value=None)
    less = replace(model, terms=(nothing, *model.terms[1:]), loglik_null=None)
    checks = cross_check(marts, replace(only(results, id), cox=(less,)))
    found = {check.what for check in checks if check.verdict == DIFFERS}
    expected = {"coefficient"} | ({"log-likelihood without covariates"} if len(model.terms) > 1 else set())
    assert found == expected


@pytest.mark.parametrize("is_followed", [True, False])
def test_of_nobody_nothing_is_missing(tmp_path, run, is_followed):
    """Without anybody, or of people whose follow-up nobody knows, the report has fewer analyses."""
    file = write_few(tmp_path / "few.duckdb", 1)
    with duckdb.connect(str(file)) as connection:
        for table in ("index_patients_corrected", "index_patients", "second_primaries", "survival_intervals"):
            condition = "true" if is_followed or table == "survival_intervals" else "is_followed"
            connection.execute(f"delete from marts.{table} where {condition}")
    with open_marts(file) as nobodys:
        less = analyse(nobodys, run)
        assert not less.competing
        refuse_differing(compare.cross_check(nobodys, less))


def test_a_mantel_byar_test_that_is_missing_differs_without_a_chi_squared_of_another_test(marts, results):
    [curves] = only(results, SurvivalId.FROM_EXPOSURE).survival
    less = replace(only(results, SurvivalId.FROM_EXPOSURE), survival=(replace(curves, tests=()),))
    [check] = [check for check in cross_check(marts, less) if check.verdict == DIFFERS]
    assert (check.what, check.ours, check.theirs) == ("Mantel-Byar test", 0, 1)


def test_one_breslow_step_by_hand():
    """Of four, one exposed dies first, then one of the three others; at a ratio of 1, a half is expected."""
    followed = rows.Followed(np.array([1.0, 2, 3, 3]), np.array([True, True, False, False]))
    given = rows.ModelRows(followed, np.array([[1.0], [0], [1], [0]]), None, np.arange(4))
    loglik, score, information = given.breslow(np.zeros(1))
    # Two of four are exposed at the first death, one of three at the second.
    assert loglik == pytest.approx(-np.log(4) - np.log(3))
    assert score == pytest.approx([1 - 1 / 2 - 1 / 3])
    assert information == pytest.approx(np.array([[1 / 4 + 2 / 9]]))


@pytest.mark.parametrize("name", ["coef", "se"])
def test_a_coefficient_off_the_maximum_of_breslows_likelihood_is_found(marts, results, name):
    [model] = only(results, NAIVE).cox
    off = replace(model.terms[0], **{name: getattr(model.terms[0], name) + 1e-3})
    checks = cross_check(marts, replace(only(results, NAIVE), cox=(replace(model, terms=(off,)),)))
    what = {"coef": "coefficient", "se": "standard error"}[name]
    assert (what, DIFFERS) in {(check.what, check.verdict) for check in checks}


# ---- what the second program was not told of


def test_an_analysis_that_it_does_not_know_is_not_silently_left_out(marts, results, monkeypatch):
    monkeypatch.delitem(rows.CURVES, SurvivalId.BY_ERA)
    monkeypatch.delitem(rows.COMPETING, CompetingId.BY_ERA)
    place = place_of(results, "cox", UNADJUSTED)
    term = results.cox[place[1]].terms[0]
    taller = replace(results.cox[place[1]], terms=(replace(term, variable="height"),))
    known = replace(results, cox=tuple(taller if m.id == UNADJUSTED else m for m in results.cox))
    checks = cross_check(marts, known)
    for id in (SurvivalId.BY_ERA, CompetingId.BY_ERA):
        assert reasons_of(checks, id) == {compare.UNKNOWN} and not numbers_of(checks, id)
    # A covariate that nobody told it of is one that the study does not ask for.
    assert reasons_of(checks, UNADJUSTED) == {compare.UNKNOWN}
    [check] = [check for check in checks if check.id == UNADJUSTED and check.verdict == DIFFERS]
    assert (check.what, check.at, check.theirs) == (compare.TERMS, "terms of height", None)


def without_first(results: Results, id: Any) -> Results:
    """One model whose first coefficient has no value."""
    [model] = only(results, id).cox
    nothing = replace(model.terms[0], coef=None, se=None, hr=None, hr_ci=(None, None), p_value=None)
    return replace(only(results, id), cox=(replace(model, terms=(nothing, *model.terms[1:])),))


@pytest.mark.parametrize("id", [EFRON, UNADJUSTED, at_landmark(24)])
def test_a_coefficient_that_lifelines_has_and_we_have_not_stops_the_report(marts, results, id):
    checks = cross_check(marts, without_first(results, id))
    [check] = [check for check in checks if check.verdict == DIFFERS]
    assert (check.id, check.what, check.ours) == (id, "coefficient", None) and check.theirs is not None


@pytest.mark.parametrize(("runs_off", "is_told"), [(False, True), (True, False)])
def test_a_joint_test_that_we_have_not_differs_unless_its_coefficient_runs_off(
    marts, results, monkeypatch, runs_off, is_told
):
    [model] = only(results, UNADJUSTED).cox
    silent = tuple(replace(test, statistic=None, p_value=None) for test in model.wald)
    monkeypatch.setattr(Fit, "runs_off", lambda self, at: runs_off)
    checks = cross_check(marts, replace(only(results, UNADJUSTED), cox=(replace(model, wald=silent),)))
    told = {check.what for check in checks if check.verdict == DIFFERS}
    assert told == ({"joint Wald tests"} if is_told else set())
    assert (compare.NO_FINITE_RATIO in reasons_of(checks, UNADJUSTED)) != is_told


def test_a_model_with_a_term_that_runs_off_in_lifelines_too_is_not_compared(marts, results, monkeypatch):
    derived = compare.model_rows

    def nobody_dies(marts: Marts, model: Any) -> rows.ModelRows:
        """In the group of the first term."""
        found = derived(marts, model)
        died = found.followed.died & (found.design[:, 0] != 1)
        return replace(found, followed=replace(found.followed, died=died))

    monkeypatch.setattr(compare, "model_rows", nobody_dies)
    checks = cross_check(marts, without_first(results, EFRON))
    assert reasons_of(checks, EFRON) == {compare.NO_FINITE_RATIO}
    # The others stand beside their own coefficients; that deaths are others is what was done here.
    assert {check.what for check in checks if check.verdict == DIFFERS} == {
        "rows and deaths", "log-likelihood without covariates"
    }  # fmt: skip
    assert "hazard ratios with Wald's limits" in numbers_of(checks, EFRON)


def test_a_model_that_lifelines_does_not_bring_to_an_end_is_not_compared(marts, results, monkeypatch):
    def no_end(given: Any, start: Any = None) -> Fit:
        begun.append(start)
        raise NoMaximum

    begun: list[Any] = []
    monkeypatch.setattr(second_program, "cox", no_end)
    checks = cross_check(marts, only(results, EFRON))
    assert reasons_of(checks, EFRON) == {NO_MAXIMUM}
    assert [start is None for start in begun] == [True, False]
    said = second_opinion(replace(results, cross_checks=checks))
    assert said.endswith("among them 1 Cox model without a maximum in lifelines") or "nothing" in said


def test_a_curve_of_which_lifelines_gives_none_is_not_compared(marts, results, monkeypatch):
    """The first person dies before anybody else enters: the curve is 0 at once, and lifelines refuses it."""
    gone = rows.Followed(np.array([2.0, 7, 8, 9]), np.ones(4, bool), np.array([0.0, 3, 3, 4]))
    with pytest.raises(second_program.NoCurve):
        second_program.kaplan_meier(gone)
    monkeypatch.setattr(compare, "curve_rows", lambda marts, id: {"all": gone})
    checks = cross_check(marts, only(results, SurvivalId.FROM_INDEX))
    assert reasons_of(checks, SurvivalId.FROM_INDEX) == {compare.NO_CURVE}
    assert not numbers_of(checks, SurvivalId.FROM_INDEX)


@pytest.mark.parametrize("entry", [None, np.zeros(40)])
def test_steps_that_did_not_end_are_no_answer(monkeypatch, entry):
    monkeypatch.setattr(second_program, "TIGHT", {"precision": 1e-14, "max_steps": 2})
    followed = rows.Followed(np.arange(1.0, 41.0), np.ones(40, bool), entry)
    exposed = (np.arange(40) % 3 == 0).astype(float)
    with pytest.raises(NoMaximum):
        second_program.cox(rows.ModelRows(followed, exposed[:, None], None, np.arange(40)))


# ---- its parts by hand


def test_the_median_is_the_first_time_with_at_most_one_half():
    flat = Curve(np.array([1.0, 2.0, 5.0, 9.0]), np.array([0.75, 0.5 + 2e-16, 0.5, 0.25]))
    assert flat.median() == 2 and flat.median(flat="midpoint") == 5.5
    assert Curve(np.array([1.0, 3.0]), np.array([0.9, 0.4])).median(flat="midpoint") == 3
    assert Curve(np.array([1.0, 3.0]), np.array([0.9, 0.6])).median() is None


def test_a_joint_wald_test_weighs_coefficients_by_their_covariance():
    """1 and 2, each of variance 1, with covariance 1/2: (1 - 2 + 4) / (3/4) = 4; without it, none."""
    coef, covariance = np.array([1.0, 2.0]), np.array([[1.0, 0.5], [0.5, 1.0]])
    both = Fit(coef, np.ones(2), 0.0, covariance).joint_wald([0, 1])
    assert (both.statistic, both.df) == (pytest.approx(4), 2)
    assert both.p_value == pytest.approx(np.exp(-2))
    alone = Fit(coef, np.ones(2), 0.0)
    assert alone.joint_wald([1]).statistic == 4 and alone.joint_wald([0, 1]) is None


@pytest.mark.parametrize(("ties", "said"), [("efron", 4 * 3 * 2), ("breslow", 4 * 4 * 2)])
def test_without_covariates_each_death_is_one_of_those_at_risk(ties, said):
    """Two of four die at month 2 and one of the two left at month 3, when a fifth only comes."""
    months, died = np.array([2.0, 2, 3, 5, 6]), np.array([True, True, True, False, False])
    followed = rows.Followed(months, died, np.array([0.0, 0, 0, 0, 3]))
    given = rows.ModelRows(followed, np.zeros((5, 1)), None, np.arange(5))
    assert given.loglik_without_covariates(ties) == pytest.approx(-np.log(said))
    # In a baseline hazard of their own, nobody else is at risk.
    apart = replace(given, strata=np.array(["a", "b", "b", "c", "c"]))
    assert apart.loglik_without_covariates(ties) == pytest.approx(-np.log(1 * 2 * 1))


def test_a_cumulative_incidence_by_hand():
    """Of four, one falls ill at month 1, one dies at 2, one falls ill at 3: 1/4, then half of a half more."""
    ill, dead = np.array([True, False, True, False]), np.array([False, True, False, False])
    given = rows.Followed(np.array([1.0, 2, 3, 4]), ill, other=dead)
    found = second_program.cumulative_incidence(given, second_program.kaplan_meier(given))
    assert found == pytest.approx([0.25, 0.25, 0.5, 0.5])


def test_the_restricted_mean_is_the_area_below_the_steps():
    curve = Curve(np.array([1.0, 3.0]), np.array([0.5, 0.25]))
    assert curve.area(2) == 1 + 0.5
    assert curve.area(5) == 1 + 2 * 0.5 + 2 * 0.25


@pytest.mark.parametrize("ages", [np.arange(18.0, 90.0), np.array([40.0, 50, 60] * 9), np.array([40.0, 50])])
def test_the_spline_spans_what_the_reports_own_does(ages):
    theirs = rows.restricted_cubic_spline(ages, ages)
    ours = natural_spline(ages, knots=4).columns
    assert theirs.shape == ours.shape
    with_constant = np.column_stack([np.ones(len(ages)), theirs])
    weights = np.linalg.lstsq(with_constant, ours, rcond=None)[0]
    assert np.abs(with_constant @ weights - ours).max() < 1e-8
    assert np.linalg.matrix_rank(with_constant) == theirs.shape[1] + 1 or len(ages) == 2


# ---- where a reader meets it


def test_the_report_says_how_much_was_computed_twice(results, checks):
    shown = replace(results, cross_checks=checks)
    made = in_short(checks)
    assert made is not None and made.n_not_compared == sum(c.verdict == NOT_COMPARED for c in checks)
    assert made.n_numbers == sum(c.n_numbers for c in checks if c.software == LIFELINES) > 1_000
    said = second_opinion(shown)
    assert said.startswith(f"lifelines {second_program.version()} recomputed {made.n_numbers:,} numbers; ")
    assert f"{said}." in quality(shown)
    [paragraph] = [said for said in methods(shown) if "computed a second time by lifelines" in said]
    for model in (ADJUSTED, UNADJUSTED, EFRON, at_landmark(24)):
        assert cox_label(shown.study, model) in paragraph
    assert "No other Cox model was." in paragraph and "sample" not in paragraph
    # A model that lifelines did not compute, or of a sample alone, is told as that.
    less = tuple(c if c.id != EFRON else replace(c, verdict=NOT_COMPARED, reason=NO_MAXIMUM) for c in checks)
    part = tuple(replace(c, sample=601) if c.id == ADJUSTED else c for c in less)
    [paragraph] = [said for said in methods(replace(shown, cross_checks=part)) if "lifelines" in said]
    assert cox_label(shown.study, EFRON) not in paragraph
    assert f"{cox_label(shown.study, ADJUSTED)}, in a sample of 601 people" in paragraph
    assert len(one_screen(shown).splitlines()) <= HEIGHT


def test_the_table_has_every_record_below_its_analysis(results, checks):
    table = cross_checks(replace(results, cross_checks=checks))
    assert len(table.rows) - len(table.groups) == len(checks)
    assert len(table.groups) == len(results.survival) + len(results.cox) + len(results.competing) + 3
    cells = {row[0]: row for at, row in enumerate(table.rows) if at not in table.groups}
    assert cells["Mantel-Byar test"][1:] == ("—", "—", "—", "—", f"not compared: {compare.MANTEL_BYAR}")


def test_a_curve_along_which_nobody_lives_has_no_median_in_the_table_either(results, checks):
    table = cross_checks(replace(results, cross_checks=checks))
    heads = sorted(table.groups)
    [begin] = [at for at in heads if table.rows[at][0].endswith("counted from its diagnosis on")]
    below = table.rows[begin + 1 : heads[heads.index(begin) + 1]]
    assert not any("median" in row[0] for row in below)
    [crossing] = [row for row in below if row[0].startswith("With ALL, where the curve crosses")]
    assert crossing[1:5] == ("the same", "the same", "0", "9")


def test_the_sources_below_the_table_are_the_marts_that_it_was_computed_from():
    """Those named in the SQL of the second programmer, and no others."""
    read = set(re.findall(r"marts\.\w+", inspect.getsource(rows)))
    named = {drawer.mart for drawer in DRAWERS if drawer.numbers == "Numbers computed twice"}
    assert named == read - {"marts.query"}


def test_an_older_report_without_it_says_nothing(results):
    assert second_opinion(results) == "" and in_short(()) is None
    assert not any("lifelines" in paragraph for paragraph in methods(results))


def test_nothing_of_it_leaves_with_the_public_report(results, checks):
    shown = replace(results, cross_checks=checks)
    assert leaving(shown).cross_checks is None
    assert results_digest(shown) == results_digest(results)


def test_what_compares_no_number_is_not_compared(marts):
    check = compare._Walk(marts, "0")._many("id", "", "medians", [compare.Number("median", None, None)])
    assert (check.verdict, check.reason) == (NOT_COMPARED, compare.NOT_ESTIMATED)


def test_the_refusal_says_what_a_difference_is_of_and_who_computed(marts):
    walk = compare._Walk(marts, "0.30")
    ratio = walk._many("model", "", "ratios", [compare._of_ratio("hazard ratio", 4.4, 4.0)])
    with pytest.raises(
        Disagreement, match=r"lifelines 0\.30 computes 4, a difference of 0\.1 as a share where"
    ):
        refuse_differing([ratio])
    people = walk._one("curve", "", "people", 4, 2, by=("metachron", "0"))
    said = "metachron again, from rows derived a second time, computes 2, a difference of 2 where"
    with pytest.raises(Disagreement, match=said):
        refuse_differing([people])
