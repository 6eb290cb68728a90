"""The explorer of person-time: any group's numbers, those of the table where it has the group."""

from __future__ import annotations

import itertools
import json
from urllib.parse import parse_qsl

import duckdb
import pytest
from scipy import special

from analytics.render.formats import decimal, ratio
from analytics.render.page.assets import TEMPLATES
from analytics.report import write_report
from tests.analytics.conftest import RUN
from tests.analytics.test_three_states import nobody_fell_ill
from tests.analytics.warehouse_fixture import write_warehouse

TRAITS = {
    "Sex": "sex", "Attained age": "attained_age", "Year of MM diagnosis": "era", "Race": "race",
    "Chemotherapy for MM": "chemotherapy",
}  # fmt: skip
"""Those whose levels are rows of the table one for one."""

IS_ANSWERED = "(hash) => location.hash === hash && document.activeElement.id === 'explore-person-time-title'"
"""The title takes the focus from the pressed link after the numbers have changed."""


@pytest.fixture()
def found(opened):
    return opened(reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture()
def page(found):
    return found.page


@pytest.fixture()
def explorer(page):
    return page.locator("#explore-person-time")


def source(name: str) -> str:
    return (TEMPLATES / "scripts" / f"{name}.js").read_text(encoding="utf-8")


def rows_of_table(page) -> dict[str, list[str]]:
    """Observed, expected, ratio, its limits and person-years of each row of the table, by its link."""
    rows = page.locator("#table-standardised_incidence tbody tr:has(a.explore)")
    read = rows.evaluate_all(
        "(rows) => rows.map((row) => [row.querySelector('a').hash,"
        " ...[...row.cells].map((cell) => cell.innerText)])"
    )
    return {row[0]: [row[6], row[7], row[8], f"{row[9]} to {row[10]}", row[3]] for row in read}


def rows_of(explorer) -> dict[str, list[str]]:
    read = explorer.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
    )
    return {name: cells for name, *cells in read}


def sentence(observed, expected, sir, limits, years) -> str:
    between = (
        f"95% CI {limits}" if observed != "0" else f"one-sided, exact upper 97.5% limit {limits.split()[-1]}"
    )
    return f"Observed {observed}, expected {expected}, SIR {sir} ({between}), person-years {years}."


def test_every_row_of_the_table_leads_to_its_own_numbers(page, explorer, report):
    rows = rows_of_table(page)
    assert len(rows) == sum(row["state"] == "value" for row in report.results["sir"]) > 15
    for address, cells in rows.items():
        page.locator(f'#table-standardised_incidence a[href="{address}"]').click()
        page.wait_for_function(IS_ANSWERED, arg=address)
        assert explorer.locator(".result").inner_text() == sentence(*cells), address
        shown = rows_of(explorer)
        assert list(shown.values())[-1] == cells, address
    assert any("one-sided" in sentence(*cells) for cells in rows.values())


@pytest.mark.parametrize("title", TRAITS)
def test_split_by_a_trait_its_levels_are_the_rows_of_the_table(page, explorer, title):
    explorer.get_by_role("combobox", name="Split by").select_option(title)
    rows = [
        cells for address, cells in rows_of_table(page).items() if address.partition("?")[2].startswith(
            f"{TRAITS[title]}=")
    ]  # fmt: skip
    *levels, together = rows_of(explorer).values()
    assert [cells for cells in levels if cells[2] != "not estimable"] == rows
    assert together == next(iter(rows_of_table(page).values()))


def test_at_first_it_is_the_ratio_of_record_and_with_every_box_ticked_that_from_diagnosis_on(page, explorer):
    record, from_diagnosis, *_ = rows_of_table(page).values()
    assert explorer.locator(".result").inner_text() == sentence(*record)
    for box in explorer.get_by_role("checkbox").all():
        box.check()
    assert explorer.locator(".result").inner_text() == sentence(*from_diagnosis)
    explorer.get_by_role("button", name="Reset").click()
    assert explorer.locator(".result").inner_text() == sentence(*record)


def test_the_limits_are_those_of_scipy(browser):
    counts = [*range(200), *range(200, 5000, 97), 10**5, 10**6]
    page = browser.new_page()
    limits = page.evaluate(f"() => {{ {source('exact_limits')}; return {counts}.map(exactLimits); }}")
    page.close()
    for count, (lower, upper) in zip(counts, limits, strict=True):
        assert lower == pytest.approx(special.gammaincinv(count, 0.025) if count else 0, rel=1e-9, abs=0)
        assert upper == pytest.approx(special.gammainccinv(count + 1, 0.025), rel=1e-9)


def test_numbers_look_as_in_the_tables(browser):
    """Halves go to the even digit, as in Python."""
    numbers = [*(n / 8 for n in range(900)), 0.005, 1.005, 9.995, 99.95, 1234.5, 1235.5, 98765432.125]
    functions = source("person_time").partition("  class Groups")[0]
    page = browser.new_page()
    shown = page.evaluate(
        f"() => {{ {functions}; return {numbers}.map((n) => [fixed(n, 0), fixed(n, 2), ratio(n)]); }}"
    )
    page.close()
    assert shown == [[decimal(n, 0), decimal(n, 2), ratio(n)] for n in numbers]


