"""Tables for Word and LaTeX, and the curves that the page's script draws again."""

from __future__ import annotations

import io
import json
import re
import subprocess
from dataclasses import replace

import docx
import pytest

from analytics.places import canonical, rows
from analytics.provenance.trace import traces, without_rows
from analytics.published_numbers.expressions import find_value
from analytics.render.cells import Number, fill, numbers, of, unbroken
from analytics.render.figures.interactive import charts, embedded
from analytics.render.files.docx import to_word
from analytics.render.files.latex import escaped, to_latex
from analytics.render.page.section import Laid, Section
from analytics.render.page.sections import sections
from analytics.render.place_words import describe
from analytics.render.tables.all_tables import tables
from analytics.render.tables.table import SYNTHETIC, Table
from analytics.render.traceable import PressableNumbers
from analytics.results.ids import SurvivalId
from analytics.results.json_file import plain
from tests.analytics.empty_results import STUDY
from tests.evidence import program

HOSTILE = Table(
    id="a_b", title="100% <of> A & B_1 #2 {x}", columns=("Level", "n (%)"),
    rows=(("Group", ""), ("=cmd|' /C calc'!A0 \\input{/etc/passwd}", "1,234 \u2212 5"),
          ("\x00bell\x07\x7f", "$x^2$~")),
    groups=frozenset({0}), numeric=frozenset({1}), footnotes=("A note \u2014 \u201cquoted\u201d.",),
)  # fmt: skip


def read(content: bytes):
    return docx.Document(io.BytesIO(content))


def test_word_tables_hold_the_cells_and_repeat_their_headings(results):
    made = tables(results)
    document = read(to_word(sections(results, made, {}), results.study, synthetic=True))
    assert len(document.tables) == len(made)
    for word, table in zip(document.tables, made.values(), strict=True):
        assert len(word.rows) == len(table.rows) + 1
        assert [cell.text for cell in word.rows[0].cells] == list(table.columns)
        assert word.rows[0]._tr.trPr.xpath("./w:tblHeader")
        for at in (1, len(table.rows)):
            given, shown = table.rows[at - 1], [cell.text for cell in word.rows[at].cells]
            assert shown == list(given) or (set(given[1:]) <= {""} and set(shown) == {given[0]})
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words.count(SYNTHETIC) == len(made) + 1
    assert {table.title for table in made.values()} <= set(words)


def test_what_a_cell_says_is_only_text_in_word():
    section = Section("a", "A", "Which?", tables=(Laid(HOSTILE),))
    (table,) = read(to_word([section], STUDY, synthetic=False)).tables
    assert table.rows[2].cells[0].text == HOSTILE.rows[1][0]
    assert table.rows[3].cells[0].text == "bell"


def test_what_a_cell_says_is_only_text_in_latex():
    text = to_latex(HOSTILE, synthetic=True)
    assert (
        r"\textbackslash{}input\{/etc/passwd\}" in text
        and r"100\% \textless{}of\textgreater{} A \& B\_1 \#2 \{x\}" in text
    )
    assert r"\label{tab:a-b}" in text and r"\multicolumn{2}{l}{\textbf{Group}}" in text
    assert (
        "1,234 $-$ 5" in text and r"\$x\textasciicircum{}2\$\textasciitilde{}" in text and SYNTHETIC in text
    )
    assert escaped("\u00a0\u2020") == r"~\dag{}"


def test_latex_typesets_every_table(results, tmp_path):
    body = "\n".join(to_latex(table, synthetic=True) for table in (*tables(results).values(), HOSTILE))
    packages = (
        r"\usepackage[utf8]{inputenc}\usepackage{booktabs,longtable,array}\usepackage[landscape]{geometry}"
    )
    source = rf"\documentclass{{article}}{packages}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "tables.tex").write_text(source, encoding="utf-8")
    subprocess.run(
        [program("pdflatex"), "-halt-on-error", "tables.tex"], cwd=tmp_path, check=True, capture_output=True
    )


def test_the_curves_of_the_script_are_those_of_the_results(results):
    made = {chart["id"]: chart for chart in charts(results)}
    assert set(made) == {"survival", "survival-by-era", "survival-after-second", "incidence"}
    assert [view["stance"] for view in made["survival"]["views"]] == [
        *["corrected"] * 4, "conventional", "corrected",
    ]  # fmt: skip
    analysis = next(a for a in results.survival if a.id == SurvivalId.BY_SECOND)
    for stratum, group in zip(analysis.strata, made["survival"]["views"][4]["groups"], strict=True):
        kept = len(group["t"]) - 1
        assert group["t"] == [0, *stratum.curve.time[:kept]] and group["t"][-1] <= 300
        assert group["y"] == pytest.approx([1, *stratum.curve.survival[:kept]], abs=5e-7)
        # With the step after the axis, whose people are at risk to its end.
        assert group["n"] == [stratum.risk_table.at_risk[0], *stratum.curve.at_risk[: kept + 1]]
        assert {len(group[key]) for key in ("y", "low", "high")} == {kept + 1}


