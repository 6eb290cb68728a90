"""One question and every way of asking it in one table: conventional, corrected, and without any effect."""

from __future__ import annotations

import json

from analytics.compared import compare
from analytics.questions.contrasts import ERA
from analytics.questions.incidence_by_era import CRUDE, PROPORTION, STRATIFIED
from analytics.questions.registry import row_types
from analytics.render.figures.interactive import charts
from analytics.render.figures.survival import AFTER_SECOND, CORRECTED
from analytics.render.lookup import stratum
from analytics.render.tables.all_tables import tables
from analytics.render.words import answers
from analytics.results.ids import SurvivalId
from analytics.results.json_file import plain, read


def test_the_conventional_medians_stand_beside_those_whose_clocks_start_anew(results):
    """The median latency is 58.5 months: 60 is the nearest landmark. Simon and Makuch have no median."""
    medians = [row for row in results.contrasts if row.measure == "median months"]
    assert [row.stance for row in medians] == ["conventional", "conventional", "corrected", "corrected"]
    assert not any(row.source.id == SurvivalId.FROM_EXPOSURE for row in medians)
    assert results.incidence_overall.latency.median == 58.5
    without = stratum(results, SurvivalId.AT_LANDMARKS, "without by 60 months")
    after = stratum(results, SurvivalId.FROM_SECOND, "all")
    for row, found in zip(medians[2:], (without, after), strict=True):
        assert row.estimate == found.median and row.ci == found.median_ci["loglog"]
    assert "from month 60 on, without" in medians[2].estimator


def test_the_interval_of_each_median_says_which_it_is(results):
    """SPSS's beside the conventional medians, log-log beside the others."""
    rows = [row for row in tables(results)["contrasts"].rows if row[2].startswith("median months, ")]
    assert [row[1:3] for row in rows] == [
        *[("corrected", "median months, log-log CI")] * 2,
        *[("conventional", "median months, conventional CI")] * 2,
    ]


def test_the_crude_rate_of_an_era_is_corrected_for_follow_up_and_the_share_of_people_is_not(results):
    """Person-years allow for unequal follow-up, shares do not; the stratified rate stays the one to read."""
    rows = [row for row in results.contrasts if row.question == ERA]
    assert rows[0].estimator == STRATIFIED
    stances = {row.estimator: row.stance for row in rows}
    assert (stances[STRATIFIED], stances[CRUDE], stances[PROPORTION]) == (
        "corrected", "corrected", "conventional"
    )  # fmt: skip


def test_the_curve_after_the_second_cancer_says_whose_it_is_and_corrects_only_beside_another(results):
    """Beside those without it, both clocks start anew; alone, it is the conventional cohort's."""
    row = next(row for row in results.contrasts if row.source.id == SurvivalId.FROM_SECOND)
    chart = next(chart for chart in charts(results) if chart["id"] == "survival-after-second")
    (view,) = chart["views"]
    assert row.stance == CORRECTED.stance == "corrected"
    assert view["stance"] == AFTER_SECOND.stance == "conventional"
    assert "conventional cohort" in row.estimator and "conventional cohort" in view["groups"][0]["name"]
    assert view["note"].startswith("The conventional cohort, from the diagnosis of ")
    (said,) = (answer.data for answer in answers(results) if answer.about == "survival")
    before, _, after = said.partition(" Conventional: ")
    assert "median" in before and "(conventional cohort)" in before and "median" not in after


def test_what_grouping_by_later_second_cancer_shows_without_any_effect_closes_the_question(results):
    table = tables(results)["contrasts"]
    (first, second) = [row for row in table.rows if row[1] == "no effect"]
    null = results.null_bands.immortal_time
    low, middle, high = (f"{getattr(null.median_with, at):.1f}" for at in ("p10", "p50", "p90"))
    assert first[2:4] == ("median months", f"{middle} ({low} to {high})")
    assert second[2] == "hazard ratio" and second[3].startswith(f"{null.hazard_ratio.p50:.2f} (")
    after = table.rows.index(second) + 1
    assert after in table.groups and "No effect:" in table.footnotes[0]


def test_what_older_files_call_published_is_read_as_conventional_and_compares_as_the_same(report, tmp_path):
    document = json.loads(report.results.read_text(encoding="utf-8"))
    assert {row["stance"] for row in document["contrasts"]} == {"conventional", "corrected"}
    older = json.loads(json.dumps(document).replace('"stance": "conventional"', '"stance": "published"'))
    assert older != document
    (tmp_path / "results.json").write_text(json.dumps(older), encoding="utf-8")
    assert plain(read(tmp_path / "results.json", row_types())) == document
    found = compare(older, document)
    assert (found.changes, found.moved) == ((), ())
