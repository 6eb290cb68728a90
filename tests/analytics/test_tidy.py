"""Tables for programs: one value a column in CSV and in the workbook, and each the results' own."""

from __future__ import annotations

import csv
import io
import math
import re

import openpyxl
import pytest

from analytics.render.cells import of
from analytics.render.files.xlsx import to_workbook
from analytics.render.printed_values import as_printed
from analytics.render.tables.all_tables import tables
from analytics.render.tables.table import SYNTHETIC, Table
from analytics.render.tables.tidy import numbers_in, shown_times, tidy, to_csv


@pytest.fixture(scope="module")
def made(results):
    return tables(results)


@pytest.fixture(scope="module")
def workbook(report):
    return openpyxl.load_workbook(report.page.parent / "tables" / "tables.xlsx")


def plain(values) -> list:
    return sorted(str(v) if isinstance(v, bool | str) else f"{v:.12g}" for v in values if v is not None)


def test_the_workbook_holds_every_number_of_every_cell_as_the_report_shows_it(made, workbook):
    """At full precision, and of 100 or 100,000 where the report shows it so."""
    compared = multiplied = 0
    for table in made.values():
        placed = numbers_in(table)
        multiplied_by = shown_times(table.rows, placed)
        kept = [at for at, row in enumerate(table.rows) if at not in table.groups or any(row[1:])]
        n_words = len(tidy(table).columns) - sum(d is not None for d in tidy(table).decimals)
        for at, sheet in zip(kept, workbook[table.id[:31]].iter_rows(min_row=3), strict=False):
            times = multiplied_by[at]
            shown = [
                as_printed(number.row) if slot.beside is not None
                else number.value * by if by > 1 else number.value
                for (slot, number), by in zip(placed[at], times, strict=True)
            ]  # fmt: skip
            cells = [
                cell.value for cell, d in zip(sheet, tidy(table).decimals, strict=False) if d is not None
            ]
            assert plain(cells) == plain(shown), (table.id, at)
            compared += len(shown)
            multiplied += sum(by > 1 for by in times)
        assert n_words >= 1
    assert compared > 500 and multiplied > 50


def test_a_number_has_the_unit_of_its_heading(results, made):
    """8 of 31,989 are 25.0 in 100,000; the paper prints 0.25%."""
    (row, *_) = csv.DictReader(io.StringIO(to_csv(made["incidence"], synthetic=True)))
    assert float(row["Per 100,000 people (95% CI)"]) == pytest.approx(1e5 * 8 / 31_989)
    assert row["The paper prints: Per 100,000 people (95% CI)"] == "0.25%"
    competing = csv.DictReader(io.StringIO(to_csv(made["competing_risks"], synthetic=True)))
    by_ten = results.competing[0].strata[0].at["120"]
    assert float(next(competing)["10 years: per 100,000"]) == pytest.approx(1e5 * by_ten)


def test_no_column_is_told_from_another_by_a_number(made):
    for table in made.values():
        headings = set(table.columns)
        counted = [name for name in tidy(table).columns if re.search(r" \d$", name) and name not in headings]
        assert not counted, table.id


def test_numbers_are_numbers_and_look_as_in_the_report(made, workbook):
    sheet = workbook["table1"]
    numeric = [
        cell for row in sheet.iter_rows(min_row=3) for cell in row if isinstance(cell.value, int | float)
    ]
    assert len(numeric) > 50 and {cell.number_format for cell in numeric} >= {"#,##0", "#,##0.0"}
    assert sheet.freeze_panes == "B3" and sheet["A1"].value == made["table1"].title


def test_the_first_sheet_says_what_the_workbook_is(results, workbook):
    said = {row[0].value: row[1].value for row in workbook["About"].iter_rows()}
    assert workbook.sheetnames[0] == "About"
    assert said["Title"] == results.study.title and said["Release"] == results.run.warehouse_release
    assert said["Data"] == SYNTHETIC and said["CI"] == "confidence interval"
    sheets = [name[:31] for name in tables(results)]
    assert workbook.sheetnames[1 : len(sheets) + 1] == sheets


def test_equal_reports_have_equal_workbooks(results, made):
    one, other = (to_workbook(made.values(), results.study, (), synthetic=True) for _ in range(2))
    assert one == other


