"""A reader at work: moving along curves, asking in another way, switching groups, finding claims."""

from __future__ import annotations

import json
import re

import pytest

FOCUS = """() => {
  const now = document.activeElement, style = getComputedStyle(now);
  return {
    tag: now.tagName,
    name: now.getAttribute('aria-label') || now.labels?.[0]?.innerText || now.innerText || '',
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    top: now === document.body,
  };
}"""


@pytest.fixture()
def page(opened):
    return opened().page


def survival_at(results, analysis: str, level: str, month: float) -> tuple[float, int]:
    """Survival by a month, and how many are at risk just before it, from results.json."""
    found = next(a for a in results["survival"] if a["id"] == analysis)
    stratum = next(s for s in found["strata"] if s["level"] == level)
    curve = stratum["curve"]
    steps = [value for time, value in zip(curve["time"], curve["survival"], strict=True) if time <= month]
    at_risk = [(time, n) for time, n in zip(curve["time"], curve["at_risk"], strict=True) if time >= month]
    until, n = at_risk[0] if at_risk else (month, 0)
    late = curve.get("late_entry") or {"time": [], "people": []}
    coming = [people for time, people in zip(*late.values(), strict=True) if month <= time < until]
    return steps[-1] if steps else 1.0, int(n) - sum(coming)


@pytest.fixture()
def second(report) -> str:
    """What the study calls its second cancer for short."""
    return report.results["study"]["second_short_label"]


def shown(chart, row: int) -> tuple[str, str, str]:
    cells = chart.locator(".scroll tbody tr").nth(row).locator("td")
    value, limits = cells.nth(0).inner_text().split("\n")
    return value, limits, cells.nth(1).inner_text().replace(",", "")


def test_the_values_at_a_month_are_those_of_the_results(page, report, second):
    chart = page.locator("#explore-survival")
    for label, analysis in (
        ("Grouped by later second cancer", "os_from_index_by_second"),
        ("Time-dependent (Simon-Makuch)", "os_from_index_by_second_time_dependent"),
    ):
        chart.get_by_role("radio", name=label).check()
        begins = next(a["from_months"] for a in report.results["survival"] if a["id"] == analysis)
        for month in (max(begins, 12), 60, 137, *range(begins, begins + 12)):
            chart.get_by_role("slider").fill(str(month))
            for row, level in enumerate(("without", "with")):
                survival, at_risk = survival_at(report.results, analysis, level, month)
                value, _, n = shown(chart, row)
                assert float(value) == pytest.approx(100 * survival, abs=0.051)
                assert int(n) == at_risk, (label, month, level)


def test_a_curve_of_those_alive_at_some_month_says_nothing_of_the_months_before(page, report):
    begins = next(
        a["from_months"] for a in report.results["survival"] if a["id"].endswith("second_time_dependent")
    )
    chart = page.locator("#explore-survival")
    chart.get_by_role("radio", name="Time-dependent").check()
    chart.get_by_role("slider").fill(str(begins - 1))
    assert shown(chart, 1) == ("—", f"begins at month {begins}", "")


def test_numbers_at_risk_are_right_where_the_axis_ends_before_the_last_person(page, report):
    chart = page.locator("#explore-survival-after-second")
    for month in (24, 96, 120, 144):
        chart.get_by_role("slider").fill(str(month))
        survival, at_risk = survival_at(report.results, "os_from_second", "all", month)
        value, _, n = shown(chart, 0)
        assert (value, int(n)) == ("—" if not at_risk and survival else f"{100 * survival:.1f}", at_risk)


def test_a_chart_begins_where_every_group_has_somebody_at_risk(page, report):
    """The second group is cut at month 30, with whom it has, as where everybody dies early."""
    slider = page.locator("#explore-survival").get_by_role("slider")
    assert slider.input_value() == "60"
    text = report.page.read_text(encoding="utf-8")
    before = re.search(r'id="curves">(.*?)</script>', text)[1]
    charts = json.loads(before)
    short = charts[0]["views"][0]["groups"][1]
    kept = sum(month <= 30 for month in short["t"])
    for name in ("t", "y", "low", "high", "n"):
        short[name] = short[name][:kept]
    short |= {"ends": True, "censored": [], "enter": []}
    page.set_content(text.replace(before, json.dumps(charts)), timeout=20_000)
    chart = page.locator("#explore-survival")
    assert chart.get_by_role("slider").input_value() == "24" and int(shown(chart, 1)[2]) > 0
    chart.get_by_role("slider").fill("60")
    assert "nobody at risk" in chart.inner_text()


