"""Hospital tables through a mapping file: any headers, UTF-8, GB18030 or a workbook; nothing guessed."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import datetime
import json
import tracemalloc
from pathlib import Path

import openpyxl
import pytest

from expectations.suites.deliveries import NO_RECORDS
from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land, rejects
from flows.landing.forms.hospital import strays
from flows.landing.forms.hospital.workbook import BLOCK_BYTES
from tests.landing.deliveries import ask
from tests.landing.workbooks import NOT_STORED, Cell, sheet_xml, workbook

MAPPING = """
metachron_mapping: 1
files:
  - table: hospital_patients
    recognise: [病案号, 确诊日期]
    columns: {patient_key: 病案号, mm_dx_date: 确诊日期, sex: 性别, fish: FISH结果}
    missing_words: [未查]
  - table: hospital_second_cancers
    recognise: [病案号, ALL日期]
    columns: {patient_key: 病案号, sall_dx_date: ALL日期}
"""
PATIENTS = '病案号,确诊日期,性别,FISH结果,备注\nHM01,2011-03-02,男,未查,"a, b"\nHM02,2012/4/1,女,del(17p),\n'
LANDED = [
    (2, "HM01", "2011-03-02", "男", "", "a, b"),
    (3, "HM02", "2012/4/1", "女", "del(17p)", ""),
]
CELLS = "select source_line, patient_key, mm_dx_date, sex, fish, delivered_备注 from raw.hospital_patients order by 1"


def put(inbox: Path, text: str = PATIENTS, encoding: str = "utf-8", mapping: str = MAPPING) -> None:
    (inbox / "hospital.mapping.yml").write_text(mapping, encoding="utf-8")
    (inbox / "病人.csv").write_bytes(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_lands_whatever_its_encoding(encoding: str, line_end: str, home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("\n", line_end), encoding)
    (result,) = land.load([inbox], home)
    assert (result.source, result.role, result.rows_landed) == ("institution", "patients", 2)
    assert ask(home, CELLS) == LANDED
    assert "missing_word:未查:1" in result.events


def test_a_workbook_lands_its_cells_as_text(home: Home, inbox: Path):
    (inbox / "hospital.mapping.yml").write_text(MAPPING, encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(["about this file"])
    sheet = book.create_sheet("二")
    for row in (
        ["Patients of the ward"], ["病案号", "确诊日期", "性别", "FISH结果", "备注"],
        ["HM01", datetime.date(2011, 3, 2), "男", "未查", 5], ["HM02", 40634, "女", "del(17p)", 1.5],
    ):  # fmt: skip
        sheet.append(row)
    book.save(inbox / "病人.xlsx")
    (result,) = land.load([inbox], home)
    assert ask(home, CELLS) == [
        (3, "HM01", "2011-03-02", "男", "", "5"),
        (4, "HM02", "40634", "女", "del(17p)", "1.5"),
    ]
    assert {"excel_dates_to_iso", "lines_above_header:1"} <= set(result.events)


def test_a_cell_with_a_line_break_keeps_the_lines_of_its_neighbours(home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("a, b", "a\nb"))
    land.load([inbox], home)
    assert ask(home, "select source_line, delivered_备注 from raw.hospital_patients order by 1") == [
        (2, "a\nb"),
        (4, ""),
    ]


def test_blank_doubled_and_keyless_rows_are_rejected(home: Home, inbox: Path):
    rows = PATIENTS.splitlines()
    put(inbox, "\n".join([*rows, rows[1], ",2012-01-01,,,", "", ""]) + "\n")
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (4, 2)
    assert ask(home, "select source_line, reason_code from raw.rejects order by 1") == [
        (4, "exact_duplicate"),
        (5, "no_patient"),
    ]


def test_a_changed_mapping_makes_a_new_load_of_the_same_bytes(home: Home, inbox: Path):
    put(inbox)
    land.load([inbox], home)
    put(inbox, mapping=MAPPING.replace("[未查]", "[未查, 女]"))
    (result,) = land.load([inbox], home)
    assert not result.already_loaded
    assert ask(home, "select count(distinct sha256), count(*) from raw.loads") == [(1, 2)]


@pytest.mark.parametrize(
    ("text", "mapping", "code", "words"),
    [
        (PATIENTS.replace("性别", "sex"), MAPPING, "IN-25", "性别"),
        (PATIENTS.replace("性别", "FISH结果"), MAPPING, "IN-16", "FISH结果"),
        (PATIENTS.replace("HM02", "HM01"), MAPPING, "IN-21", "line 2"),
        (PATIENTS.splitlines()[0] + "\n", MAPPING, "IN-01", "no records"),
        (PATIENTS.replace(",女,", ",女,,"), MAPPING, "IN-18", "1 of 2"),
        (PATIENTS.replace('b"', "b"), MAPPING, "IN-06", "line 2"),
        (PATIENTS.replace("del", "d\0l"), MAPPING, "IN-", ""),
        (PATIENTS.replace("确诊日期", "Date of diagnoses"), MAPPING.replace("确诊日期", "Date of Diagnosis").replace("recognise: [病案号, Date of Diagnosis]", "recognise: [病案号]"), "IN-25", "Date of Diagnosis (nearest: "),
        (PATIENTS, MAPPING.replace("fish:", "fisch:"), "IN-25", "fisch"),
        (PATIENTS, MAPPING.replace("table: hospital_patients", "table: patients"), "IN-25", "hospital_patients"),
        (PATIENTS, MAPPING.replace("patient_key: 病案号, mm", "mm"), "IN-25", "patient_key"),
        (PATIENTS, MAPPING.replace("    missing_words", "    missing"), "IN-25", "missing"),
        (PATIENTS, MAPPING + "    columns: {patient_key: 病案号}\n", "IN-25", "twice"),
        (PATIENTS, MAPPING.replace("[未查]", "[1]"), "IN-25", "quotes"),
        (PATIENTS, MAPPING.replace("[病案号, 确诊日期]", "[病案号, 日期]"), "IN-11", "病人.csv"),
        (PATIENTS, MAPPING.replace("1\n", "!!python/object/apply:os.getcwd []\n", 1), "IN-25", ""),
    ],
)  # fmt: skip
def test_a_table_or_mapping_that_does_not_fit_is_refused(text, mapping, code, words, home: Home, inbox: Path):
    put(inbox, text, mapping=mapping)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code.startswith(code), refusal.value
    assert words in refusal.value.paragraph(with_value=True)
    assert not list(home.vault.glob("*"))


def test_a_workbook_that_is_none_is_refused(home: Home, inbox: Path):
    put(inbox)
    (inbox / "病人.csv").rename(inbox / "x.csv")
    (inbox / "other.xlsx").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-11"


ENTRY = """
metachron_mapping: 1
files:
  - table: hospital_patients
    recognise: [pid, dx]
    columns: {patient_key: pid, mm_dx_date: dx, sex: sex}