def test_a_selection_without_anything_to_compare_says_so(page, explorer, report):
    result = explorer.locator(".result")
    explorer.get_by_role("button", name="None: Race").click()
    assert result.inner_text() == "No person-time in this selection: nothing is ticked under Race."
    assert set(itertools.chain(*rows_of(explorer).values())) == {"0", "—", "not estimable"}
    explorer.get_by_role("checkbox", name="Unknown", exact=True).check()
    assert result.inner_text() == "SIR not estimable: no reference rate covers this person-time."
    assert "have no reference rate" in explorer.locator(".notes").inner_text()
    held = report.results["person_time"]
    traits = {trait["name"]: trait for trait in held["traits"]}
    seen = set(zip(*(trait["of_row"] for trait in held["traits"]), strict=True))
    empty = next(
        levels for levels in itertools.product(*(range(len(trait["levels"])) for trait in held["traits"]))
        if levels not in seen
    )  # fmt: skip
    said = "&".join(
        f"{name}={trait['levels'][at]}" for (name, trait), at in zip(traits.items(), empty, strict=True)
    )
    page.evaluate("(hash) => { location.hash = hash; }", f"#explore-person-time?{said}")
    page.wait_for_function("() => document.querySelector('.result').innerText.endsWith('selection.')")
    assert result.inner_text() == "No person-time in this selection."


def test_the_address_holds_the_selection_and_brings_it_back(found, page, explorer, report):
    explorer.get_by_role("checkbox", name="Female").uncheck()
    explorer.get_by_role("button", name="None: Attained age").click()
    explorer.get_by_role("checkbox", name="60-69").check()
    explorer.get_by_role("checkbox", name="80 and over").check()
    explorer.get_by_role("combobox", name="Split by").select_option("Race")
    address, said, rows = page.url, explorer.locator(".result").inner_text(), rows_of(explorer)
    asked = parse_qsl(address.partition("?")[2])
    assert asked == [("sex", "Male"), ("attained_age", "60-69"), ("attained_age", "80+"), ("by", "race")]
    explorer.get_by_role("link", name="Link to this selection").click()
    page.get_by_text("Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url == address
    page.goto("about:blank")
    page.goto(address)
    assert (explorer.locator(".result").inner_text(), rows_of(explorer)) == (said, rows)
    assert explorer.get_by_role("checkbox", name="Female").is_checked() is False
    explorer.get_by_role("button", name="Reset").click()
    assert page.url == f"{report.page.as_uri()}#explore-person-time"
    assert found.said == []


def test_it_is_used_by_keyboard_alone(page, explorer):
    rows = rows_of_table(page)
    address = "#explore-person-time?sex=Male"
    page.locator(f'a[href="{address}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'explore-person-time-title'")
    result = explorer.locator(".result")
    assert result.get_attribute("role") == "status"
    page.keyboard.press("Tab")  # the link of the heading
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "nothing is ticked under Sex" in result.inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert result.inner_text() == sentence(*rows["#explore-person-time?sex=Female"])


def test_the_same_in_sql_gives_the_same_numbers(page, explorer, report):
    if report.warehouse is None:
        pytest.skip("the page given is without its warehouse")
    explorer.get_by_role("button", name="None: Since index cancer").click()
    explorer.get_by_role("checkbox", name="24-59 months").check()
    explorer.get_by_role("checkbox", name="No/Unknown").uncheck()
    explorer.get_by_role("combobox", name="Split by").select_option("Attained age")
    explorer.get_by_text("The same in SQL").click()
    sql = explorer.locator("pre").inner_text()
    explorer.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == sql.strip()
    with duckdb.connect(str(report.warehouse), read_only=True) as connection:
        rows = connection.execute(sql).fetchall()
    *levels, _ = rows_of(explorer).values()
    assert len(rows) == len(levels) == 5
    for (_, observed, expected, years), cells in zip(rows, levels, strict=True):
        assert [cells[0], cells[1], cells[4]] == [str(observed), decimal(expected, 2), decimal(years, 0)]


def test_only_sums_are_in_the_page_each_group_once(page, report):
    held = json.loads(page.locator("#person-time").inner_text())
    has_rate = [expected is not None for expected in held["expected"]]
    groups = [*zip(*(trait["of_row"] for trait in held["traits"]), has_rate, strict=True)]
    assert len(groups) == len(set(groups)) == len(held["observed"])
    assert sum(held["observed"]) == report.results["sir"][1]["observed"]


def test_without_a_case_the_limit_is_one_sided_and_what_was_not_delivered_is_not_asked(browser, tmp_path):
    warehouse = write_warehouse(tmp_path / "w.duckdb", scale=0.01, not_delivered=("chemotherapy",))
    nobody_fell_ill(warehouse)
    written = write_report(warehouse, tmp_path / "out", run=RUN)
    page = browser.new_page()
    page.goto(written.page.as_uri())
    explorer = page.locator("#explore-person-time")
    assert explorer.locator("legend").all_inner_texts() == [*TRAITS][:3] + ["Since index cancer", "Race"]
    (record, *_) = rows_of_table(page).values()
    assert explorer.locator(".result").inner_text() == sentence(*record)
    assert record[0] == "0" and "one-sided" in explorer.locator(".notes").inner_text()
    page.close()