def test_a_phone_shows_estimates_and_removals_without_a_scroll(opened):
    page = opened(width=390, height=844).page
    for id in ("flow", "forest", "contrasts", "era_ratios", "standardised_incidence"):
        drawings = page.locator(f"#figure-{id} svg")
        assert [each.is_visible() for each in drawings.all()] == [False, True], id
        scroll = page.locator(f"#figure-{id} .scroll")
        assert scroll.evaluate("each => each.scrollWidth - each.clientWidth") <= 1
    page.emulate_media(media="print")
    assert [each.is_visible() for each in page.locator("#figure-flow svg").all()] == [True, False]


def test_curves_on_which_nothing_happens_are_drawn_flat(page, report):
    """As in a study in which nobody has a second primary."""
    text = report.page.read_text(encoding="utf-8")
    before = re.search(r'id="curves">(.*?)</script>', text)[1]
    charts = json.loads(before)
    for view in charts[-1]["views"]:
        view["top"] = 0
        for group in view["groups"]:
            group |= {"y": [0] * len(group["y"]), "high": [None] * len(group["y"])}
            group["low"] = group["high"]
    page.set_content(text.replace(before, json.dumps(charts)), timeout=20_000)
    chart = page.locator("#explore-incidence")
    assert chart.locator("path.line[d^='M0']").count() == 2
    assert "NaN" not in chart.inner_html() and shown(chart, 0)[0] == "0.0"