def test_the_error_of_one_minus_kaplan_meier_stands_beside_the_incidence_of_everybody_only(results):
    views = next(chart for chart in charts(results) if chart["id"] == "incidence")["views"]
    assert [group["name"] for group in views[0]["groups"]] == ["death competing", "one minus Kaplan-Meier"]
    assert all("Kaplan-Meier" not in group["name"] for view in views[1:] for group in view["groups"])
    assert views[0]["groups"][1]["y"][-1] > 3 * views[0]["groups"][0]["y"][-1]


def test_no_name_can_end_the_element_that_the_curves_stand_in(results):
    hostile = replace(
        results, study=replace(results.study, second_short_label="</script><script>alert(1)//&<!--")
    )
    text = embedded(hostile)
    assert not set("<>&") & set(text) and "alert(1)" in text
    assert json.loads(text) == charts(hostile)


def test_only_whole_curves_enter_never_a_person(results):
    text = embedded(results)
    assert len(text) < 200_000
    for case in results.institution.cases:
        assert str(case.patient_id) not in text


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def shown_as(value: float | str) -> set[str]:
    """Every way in which the tables write a value: rounded, as a percentage, per 10,000 or per 100,000."""
    if isinstance(value, str):
        return {value, *(number.replace(",", "") for number in NUMBER.findall(value))}
    ways = {f"{abs(value) * times:.{digits}f}" for times in (1, 100, 100_000) for digits in range(7)}
    if 0 < abs(value) < 1e-6:
        ways |= set(NUMBER.findall(f"{abs(value):.0e}"))
    return ways | {way.rstrip("0").rstrip(".") for way in ways if "." in way}


def test_every_number_of_a_table_knows_its_place_and_what_it_was_made_of(results):
    document, page = plain(results), PressableNumbers(results)
    checked = 0
    for table in tables(results).values():
        for row in table.rows:
            for at, cell in enumerate(row):
                known = [number for number in numbers(cell) if number.value is not None]
                if at in table.numeric and NUMBER.search(cell):
                    written = [text.replace(",", "") for text in NUMBER.findall(cell)]
                    assert known, (table.id, cell)
                    ways = set().union(*(shown_as(number.value) for number in known))
                    assert set(written) - {"0.001", "1"} <= ways, (table.id, cell, known)
                    checked += 1
                for number in known:
                    if isinstance(number, Number):
                        place = page.place(number)
                        assert find_value(place, document) == number.value
                        what, about = describe(place, document, results.study)
                        assert what and (about or what.startswith("P value")), place
                        assert traces(place, document) or without_rows(place, document), place
                page.mark(cell)
    assert checked > 1000
    text = page.embedded()
    assert not set("<>&") & set(text) and len(text) < 400_000
    assert not [case for case in results.institution.cases if str(case.patient_id) in text]


def pressed(results, *cells):
    """What the page's script is given: of each number its value and how it was made, and the tables read."""
    page = PressableNumbers(results)
    for cell in cells:
        page.mark(cell)
    held = json.loads(page.embedded())
    return [(number[1], held["texts"][number[4]]) for number in held["numbers"]], held["sql"]


def test_lines_of_a_page_break_between_values_and_not_within_one():
    cell = unbroken(fill("{}; 54 (44 to 72)", of("69 (18 to 85)", {"median": 69}, "median")))
    assert cell == "69\u00a0(18\u00a0to\u00a085); 54\u00a0(44\u00a0to\u00a072)"
    assert [number.value for number in numbers(cell)] == [69]


def test_a_number_that_the_paper_prints_is_from_the_paper_and_stands_beside_the_recomputed_one(results):
    row = next(row for row in results.published if row.expression == "{cohort.n_second}")
    made, sql = pressed(results, of(row.printed, row, "printed"))
    assert made == [
        (row.printed, f"printed in the paper, {row.where}"),
        (row.recomputed, "the recomputed number was computed from them"),
    ]
    assert [table for table, *_ in sql] == ["marts.index_patients"]
    alone = next(row for row in results.published if row.basis == "printed numbers")
    (printed, again), sql = pressed(results, of(alone.printed, alone, "printed"))
    assert printed[1] == f"printed in the paper, {alone.where}" and sql == []
    assert again == (alone.recomputed, f"recomputed from printed numbers alone: {alone.expression}")


def test_a_number_names_the_table_that_its_sql_reads(results):
    assert results.rows_behind
    for traced in results.rows_behind:
        assert f" from {traced.mart}" in traced.sql
    _, sql = pressed(
        results, of("", results.attrition[0], "n_removed"), of("", results.sir[0], "observed", "expected")
    )
    read = ["intermediate.int_patients_screened", "intermediate.int_person_time_expected"]
    assert [table for table, *_ in sql] == read


def test_person_years_are_summed_and_rounded(results):
    era = results.eras[0]
    made, _ = pressed(results, of("", era, "person_years", "rate_per_100k"))
    assert made == [
        (f"{era.person_years:,.0f}", "the number was summed over them"),
        (era.rate_per_100k, "the number was estimated from them"),
    ]


def test_a_place_is_that_of_the_row_also_where_equal_rows_stand_elsewhere(results):
    held = rows(results)
    for at, era in enumerate(results.eras):
        assert held[id(era)] == canonical(f"eras[{at}]", plain(results)) == f"eras[era={era.era}]"
