"""What changed since the audit before, and since the delivery before, is said in figures and small plots."""

from __future__ import annotations

import json
import re

import pytest

from expectations.all_suites import all_expectations
from expectations.audit import audit
from expectations.plots import (
    CHART_HEIGHT,
    CHART_WIDTH,
    LINE_HEIGHT,
    LINE_WIDTH,
    MARGIN,
    bars,
    place_points,
)
from flows.landing.deliveries import raw_tables
from tests.expectations.test_page import Elements

EXPECTATIONS = all_expectations(tuple(raw_tables()))

ASKED = [
    expectation
    for expectation in EXPECTATIONS
    if expectation.says in ("No row was rejected", "The cohort is not empty")
]


def history(out) -> list[dict]:
    return [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]


def text_of(out) -> str:
    return " ".join(Elements((out / "data_quality.html").read_text()).text.split())


def test_each_build_is_one_line_however_often_it_is_audited(copy, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        audit(copy.build, copy.raw, out=out, expectations=ASKED)
    [line] = history(out)
    assert line["verdict"] == "pass" and line["n_unmet"] == 0
    assert (line["n_index"], line["n_second"]) == (352, 12)
    assert "<polyline" not in (out / "data_quality.html").read_text(), "one audit is no course"


def test_a_second_build_is_told_by_its_difference_and_a_refused_one_is_marked(copy, tmp_path):
    out = tmp_path / "out"
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    copy.spoil("delete from build.marts.index_patients where not has_second_primary and index_year = 1980")
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    fewer = history(out)[1]["n_index"] - 352
    assert fewer < 0
    assert f"Patients in the cohort {352 + fewer} {fewer} since the audit before" in text_of(out)
    assert "Second primaries 12 unchanged since the audit before" in text_of(out)

    copy.spoil("delete from build.marts.index_patients")
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    page = (out / "data_quality.html").read_text()
    assert [line["verdict"] for line in history(out)] == ["pass", "pass", "fail"]
    assert page.count('class="refused"') == page.count("<polyline")
    assert "0, not published" in page
    assert f'aria-label="Patients in the cohort over 3 audits: 352; {352 + fewer}; 0"' in page


def test_another_study_is_not_compared(copy, tmp_path):
    out = tmp_path / "out"
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    copy.spoil("update build.study.study set name = 'another'")
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    assert len(history(out)) == 2 and "since the audit before" not in text_of(out)


@pytest.mark.parametrize("broken", ["", "no json\n", '{"verdict": "pass"}\n', "[1]\n", "\xff"])
def test_a_history_that_cannot_be_read_is_started_anew(copy, tmp_path, broken):
    out = tmp_path / "out"
    out.mkdir()
    (out / "history.jsonl").write_bytes(broken.encode("latin-1"))
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    assert len(history(out)) == 1


def test_a_delivery_is_compared_with_the_one_it_replaced(copy, tmp_path):
    out = tmp_path / "out"
    copy.spoil(
        "insert into landed.raw.loads by name select * replace ('older' as load_id, 'older' as delivery_id,"
        " 'sha' as sha256, 'last_year.txt' as file_name, 0 as load_sequence, 300 as rows_landed,"
        " 303 as rows_read, 3 as rows_rejected) from landed.raw.loads where source = 'seer'"
    )
    report = audit(copy.build, copy.raw, out=out, expectations=ASKED)
    [seer] = [change for change in report.arrivals.changes if change["source"] == "seer"]
    assert (seer["files_before"], seer["landed_before"], seer["landed_now"]) == ("last_year.txt", 300, 408)
    assert re.search(r"in place of last_year\.txt 300 408 \+108 \+36\.0% 3 → 0", text_of(out))
    others = [change for change in report.arrivals.changes if change["source"] != "seer"]
    assert {change["files_before"] for change in others} == {None}
    assert "the first of its kind" in text_of(out)


def test_the_lowest_lies_at_the_bottom_and_what_never_moves_in_the_middle():
    assert place_points([1, 3, 2]) == (
        (MARGIN, LINE_HEIGHT - MARGIN),
        (LINE_WIDTH / 2, MARGIN),
        (LINE_WIDTH - MARGIN, LINE_HEIGHT / 2),
    )
    assert place_points([7, 7]) == ((MARGIN, LINE_HEIGHT / 2), (LINE_WIDTH - MARGIN, LINE_HEIGHT / 2))


def test_sixty_audits_are_kept_with_the_last(copy, tmp_path):
    out = tmp_path / "out"
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    [line] = history(out)
    older = [line | {"build_sha256": f"{number:064d}", "n_index": number} for number in range(60)]
    (out / "history.jsonl").write_text("".join(json.dumps(each) + "\n" for each in older))
    audit(copy.build, copy.raw, out=out, expectations=ASKED)
    assert [each["n_index"] for each in history(out)] == [*range(1, 60), 352]


def test_the_bars_of_years_stand_at_their_years_and_a_missing_year_is_a_gap():
    """1990, 1991 and 1994: each year has a fifth of the width, and the most tumours the whole height."""
    drawn = bars([{"year": year, "n_tumors": n} for year, n in ((1990, 50), (1991, 200), (1994, 100))])
    assert [bar["x"] / CHART_WIDTH for bar in drawn] == pytest.approx([0, 1 / 5, 4 / 5], abs=1e-4)
    assert [bar["height"] / CHART_HEIGHT for bar in drawn] == pytest.approx([1 / 4, 1, 1 / 2], abs=1e-3)
    assert [bar["width"] / CHART_WIDTH for bar in drawn] == pytest.approx([0.8 / 5] * 3, abs=1e-4)
    assert bars([]) == []