def test_pointing_at_the_chart_moves_the_month(page):
    chart = page.locator("#explore-survival-by-era")
    frame = chart.locator(".frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 54 + (box["width"] - 70) * 0.5, box["y"] + 80)
    assert chart.locator(".when").inner_text().startswith("150 ")
    assert chart.get_by_role("slider").input_value() == "150"


def test_a_finger_does_as_a_pointer(opened):
    page = opened(width=390, height=844, has_touch=True).page
    chart = page.locator("#explore-incidence")
    frame = chart.locator(".frame")
    frame.scroll_into_view_if_needed()
    before = chart.locator(".when").inner_text()
    frame.tap(position={"x": 200, "y": 60})
    assert chart.locator(".when").inner_text() != before


def test_a_group_and_the_bands_can_be_switched_off(page, second):
    chart = page.locator("#explore-survival")
    bands, curves = chart.locator("path.band"), chart.locator("path.line:not([d^='M-'])")
    censoring = chart.locator("path.tick[d^='M']")
    assert (curves.count(), bands.count(), censoring.count()) == (2, 2, 2)
    chart.get_by_role("checkbox", name=f"with {second}, from its diagnosis").uncheck()
    assert (curves.count(), bands.count(), censoring.count()) == (1, 1, 1)
    chart.get_by_role("checkbox", name="95% bands").uncheck()
    assert (curves.count(), bands.count()) == (1, 0)
    chart.get_by_role("checkbox", name=f"with {second}, from its diagnosis").check()
    assert (curves.count(), bands.count()) == (2, 0)


def test_each_way_of_asking_says_what_its_clock_and_groups_are(page):
    chart = page.locator("#explore-survival")
    said = {}
    for radio in chart.get_by_role("radio").all():
        radio.check()
        axis = chart.locator(".frame svg").get_attribute("aria-label")
        said[axis] = chart.locator(".notes").last.inner_text()
    assert len(said) == 6 and len(set(said.values())) == 6
    assert sum("landmark at" in axis for axis in said) == 3


def test_the_printed_figures_are_one_press_away(page):
    figure = page.locator("#figure-survival_conventional")
    assert not figure.is_visible()
    page.get_by_role("button", name="Show figures 7, 8 and 9 as printed").click()
    assert figure.is_visible() and page.locator("#figure-survival_time_dependent").is_visible()
    page.get_by_role("button", name="Hide figures 7, 8 and 9 as printed").click()
    assert not figure.is_visible()


def test_claims_are_found_by_verdict_origin_and_words(page, report):
    page.get_by_text("printed numbers", exact=False).and_(page.locator("summary")).click()
    rows, status = (
        page.locator("#table-claims tbody tr:visible"),
        page.locator("#table-claims").get_by_role("status"),
    )
    claims = report.results["published"]
    assert rows.count() == len(claims)
    verdict, origin = (page.get_by_role("combobox", name=name) for name in ("Verdict", "From"))
    words = page.get_by_role("searchbox", name="Words")
    verdict.select_option("impossible")
    assert rows.count() == 1 and "1 of" in status.inner_text()
    verdict.select_option("differs")
    assert rows.count() == sum(row["verdict"] == "differs" for row in claims)
    origin.select_option("printed numbers")
    here = [row for row in claims if (row["verdict"], row["basis"]) == ("differs", "printed numbers")]
    assert rows.count() == len(here)
    words.fill("marital")
    assert 0 < rows.count() < len(here)
    words.fill("no such words")
    assert rows.count() == 0 and status.inner_text().startswith("0 of")


def test_the_whole_page_can_be_walked_with_the_tab_key_and_focus_is_always_seen(page):
    walked = []
    for _ in range(400):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        if at["top"]:
            break
        walked.append(at)
    assert at["top"], "the walk did not end"
    assert walked[0]["name"] == "To the answer"
    assert [each for each in walked if not each["seen"]] == []
    tags = [each["tag"] for each in walked]
    assert {"A", "INPUT", "BUTTON", "SUMMARY"} <= set(tags) and tags.count("INPUT") >= 15
    assert all(each["name"].strip() for each in walked)


def test_keys_alone_ask_in_another_way_move_and_switch(page, second):
    chart = page.locator("#explore-survival")
    chart.get_by_role("radio", name=f"From {second} on").focus()
    page.keyboard.press("ArrowRight")
    assert chart.get_by_role("radio", name="Landmark 24 months").is_checked()
    page.keyboard.press("ArrowLeft")
    assert chart.get_by_role("radio", name=f"From {second} on").is_checked()
    slider = chart.get_by_role("slider")
    slider.focus()
    before = int(slider.input_value())
    page.keyboard.press("ArrowRight")
    assert int(slider.input_value()) == before + 1
    assert slider.get_attribute("aria-valuetext").startswith(
        f"month {before + 1}: without {second}, from month "
    )
    group = chart.get_by_role("checkbox", name=f"without {second}")
    group.focus()
    page.keyboard.press("Space")
    assert not group.is_checked()


ANSWERS = """async () => {
  const without = [], numbers = document.querySelectorAll('[data-numbers]');
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const number of numbers) {
    number.click();
    const open = document.querySelectorAll('.from:popover-open');
    const answer = open[0]?.innerText || '';
    const says = /\\b(From|Printed in|Recomputed from) \\S/.test(answer) && /metachron explain/.test(answer);
    const whole = open.length === 1 && says;
    if (!whole) without.push([number.innerText, answer]);
    if (open[0]) open[0].hidePopover();
  }
  const silent = [...document.querySelectorAll('.table:not(.explorer) td.number')].filter((cell) =>
    /\\d/.test(cell.innerText) && !cell.querySelector('[data-numbers]')).map((cell) => cell.innerText);
  return { pressed: numbers.length, without, silent };
}"""


def test_every_number_of_every_table_gives_exactly_one_answer(page):
    found = page.evaluate(ANSWERS)
    print(f"{found['pressed']} pressable numbers, {len(found['without'])} without exactly one answer")
    assert found["pressed"] > 700
    assert found["without"] == [] and found["silent"] == []


def test_a_number_that_is_pressed_says_its_place_its_mart_and_the_sql_of_its_rows(page, report):
    first = report.results["eras"][0]
    counts = f"{first['n_second']} of {first['n_index']:,}"
    page.locator("#table-incidence td.number [data-numbers]").get_by_text(counts, exact=True).click()
    answer = page.get_by_role("dialog")
    said = answer.inner_text()
    assert "People with a second primary" in said and str(first["n_second"]) in said
    assert f"{first['n_second']} rows of marts.index_patients; the number is their count" in said
    assert f"metachron explain 'eras[era={first['era']}].n_second'" in said
    answer.locator("summary").click()
    assert f"select * from marts.index_patients where era = '{first['era']}'" in answer.inner_text()
    page.mouse.click(5, 5)
    assert page.get_by_role("dialog").count() == 0


def test_a_table_is_one_stop_and_arrows_move_between_its_numbers(page):
    table = page.locator("#table-incidence")
    assert table.locator('[data-numbers][tabindex="0"]').count() == 1
    now = "document.activeElement.innerText"
    table.locator('[data-numbers][tabindex="0"]').focus()
    first = page.evaluate(now)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(now) == table.locator("tbody tr").first.locator("[data-numbers]").nth(1).inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(now) == table.locator("tbody tr").nth(1).locator("[data-numbers]").first.inner_text()
    page.keyboard.press("Home")
    assert page.evaluate(now) == first
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0 and page.evaluate(now) == first


def test_the_command_is_copied_or_selected_to_be(page):
    page.locator("#table-incidence [data-numbers]").first.click()
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("getSelection().toString()").startswith("metachron explain 'eras[")
