"""The written report: contract, determinism, self-containment, and words that keep their distance."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

import analytics
from analytics.provenance.trace import drawers
from analytics.questions.registry import row_types
from analytics.render.cells import numbers
from analytics.render.figures.all_figures import FIGURES
from analytics.render.formats import p_value
from analytics.render.labels import COMPETING_TITLES
from analytics.render.lookup import stratum
from analytics.render.page.assets import style
from analytics.render.tables.all_tables import tables
from analytics.render.tables.models import competing
from analytics.report import write_report
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.json_file import NotResults, plain, read, rows
from analytics.results.run import Run
from analytics.results.sensitivity import Headline, Sensitivity, Variant
from analytics.summary import one_screen
from analytics.warehouse.marts import open_marts
from tests.analytics.conftest import AUDIT

SCHEMA = Path(analytics.__file__).parent / "results_schema.json"


def test_results_json_keeps_the_contract(report):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = json.loads(report.results.read_text(encoding="utf-8"), parse_constant=_refuse)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document == plain(report.document)
    assert read(report.results, row_types()) == report.document


def _refuse(constant: str):
    raise AssertionError(f"{constant} in results.json")


def test_every_analysis_of_the_contract_is_there(results):
    assert {str(a.id) for a in results.survival} == {
        "os_from_index", "os_from_index_by_second", "os_from_index_by_era", "os_from_second",
        "os_from_index_by_second_landmark", "os_from_index_by_second_time_dependent",
    }  # fmt: skip
    models = {str(model.id) for model in results.cox}
    assert {f"second_univariate:{v}" for v in ("sex", "race", "age", "era", "chemotherapy")} <= models
    assert {"second_multivariable", "second_multivariable_firth", "index_time_dependent"} <= models


def test_curves_are_steps_at_the_times_seen_without_time_zero(results):
    for analysis in results.survival:
        for group in analysis.strata:
            times = group.curve.time
            assert times == tuple(sorted(set(times))) and times[0] > 0
            columns = {name: values for name, values in plain(group.curve).items() if name != "late_entry"}
            assert len({len(values) for values in columns.values()}) == 1


def test_every_table_of_the_page_says_that_it_is_synthetic(report):
    text = report.page.read_text(encoding="utf-8")
    titles = re.findall(r'<p class="title" id="title-[^"]+">(.*?)</p>', text)
    assert len(titles) > 15
    assert [title for title in titles if ">SYNTHETIC DATA<" not in title] == []


def test_the_same_warehouse_and_run_give_the_same_bytes(report, warehouse, run, tmp_path):
    again = write_report(warehouse, tmp_path, run=run, audit=AUDIT)
    for name in (
        "results.json",
        "report.html",
        "figures/figure_13_forest.svg",
        "figures/figure_5_fair_eras.csv",
        "tables/table1.csv",
        "tables/table1.tex",
        "tables/tables.docx",
        "tables/tables.xlsx",
    ):
        assert (report.page.parent / name).read_bytes() == (again.page.parent / name).read_bytes(), name


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.headers_without_scope = 0

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.tags.append(tag)
        if "id" in named:
            self.ids.append(named["id"])
        self.references += [named[k] for k in ("src", "href", "xlink:href", "action") if named.get(k)]
        self.headers_without_scope += tag == "th" and named.get("scope") not in ("row", "col", "rowgroup")


@pytest.fixture(scope="module")
def page(report) -> Page:
    parsed = Page()
    parsed.feed(report.page.read_text(encoding="utf-8"))
    return parsed


def test_the_page_refers_to_nothing_outside_itself(page, report):
    assert all(reference.startswith("#") for reference in page.references)
    assert {reference[1:] for reference in page.references} <= set(page.ids)
    assert not {"link", "img", "iframe", "object"} & set(page.tags)
    text = report.page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"@import|url\(\s*[\"']?(?!#)", text)


def test_the_one_script_is_ours_named_by_its_hash_and_asks_nobody(report):
    text = report.page.read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    named = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert f"script-src 'sha256-{named}';" in policy and "connect-src" not in policy
    assert text.count("<script") == 4  # the others are data
    assert not re.search(
        r"fetch\(|XMLHttpRequest|import\(|WebSocket|eval\(|innerHTML|https?:(?!//www\.w3\.org)", script
    )


def test_figures_are_drawn_once_unless_they_are_for_print(report):
    folder = report.page.parent / "figures"
    assert {path.suffix for path in folder.iterdir()} == {".svg", ".csv"}


def test_every_twin_of_a_table_and_a_figure_lies_beside_the_page(report):
    folder = report.page.parent
    ids = {path.stem for path in report.tables if path.suffix == ".csv"}
    for suffix in (".csv", ".md", ".tex"):
        assert {path.stem for path in folder.glob(f"tables/*{suffix}")} == ids
    drawn = {path.stem for path in folder.glob("figures/*.svg")}
    assert {path.stem for path in folder.glob("figures/*.csv")} == drawn and len(drawn) >= 10
    assert {path.name for path in (*report.tables, *report.figures)} == {
        path.name for part in ("tables", "figures") for path in (folder / part).iterdir()
    }


def test_the_page_can_be_read_without_seeing_it(page, report):
    assert len(page.ids) == len(set(page.ids))
    assert page.headers_without_scope == 0
    figures = page.tags.count("figure")
    narrow = sum(figure.has_narrow for figure in FIGURES)
    assert figures + narrow == page.tags.count("svg") == page.tags.count("desc")
    assert figures == page.tags.count("figcaption") >= 10


WITHOUT_NUMBERS_OF_THEIR_OWN = {"refused", "checklists", "sensitivity"}


def test_no_section_lacks_the_drawer_that_says_where_its_numbers_come_from(report):
    parts = re.split(r'<section id="(\w+)"|<div id="(answer)"', report.page.read_text(encoding="utf-8"))
    names = [a or b for a, b in zip(parts[1::3], parts[2::3], strict=True)]
    bodies = dict(zip(names, parts[3::3], strict=True))
    assert {
        name for name, body in bodies.items() if 'class="origins"' not in body
    } == WITHOUT_NUMBERS_OF_THEIR_OWN
    for name, body in bodies.items():
        if name not in WITHOUT_NUMBERS_OF_THEIR_OWN:
            drawer = body[body.index('class="origins"') :]
            assert "release-1" in drawer and re.search(r", [\d,]+ rows?<br><code>select ", drawer), name


def test_each_rebuilt_setting_has_a_line_in_the_drawer(warehouse, results):
    nothing = dict.fromkeys(Headline.__dataclass_fields__)
    rows = tuple(
        Variant(setting, value, Headline(**nothing | {"n_index": n}))
        for setting, value, n in ((None, None, 7), ("min_latency_months", 2, 9))
    )
    made = Sensitivity("s", "r", "c", "a", "b", (), rows)
    with open_marts(warehouse) as marts:
        every = drawers(marts, replace(results, sensitivity=made))
    drawn = [row for row in every if row.section == "sensitivity"]
    assert [(row.numbers, row.n_rows) for row in drawn] == [
        ("As the study defines it, rebuilt", 7), ("Rebuilt with min_latency_months = 2", 9)
    ]  # fmt: skip


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_type_and_curves_can_be_read_on_light_dark_and_paper():
    schemes = re.findall(r":root \{(.*?)\}", style(), flags=re.S)
    assert len(schemes) == 3
    for scheme in schemes:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
        for ink in ("ink", "muted", "blue", "orange", "green", "purple"):
            for paper in ("paper", "page", "shade", "warn-paper"):
                light, dark = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper, colours[ink], colours[paper])


def test_synthetic_data_say_so_everywhere(report):
    assert "SYNTHETIC DATA" in report.page.read_text(encoding="utf-8")
    assert "SYNTHETIC" in one_screen(report.document)
    for path in (*report.tables, *report.figures):
        if path.suffix not in (".png", ".pdf", ".docx", ".pptx", ".xlsx"):
            assert "synthetic" in path.read_text(encoding="utf-8").lower(), path.name


def test_no_unknown_never_becomes_no(report):
    text = report.page.read_text(encoding="utf-8")
    assert "No/Unknown" in text
    assert not re.search(r">\s*No\s*</th>", text)
    assert "untreated patients" not in text.lower()


def test_a_percentage_travels_with_its_count_and_total(report):
    cells = (report.page.parent / "tables" / "table1.md").read_text(encoding="utf-8")
    for match in re.finditer(r"[\d.]+%", cells):
        assert re.search(r"[\d,]+ of [\d,]+ \($", cells[: match.start()]), cells[
            match.start() - 30 : match.end()
        ]


def test_the_first_words_are_the_answer(report):
    text = report.page.read_text(encoding="utf-8")
    assert text.index("per 100,000 person-years after MM") < text.index("<section")
    assert text.index("times (1.38 to 3.93)") < text.index("<section")


def test_the_summary_fits_one_screen(results):
    lines = one_screen(results).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for said in (
        "64,629",
        "25.0 per 100,000",
        "30.6 per 100,000",
    ):
        assert said in text
    from_second = stratum(results, SurvivalId.FROM_SECOND, "all")
    low, high = from_second.median_ci["loglog"]
    assert f"({low:.1f} to {high:.1f})" in text and "(log-log 95% CI)" in text
    assert "0.25%" not in text
    assert "more line" not in one_screen(results)


def test_a_run_must_say_what_it_is(run):
    short = {key: value for key, value in plain(run).items() if key != "warehouse_release"}
    with pytest.raises(NotResults, match="warehouse_release is missing"):
        rows(Run, short)


def test_each_landmark_has_its_own_p(results):
    table = tables(results)["survival"]
    p_at = table.columns.index("Log-rank P")
    per_month = {}
    for row in table.rows:
        assert ", " not in row[p_at]
        if match := re.search(r"^With.* by (\d+) months$", row[0]):
            per_month.setdefault(match[1], []).append(row[p_at])
    tests = next(s.tests for s in results.survival if s.id == SurvivalId.AT_LANDMARKS)
    assert len(tests) == len(per_month) > 1
    assert [each for each, _ in per_month.values()] == [p_value(test.p_value) for test in tests]
    assert not any(each for _, each in per_month.values())


def test_the_data_of_a_figure_count_the_cases_of_the_estimate(results):
    """11 of 99,528 person-years are no rate of the conventional 8."""
    [rows] = (figure.drawing(results).rows for figure in FIGURES if figure.id == "incidence")
    of_era = {row.era: row for row in results.eras} | {"all years": results.incidence_overall}
    for row in rows:
        era = of_era[row["era"]]
        expected = era.observed if row["stance"] == "corrected" else era.n_second
        assert row["n_second"] == expected, row


def test_cumulative_incidence_is_of_everybody_and_of_groups_that_are_more_than_one(results):
    everybody, first, *others = results.competing
    of_one_group = replace(first, strata=first.strata[:1])
    said = competing(replace(results, competing=(everybody, of_one_group, *others)))
    heads = [str(said.rows[place][0]) for place in sorted(said.groups)]
    whole = COMPETING_TITLES[CompetingId.EVERYBODY].format(index=results.study.index_short_label)
    assert heads[0].startswith(whole) and len(heads) == 1 + len(others)


def test_a_percentage_of_table_1_is_of_the_counts_beside_it(results):
    cells = [cell for row in tables(results)["table1"].rows for cell in row[1:3] if "%" in cell]
    assert len(cells) == 2 * len(results.table1)
    for cell in cells:
        number, total, percentage = numbers(cell)
        assert percentage.value == pytest.approx(100 * number.value / total.value)
        assert percentage.of == (number, total)
