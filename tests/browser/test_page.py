"""The report in a real browser: quiet, offline, readable by anybody, on any screen and on paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

MODES = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"width": 390, "height": 844, "has_touch": True},
    "dark phone": {"width": 390, "height": 844, "color_scheme": "dark"},
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": RULES}}
CONTRAST_ONLY = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LONG = {"exclude": [["figure svg"], ["#table-claims tbody tr:nth-child(n+12)"], ["#checklists tbody"]]}
"""Rows alike and figures, whose contrast axe cannot tell: left out where only contrast is asked."""

AXE = {
    "desktop": (EVERYTHING, None),
    "dark": (CONTRAST_ONLY, LONG),
    "phone": (EVERYTHING | {"rules": {"color-contrast": {"enabled": False}}}, None),
}
OPEN_ALL = """() => {
  for (const each of document.querySelectorAll('details')) each.open = true;
  for (const each of document.querySelectorAll('button[aria-expanded=false]')) each.click();
}"""
WIDER = """() => [...document.querySelectorAll('body *')].filter((each) =>
  !each.closest('.scroll') && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("mode", MODES)
def test_it_opens_without_a_word_on_the_console_and_asks_nobody(opened, report, mode, record_property):
    found = opened(**MODES[mode])
    record_property("seconds to open", round(found.seconds, 2))
    print(f"{mode}: opened in {found.seconds:.2f} s")
    assert found.said == []
    assert found.asked == [report.page.as_uri()]


@pytest.mark.parametrize("mode", AXE)
def test_axe_finds_nothing_with_everything_unfolded(opened, mode):
    rules, context = AXE[mode]
    page = opened(**MODES[mode]).page
    page.evaluate(OPEN_ALL)
    found = Axe().run(page, context=context, options=rules | {"resultTypes": ["violations"]}).response
    assert found["passes"]
    assert [
        (broken["id"], node["html"][:160]) for broken in found["violations"] for node in broken["nodes"]
    ] == []


@pytest.mark.parametrize("mode", ["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(opened, mode):
    page = opened(**MODES[mode]).page
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.evaluate(WIDER) == []


def test_dark_mode_is_dark_and_so_are_the_figures(opened):
    page = opened(color_scheme="dark").page
    dark = "(name) => getComputedStyle(document.querySelector(name)).backgroundColor"
    for name in ("body", "figure", ".explorer", ".table"):
        red, green, blue = (int(part) for part in page.evaluate(dark, name)[4:-1].split(","))
        assert max(red, green, blue) < 60, name
    assert (
        page.evaluate("getComputedStyle(document.querySelector('figure svg text')).fill") != "rgb(27, 33, 48)"
    )


def test_on_paper_the_figures_stand_where_the_charts_were(opened):
    page = opened().page
    page.emulate_media(media="print")
    figures = page.locator("figure")
    assert figures.count() >= 10
    assert all(figures.nth(at).is_visible() for at in range(figures.count()))
    assert page.locator("nav").is_visible()
    for hidden in (".explorer", ".filters", ".person-time"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF") and 8 <= paper.count(b"/Type /Page\n") <= 40


def test_without_its_script_the_page_is_whole(opened, report):
    page = opened(java_script_enabled=False).page
    figures = page.locator("figure")
    assert all(figures.nth(at).is_visible() for at in range(figures.count()))
    assert page.locator(".explorer, .filters, .person-time").count() == 0
    assert page.locator("#table-claims tbody tr").count() == len(report.results["published"])


def test_synthetic_data_say_so_on_every_chart(opened):
    page = opened().page
    charts = page.locator(".explorer")
    assert charts.count() == 4
    assert all("SYNTHETIC DATA" in charts.nth(at).inner_text() for at in range(4))
