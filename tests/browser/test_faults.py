"""The reader of tests/browser/faults.py sees each kind of fault, and none on this project's page."""

from __future__ import annotations

import pytest

from tests.browser.faults import faults, faults_in_every_view
from tests.browser.test_page import MODES

PLANTED = {
    "a word of the machine": "<p>The median was nan months.</p>",
    "empty": "<p></p>",
    "a table without a row": "<table><thead><tr><th>Era</th></tr></thead><tbody></tbody></table>",
    "a column without a value": "<table><thead><tr><th>Era</th><th>Persons</th></tr></thead>"
    "<tbody><tr><td>1975-2002</td><td></td></tr></tbody></table>",
    "a section that says nothing": "<section><h2>A heading of some length</h2><p>Nothing.</p></section>",
    "a drawing of nothing": "<svg width='90' height='90'><text y='20'>P</text></svg>",
    "a choice of nothing": "<select></select>",
    "the page is wider than the screen": "<p style='width: 4000px'>Wide.</p>",
    "beyond the screen": "<p style='position: relative; left: 90%'>Persons at risk in months</p>",
    "cut off at its side": "<p style='width: 60px; overflow: hidden; white-space: nowrap'>"
    "Persons at risk</p>",
    "cut off below": "<p style='height: 20px; overflow: hidden'>Persons<br>at<br>risk</p>",
    "outside its drawing": "<svg width='60' height='60'><path d='M0 0L9 9'/>"
    "<text y='20'>Persons at risk</text></svg>",
    "on one another": "<svg width='200' height='60'><path d='M0 0L9 9'/><text y='20'>Persons</text>"
    "<text x='9' y='22'>at risk</text></svg>",
    "two of one name": "<p id='era'>1975</p><p id='era'>2003</p>",
    "a link to nowhere": "<a href='#nowhere'>Persons</a>",
}
FINE = (
    "<section><h2>Eras</h2><p>Neither: none of 18.</p><table><thead><tr><th>Era</th></tr></thead><tbody><tr>"
    "<td>1975-2002</td></tr></tbody></table><svg width='200' height='60'><path d='M0 0L9 9'/>"
    "<text y='20'>Persons</text><text y='50'>at risk</text></svg></section>"
)


@pytest.fixture()
def drawn(browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        yield lambda body: page.set_content(f"<!doctype html><title>t</title><body>{body}") or page


@pytest.mark.parametrize("fault", PLANTED)
def test_each_kind_of_fault_is_seen(drawn, fault):
    assert faults(drawn(FINE)) == []
    found = faults(drawn(FINE + PLANTED[fault]))
    assert found and any(told.startswith(fault) for told in found), found


@pytest.mark.parametrize("mode", MODES)
def test_the_page_has_none_in_any_view(opened, mode):
    assert faults_in_every_view(opened(**MODES[mode]).page) == []


def test_paper_has_none(opened):
    page = opened(width=794, height=1123).page
    page.emulate_media(media="print")
    assert faults(page) == []