"""
HEADER = ["pid", "dx", "sex"]
CASES = "select source_line, patient_key, mm_dx_date, sex from raw.hospital_patients order by 1"


def landed(inbox: Path, home: Home, book: bytes, mapping: str = ENTRY) -> land.LoadResult:
    (inbox / "h.mapping.yml").write_text(mapping)
    (inbox / "p.xlsx").write_bytes(book)
    return land.load([inbox], home)[0]


def refused(inbox: Path, home: Home, book: bytes, mapping: str = ENTRY) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        landed(inbox, home, book, mapping)
    return refusal.value


@pytest.mark.parametrize("stated", ["A1", "A1:C2", "A1:XFD1048576", "nonsense", ""])
def test_rows_beyond_the_stated_dimension_land(stated: str, home: Home, inbox: Path):
    rows = [HEADER, [1, "2001-02-03", "M"], [2, "2001-02-04", "F"], [3, "2001-02-05", "M"]]
    result = landed(inbox, home, workbook({"P": sheet_xml(rows, dimension=stated)}))
    assert (result.rows_read, result.rows_landed) == (3, 3)
    assert [row[1] for row in ask(home, CASES)] == ["1", "2", "3"]


def test_cells_and_rows_without_a_place_and_rows_that_are_not_there(home: Home, inbox: Path):
    rows = [HEADER, [1, "2001-02-03", "M"]]
    landed(inbox, home, workbook({"P": sheet_xml(rows, has_places=False)}))
    assert ask(home, CASES) == [(2, "1", "2001-02-03", "M")]
    (inbox / "p.xlsx").unlink()
    result = landed(inbox, home, workbook({"P": [[], HEADER, [None], [], [7, None, "F"], [], ["", ""]]}))
    assert (result.rows_read, result.rows_landed) == (1, 1)
    assert ask(home, CASES)[-1] == (5, "7", "", "F")


def test_numbers_show_what_their_format_shows(home: Home, inbox: Path):
    formats = ["000000", "yyyy\\-mm\\-dd", "0%", "0.00", '"P-"000', "[$-804]General", "00-00"]
    pairs = [
        ("42", 1),
        ("40634", 2),
        ("0.15", 3),
        ("7.5", 4),
        ("9", 5),
        ("40634", 6),
        ("1234", 7),
        ("1.0", 0),
    ]
    rows = [HEADER, *[[Cell(value, "n", style=style), "2001", "M"] for value, style in pairs]]
    result = landed(inbox, home, workbook({"P": rows}, formats=formats))
    keys = [row[1] for row in ask(home, CASES)]
    assert keys == ["000042", "2011-04-01", "15%", "7.50", "P-009", "40634", "12-34", "1"]
    assert "excel_dates_to_iso" in result.events


@pytest.mark.parametrize(("is_1904", "day"), [(False, "2011-04-01"), (True, "2015-04-02")])
def test_dates_are_those_of_the_workbooks_own_calendar(is_1904: bool, day: str, home: Home, inbox: Path):
    rows = [
        HEADER,
        ["a", Cell("40634", "n", style=1), "M"],
        ["b", Cell("2012-05-06T00:00:00", "d"), "F"],
        ["c", "1899-12-31", "F"],
    ]
    landed(inbox, home, workbook({"P": rows}, formats=["m/d/yy"], is_1904=is_1904))
    assert [row[2] for row in ask(home, CASES)] == [day, "2012-05-06", "1899-12-31"]


def test_texts_are_read_in_all_their_forms(home: Home, inbox: Path):
    strings = [
        "<si><t>pid</t></si>", "<si><r><t>d</t></r><r><t>x</t></r></si>",
        "<si><t>山</t><rPh sb='0' eb='1'><t>やま</t></rPh></si>", "<si><t>a_x000D_b_x0041_</t></si>",
    ]  # fmt: skip
    rows = [
        [Cell("0", "s"), Cell("1", "s"), "sex"],
        [Cell("2", "s"), Cell("", "str", formula="A1"), Cell("1", "b")],
        [Cell("3", "s"), Cell("2001", "str", formula="A1"), Cell("x", "inlineStr")],
        ["z", Cell("", "s"), Cell("y", style="")],
    ]
    landed(inbox, home, workbook({"P": rows}, strings=strings))
    assert ask(home, CASES) == [(2, "山", "", "TRUE"), (3, "a\rbA", "2001", "x"), (4, "z", "", "y")]


def test_a_strict_workbook_and_one_with_macros_are_workbooks(home: Home, inbox: Path):
    (inbox / "h.mapping.yml").write_text(ENTRY)
    (inbox / "p.xlsm").write_bytes(workbook({"P": [HEADER, [1, "2001", "M"]]}, is_strict=True))
    assert land.load([inbox], home)[0].rows_landed == 1


def test_a_formula_without_its_result_is_refused_with_its_cell(home: Home, inbox: Path):
    missing = Cell("", NOT_STORED, formula="DATE(2001,2,3)")
    error = refused(
        inbox, home, workbook({"P": [HEADER, [1, "2001", "M"], [2, missing, "F"], [3, missing, "F"]]})
    )
    assert error.code == "IN-45" and "2 cells" in error.what and "B3" in error.what and error.line == 3


def test_a_formula_without_its_result_that_nobody_reads_lands_blank_and_is_said(home: Home, inbox: Path):
    missing = Cell("", NOT_STORED, formula="NOW()")
    book = workbook({"P": [[*HEADER, "own"], [1, "2001", "M", missing], [2, "2002", "F", "x"]]})
    said = landed(inbox, home, book).line()
    assert "1 cell of this column has a formula without its result, the first is D2 of sheet 'P'" in said
    assert ask(home, "select delivered_own from raw.hospital_patients order by source_line") == [
        ("",),
        ("x",),
    ]


@pytest.mark.parametrize("text", ["NaN", "INF", "-inf", "1E400", "1_0", "x"])
def test_a_text_for_a_number_is_refused_with_its_cell_where_we_read_it(text: str, home: Home, inbox: Path):
    rows = [[*HEADER, "own"], [Cell("1.5E+1", "n"), "2001", "M", 1], [Cell(text, "n"), "2002", "F", 1]]
    error = refused(inbox, home, workbook({"P": rows}))
    assert (error.code, error.line, error.value) == ("IN-45", 3, text) and "A3" in error.what
    rows[2] = [2, "2002", "F", Cell(text, "n")]
    assert "D3" in landed(inbox, home, workbook({"P": rows})).line()
    assert ask(home, "select patient_key, delivered_own from raw.hospital_patients") == [
        ("15", "1"),
        ("2", text),
    ]


def test_what_only_looks_like_rows_is_not_counted(home: Home, inbox: Path):
    row = '<row r="9"><c r="A9"><v>1</v></c></row>'
    sheet = sheet_xml([HEADER, [1, "2001", Cell("MARKED")]]).replace("MARKED", f"<![CDATA[{row}]]>")
    sheet = sheet.replace(
        "</sheetData>", f"<!-- {row} <![CDATA[ -->{' ' * BLOCK_BYTES}<!--{row}--></sheetData>"
    )
    result = landed(inbox, home, workbook({"P": sheet}))
    assert (result.rows_read, result.rows_landed) == (1, 1)
    assert ask(home, CASES) == [(2, "1", "2001", row)]


def test_an_error_is_refused_where_we_read_it_unless_it_means_missing(home: Home, inbox: Path):
    book = workbook({"P": [[*HEADER, "own"], [1, Cell("#N/A", "e"), "M", Cell("#REF!", "e")]]})
    error = refused(inbox, home, book)
    assert error.code == "IN-45" and "B2" in error.what
    result = landed(inbox, home, book, ENTRY + '    missing_words: ["#N/A"]\n')
    assert "missing_word:#N/A:1" in result.events
    assert ask(home, "select mm_dx_date, delivered_own from raw.hospital_patients") == [("", "#REF!")]


def test_an_error_that_nobody_reads_does_not_hide_a_formula_that_we_read(home: Home, inbox: Path):
    missing = Cell("", NOT_STORED, formula="DATE(2001,2,3)")
    book = workbook({"P": [[*HEADER, "own"], [1, missing, "M", Cell("#REF!", "e")]]})
    error = refused(inbox, home, book)
    assert error.code == "IN-45" and "a formula without its result" in error.what and "B2" in error.what


def test_what_a_sheet_hides_or_merges_is_said(home: Home, inbox: Path):
    rows = [HEADER, [1, "2001", "M"], [2, "2002", "F"], [None, "2003", None]]
    sheet = sheet_xml(rows, hidden=[3], merged=["A3:A4"])
    result = landed(inbox, home, workbook({"P": sheet}, hidden=["P"]))
    assert result.reasons == (("no_patient", 1),)
    said = result.line()
    assert "1 row that the sheet hides" in said and "hides the sheet P" in said and "A3:A4" in said


def test_further_sheets_with_the_headers_are_named_or_read(home: Home, inbox: Path):
    book = workbook({
        "2001": [HEADER, [1, "2001", "M"]],
        "notes": [["nothing"]],
        "2002": [["kept by the ward"], ["sex", "pid", "dx"], ["F", 2, "2002"]],
        "2003": [HEADER, [3, "2003", "F"], [4, "2003", "M"]],
    })  # fmt: skip
    result = landed(inbox, home, book)
    assert result.rows_read == 1 and "not read: 2002, 2003, with the same headers" in result.line()
    result = landed(inbox, home, book, ENTRY + "    sheets: all\n")
    assert (result.rows_read, result.rows_landed) == (4, 4)
    rows = "select source_line, sheet, patient_key, sex from raw.hospital_patients where sheet is not null order by 1"
    assert ask(home, rows) == [
        (2, "2001", "1", "M"), (5, "2002", "2", "F"), (7, "2003", "3", "F"), (8, "2003", "4", "M"),
    ]  # fmt: skip
    assert lines_before_sheets(home) == {"2001": 0, "2002": 2, "2003": 5}


def test_of_two_sheets_the_second_begins_after_the_lines_of_the_first(home: Home, inbox: Path):
    """A line of the raw table less the lines before its sheet is the row that Excel shows."""
    book = workbook({"a": [HEADER, [1, "2001", "M"]], "b": [HEADER, [2, "2002", "F"]]})
    landed(inbox, home, book)
    assert lines_before_sheets(home) == {}
    landed(inbox, home, book, ENTRY + "    sheets: all\n")
    assert lines_before_sheets(home) == {"a": 0, "b": 2}


def lines_before_sheets(home: Home) -> dict[str, int]:
    """Of the last load, as kept in its header."""
    [(kept,)] = ask(
        home, "select header -> '$.lines_before_sheets' from raw.loads order by load_sequence desc limit 1"
    )
    return json.loads(kept or "{}")


def test_sheets_with_other_columns_are_not_joined(home: Home, inbox: Path):
    book = workbook({"a": [HEADER, [1, "2001", "M"]], "b": [[*HEADER, "age"], [2, "2002", "F", 60]]})
    error = refused(inbox, home, book, ENTRY + "    sheets: all\n")
    assert error.code == "IN-25" and "'b' have different columns: the second has age" in error.what
    # So a remedy that would fail is not advised.
    said = landed(inbox, home, book).line()
    assert "not read: the sheet b (has age)" in said and "sheets: all" not in said


def test_two_tables_of_one_workbook_both_land(home: Home, inbox: Path):
    both = (
        ENTRY + "  - table: hospital_second_cancers\n    columns: {patient_key: pid, sall_dx_date: second}\n"
    )
    book = workbook({"p": [HEADER, [1, "2001", "M"]], "s": [["pid", "second"], [1, "2009"], [1, "2010"]]})
    (inbox / "h.mapping.yml").write_text(both)
    (inbox / "p.xlsx").write_bytes(book)
    results = land.load([inbox], home)
    assert [(each.role, each.rows_landed) for each in results] == [("patients", 1), ("second_cancers", 2)]
    assert len(land.lines(results)) == 2
    assert all(each.already_loaded for each in land.load([inbox], home))


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="2000000"><c r="A2000000"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>77</v></c></row>',
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(sheet: str, home: Home, inbox: Path):
    good = sheet_xml([HEADER, [1, "2001", "M"]]).replace(
        "</sheetData>", sheet.replace('"1"', '"3"') + "</sheetData>"
    )
    assert refused(inbox, home, workbook({"P": good})).code == "IN-08"


@pytest.mark.parametrize("as_book", [True, False])
def test_a_line_break_in_a_header_is_a_blank(as_book: bool, home: Home, inbox: Path):
    (inbox / "h.mapping.yml").write_text(ENTRY.replace("pid", '"patient number"'))
    if as_book:
        (inbox / "p.xlsx").write_bytes(workbook({"P": [["patient\n number", "dx", "sex"], [1, "2001", "M"]]}))
    else:
        (inbox / "p.csv").write_text('"patient\nnumber",dx,sex\n1,2001,M\n')
    assert land.load([inbox], home)[0].rows_landed == 1


def test_lines_of_the_first_macintosh_are_lines(home: Home, inbox: Path):
    (inbox / "h.mapping.yml").write_text(ENTRY)
    (inbox / "p.csv").write_bytes(b"pid,dx,sex\r1,2001,M\r2,2002,F\r")
    assert land.load([inbox], home)[0].rows_landed == 2
    assert ask(home, "select line_ending from raw.loads") == [("cr",)]


@pytest.mark.parametrize("delimiter", ";\t|^")
def test_a_decimal_comma_separates_nothing(delimiter: str, home: Home, inbox: Path):
    (inbox / "h.mapping.yml").write_text(ENTRY)
    lines = ["A list, kept by hand", "pid,dx,sex,a,b", "1,2001,M,'1.5','2.5'", "2,2002,F,'2.5','1.5'"]
    text = "\n".join(line.replace(",", delimiter).replace("'", "").replace(".", ",") for line in lines)
    (inbox / "p.csv").write_text(text + "\n")
    result = land.load([inbox], home)[0]
    assert result.rows_landed == 2 and "lines_above_header:1" in result.events


def test_a_table_that_is_too_wide_is_refused_at_once(home: Home, inbox: Path):
    (inbox / "h.mapping.yml").write_text(ENTRY)
    names = ",".join(map(str, range(9_000)))
    (inbox / "p.csv").write_text(f"pid,dx,sex,{names}\n")
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-44"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("all", "all"),
        (
            '[{histology: "9811-9818"}, {histology: 9835, site: C420-C424}]',
            "9811-9818/C000-C999;9835-9835/C420-C424;",
        ),
    ],
)
def test_a_mapping_says_which_second_cancers_its_file_covers(said: str, kept: str, home: Home, inbox: Path):
    told = MAPPING.replace("missing_words", f"looked_for: {said}\n    missing_words")
    put(inbox, mapping=told.replace("sall_dx_date:", "histology: M, site: T, sall_dx_date:"))
    land.load([inbox], home)
    assert ask(home, "select json_extract_string(header, '$.looked_for') from raw.loads") == [(kept,)]


@pytest.mark.parametrize(
    "said", ["none", "[9811]", "[{histology: 98}]", "[{site: C421}]", '[{histology: "9811", grade: 1}]']
)
def test_cancers_that_no_study_could_name_are_refused(said: str, home: Home, inbox: Path):
    put(inbox, mapping=MAPPING.replace("missing_words", f"looked_for: {said}\n    missing_words"))
    with pytest.raises(InputRefused, match="looked_for of entry 1 must be all, or a list"):
        land.load([inbox], home)


def test_blank_lines_between_rows_are_rejects_and_refuse_nothing(home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("\n", "\n\n", 2))
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (4, 2)
    assert ask(home, "select source_line, reason_code from raw.rejects order by 1") == [
        (2, "empty_line"),
        (4, "empty_line"),
    ]


@pytest.mark.parametrize("number", ["1.2E+07", "1,2E+11", "3E+09"])
def test_a_patient_number_that_a_spreadsheet_shortened_is_refused(number: str, home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("HM01", f'"{number}"'))
    with pytest.raises(InputRefused, match="shortened by a spreadsheet program") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line, refusal.value.value) == ("IN-26", 2, number)


def test_a_mapping_that_does_not_fit_is_named_with_the_nearest_header(home: Home, inbox: Path):
    put(inbox, mapping=MAPPING.replace("recognise: [病案号, 确诊日期]", "recognise: [病案号, 确诊日子]"))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (
        "hospital.mapping.yml asks for 1 header that it does not have: 确诊日子 (the nearest is '确诊日期')"
        in str(refusal.value)
    )
    assert "A draft" not in str(refusal.value)


def test_a_renamed_header_is_named_though_the_mapping_fits_another_table_beside(home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("确诊日期", "诊断日期"))
    (inbox / "ALL.csv").write_text("病案号,ALL日期\nHM01,2014-05-06\n", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"does not have: 确诊日期 .the nearest is '诊断日期'."):
        land.load([inbox], home)


def test_a_table_that_has_nothing_of_a_mapping_gets_a_draft(home: Home, inbox: Path):
    put(inbox)
    (inbox / "visits.csv").write_text("number,seen\n7,2014-05-06\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="no mapping file says what they are"):
        land.load([inbox], home)


def test_a_mapping_that_is_not_utf_8_says_so(home: Home, inbox: Path):
    put(inbox)
    (inbox / "hospital.mapping.yml").write_bytes(MAPPING.encode("gb18030"))
    with pytest.raises(InputRefused, match="it is not UTF-8 text; save it as UTF-8"):
        land.load([inbox], home)


def put_rows(inbox: Path, rows: str, header: str = "pid,dx,sex,age") -> None:
    (inbox / "h.mapping.yml").write_text(ENTRY.replace("recognise: [pid, dx]", "recognise: [pid]"))
    (inbox / "p.csv").write_text(f"{header}\n{rows}\n")


TOTAL_ROWS = [
    "Total,2001-02-03,,186",
    "Total: 2,,,",
    "合计,,3,",
    "GRAND TOTAL,,,",
    "Median,,,62.0",
    "Sum (3),,,",
]
PATIENT_ROWS = [
    "HM1,2001-02-03,M,61",
    "SUM-006,,M,",
    "Sum Lee,,F,",
    "Sum 7,,,",
    "12b,,F,60",
    "A.B.,,,",
    "0,,,",
    "18,3,,",
]


def test_a_total_is_no_patient_and_whatever_else_has_a_number_is_one(home: Home, inbox: Path):
    put_rows(inbox, "\n".join(PATIENT_ROWS + TOTAL_ROWS))
    (result,) = land.load([inbox], home)
    assert result.reasons == (("total_row", len(TOTAL_ROWS)),)
    numbers = ask(home, "select patient_key from raw.hospital_patients order by source_line")
    assert [number for (number,) in numbers] == [row.split(",")[0] for row in PATIENT_ROWS]
    assert "6 a total, by its word" in result.line()
    assert set(NO_RECORDS) == {strays.TOTAL[0], strays.HEADER[0]}


@pytest.mark.parametrize("absent", ["site", "histology"])
def test_cancers_looked_for_need_the_columns_that_tell_them(absent: str, home: Home, inbox: Path):
    """None of the rows would be the study's cancer, and the hospital's zero a false one."""
    columns = {"patient_key": "pid", "histology": "hist", "site": "topo"}
    told = ", ".join(f"{name}: {header}" for name, header in columns.items() if name != absent)
    (inbox / "h.mapping.yml").write_text(
        "metachron_mapping: 1\nfiles:\n  - table: hospital_second_cancers\n"
        f"    columns: {{{told}}}\n    looked_for: all\n"
    )
    (inbox / "p.csv").write_text("pid,hist,topo\n1,9811,C421\n")
    with pytest.raises(InputRefused, match=f"entry 1 has no column for the {absent} of the second cancers"):
        land.load([inbox], home)


def test_a_header_within_the_table_is_a_reject_or_refused_for_its_columns(home: Home, inbox: Path):
    put_rows(inbox, "1,2001-02-03,M,60\npid,dx,sex,age\n2,2002-02-03,F,61")
    assert land.load([inbox], home)[0].reasons == (("repeated_header", 1),)
    for other in ("pid,sex,dx,age", "pid,dx,sex,grade"):
        put_rows(inbox, f"1,2001-02-03,M,60\n{other}\n2,2002-02-03,F,61")
        with pytest.raises(InputRefused, match="has a second header here") as refusal:
            land.load([inbox], home)
        assert (refusal.value.code, refusal.value.line) == ("IN-25", 3)


@pytest.mark.parametrize("mark", ";,\t|")
def test_a_first_line_that_names_the_separator_is_passed_over(mark: str, home: Home, inbox: Path):
    put_rows(inbox, "1,2001-02-03,M,60\n2,2002-02-03,F,61", f"sep={mark}\npid,dx,sex,age")
    text = (inbox / "p.csv").read_text()
    (inbox / "p.csv").write_text(text.replace(",", mark).replace(f"sep={mark}{mark}", f"sep={mark}"))
    result = land.load([inbox], home)[0]
    assert result.rows_landed == 2 and "separator_line" in result.events
    assert ask(home, "select min(source_line) from raw.hospital_patients") == [(3,)]


def test_rejects_are_never_all_in_memory(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rejects, "AT_ONCE", 50)
    put_rows(inbox, "1,2001-02-03,M,60")
    land.load([inbox], home)  # what is imported on the way is not counted
    put_rows(inbox, "\n".join(["1,2001-02-03,M," + "x" * 20_000] * 600))
    tracemalloc.start()
    try:
        (result,) = land.load([inbox], home)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.reasons == (("exact_duplicate", 599),) and peak < 8e6
    assert ask(home, "select count(distinct source_line), min(length(raw_text)) from raw.rejects") == [
        (599, 20_015)
    ]
