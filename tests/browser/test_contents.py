"""The contents beside the page, and the link of each heading."""

from __future__ import annotations

import pytest

SECTIONS = "main > section"


def test_on_a_wide_screen_the_contents_stay_in_view_and_mark_what_is_read(opened):
    page = opened(width=1280, height=900).page
    contents = page.locator("nav")
    assert contents.locator("a").count() == page.locator(SECTIONS).count() + 1
    for id in ("latency", "competing", "methods"):
        page.evaluate("(id) => document.getElementById(id).scrollIntoView({behavior: 'instant'})", id)
        page.wait_for_function(
            "(id) => document.querySelector('nav [aria-current]')?.hash === '#' + id", arg=id
        )
        box, marked = contents.bounding_box(), contents.locator("[aria-current]").bounding_box()
        assert contents.locator("[aria-current]").count() == 1
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900
        assert box["y"] <= marked["y"] and marked["y"] + marked["height"] <= box["y"] + box["height"] + 1
        assert box["x"] + box["width"] <= page.locator(f"#{id}").bounding_box()["x"]


def test_beside_the_contents_no_table_of_numbers_is_squeezed(opened):
    """At 1280 only tables of sentences, and those wider than any screen, scroll."""
    page = opened(width=1280).page
    for id in ("table1", "incidence", "latency", "standardised_incidence", "survival", "table2"):
        scroll = page.locator(f"#table-{id} .scroll")
        room, needs = scroll.evaluate("(each) => [each.clientWidth, each.scrollWidth]")
        assert 970 <= needs <= room, id


def test_on_a_narrow_screen_they_stand_above_the_sections_and_scroll_away(opened):
    page = opened(width=390, height=844).page
    page.locator("#methods").scroll_into_view_if_needed()
    box = page.locator("nav").bounding_box()
    assert box["y"] + box["height"] < 0 and box["height"] < 500


@pytest.mark.parametrize("key", ["Enter", "click"])
def test_each_heading_has_a_link_that_is_followed_and_copied(opened, report, key):
    found = opened(reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"])
    page = found.page
    assert page.locator(".heading .anchor").count() == page.locator(SECTIONS).count()
    anchor = page.get_by_role("link", name="Link to Latency")
    anchor.focus()
    if key == "click":
        anchor.click()
    else:
        page.keyboard.press(key)
    link = f"{report.page.as_uri()}#latency"
    page.get_by_text("Link copied").wait_for()
    assert page.url == link and page.evaluate("navigator.clipboard.readText()") == link
    assert page.evaluate("document.querySelector('#latency').getBoundingClientRect().top") < 40
    page.get_by_text("Link copied").wait_for(state="detached")
    assert found.said == []
