"""The pictures in docs/: METACHRON_PICTURES=docs/pictures takes them; otherwise nothing is written.

    METACHRON_PICTURES=docs/pictures METACHRON_REPORT=var/reports/mm_sall/latest/report.html \
        python -m pytest tests/browser/test_pictures.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = os.environ.get("METACHRON_PICTURES")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="pictures are taken when METACHRON_PICTURES names a folder"
)

PHONE = {"width": 390, "height": 844}
TAKEN = {
    "report-desktop": ({}, None),
    "report-dark": ({"color_scheme": "dark"}, None),
    "report-phone": (PHONE, None),
    "curves": ({}, "#explore-survival"),
    "curves-dark": ({"color_scheme": "dark"}, "#explore-incidence"),
    "curves-phone": (PHONE, "#explore-survival"),
    "explorer": ({}, "#explore-person-time"),
    "claims": ({}, "#table-claims"),
    "provenance": ({}, "#incidence"),
}
"""By name: how the page is opened, and the part of it that is seen; None for what a screen shows first."""


@pytest.mark.parametrize("name", TAKEN)
def test_take_a_picture(opened, name):
    how, part = TAKEN[name]
    page = opened(**how).page
    folder = Path(str(FOLDER))
    folder.mkdir(parents=True, exist_ok=True)
    if name == "claims":
        page.locator("#published summary").filter(has_text="printed numbers").click()
        page.get_by_role("combobox", name="Verdict").select_option("differs")
        page.get_by_role("combobox", name="From").select_option("printed numbers")
    if name == "provenance":
        page.locator("#incidence [data-numbers]").first.click()
    target = page.locator(part) if part else page
    target.screenshot(path=folder / f"{name}.png")


def test_take_a_picture_of_paper(opened):
    page = opened(width=794, height=1123).page
    page.emulate_media(media="print")
    page.screenshot(path=Path(str(FOLDER)) / "report-print.png")
