"""Each item of STROBE and RECORD points to something this report has, or says why not."""

from __future__ import annotations

import csv
import json
import re

import pytest

from analytics.render.tables.checklists import MISSING, SECTIONS, TITLES, items
from tests.traceability.conftest import Published

STROBE = (
    "1a 1b 2 3 4 5 6a 6b 7 8 9 10 11 12a 12b 12c 12d 12e "
    "13a 13b 13c 14a 14b 14c 15 16a 16b 16c 17 18 19 20 21 22"
)
RECORD = "1.1 1.2 1.3 6.1 6.2 6.3 7.1 12.1 12.2 12.3 13.1 19.1 22.1"


@pytest.mark.parametrize(("name", "numbers"), [("strobe", STROBE), ("record", RECORD)])
def test_every_item_is_there_once_and_is_answered_or_excused(name, numbers):
    found = items(name)
    assert [item.item for item in found] == numbers.split()
    assert all(bool(item.points_to) != bool(item.why) for item in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", TITLES)
def test_every_pointer_leads_somewhere_in_the_report(published: Published, name):
    folder = published.home.reports / published.release.study / "latest"
    page = (folder / "report.html").read_text(encoding="utf-8")
    study = json.loads((folder / "results.json").read_text(encoding="utf-8"))["study"]
    for item in items(name):
        for pointer in item.points_to:
            kind, _, id = pointer.partition(":")
            if pointer == "table:sensitivity":
                assert 'id="sensitivity"' in page
            elif kind == "setting":
                assert id in study, (item.item, pointer)
            else:
                assert kind in ("table", "figure", "section"), (item.item, pointer)
                anchor = id if kind == "section" else f"{kind}-{id}"
                assert f'id="{anchor}"' in page, (item.item, pointer)


@pytest.mark.slow
def test_sections_are_called_in_the_checklists_as_in_the_report(published: Published):
    page = (published.home.reports / published.release.study / "latest" / "report.html").read_text("utf-8")
    for id, title in SECTIONS.items():
        if id != "answer":
            assert re.search(rf'id="heading-{id}">([^<]+)<', page)[1] == title


@pytest.mark.slow
def test_no_item_is_left_without_an_answer_in_this_run(published: Published):
    """A rebuild under other settings is asked for by name; everything else is there."""
    for name in TITLES:
        table = published.home.reports / published.release.study / "latest" / "tables" / f"{name}.csv"
        for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
            _, _, missing = row["Answered by"].partition("Not in this report: ")
            assert missing in ("", MISSING["table:sensitivity"]), row["Item"]


@pytest.mark.parametrize("name", TITLES)
def test_a_pointer_that_may_lead_nowhere_has_words_for_what_is_missing(name):
    """The flow of patients and the deliveries are in every report."""
    always = {"table:cohort_flow", "table:deliveries", "figure:flow"}
    for item in items(name):
        for pointer in item.points_to:
            assert pointer in MISSING or pointer in always or pointer.startswith(("section:", "setting:"))


def test_what_only_a_hospital_has_to_answer_is_marked():
    assert [item.item for item in items("record") if item.needs] == ["1.3", "6.3", "12.3"]
    assert {item.needs for item in (*items("record"), *items("strobe"))} == {"", "institution"}
