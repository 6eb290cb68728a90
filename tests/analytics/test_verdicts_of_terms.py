"""A printed ratio carries the verdict of its own coefficient, and of nobody else's."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import polars as pl

from analytics.questions.competing_risks import competing_risks
from analytics.questions.cox_rows import Covariate, fit
from analytics.render.tables.hazards import has_too_few_events
from analytics.render.tables.models import competing
from tests.analytics.empty_results import results_of_nobody
from tests.analytics.warehouse_fixture import with_first_event_flags

ARM, RARE = Covariate("arm", "new", "old"), Covariate("site", "rare", "usual")


def two_covariates(rare_deaths: int):
    """60 deaths, 30 in each arm; of eight people of a rare site so many are among them."""
    died = ([True] * 30 + [False] * 70) * 2
    months = pl.Series([float(1 + k % 17) if dead else 20.0 for k, dead in enumerate(died)])
    arm = pl.Series([1.0] * 100 + [0.0] * 100)
    rare = [0.0] * 200
    for k in range(rare_deaths):
        rare[k * 7] = 1.0
    for k in range(8 - rare_deaths):
        rare[99 - k] = 1.0
    return fit("m", "death", months, pl.Series(died), {ARM: arm, RARE: pl.Series(rare)})


def test_four_deaths_in_another_covariates_level_are_no_reproach():
    model = two_covariates(rare_deaths=4)
    assert model.events == 60
    arm, rare = model.terms
    assert (arm.card.verdict, arm.card.reasons) == ("adequate", ())
    assert [group.events for group in arm.card.groups] == [30, 30]
    assert rare.card.verdict == "too_few_events"
    assert rare.card.reasons == ("4 deaths of 8 (site: rare), fewer than 5",)
    assert model.card.verdict == "too_few_events"


def test_a_separated_coefficient_condemns_itself_only():
    """Nobody of the rare site dies: its coefficient runs off, the arm's is what it is."""
    arm, rare = two_covariates(rare_deaths=0).terms
    assert rare.card.separated and rare.card.verdict == "too_few_events"
    assert any("no finite hazard ratio" in reason for reason in rare.card.reasons)
    assert arm.card.verdict == "adequate" and not arm.card.separated


def test_a_column_that_is_constant_is_not_estimated_and_says_so():
    died = pl.Series([True] * 30 + [False] * 30)
    months = pl.Series([float(k % 11 + 1) for k in range(60)])
    arm, rare = fit("m", "death", months, died, {
        ARM: pl.Series([0.0, 1.0] * 30), RARE: pl.Series([0.0] * 60)}).terms  # fmt: skip
    assert arm.card.verdict == "adequate"
    assert rare.card.verdict == "not_estimated"
    assert rare.card.reasons == ("nobody is in the group “site: rare”",)


def test_what_never_differs_where_somebody_dies_is_not_said_to_be_the_same_in_everybody():
    """The rare site is censored before anybody dies: others have it, but none at a death."""
    months = pl.Series([1.0] * 5 + [float(k + 2) for k in range(20)])
    died = pl.Series([False] * 5 + [True] * 20)
    [rare] = fit("m", "death", months, died, {RARE: pl.Series([1.0] * 5 + [0.0] * 20)}).terms
    assert rare.card.reasons == ("site: rare is the same in everybody at risk at each death",)


def test_table_2_marks_the_ratio_and_not_the_model():
    arm, rare = two_covariates(rare_deaths=4).terms
    assert has_too_few_events(rare) and not has_too_few_events(arm)


def by_era(early: int, late: int):
    """100 people an era, so many second primaries in each, the others dead at 100 months."""
    rows = [
        (20.0 + k, "second_primary", era) if k < events else (100.0, "death", era)
        for era, events in (("a", early), ("b", late))
        for k in range(100)
    ]
    people = pl.DataFrame(rows, schema=["months_to_first_event", "first_event", "era"], orient="row")
    people = people.with_columns(is_at_risk=True, chemotherapy_index=pl.lit("Yes"))
    study = SimpleNamespace(
        eras=(SimpleNamespace(era="a"), SimpleNamespace(era="b")), min_latency_months=12,
        second_short_label="B",
    )  # fmt: skip
    return competing_risks(with_first_event_flags(people), study)


def test_a_subdistribution_ratio_on_two_events_has_too_few_events_and_so_has_grays_test():
    found = by_era(2, 12)[1]
    (term,) = found.fine_gray.terms
    assert term.card.verdict == found.card.verdict == "too_few_events"
    assert term.card.reasons == ("2 second primaries of 100 (era: a), fewer than 5",)


def test_ten_events_in_each_group_carry_one_ratio():
    found = by_era(10, 12)[1]
    assert found.card.verdict == "adequate" and found.fine_gray.terms[0].card.verdict == "adequate"
    assert [group.events for group in found.card.groups] == [10, 12]


def test_the_verdict_stands_wherever_the_two_are_printed():
    results = results_of_nobody(competing=by_era(2, 12))
    heading = next(row[0] for row in competing(results).rows if "Gray" in row[0])
    assert heading.count("too few events: 2 second primaries of 100 (era: a), fewer than 5") == 1


def test_where_the_verdicts_of_test_and_ratio_differ_each_has_its_own():
    everybody, by_the_era, *others = by_era(2, 12)
    few = replace(by_the_era.card, verdict="few_events", reasons=("14 second primaries",))
    results = results_of_nobody(competing=(everybody, replace(by_the_era, card=few), *others))
    heading = next(row[0] for row in competing(results).rows if "Gray" in row[0])
    of_gray, of_ratio = heading.split("; SHR")
    assert of_gray.endswith(", few events: 14 second primaries")
    assert of_ratio.endswith(", too few events: 2 second primaries of 100 (era: a), fewer than 5)")


def test_groups_that_are_everybody_once_more_are_not_printed_again():
    """All had chemotherapy: its only group is the whole cohort."""
    found = by_era(10, 12)
    assert [len(analysis.strata) for analysis in found] == [1, 2, 1]
    table = competing(results_of_nobody(competing=found))
    titles = [table.rows[at][0].partition(" (")[0] for at in sorted(table.groups)]
    assert titles == ["Everybody", "By year of A diagnosis"]
