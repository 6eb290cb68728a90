"""What the report tells of rebuilds that are its own: table, figure, and where a headline crosses 1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from analytics.disclosure.public_results import NEVER, NOT_FOUND
from analytics.questions.headline import headline
from analytics.render.figures.canvas import WIDTHS_MM, drawn
from analytics.render.figures.tornado import bars, has_ratio, tornado
from analytics.render.figures.tornado import of_results as figure_of
from analytics.render.page.sensitivity import crossings, sensitivity_section
from analytics.render.public_words import NAMES
from analytics.render.tables.sensitivity import LABELS, RATIOS
from analytics.render.tables.sensitivity import of_results as table_of
from analytics.report import write_report
from analytics.results.incidence import EraIncidence
from analytics.results.json_file import plain
from analytics.results.sensitivity import HazardRatio, Headline, RateRatio, Sensitivity, Variant
from analytics.warehouse.marts import open_marts
from flows.reporting.sensitivity import FILE, write_drawn
from flows.reporting.sensitivity import Sensitivity as Made
from tests.analytics.empty_results import results_of_nobody
from tests.analytics.test_data_quality import NOBODY
from tests.analytics.test_three_states import sections_of, words_of
from tests.analytics.warehouse_fixture import write_warehouse
from tests.analytics.whole_figures import of_texts

NONE = (None, None)
NOTHING = replace(
    Headline(**dict.fromkeys(Headline.__dataclass_fields__)),
    n_index=9, proportion_ci=NONE, rate_ci=NONE, sir_ci=NONE, latencies=(),
)  # fmt: skip


def numbers(
    sir=(2.0, (1.5, 2.6)), adjusted=(1.8, (1.2, 2.7)), firth=(1.1, (0.7, 1.9)), eras=None
) -> Headline:
    """A headline of these ratios with their intervals."""
    return replace(
        NOTHING,
        sir=sir[0], sir_ci=sir[1],
        time_dependent_adjusted=HazardRatio(*adjusted, None, 9),
        chemotherapy_firth=HazardRatio(*firth, None, 9),
        era_ratio=RateRatio("late", "early", *eras) if eras else None,
    )  # fmt: skip


def results_with(*rows: Variant):
    rebuilt = Sensitivity("s", "r", "c", "MM", "sALL", (), (Variant(None, None, numbers()), *rows))
    return results_of_nobody(sensitivity=rebuilt)


def era(name: str, cases: int) -> EraIncidence:
    return EraIncidence(
        name, 100, cases, None, (None, None), NOBODY, None, None, (None, None), observed=cases
    )


def latency(months: int, found: Headline) -> Variant:
    return Variant("min_latency_months", months, found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (numbers(sir=(1.2, (0.9, 1.6))), "Observed over expected: the interval contains 1"),
        (numbers(sir=(0.5, (0.3, 0.8))), "Observed over expected: the interval lies below 1"),
        (numbers(firth=(1.6, (1.1, 2.2))),
         "Hazard with No/Unknown chemotherapy for sALL, Firth: the interval lies above 1"),
        (numbers(firth=(0.9, (0.6, 1.4))),
         "Hazard with No/Unknown chemotherapy for sALL, Firth: the estimate moves below 1"),
        (numbers(adjusted=(1.3, (0.8, 2.1))),
         "Hazard of death after sALL, adjusted: the interval contains 1"),
    ],
)  # fmt: skip
def test_a_headline_that_crosses_1_is_told_with_the_setting_that_does_it(found, said):
    assert crossings(results_with(latency(2, found))) == (f"{said} under “Shortest latency: 2 months”.",)


def test_settings_that_do_the_same_are_counted_and_an_interval_comes_before_an_estimate():
    lost, turned = numbers(firth=(2.0, (1.1, 3.0))), numbers(firth=(0.9, (0.6, 1.4)))
    (text,) = crossings(
        results_with(latency(2, turned), latency(6, lost), latency(9, lost), latency(18, lost))
    )
    assert text.endswith("the interval lies above 1 under “Shortest latency: 6 months” and 2 other settings.")


def test_where_nothing_crosses_a_sentence_says_so_and_without_rebuilds_there_is_none():
    same = latency(2, numbers(sir=(2.1, (1.4, 3.0))))
    assert crossings(results_with(same)) == ("No estimate changes sides of 1 under 1 other setting.",)
    assert crossings(results_of_nobody()) == crossings(results_with()) == ()
    assert crossings(results_with(latency(2, NOTHING))) == (
        "No estimate changes sides of 1 under 1 other setting.",
    )


def test_no_sentence_is_longer_than_the_first_screen_allows():
    crossed = numbers((1.0, (0.5, 2.0)), (1.0, (0.5, 2.0)), (2.0, (1.1, 3.0)), (2.0, (1.1, 3.0)))
    for setting, value in LABELS:
        rows = [Variant(setting, value, crossed)] * 8
        said = crossings(results_with(*rows))
        assert len(said) == len(RATIOS) - 1  # of eras the study as defined has no ratio
        assert max(len(text.split()) for text in said) <= 25, said


def test_the_figure_has_the_studys_own_ratio_then_what_moves_it_most():
    rows = (
        latency(2, numbers(sir=(2.2, (1.6, 3.0)))),
        latency(6, numbers(sir=(1.0, (0.6, 1.6)))),
        latency(9, numbers(sir=(2.0, (1.4, 2.8)))),
        latency(18, numbers()),
        latency(24, NOTHING),
    )
    rebuilt = results_with(*rows).sensitivity
    assert [(bar.setting, bar.estimate) for bar in bars(rebuilt, "sir")] == [
        ("As the study defines it", 2.0),
        ("Shortest latency: 6 months", 1.0),
        ("Shortest latency: 2 months", 2.2),
        ("Shortest latency: 9 months", 2.0),
    ]
    assert [bar.estimate for bar in bars(rebuilt, "chemotherapy_firth")] == [1.1]
    assert bars(rebuilt, "era_ratio") == ()
    drawing = tornado(rebuilt)
    told = "No ratio moves under: Shortest latency: 18 months; Shortest latency: 24 months."
    assert drawing.remark == told
    of_ratio = [row["estimate"] for row in drawing.rows if row["ratio"] == "Observed over expected"]
    assert of_ratio == [2.0, 1.0, 2.2, 2.0]
    assert not has_ratio(Sensitivity("s", "r", "c", "MM", "sALL", (), (Variant(None, None, NOTHING),)))


def test_a_ratio_of_no_event_is_farthest_and_is_drawn():
    rebuilt = results_with(
        latency(2, numbers(sir=(9.0, (8, 10)))), latency(6, numbers(sir=(0.0, (0.0, 1.2))))
    )
    assert [bar.estimate for bar in bars(rebuilt.sensitivity, "sir")] == [2.0, 0.0, 9.0]
    for width_mm in WIDTHS_MM.values():
        assert of_texts(tornado(rebuilt.sensitivity).sheet(width_mm, is_synthetic=True)) == []
    assert "0.00 (0.00 to 1.20)" in drawn("sensitivity", tornado(rebuilt.sensitivity), is_synthetic=True).svg


def test_the_command_writes_table_and_figure_beside_its_json_and_says_where(tmp_path):
    document = plain(results_with(latency(2, numbers(sir=(1.2, (0.9, 1.6))))).sensitivity)
    table, figure = write_drawn(tmp_path, document, synthetic=True)
    assert ",1.2,0.9,1.6," in (tmp_path / table).read_text(encoding="utf-8")
    assert "SYNTHETIC DATA" in (tmp_path / figure).read_text(encoding="utf-8")
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg", ".csv", ".png", ".pdf"}
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8")) == document
    made = Made(str(tmp_path / FILE), str(tmp_path / table), str(tmp_path / figure), "r", 2, 0, document)
    screen = made.screen()
    assert f"table:  {tmp_path / table}" in screen and f"figure: {tmp_path / figure} (PNG" in screen


def test_the_section_names_the_command_where_nothing_was_rebuilt():
    (text,) = sensitivity_section(results_of_nobody()).text
    assert "“metachron sensitivity”" in text and "“metachron report”" in text


def test_the_public_report_says_why_it_has_no_sensitivity_analysis_and_no_data_quality():
    reasons = {each.kind: each.reason for each in NEVER}
    assert "differ by one patient" in reasons["sensitivity"]
    assert {"sensitivity", "data_quality"} <= NOT_FOUND & NAMES.keys()


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return write_warehouse(tmp_path_factory.mktemp("rebuilt") / "w.duckdb", scale=0.02)


@pytest.fixture(scope="module")
def own(warehouse) -> Headline:
    with open_marts(warehouse) as marts:
        return headline(marts)


def rebuilt(own: Headline) -> Sensitivity:
    assert own.time_dependent_adjusted is not None
    lost = replace(
        own, time_dependent_adjusted=replace(own.time_dependent_adjusted, hr=1.0, hr_ci=(0.5, 2.0))
    )
    rows = (Variant(None, None, own), Variant("min_latency_months", 2, lost))
    return Sensitivity("mm_sall", "release-1", "0.1.0", "MM", "sALL", (), rows)


def test_the_page_has_table_figure_and_the_crossing_beside_the_answers(warehouse, own, run, tmp_path):
    page = write_report(warehouse, tmp_path, run=run, sensitivity=rebuilt(own)).page.read_text("utf-8")
    section = sections_of(page)["sensitivity"]
    assert 'id="figure-sensitivity"' in page or "sensitivity-title" in page
    assert "Shortest latency: 2 months" in section and "1.00 (0.50 to 2.00)" in section
    first_screen = words_of(page[: page.index('id="included"')])
    assert (
        "Hazard of death after sALL, adjusted: the interval contains 1 under “Shortest latency: 2 months”."
        in first_screen
    )


def test_rebuilds_whose_own_row_has_other_numbers_than_the_report_are_not_shown(
    warehouse, own, run, tmp_path
):
    """Made before the code changed: its settings would differ from the report by more than the setting."""
    made = rebuilt(own)
    stale = replace(
        made, rows=(replace(made.rows[0], headline=replace(own, sir=own.sir * 1.01)), *made.rows[1:])
    )
    written = write_report(warehouse, tmp_path, run=run, sensitivity=stale)
    assert written.document.sensitivity is None
    assert "“metachron sensitivity”" in sections_of(written.page.read_text("utf-8"))["sensitivity"]


def test_eras_that_the_answers_do_not_compare_cross_nothing():
    own, moved = numbers(eras=(2.0, (1.1, 3.0))), numbers(eras=(1.5, (0.8, 2.9)))
    rebuilt = Sensitivity("s", "r", "c", "MM", "sALL", (), (Variant(None, None, own), latency(2, moved)))
    for cases, told in ((50, "Stratified rate ratio of eras: the interval contains 1"), (4, "No estimate")):
        eras = tuple(era(name, cases) for name in ("early", "late"))
        results = results_of_nobody(sensitivity=rebuilt, eras=eras)
        (text,) = crossings(results)
        assert text.startswith(told)
        few = (
            "Rate ratio of eras, as the study defines it: too few second primaries (4 and 4) to compare eras."
        )
        places = " ".join(table_of(results).footnotes), figure_of(results).remark
        assert [few in place for place in places] == [cases == 4] * 2
