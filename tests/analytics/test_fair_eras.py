"""Eras on equal terms, from patients that can be counted on two hands."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from analytics.questions.competing_risks import competing_risks
from analytics.questions.fair_eras import compare_eras
from tests.analytics.warehouse_fixture import with_first_event_flags

STUDY = SimpleNamespace(
    eras=(SimpleNamespace(era="1990-1999"), SimpleNamespace(era="2000-2009")),
    study_cutoff=date(2009, 12, 31),
    min_latency_months=12,
    second_short_label="ALL",
)


def people(rows) -> pl.DataFrame:
    """(year, months to the first event, event); a latency where the event is the second primary."""
    made = [
        (year, "1990-1999" if year < 2000 else "2000-2009", float(months), event, "Yes")
        for year, months, event in rows
    ]
    frame = pl.DataFrame(
        made,
        schema=["index_year", "era", "months_to_first_event", "first_event", "chemotherapy_index"],
        orient="row",
    )
    second = pl.col("first_event") == "second_primary"
    return with_first_event_flags(
        frame.with_columns(latency_months=pl.when(second).then("months_to_first_event"), is_at_risk=True)
    )


ROWS = [
    (1990, 36, "second_primary"), (1990, 132, "second_primary"), (1992, 72, "death"), (1995, 24, "death"),
    (2000, 48, "second_primary"), (2001, 60, "death"), (2004, 18, "death"), (2008, 20, "second_primary"),
]  # fmt: skip


def compared(rows):
    frame = people(rows)
    return compare_eras(frame, competing_risks(frame, STUDY), STUDY)


def test_a_window_keeps_those_who_could_fill_it_and_what_falls_inside():
    """Five years before the end of 2009 is the end of 2004: the case of 2008 could not be watched so long."""
    window = compared(ROWS).windows[0]
    assert (window.window_months, window.last_index_year) == (60, 2004)
    early, late = window.eras
    assert (early.n_index, early.n_second, early.n_second_left_out) == (4, 1, 1)
    assert (late.n_index, late.n_second, late.n_second_left_out) == (3, 1, 1)
    assert (early.latency_median, late.latency_median) == (36, 48)


def test_person_years_in_a_window_start_at_month_12_and_end_with_it():
    """Half a month after the completed ones. 1990-1999: 24.5 + 48 + 48 + 12.5 months; 2000-2009: 36.5 + 48
    + 6.5: who dies in month 60 has had the whole window."""
    window = compared(ROWS).windows[0]
    assert [era.person_years for era in window.eras] == [pytest.approx(133 / 12), pytest.approx(91 / 12)]
    assert window.rate_ratio.estimate == pytest.approx((1 / 91) / (1 / 133))


def test_a_window_that_leaves_no_later_era_is_not_shown():
    assert [window.window_months for window in compared(ROWS).windows] == [60]


def test_an_incidence_beyond_the_follow_up_is_not_given():
    later = {h.months: h.eras[-1] for h in compared(ROWS).horizons}
    assert later[60].incidence is not None
    assert later[120].incidence is None and later[120].ci == (None, None)
    assert compared(ROWS).horizons[1].difference is None


def test_the_later_era_could_not_show_the_early_latency_and_the_warning_says_so():
    truncation = compared(ROWS).truncation
    assert truncation.applies
    assert any("132" not in reason and "could not yet have shown" in reason for reason in truncation.reasons)
    assert any("1 of 2 latencies" in reason for reason in truncation.reasons)


def test_an_era_against_itself_differs_by_nothing():
    early = [row for row in ROWS if row[0] < 2000]
    same = compared([*early, *((2000, months, event) for _, months, event in early)])
    window = same.windows[0]
    assert window.rate_ratio.estimate == pytest.approx(1)
    assert window.rate_ratio.p_value == pytest.approx(1)
    assert same.horizons[0].difference == pytest.approx(0)


def test_one_era_has_nothing_to_be_compared_with():
    alone = SimpleNamespace(**vars(STUDY) | {"eras": STUDY.eras[:1]})
    frame = people([row for row in ROWS if row[0] < 2000])
    found = compare_eras(frame, competing_risks(frame, alone), alone)
    assert (found.horizons, found.windows, found.truncation) == ((), (), None)
    assert found.reason == "The study has one era: there is nothing to compare."


def test_the_order_of_patients_changes_nothing():
    assert compared(ROWS) == compared(ROWS[::-1])


def test_every_comparison_of_latencies_in_the_report_carries_the_warning(report):
    for name in ("latency", "fair_eras"):
        text = (report.page.parent / "tables" / f"{name}.md").read_text(encoding="utf-8")
        assert "Warning on latencies as observed, of the corrected cohort: " in text, name
