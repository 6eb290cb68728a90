"""Case listings in every shape that SEER*Stat writes: what lands is what was written, cell for cell."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.deliveries import raw_tables
from flows.landing.forms.seer_listing import session_text
from flows.landing.text.delivered_text import Text
from flows.landing.vocabulary import resolve, vocabulary
from tests.landing.deliveries import HEADERS, ROWS, Listing, ask, many_rows

COLUMNS = tuple(column.name for column in resolve(HEADERS))
CELLS = f"select {', '.join(COLUMNS)} from raw.seer_listing order by source_line"

SHAPES = [
    {"has_header": header, "delimiter": delimiter, "is_quoted": quoted, "line_end": line_end, "is_gzipped": packed}
    for header, (delimiter, quoted), line_end, packed in itertools.product(
        (True, False), (("\t", False), ("\t", True), (",", True), (";", False), (" ", True)), ("\r\n", "\n"), (False, True)
    )
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(str(each) for each in shape.values()))
def test_every_shape_lands_the_same_cells(shape: dict, home: Home, inbox: Path):
    data = Listing(**shape).write(inbox)
    if shape["is_gzipped"] and shape["line_end"] == "\n":
        data.rename(data.with_name("export.txt.gz"))
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (4, 4, 0)
    assert ask(home, CELLS) == list(ROWS)
    first = 2 if shape["has_header"] else 1
    assert ask(home, "select source_line from raw.seer_listing order by 1") == [
        (first + n,) for n in range(4)
    ]


@pytest.mark.parametrize(
    ("encoding", "said", "event"),
    [("utf-8", "utf-8", "[]"), ("utf-8-sig", "utf-8", '["bom_stripped"]'), ("cp1252", "cp1252", '["encoding:Windows text (cp1252)"]')],
)  # fmt: skip
def test_encodings_are_told_apart_and_recorded(encoding: str, said: str, event: str, home: Home, inbox: Path):
    named = Listing(
        headers=[*HEADERS, "Remark"], rows=[(*row, "überprüft – ok") for row in ROWS], encoding=encoding
    )
    named.write(inbox)
    land.load([inbox], home)
    assert ask(home, "select distinct delivered_remark from raw.seer_listing") == [("überprüft – ok",)]
    assert ask(home, "select encoding, events from raw.loads") == [(said, event)]


def test_a_byte_order_mark_does_not_stick_to_the_first_cell(home: Home, inbox: Path):
    Listing(has_header=False, encoding="utf-8-sig").write(inbox)
    land.load([inbox], home)
    assert ask(home, CELLS) == list(ROWS)


def test_blank_unknown_and_empty_cells_and_absent_columns_stay_four_things(home: Home, inbox: Path):
    listing = Listing()
    for row, value in enumerate(("", "Blank(s)", "Unknown", "0007")):
        listing = listing.with_cell(row, "Survival months", value)
    listing.write(inbox)
    land.load([inbox], home)
    assert ask(home, "select surv_months, marital from raw.seer_listing order by source_line") == [
        ("", None), ("Blank(s)", None), ("Unknown", None), ("0007", None),
    ]  # fmt: skip


CHEMOTHERAPY = "Chemotherapy recode (yes, no/unk)"


def test_what_analyses_use_and_nobody_delivered_is_said_once_and_again(home: Home, inbox: Path):
    headers = [*HEADERS, "SEER registry", "Marital status at diagnosis"]
    rows = [(*row, "Hawaii", "Divorced") for row in ROWS]
    Listing(rows=rows, headers=headers).write(inbox)
    for loaded_before in (False, True):
        (result,) = told = land.load([inbox], home)
        assert result.already_loaded == loaded_before
        assert result.facts()["not_delivered"] == ("chemotherapy recode",)
        assert land.lines(told)[1:] == [
            "  not delivered: chemotherapy recode; analyses by chemotherapy will be left out"
        ]


@pytest.mark.parametrize(("cell", "is_delivered"), [("Blank(s)", False), ("", False), ("No/Unknown", True)])
def test_a_column_without_a_word_in_it_is_not_delivered(
    cell: str, is_delivered: bool, home: Home, inbox: Path
):
    Listing(rows=[(*row, cell) for row in ROWS], headers=[*HEADERS, CHEMOTHERAPY]).write(inbox)
    (result,) = land.load([inbox], home)
    assert ("chemotherapy recode" not in result.not_delivered) == is_delivered


def test_every_item_that_analyses_use_is_a_column_of_its_raw_table():
    tables = raw_tables()
    for each in vocabulary().analysed:
        assert set(each.columns) <= set(tables["seer_listing"]), each.item
        for table, columns in each.of.items():
            assert set(columns) <= set(tables[table]), (each.item, table)


def test_words_that_other_readers_take_for_missing_are_data(home: Home, inbox: Path):
    words = ("NA", "NULL", "nan", r"\N")
    Listing(headers=[*HEADERS, "Remark"], rows=[(*row, word) for row, word in zip(ROWS, words, strict=True)]).write(inbox)  # fmt: skip
    land.load([inbox], home)
    assert ask(home, "select delivered_remark from raw.seer_listing order by source_line") == [
        (word,) for word in words
    ]


def test_numeric_exports_land_the_dictionarys_labels(home: Home, inbox: Path):
    formats = {
        "Sequence number": {"0": "One primary only", "1": "1st of 2 or more primaries", "2": "2nd of 2 or more primaries"},
        "Sex": {"0": "  Male", "1": "  Female"},
        "Race recode (White, Black, Other)": {"0": "White", "1": "Black", "9": "Unknown"},
        "Behavior code ICD-O-3": {"2": "In situ", "3": "Malignant"},
        "Vital status recode (study cutoff used)": {"0": "Alive", "1": "Dead"},
    }  # fmt: skip
    codes = {
        name: {label.strip(): code for code, label in labels.items()} for name, labels in formats.items()
    }
    rows = [
        [codes[header][cell] if header in codes else cell for header, cell in zip(HEADERS, row, strict=True)]
        for row in ROWS
    ]
    Listing(rows=rows, formats=formats, variable_format="numeric").write(inbox)
    land.load([inbox], home)
    assert [tuple(cell.strip() for cell in row) for row in ask(home, CELLS)] == list(ROWS)
    assert '{"0": "  Male", "1": "  Female"}' in ask(home, "select header from raw.loads")[0][0]


def test_ragged_lines_are_rejected_with_line_reason_and_text(home: Home, inbox: Path):
    data = Listing(rows=many_rows(300)).write(inbox)
    lines = data.read_bytes().split(b"\r\n")
    lines[10] = lines[10].rsplit(b"\t", 1)[0]
    lines[200] += b"\tmore"
    lines.insert(250, b"")
    data.write_bytes(b"\r\n".join(lines))
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (301, 298, 3)
    assert ask(home, "select source_line, reason_code, reason from raw.rejects order by 1") == [
        (11, "field_count", "11 fields instead of 12"),
        (201, "field_count", "13 fields instead of 12"),
        (251, "field_count", "the line is blank"),
    ]
    assert ask(home, "select raw_text from raw.rejects where source_line = 201")[0][0].endswith("Dead\tmore")
    landed = ask(home, "select source_line, patient_id from raw.seer_listing order by 1")
    expected = [
        (n + 1, line.split(b"\t")[0].decode())
        for n, line in enumerate(lines)
        if n not in (0, 10, 200, 250, 302)
    ]
    assert landed == expected


def test_exact_doubles_are_rejected_once_each(home: Home, inbox: Path):
    Listing(rows=[*ROWS, ROWS[1], ROWS[1]]).write(inbox)
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (6, 4, 2)
    assert ask(home, CELLS) == list(ROWS)
    assert ask(home, "select source_line, reason from raw.rejects order by 1") == [
        (6, "exact duplicate of line 3"),
        (7, "exact duplicate of line 3"),
    ]


@pytest.mark.parametrize("ragged", [(), (1,), (2, 3, 199_999, 350_000, 400_000)])
def test_rows_keep_their_lines_when_the_file_is_large(ragged: tuple[int, ...], home: Home, inbox: Path):
    rows = [row[:-1] if line in ragged else row for line, row in enumerate(many_rows(400_000), start=1)]
    Listing(rows=rows, has_header=False).write(inbox)
    land.load([inbox], home)
    assert ask(
        home, "select count(*) from raw.seer_listing where patient_id = lpad(source_line::varchar, 8, '0')"
    ) == [(400_000 - len(ragged),)]
    assert ask(home, "select source_line from raw.rejects order by 1") == [(line,) for line in ragged]


@pytest.mark.parametrize(
    "mangled",
    [
        lambda name: name.upper(),
        lambda name: name.replace(" ", "  "),
        lambda name: name.replace("ICD-O-3", "ICD-0-3"),
        lambda name: "".join(letter if letter.isalnum() else "_" for letter in name),
        lambda name: "".join(letter if letter.isalnum() else "." for letter in name),
        lambda name: "".join(letter if letter.isalnum() else "_" for letter in name)[:32],
        lambda name: name[:40],
    ],
)
def test_headers_mangled_by_case_sas_r_and_stata_are_found(mangled):
    assert tuple(column.name for column in resolve([mangled(name) for name in HEADERS])) == COLUMNS


def test_of_two_headers_for_one_column_the_preferred_takes_it_and_both_are_kept():
    columns = resolve(["Age recode with single ages and 100+", "Age recode with single ages and 85+"])
    assert [column.name for column in columns] == [
        "delivered_age_recode_with_single_ages_and_100", "age_single",
    ]  # fmt: skip


def test_a_comma_file_with_a_quoted_header_over_unquoted_cells(home: Home, inbox: Path):
    header = "\t".join(f'"{name}"' for name in HEADERS)
    Listing(header_line=header).write(inbox)
    land.load([inbox], home)
    assert ask(home, CELLS) == list(ROWS)


@pytest.mark.parametrize("count", ["", ",", "five", "5,000 or so", "9" * 5_000])
def test_a_row_count_that_is_no_number_is_none(count: str, tmp_path: Path):
    file = tmp_path / "export_session.txt"
    file.write_text(f"Row Count {count}\nDatabase: Incidence, 9 registries\n")
    assert session_text.read(Text(file.name, file, "utf-8"))["row_count"] is None
    file.write_text("Row Count 5,000\n")
    assert session_text.read(Text(file.name, file, "utf-8"))["row_count"] == 5_000


def test_the_binary_session_is_kept_and_not_read(home: Home, inbox: Path):
    Listing().write(inbox)
    (inbox / "export.slm").write_bytes(b"\x00\x01 binary")
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 4
    assert b"\x00\x01 binary" in {path.read_bytes() for path in home.vault.iterdir()}


def test_the_database_name_becomes_provenance(home: Home, inbox: Path):
    Listing().write(inbox)
    land.load([inbox], home)
    assert ask(
        home,
        "select product, registries, submission_year, first_year, last_year, study_cutoff::varchar, is_synthetic"
        " from raw.loads",
    ) == [("SEER Research Plus Data", 9, 2020, 1975, 2018, "2018-12-31", False)]


def test_an_unknown_label_is_accepted_once_the_registrar_has_said_what_it_means(home: Home, inbox: Path):
    Listing().with_cell(0, "Race recode (White, Black, Other)", "Caucasian").write(inbox)
    (inbox / "words.csv").write_text("column_name,label,code,meaning\nrace3,Caucasian,1,White\n")
    results = land.load([inbox], home)
    assert [result.rows_landed for result in results] == [1, 4]
    assert ask(
        home, "select code from raw.vocabulary where column_name = 'race3' and label = 'caucasian'"
    ) == [("1",)]


def test_blank_lines_at_the_end_are_rejects_and_refuse_nothing(home: Home, inbox: Path):
    data = Listing().write(inbox)
    data.write_bytes(data.read_bytes() + b"\r\n\r\n")
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (6, 4, 2)


def test_a_patient_number_that_a_spreadsheet_shortened_is_refused(home: Home, inbox: Path):
    Listing().with_cell(2, "Patient ID", "1.2E+07").write(inbox)
    with pytest.raises(InputRefused, match="shortened by a spreadsheet program") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == ("IN-26", 4, "Patient ID")


@pytest.mark.parametrize(
    "number", ["'00000007", '="00000007"', "\uff10" * 7 + "\uff17", "0000-0007", "12,345,678", "#7", "nan"]
)
def test_a_patient_number_that_is_written_unlike_the_others_is_refused(number: str, home: Home, inbox: Path):
    """The person of row 7 would be two, each with one cancer."""
    Listing().with_cell(1, "Patient ID", number).write(inbox)
    with pytest.raises(InputRefused, match="not digits only, as others are") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == ("IN-26", 3, "Patient ID")
    # What the remedy says.
    Listing().write(inbox)
    assert [result.rows_landed for result in land.load([inbox], home)] == [4]


@pytest.mark.parametrize("n_rows", [1, len(ROWS)])
def test_patient_numbers_that_a_program_read_as_numbers_are_refused(n_rows: int, home: Home, inbox: Path):
    rows = [[f"{int(row[0])}.0", *row[1:]] for row in ROWS[:n_rows]] + [list(row) for row in ROWS[n_rows:]]
    Listing(rows=rows).write(inbox)
    with pytest.raises(InputRefused, match="has a decimal point") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-26", 2)


def test_patient_numbers_of_letters_and_digits_are_read(home: Home, inbox: Path):
    Listing(rows=[[f"A-{row[0]}", *row[1:]] for row in ROWS]).write(inbox)
    (result,) = land.load([inbox], home)
    assert result.rows_landed == len(ROWS)


@pytest.mark.parametrize(
    ("delimiter", "is_quoted", "shown"),
    [(";", False, "\tFemale"), (",", True, "Female\t"), ("\t", True, "\tFemale"), ("\t", False, "\u2028Female")],
)  # fmt: skip
def test_an_odd_blank_in_a_cell_is_read_as_a_blank_and_said(
    delimiter: str, is_quoted: bool, shown: str, home: Home, inbox: Path
):
    listing = Listing(delimiter=delimiter, is_quoted=is_quoted)
    if not is_quoted:
        listing = listing.but(headers=[header.replace(",", "") for header in HEADERS])
    listing.with_cell(0, "Sex", shown).with_cell(1, "Sex", shown).write(inbox)
    (result,) = land.load([inbox], home)
    assert "2 tabs in its cells" in result.line() or "2 odd blanks" in result.line()
    (cell,) = {sex for (sex,) in ask(home, "select sex from raw.seer_listing where patient_id = '00000007'")}
    assert cell == shown.replace("\t", " ").replace("\u2028", " ")


def test_two_listings_joined_in_one_file_are_told_by_their_second_header(home: Home, inbox: Path):
    data = Listing(rows=ROWS[:2]).write(inbox)
    second = Listing(rows=ROWS[2:], name="second")
    header, *records = second.data().splitlines(keepends=True)
    data.write_bytes(data.read_bytes() + header + b"".join(records))
    with pytest.raises(InputRefused, match="header stands again") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-14", 4)
    # Either remedy: without the line, or as two files.
    lines = data.read_bytes().splitlines(keepends=True)
    data.write_bytes(b"".join(lines[:3] + lines[4:]))
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 4
    data.write_bytes(b"".join(lines[:3]))
    second.write(inbox)
    assert [result.rows_landed for result in land.load([inbox], home)] == [2, 2]


def test_a_separator_behind_the_last_cell_of_every_line_is_left_out_and_counted(home: Home, inbox: Path):
    data = Listing(delimiter=";").write(inbox)
    header, rest = data.read_bytes().split(b"\r\n", 1)
    rows = rest.replace(b"\r\n", b";\r\n")
    data.write_bytes(header + b"\r\n" + rows)
    (result,) = land.load([inbox], home)
    assert "a separator at the end of 4 lines" in result.line()
    assert ask(home, CELLS) == list(ROWS)
    data.write_bytes(header + b"\r\n" + rows.replace(b"Alive;\r\n", b"Alive;x\r\n", 1))
    with pytest.raises(
        InputRefused, match=r"have a field more than the 12 .* in 1 of them it holds"
    ) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-18", 4)


@pytest.mark.parametrize("has_header", [True, False])
def test_a_first_line_for_spreadsheet_programs_is_no_record(has_header: bool, home: Home, inbox: Path):
    data = Listing(delimiter=";", has_header=has_header).write(inbox)
    data.write_bytes(b"sep=;\r\n" + data.read_bytes())
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (4, 4)
    assert "its first line tells a spreadsheet program the separator" in result.line()
    assert ask(home, CELLS) == list(ROWS)
    assert ask(home, "select min(source_line) from raw.seer_listing") == [(2 + has_header,)]
    data.with_suffix(".dic").unlink()
    with pytest.raises(InputRefused, match=r"a SEER\*Stat listing, and its dictionary \(\.dic\) is missing"):
        land.load([inbox], home)


@pytest.mark.parametrize("blank", ["", "Blank(s)", " ."])
@pytest.mark.parametrize(
    ("header", "said"),
    [("Year of diagnosis", "without year of diagnosis"), ("Histologic Type ICD-O-3", "without histology")],
)
def test_a_tumour_without_year_or_histology_is_a_reject_with_its_line(
    header: str, said: str, blank: str, home: Home, inbox: Path
):
    """It cannot be counted, and would stop the build, which knows no lines."""
    listing = Listing().with_cell(2, header, blank)
    listing.write(inbox)
    (result,) = land.load([inbox], home)
    assert (result.rows_landed, result.rows_rejected) == (3, 1)
    assert f"1 {said}" in result.line()
    assert ask(home, "select source_line, column_name from raw.rejects") == [(4, header)]
    for row in range(len(ROWS)):
        listing = listing.with_cell(row, header, blank)
    listing.write(inbox)
    with pytest.raises(InputRefused, match="No record has a") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.column) == ("IN-15", header)
