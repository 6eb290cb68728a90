"""What the answers to questions say in words, under both verdicts: notes, reasons and names of estimators."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest

from analytics.published_numbers.paper_file import Row
from analytics.questions.competing_risks import competing_risks
from analytics.questions.contrasts import CORRECTED, _survival
from analytics.questions.cox_rows import Covariate, _wald, fit
from analytics.questions.deliveries import _of_population
from analytics.questions.published_numbers import _printed_number
from analytics.questions.survival_after_index import _time_dependent
from analytics.questions.survival_after_second import ANALYSIS as AFTER_SECOND
from analytics.results.ids import Block
from analytics.results.states import NOT_DELIVERED, VALUE
from analytics.warehouse.study import Era
from tests.analytics.empty_results import STUDY
from tests.analytics.test_fair_eras import ROWS, compared, people
from tests.analytics.test_few_events import ARM

ERAS = replace(STUDY, eras=(Era("1990-1999", 1990, 1999),))


@pytest.mark.parametrize(("latency", "said"), [
    (12, "Of those alive without B at month 12."), (0, "Counted from diagnosis."),
])  # fmt: skip
def test_an_incidence_says_from_which_month_it_is_counted(latency, said):
    study = replace(ERAS, min_latency_months=latency)
    assert [found.note for found in competing_risks(people(ROWS), study)] == [
        said, said,
        f"{said} No/Unknown is what the registry records; it is not a group known to be untreated.",
    ]  # fmt: skip


def test_eras_of_whom_nobody_is_followed_long_enough_are_not_compared():
    assert compared(ROWS).reason is None and len(compared(ROWS).horizons) == 4
    too_short = compared([(1990, 5, "death"), (2001, 11, "death")])
    assert (too_short.reason, too_short.horizons) == (
        "Nobody's follow-up reaches the first month that counts.", (),
    )  # fmt: skip


def test_medians_whose_clocks_start_anew_are_contrasts_where_both_groups_have_people(results):
    asked = results.survival, results.cox
    overall = results.incidence_overall
    whole = _survival(*asked, overall)
    assert [(row.estimator, row.stance, row.estimate) for row in whole[-2:]] == [
        ("Kaplan-Meier from month 60 on, without second primary by then", CORRECTED, 56.0),
        ("Kaplan-Meier from the second primary on, conventional cohort", CORRECTED, 18.0),
    ]
    none = _survival(*asked, replace(overall, latency=replace(overall.latency, median=None)))
    assert none == whole[:-2]


@pytest.mark.parametrize(("died", "arm", "reason"), [
    ([True] * 4, [1.0] * 4, "nothing to estimate"),
    ([False] * 4, [1.0, 0.0] * 2, "nobody had the event: there is nothing to estimate"),
])  # fmt: skip
def test_a_model_without_a_coefficient_says_why(died, arm, reason):
    """Everybody in one arm; nobody dead."""
    made = fit("m", "death", pl.Series([1.0, 2.0, 3.0, 4.0]), pl.Series(died), {ARM: pl.Series(arm)})
    assert (made.card.verdict, made.card.reasons) == ("not_estimated", (reason,))


@pytest.mark.parametrize(("expression", "basis", "recomputed"), [
    ("{cohort.n_index}", "warehouse", 900.0),
    ("892 + 8", "printed numbers", 900.0),
    ("", "none", None),
])  # fmt: skip
def test_a_printed_number_is_recomputed_from_the_warehouse_or_from_printed_numbers(
    expression, basis, recomputed
):
    cells = {"id": "1", "where": "Table 1", "what": "people", "printed": "900", "note": ""}
    made = _printed_number(Row(2, cells | {"expression": expression}), {"cohort": {"n_index": 900}})
    assert (made.basis, made.recomputed) == (basis, recomputed)


def intervals(exposed: int, unexposed: int) -> pl.DataFrame:
    """So many people of either state from month 1 on, one a month dying."""
    n = exposed + unexposed
    return pl.DataFrame({
        "patient_id": [f"P{at}" for at in range(n)], "start_months": [1.0] * n,
        "stop_months": [float(at + 3) for at in range(n)], "died": [True] * n,
        "exposed": [at < exposed for at in range(n)],
    })  # fmt: skip


@pytest.mark.parametrize(("exposed", "unexposed", "groups", "note"), [
    (5, 5, 2, "Of those alive at month 1, the first with 5 people with B under observation; later ones enter "
     "the group with B on the day it is diagnosed. Curves, medians and test are conditional on that month."),
    (4, 5, 0, "Not estimable: fewer than 5 people with B are ever at risk together."),
    (5, 0, 0, "Not estimable: nobody is unexposed: there is nothing to compare."),
])  # fmt: skip
def test_time_dependent_curves_need_five_people_with_the_second_cancer_and_somebody_without(
    exposed, unexposed, groups, note
):
    lost = pl.DataFrame(schema={"has_second_cancer": pl.Boolean})
    made = _time_dependent(intervals(exposed, unexposed), lost, STUDY)
    assert (len(made.strata), made.note) == (groups, note)


@pytest.mark.parametrize(("p_value", "note"), [
    (0.04, None), (1e-300, None),
    (0.0, "P is below 1e-300, too small to be held as a number; it stands as 0."),
])  # fmt: skip
def test_a_joint_p_of_0_is_said_to_be_too_small_for_a_number(p_value, note):
    joint = SimpleNamespace(statistic=3000.0, df=2.0, p_value=p_value)
    model = SimpleNamespace(result=SimpleNamespace(joint_wald=lambda names: joint))
    [tested] = _wald(model, (Covariate("race", "Black", "White"), Covariate("race", "Other", "White")))
    assert (tested.variable, tested.statistic, tested.df, tested.note) == ("race", 3000.0, 2.0, note)


def test_survival_after_the_second_cancer_is_empty_where_nobody_had_it_and_where_nobody_died(results):
    assert AFTER_SECOND.why_empty(results) == ""
    nobody = replace(results, cohort=replace(results.cohort, n_second=0))
    assert AFTER_SECOND.why_empty(nobody) == "Not estimable: nobody had ALL."
    alive = tuple(
        replace(each, strata=tuple(replace(stratum, events=0) for stratum in each.strata))
        for each in results.survival
    )
    assert AFTER_SECOND.why_empty(replace(results, survival=alive)).startswith("Not estimable: none of the")


def test_a_comparison_with_the_population_is_in_the_state_of_the_ratio_that_it_repeats(results):
    """The other contrasts, and all of them where there is a ratio, stay as they are."""
    assert _of_population(results) == results.contrasts
    reason = "No rates."
    without = tuple(
        each if each.stratum else replace(each, state=NOT_DELIVERED, reason=reason) for each in results.sir
    )
    changed = {
        (new.state, new.reason, new.note)
        for old, new in zip(results.contrasts, _of_population(replace(results, sir=without)), strict=True)
        if new != old
    }
    assert changed == {(NOT_DELIVERED, reason, reason)}
    kept = [row for row in _of_population(replace(results, sir=without)) if row.state == VALUE]
    assert kept == [row for row in results.contrasts if row.source.block is not Block.POPULATION]
