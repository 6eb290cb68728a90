"""One question and every way of asking it in one table: conventional, corrected, and without any effect."""

from __future__ import annotations

import json

from analytics.compared import compare
from analytics.render.lookup import stratum
from analytics.render.tables.all_tables import tables
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
    assert plain(read(tmp_path / "results.json")) == document
    found = compare(older, document)
    assert (found.changes, found.moved) == ((), ())