def test_a_value_and_its_limits_stand_in_columns_of_their_own(results, made):
    rows = list(csv.DictReader(io.StringIO(to_csv(made["standardised_incidence"], synthetic=True))))
    whole = next(row for row in results.sir if not row.stratum)
    by_value = {name: value for name, value in rows[0].items() if value}
    assert {str(whole.observed), str(whole.sir)} <= set(by_value.values())
    limits = {
        kind: [float(v) for n, v in by_value.items() if n.endswith(kind)] for kind in ("lower", "upper")
    }
    for kind, limit in zip(limits, whole.sir_ci, strict=True):
        assert any(math.isclose(value, limit) for value in limits[kind])


def test_headings_become_a_column_and_words_among_numbers_a_note():
    table = Table("t", ("Level", "n"), (("Sex", ""), ("Male", "*")), groups=frozenset({0}))
    assert tidy(table).rows == (("Sex", "Male", "*"),)


def test_a_column_for_numbers_without_one_is_as_the_others_are():
    hidden = Table("t", ("Group", "n"), (("Sex", ""), ("Male", "*"), ("Female", "—")),
                   groups=frozenset({0}), numeric=frozenset({1}))  # fmt: skip
    made = tidy(hidden)
    assert made.columns == ("section", "Group", "n", "note")
    assert made.rows == (("Sex", "Male", None, "n: *"), ("Sex", "Female", None, ""))


def test_no_table_has_two_columns_that_sql_takes_for_one(made):
    twice = Table("t", ("Section", "n"), (("Sex", ""), ("Male", "1")), groups=frozenset({0}))
    for table in (*made.values(), twice):
        names = [name.casefold() for name in (*tidy(table).columns, "data")]
        assert len(names) == len(set(names)), table.id


def test_columns_are_named_as_a_reader_of_the_report_would_name_them(made):
    names = {name for table in made.values() for name in tidy(table).columns}
    fields = {name for name in names if re.search(r"_|\[\d\]|: \d+$|\bp\d\d\b|printed \d", name)}
    assert len(names) > 100 and not fields
    assert {"Together, Firth (95% profile CI): lower", "Together, conventional (95% CI): P", "P, Firth"} <= {
        *tidy(made["table2"]).columns
    }
    assert "10 years: upper, per 100,000" in tidy(made["competing_risks"]).columns


def test_what_the_paper_prints_stands_in_a_column_of_the_number_that_it_is_of(made):
    (row,) = (r for r in csv.DictReader(io.StringIO(to_csv(made["table2"], synthetic=True)))
              if r["Variable"] == "No/Unknown against Yes")  # fmt: skip
    printed = {name: value for name, value in row.items() if name.startswith("The paper prints: ") and value}
    assert printed == {
        "The paper prints: Alone, conventional (95% CI)": "6.366",
        "The paper prints: Alone, conventional (95% CI): lower": "1.395",
        "The paper prints: Alone, conventional (95% CI): upper": "29.059",
        "The paper prints: Together, conventional (95% CI)": "13.840",
        "The paper prints: Together, conventional (95% CI): lower": "1.807",
        "The paper prints: Together, conventional (95% CI): upper": "106.010",
    }


def test_a_p_is_never_taken_for_a_share_and_a_share_too_small_to_see_is_one():
    """7.0e-9 times 100,000 would be 0.0007, which "<0.001" seems to show; 4e-7 of 100,000 is 0.04: "0.0"."""
    shares = ({"p": 0.00025, "p_value": 7.0e-9}, {"p": 4.0e-7, "p_value": 1.1e-5})
    rows = tuple(
        (name, of(text, row, "p"), of("<0.001", row, "p_value"))
        for name, text, row in zip("ab", ("25.0", "0.0"), shares, strict=True)
    )
    made = tidy(Table("t", ("Group", "Per 100,000", "P"), rows, numeric=frozenset({1, 2})))
    assert made.columns == ("Group", "Per 100,000", "P")
    assert [row[1] for row in made.rows] == pytest.approx([25.0, 0.04])
    assert [row[2] for row in made.rows] == [7.0e-9, 1.1e-5]


def test_what_rests_on_too_few_events_says_so_in_the_note(made):
    rows = csv.DictReader(io.StringIO(to_csv(made["table2"], synthetic=True)))
    marked = {row["Variable"]: row["note"] for row in rows if row["note"]}
    assert "Together, conventional (95% CI): too few events" in marked["No/Unknown against Yes"]
