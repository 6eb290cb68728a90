"""The second programmer: what lifelines is asked, what it is not, and what happens where it disagrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.answers import analyse
from analytics.cross_checks import compare, our_fits, rows, second_program
from analytics.cross_checks.compare import Disagreement, cross_check, refuse_differing
from analytics.cross_checks.second_program import Curve, Fit, NoMaximum
from analytics.disclosure.public_results import leaving, results_digest
from analytics.estimators.cox import natural_spline
from analytics.questions import survival_after_index
from analytics.render.page.methods import methods
from analytics.render.page.quality import quality
from analytics.render.tables.cross_checks import cross_checks, second_opinion
from analytics.results.cross_checks import DIFFERS, LIFELINES, NOT_COMPARED, CrossCheck, in_short
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, EFRON, NAIVE, UNADJUSTED, CompetingId, SurvivalId, at_landmark
from analytics.results.json_file import plain, to_json
from analytics.summary import HEIGHT, one_screen
from analytics.warehouse.marts import Marts, open_marts
from tests.analytics.warehouse_fixture import write_warehouse


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.duckdb"
    with open_marts(write_warehouse(path, scale=0.03, beyond_published=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def results(marts: Marts, run) -> Results:
    return analyse(marts, run)


@pytest.fixture(scope="module")
def checks(marts: Marts, results: Results) -> tuple[CrossCheck, ...]:
    return cross_check(marts, results)


def numbers_of(checks: tuple[CrossCheck, ...], id: Any) -> set[str]:
    return {check.what for check in checks if check.id == id and check.verdict != NOT_COMPARED}


def reasons_of(checks: tuple[CrossCheck, ...], id: Any) -> set[str]:
    return {str(check.reason) for check in checks if check.id == id and check.verdict == NOT_COMPARED}


def test_both_programs_agree_to_far_more_than_what_is_allowed(checks):
    refuse_differing(checks)
    compared = [check for check in checks if check.verdict != NOT_COMPARED]
    assert len(compared) > 80
    assert max(check.difference for check in compared if check.difference is not None) < 1e-7
    assert {check.tolerance for check in compared} == {1e-6}


def test_every_analysis_is_compared_or_said_not_to_be(results, checks):
    curve = {"Kaplan-Meier curve", "median", "restricted mean"}
    assert numbers_of(checks, SurvivalId.FROM_INDEX) == curve
    assert numbers_of(checks, SurvivalId.FROM_SECOND) == curve
    for id in (SurvivalId.BY_SECOND, SurvivalId.BY_ERA):
        assert numbers_of(checks, id) == {*curve, "log-rank chi-squared"}
    assert numbers_of(checks, SurvivalId.AT_LANDMARKS) == {
        *curve, *(f"log-rank chi-squared at {months} months" for months in results.study.landmarks)
    }  # fmt: skip
    # With late entry, the area from 0 on is no restricted mean.
    assert numbers_of(checks, SurvivalId.FROM_EXPOSURE) == {"Kaplan-Meier curve", "median"}
    fitted = {"rows", "deaths", "coefficient", "standard error", "log-likelihood"}
    for model in (ADJUSTED, UNADJUSTED, EFRON, *map(at_landmark, results.study.landmarks)):
        assert numbers_of(checks, model) == fitted, model
    for id in CompetingId:
        assert numbers_of(checks, id) == {"1 minus Kaplan-Meier"}
    assert {check.id for check in checks} == {
        *(analysis.id for analysis in results.survival),
        *(model.id for model in results.cox),
        *(analysis.id for analysis in results.competing),
        "case_series",
    }
    groups = {(check.id, check.group) for check in checks}
    for analysis in (*results.survival, *results.competing):
        assert {(analysis.id, stratum.level) for stratum in analysis.strata} <= groups
    for model in results.cox:
        terms = {(model.id, f"{term.variable}: {term.level}") for term in model.terms}
        assert terms <= groups or reasons_of(checks, model.id)


def test_whatever_lifelines_cannot_do_says_so(results, checks):
    assert reasons_of(checks, SurvivalId.FROM_EXPOSURE) == {compare.MANTEL_BYAR}
    assert reasons_of(checks, CompetingId.EVERYBODY) == {compare.AALEN_JOHANSEN}
    assert reasons_of(checks, CompetingId.BY_ERA) == {
        compare.AALEN_JOHANSEN, compare.NO_GRAY, compare.NO_FINE_GRAY
    }  # fmt: skip
    assert reasons_of(checks, NAIVE) == {compare.BRESLOW}
    for model in results.cox:
        if model.penalty:
            assert reasons_of(checks, model.id) == {compare.FIRTH}


def test_a_curve_is_compared_at_each_of_its_times(results, checks):
    [everybody] = [check for check in checks if check.id == SurvivalId.FROM_INDEX and "curve" in check.what]
    assert everybody.n_numbers == len(results.survival[0].strata[0].curve.time)


def test_one_minus_kaplan_meier_is_told_as_the_share_who_fell_ill(results, checks):
    [told] = [check for check in checks if check.id == CompetingId.EVERYBODY and check.verdict == "agrees"]
    assert told.ours == pytest.approx(results.competing[0].strata[0].curve.one_minus_km[-1])
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


def test_the_sample_has_everybody_with_a_second_cancer_and_is_the_same_each_time(marts):
    drawn = rows.draw_people(marts, 50)
    assert drawn == rows.draw_people(marts, 50)
    exposed = marts.query("select distinct patient_id from marts.survival_intervals where exposed")
    assert set(exposed["patient_id"]) <= drawn
    assert rows.draw_people(marts, 51) != drawn


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
        (km_beside, SurvivalId.FROM_INDEX, "restricted mean"),
        (km_beside, CompetingId.BY_ERA, "1 minus Kaplan-Meier"),
        (logrank_beside, SurvivalId.BY_ERA, "log-rank chi-squared"),
        (logrank_beside, SurvivalId.AT_LANDMARKS, "log-rank chi-squared at 24 months"),
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
        ("survival", SurvivalId.FROM_INDEX, ["strata", 0, "restricted_mean", "value"], "restricted mean"),
        ("survival", SurvivalId.BY_ERA, ["strata", 1, "median"], "median"),
        ("survival", SurvivalId.BY_ERA, ["tests", 0, "statistic"], "log-rank chi-squared"),
        ("survival", SurvivalId.AT_LANDMARKS, ["tests", 1, "statistic"], "log-rank chi-squared at 60 months"),
        ("cox", EFRON, ["terms", 1, "coef"], "coefficient"),
        ("cox", at_landmark(24), ["terms", 0, "se"], "standard error"),
        ("cox", ADJUSTED, ["terms", 5, "coef"], "coefficient"),
        ("cox", ADJUSTED, ["loglik"], "log-likelihood"),
        ("cox", UNADJUSTED, ["n"], "rows"),
        ("cox", UNADJUSTED, ["events"], "deaths"),
        ("competing", CompetingId.BY_CHEMOTHERAPY, ["strata", 0, "curve", "one_minus_km", 9],
         "1 minus Kaplan-Meier"),
    ],
)  # fmt: skip
def test_a_number_of_ours_that_is_moved_stops_the_report(marts, results, block, id, path, what):
    moved = changed(results, [*place_of(results, block, id), *path], 1e-3)
    [check] = [check for check in cross_check(marts, only(moved, id)) if check.verdict == DIFFERS]
    assert (check.id, check.what) == (id, what)


def test_the_hospitals_median_is_compared_too(marts, results):
    moved = changed(
        replace(results, survival=(), cox=(), competing=()),
        ["institution", "case_series", 1, "median_survival"],
        1,
    )
    [check] = [check for check in cross_check(marts, moved) if check.verdict == DIFFERS]
    assert check.name == "case_series, hospital, median"


def test_where_the_curve_stays_at_one_half_the_median_is_by_the_stated_rule(results, checks):
    flat = [check for check in checks if check.what == "median" and check.reason == compare.FLAT]
    assert flat
    for check in flat:
        [analysis] = [analysis for analysis in results.survival if analysis.id == check.id]
        [stratum] = [stratum for stratum in analysis.strata if stratum.level == check.group]
        assert 0.5 in stratum.curve.survival and check.ours <= stratum.median


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


# ---- what the second program was not told of


def test_an_analysis_that_it_does_not_know_is_not_silently_left_out(marts, results, monkeypatch):
    monkeypatch.delitem(rows.CURVES, SurvivalId.BY_ERA)
    monkeypatch.delitem(rows.COMPETING, CompetingId.BY_ERA)
    place = place_of(results, "cox", UNADJUSTED)
    term = results.cox[place[1]].terms[0]
    taller = replace(results.cox[place[1]], terms=(replace(term, variable="height"),))
    known = replace(results, cox=tuple(taller if m.id == UNADJUSTED else m for m in results.cox))
    checks = cross_check(marts, known)
    for id in (SurvivalId.BY_ERA, CompetingId.BY_ERA, UNADJUSTED):
        assert reasons_of(checks, id) == {compare.UNKNOWN} and not numbers_of(checks, id)


def test_a_model_with_a_term_without_a_ratio_is_not_compared(marts, results):
    place = place_of(results, "cox", EFRON)
    model = results.cox[place[1]]
    endless = replace(model, terms=(replace(model.terms[0], coef=None), *model.terms[1:]))
    checks = cross_check(marts, replace(only(results, EFRON), cox=(endless,)))
    assert reasons_of(checks, EFRON) == {compare.NO_FINITE_RATIO} and not numbers_of(checks, EFRON)


def test_a_model_that_lifelines_does_not_bring_to_an_end_is_not_compared(marts, results, monkeypatch):
    def no_end(given: Any) -> Fit:
        raise NoMaximum

    monkeypatch.setattr(second_program, "cox", no_end)
    assert reasons_of(cross_check(marts, only(results, EFRON)), EFRON) == {compare.NO_MAXIMUM}


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
    assert any("computed a second time by lifelines" in paragraph for paragraph in methods(shown))
    assert len(one_screen(shown).splitlines()) <= HEIGHT


def test_the_table_has_every_record_below_its_analysis(results, checks):
    table = cross_checks(replace(results, cross_checks=checks))
    assert len(table.rows) - len(table.groups) == len(checks)
    assert len(table.groups) == len(results.survival) + len(results.cox) + len(results.competing) + 1
    cells = {row[0]: row for at, row in enumerate(table.rows) if at not in table.groups}
    assert cells["Mantel-Byar test"][1:] == ("—", "—", "—", "—", f"not compared: {compare.MANTEL_BYAR}")


def test_an_older_report_without_it_says_nothing(results):
    assert second_opinion(results) == "" and in_short(()) is None
    assert not any("lifelines" in paragraph for paragraph in methods(results))


def test_nothing_of_it_leaves_with_the_public_report(results, checks):
    shown = replace(results, cross_checks=checks)
    assert leaving(shown).cross_checks is None
    assert results_digest(shown) == results_digest(results)
