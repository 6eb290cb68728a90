"""Dictionaries and programs as SEER*Stat writes them: formats, display types, pages, SAS; and what each cell means."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import gzip
import time
from pathlib import Path

import duckdb
import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.seer_ascii import sas_program
from flows.landing.forms.seer_ascii.sas_statements import statements
from flows.landing.forms.seer_listing import dictionary, session_text, value_labels
from flows.landing.text.delivered_text import Text
from tests.landing.deliveries import HEADERS, ROWS, Listing, ask, many_rows
from tests.landing.other_deliveries import LISTING_PROGRAM

NUMBERS = {"0-1992": "* 8000-9992  Unformatted value +8000."}


def text_of(folder: Path, content: str) -> Text:
    path = folder / "x"
    path.write_text(content)
    return Text("x", path, "utf-8")


@pytest.mark.parametrize(
    ("entries", "cell", "means"),
    [
        ({"1": "Male", "2": "Female"}, " 2", "Female"),
        ({"1": "Male"}, "3", "3"),
        ({"1,3,5": "Odd", "2": "Even"}, "5", "Odd"),
        ({"1,3,": ""}, "3", ""),
        ({"14-20": "Teenager", "21-99": "Adult"}, "20", "Teenager"),
        ({"0-3,7": "Few"}, "7", "Few"),
        ({"0-3,7": "Few"}, "4", "4"),
        (NUMBERS, "1732", "9732"),
        (NUMBERS, "1993", "1993"),
        (NUMBERS, "1.7", "1.7"),
        ({"0-527": "* 0000-0527", "9999": "Unknown"}, "44", "0044"),
        ({"0-527": "* 0000-0527", "9999": "Unknown"}, "9999", "Unknown"),
        ({"175-218": "* 1975-2018"}, "199", "1999"),
        ({"5": "* 8005"}, "5", "8005"),
        ({"5": "*"}, "5", "*"),
        ({"-1": "Before", "A": "Letter"}, "-1", "Before"),
        ({"-1": "Before", "A": "Letter"}, "A", "Letter"),
    ],
)
def test_a_cell_means_what_the_format_of_its_column_says(entries: dict[str, str], cell: str, means: str):
    sql = value_labels.read(entries).sql("cell")
    assert duckdb.execute(f"select {sql} from (select ?::varchar as cell)", [cell]).fetchall() == [(means,)]


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("9732", True), ("8000", True), ("9993", False), ("1732", False), ("Malignant", False), ("", False)],
)
def test_numbers_of_a_range_are_values_of_its_column(value: str, is_one: bool):
    assert value_labels.read(NUMBERS).hold(value) is is_one


def with_display(listing: Listing, *unformatted: str) -> bytes:
    lines = []
    for line in listing.dictionary().decode().split("\r\n"):
        lines.append(line)
        if line.startswith("Var") and "Name=" in line:
            number, name = line[3:].split("Name=")
            lines.append(f"Var{number}DisplayType={'Unformatted' if name in unformatted else 'Formatted'}")
    return "\r\n".join(lines).encode()


def unformatted_listing(formats: dict[str, dict[str, str]]) -> Listing:
    """The usual rows, with histology and year as SEER*Stat keeps them."""
    rows = [list(row) for row in ROWS]
    for row in rows:
        row[HEADERS.index("Histologic Type ICD-O-3")] = str(int(row[8]) - 8000)
        row[HEADERS.index("Year of diagnosis")] = str(int(row[3]) - 1800)
        row[HEADERS.index("Sex")] = {"Male": "1", "Female": "2"}[row[4]]
    return Listing(rows=rows, formats=formats)


SHOWN = ("Histologic Type ICD-O-3", "Year of diagnosis", "Sex")
EXPLAINED = {
    "Histologic Type ICD-O-3": NUMBERS,
    "Year of diagnosis": {"175-218": "* 1975-2018"},
    "Sex": {"1": "Male", "2": "Female"},
    "Vital status recode (study cutoff used)": {"0": "Alive", "1": "Dead"},
    "Survival months": {"0-527": "* 0000-0527", "9999": "Unknown"},
}


def test_unformatted_columns_stand_beside_labelled_ones(home: Home, inbox: Path):
    listing = unformatted_listing(EXPLAINED)
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, *SHOWN))
    land.load([inbox], home)
    assert ask(
        home, "select year_dx, sex, hist, surv_months, vital from raw.seer_listing order by source_line"
    ) == [(row[3], row[4], row[8], row[10], row[11]) for row in ROWS]


def without(*headers: str) -> dict[str, dict[str, str]]:
    return {header: labels for header, labels in EXPLAINED.items() if header not in headers}


@pytest.mark.parametrize(
    ("formats", "told"),
    [
        (without("Sex"), "unformatted in some columns and its dictionary has no labels for Sex"),
        (without("Histologic Type ICD-O-3"), "begin at 8000"),
        (EXPLAINED | {"Histologic Type ICD-O-3": {"0-9": "* 8000-9992"}}, "not equally long"),
    ],
)
def test_a_column_whose_codes_nothing_explains_is_refused(formats, told: str, home: Home, inbox: Path):
    listing = unformatted_listing(formats)
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, *SHOWN))
    with pytest.raises(InputRefused, match=told) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-20"


PAGES = """[Session Options]
Type=Survival
[Export Options]
Variable format={form}
Field delimiter=tab
Variable names included=false
[Summary Page Variables]
Var1Name=Page type
Var2Name=Sex
Var3Name=N
Var4Name=Observed
[Life Page Variables]
Var1Name=Page type
Var2Name=Sex
Var3Name=Alive at Start
Var4Name={last}
[Format=Page type]
0=Life Page
1=Summary Page
2=Z-Statistics Page
"""
LABELLED = "Survival Summary Page\tMale\t100\t60.0\nLife Page\tMale\t90\t40.0\nLife Page\tFemale\t80\t30.0\n"
CODED = "1\tMale\t100\t60.0\n0\tMale\t90\t40.0\n0\tFemale\t80\t30.0\n"


def put_pages(inbox: Path, table: str, *, form: str = "labels", last: str = "Died") -> None:
    (inbox / "t.dic").write_text(PAGES.format(form=form, last=last))
    (inbox / "t.txt").write_text(table)


@pytest.mark.parametrize(("table", "form"), [(LABELLED, "labels"), (CODED, "numeric")])
@pytest.mark.parametrize("last", ["Died", "Died\nVar5Name=Lost to Followup"])
def test_each_kind_of_page_lands_under_its_own_names(
    table: str, form: str, last: str, home: Home, inbox: Path
):
    wide = "\n" in last
    lines = [
        line + ("\t5" if wide and "Summary" not in line and not line.startswith("1") else "")
        for line in table.splitlines()
    ]
    put_pages(inbox, "".join(line + "\n" for line in lines), form=form, last=last)
    [result] = land.load([inbox], home)
    assert (result.kind, result.rows_landed) == ("seer_matrix", 3)
    assert ask(
        home,
        "select source_line, dimensions ->> 'Page type' ilike '%summary%', statistics ->> 'N', statistics ->> 'Alive at Start', "
        "statistics ->> 'Died', statistics ->> 'Lost to Followup' from raw.seer_matrix order by source_line",
    ) == [
        (1, True, "100", None, None, None),
        (2, False, None, "90", "40.0", "5" if wide else None),
        (3, False, None, "80", "30.0", "5" if wide else None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "dictionary_text", "code", "told"),
    [
        (
            LABELLED.replace("Life Page\tF", "Z-Statistics Page\tF"),
            PAGES,
            "IN-14",
            "no columns for this kind of page; it has them for Summary and Life",
        ),
        (
            LABELLED,
            PAGES.replace("Var1Name=Page type", "Var1Name=Kind"),
            "IN-18",
            "no column 'Page type' says",
        ),
    ],
)
def test_pages_that_cannot_be_told_apart_are_refused(
    table: str, dictionary_text: str, code: str, told: str, home: Home, inbox: Path
):
    (inbox / "t.dic").write_text(dictionary_text.format(form="labels", last="Died"))
    (inbox / "t.txt").write_text(table)
    with pytest.raises(InputRefused, match=told) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == code


def test_a_summary_page_alone_is_a_table(home: Home, inbox: Path):
    text = PAGES.format(form="labels", last="Died")
    (inbox / "t.dic").write_text(text[: text.index("[Life")])
    (inbox / "t.txt").write_text("Survival Summary Page\tMale\t100\t60.0\n")
    assert [(each.kind, each.rows_landed) for each in land.load([inbox], home)] == [("seer_matrix", 1)]


PROGRAM = """*What's read here?;
filename in1 'C:\\a folder\\export.txt';
data casedat;
  infile in1 dsd LRECL = 32000 {option}delimiter = '09'X TERMSTR = CRLF;
  length {lengths};
  {skip}
  input {input};
  label {labels};
run;
proc format; value $mine '1' = 'one; two'; run;
data mine; set casedat; label Sex = "Another"; run;
"""


def labelled_program(*, option: str = "", skip: str = "if _N_ = 1 then input;") -> str:
    names = [
        f"V{number}_{''.join(filter(str.isalnum, header))[:20]}" for number, header in enumerate(HEADERS)
    ]
    return PROGRAM.format(
        option=option, skip=skip,
        lengths=" ".join(f"{name} $40" for name in names),
        input=" ".join(f"{name} {('$', ': $40.', '')[place % 3]}" for place, name in enumerate(names)),
        labels=" ".join(f'{name} = "{header[:40]}"' for name, header in zip(names, HEADERS, strict=True)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sas", "has_header"),
    [
        (labelled_program(), True),
        (labelled_program(skip="", option="firstobs=2 "), True),
        (labelled_program(skip=""), False),
    ],
)
def test_a_program_that_skips_a_header_and_reads_labels(sas: str, has_header: bool, home: Home, inbox: Path):
    Listing(has_header=has_header, is_quoted=True).write(inbox).with_suffix(".dic").unlink()
    (inbox / "export.sas").write_text(sas)
    [result] = land.load([inbox], home)
    assert result.rows_landed == len(ROWS)
    assert ask(home, "select patient_id, sex, hist from raw.seer_listing order by source_line") == [
        (row[0], row[4], row[8]) for row in ROWS
    ]


def test_the_program_of_a_table_is_not_called_a_listing(home: Home, inbox: Path):
    (inbox / "rates.sas").write_text(
        "filename in1 'C:\\rates.txt';\ndata in;\n infile in1 dsd delimiter = '09'X;\n length Sex $15 Age $11;\n"
        " if _N_ = 1 then input;\n input Sex $ Age $ Crude_Rate Count Population;\n"
        ' label Sex = "Sex" Age = "Age recode" Crude_Rate = "Crude Rate" Count = "Count" Population = "Population";\nrun;\n'
    )
    (inbox / "rates.txt").write_text(
        "Sex\tAge recode\tCrude Rate\tCount\tPopulation\nMale\t20-29\t1.5\t3\t200\n"
    )
    assert [each.kind for each in land.load([inbox], home)] == ["seer_matrix"]
    assert ask(home, "select dimensions, statistics ->> 'Crude Rate' from raw.seer_matrix") == [
        ('{"Sex":"Male","Age recode":"20-29"}', "1.5")
    ]


def test_programs_are_taken_apart_as_sas_reads_them():
    taken = [[token.value for token in each] for each in statements(LISTING_PROGRAM)]
    assert taken[0] == ["filename", "in1", "C:\\study\\export.txt"]
    assert ["infile", "in1", "LRECL", "=", "32000", "delimiter", "=", "\t", "TERMSTR", "=", "CRLF"] in taken
    assert [
        [t.value for t in each] for each in statements("""*don't; a /* ; */ = "say ""x"";" ; b 'c;d'""")
    ] == [
        ["a", "=", 'say "x";'],
        ["b", "c;d"],
    ]


@pytest.mark.parametrize(
    ("codes", "read"),
    [
        ("1", ["1"]), ("-1", ["-1"]), ("1, -3", ["1", "-3"]), ("14-20", ["14-20"]),
        ("1-2, 4", ["1-2", "4"]), ("1-2 -3", ["1-2", "-3"]), ("-5 - -2", ["-5--2"]), ("-1-2", ["-1-2"]),
    ],
)  # fmt: skip
def test_a_code_may_be_negative_and_codes_may_be_a_range(codes: str, read: list[str]):
    [[_, *format_of]] = statements(f"value f {codes} = 'x';")
    assert sas_program.format_values(format_of) == {"f": dict.fromkeys(read, "x")}


def test_a_range_that_ends_below_zero_is_each_of_its_codes():
    assert list(sas_program.spread({"-3--1": "x", "-1-1": "y"}, 10)) == ["-3", "-2", "-1", "0", "1"]


LONG = 100_000


@pytest.mark.parametrize(
    "content",
    ["\n" * LONG, " " * LONG, "/*" * LONG, "*" * LONG, '"' * LONG, "'\"" * LONG, "infile " * LONG, "@ " * LONG, "@ 1 x $char1. /*" + " " * LONG + "x",
     "value a 1 = " * LONG, "input x; " * LONG, "Row Count " + " " * LONG + "x", "SELECTION\n" + "A B\n" * LONG, "[" * LONG, "Database " * LONG],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_no_program_or_session_text_takes_long(content: str, tmp_path: Path):
    began = time.process_time()
    text = text_of(tmp_path, content)
    start = content[: 1 << 16].encode()
    for looks_like in (
        sas_program.looks_like_layout, sas_program.looks_like_listing_program, sas_program.says_table,
        session_text.looks_like_session, dictionary.looks_like_dictionary, dictionary.says_table,
    ):  # fmt: skip
        looks_like(start)
    for read in (sas_program.read_listing, sas_program.read_layout, dictionary.read):
        with pytest.raises(InputRefused):
            read(text)
    session_text.read(text)
    assert time.process_time() - began < 5


def test_a_dictionary_or_program_far_larger_than_any_is_not_read(tmp_path: Path):
    text = text_of(tmp_path, "")
    with text.path.open("r+b") as file:
        file.truncate(200 << 20)
    began = time.process_time()
    for read, code in ((dictionary.read, "IN-13"), (sas_program.read_listing, "IN-31"), (sas_program.read_layout, "IN-31")):  # fmt: skip
        with pytest.raises(InputRefused, match="it has 200 MB") as refusal:
            read(text)
        assert refusal.value.code == code
    assert time.process_time() - began < 1


def test_more_columns_than_any_export_has_are_refused(tmp_path: Path):
    names = "".join(f"Var{number}Name=v{number}\n" for number in range(1, 100_001))
    with pytest.raises(InputRefused, match="it names 100,000 columns"):
        dictionary.read(text_of(tmp_path, f"[Variables]\n{names}"))


@pytest.mark.parametrize(
    ("last", "is_whole"),
    [("Alive", True), ("Aliv", False), ("", False)],
)
def test_a_last_line_without_its_end_lands_where_it_is_whole(
    last: str, is_whole: bool, home: Home, inbox: Path
):
    data = Listing().write(inbox)
    data.write_bytes(data.read_bytes().removesuffix(b"Alive\r\n") + last.encode())
    if is_whole:
        [result] = land.load([inbox], home)
        assert result.rows_landed == 4 and "no line end" in result.line()
    else:
        with pytest.raises(InputRefused, match="cut off") as refusal:
            land.load([inbox], home)
        assert refusal.value.code == "IN-07"


def test_lines_of_empty_cells_are_counted_rejects(home: Home, inbox: Path):
    empty = ["" for _ in HEADERS]
    Listing(rows=[*ROWS[:2], empty, *ROWS[2:], empty]).write(inbox)
    [result] = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (6, 4)
    assert "(2 empty)" in result.line()
    assert ask(home, "select source_line from raw.rejects order by 1") == [(4,), (7,)]


def test_a_lacking_column_is_told_with_the_header_that_comes_nearest(home: Home, inbox: Path):
    headers = ["Survival mnths" if header == "Survival months" else header for header in HEADERS]
    Listing(headers=headers).write(inbox)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (
        "lacks 1 column that is needed: Survival months; 'Survival mnths' (column 11) comes nearest"
        in str(refusal.value)
    )


def test_a_listing_and_its_packed_copy_are_one(home: Home, inbox: Path):
    data = Listing().write(inbox)
    (inbox / "export.txt.gz").write_bytes(gzip.compress(data.read_bytes()))
    assert sorted(each.already_loaded for each in land.load([inbox], home)) == [False, True]


def test_a_second_file_of_the_name_is_not_said_to_lack_its_dictionary(home: Home, inbox: Path):
    data = Listing().write(inbox)
    (inbox / "export.csv").write_bytes(data.read_bytes().replace(b"\t", b","))
    with pytest.raises(InputRefused, match="Another file of this name") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.file) == ("IN-12", "export.csv")


@pytest.mark.parametrize(
    ("shown", "said"), [((), "lost zeros"), (("Patient ID",), "without their leading zeros")]
)
def test_patient_numbers_without_their_zeros_are_said_wherever_they_stand(
    shown, said: str, home: Home, inbox: Path
):
    rows = [*many_rows(2_000), ("9000", *ROWS[2][1:])]
    listing = Listing(rows=rows)
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, *shown))
    [result] = land.load([inbox], home)
    assert said in result.line()


def test_a_code_alone_is_an_exception_to_a_range(home: Home, inbox: Path):
    listing = Listing(formats={"Sex": {"0-84": "Male", "2": "Female"}})
    for row, sex in enumerate(("1", "1", "2", "2")):
        listing = listing.with_cell(row, "Sex", sex)
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, "Sex"))
    land.load([inbox], home)
    assert ask(home, "select sex from raw.seer_listing order by source_line") == [
        ("Male",), ("Male",), ("Female",), ("Female",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "code", "said"),
    [
        ({"1": "Female", "0,1": "Male"}, "IN-20", "by its entries 1 and 0,1 (lines 40 and 41)"),
        ({"0-1": "Female", "1-2": "Male"}, "IN-20", "by its entries 0-1 and 1-2 (lines 40 and 41)"),
        ({"0": "Male", "1": "Female", "1 ": "Male"}, "IN-13", "the key 1 appears twice in its section (first on line 41)"),
    ],
)  # fmt: skip
def test_a_code_with_two_labels_is_refused_with_both_lines(
    entries: dict[str, str], code: str, said: str, home: Home, inbox: Path
):
    listing = Listing(formats={"Sex": entries}).with_cell(0, "Sex", "1")
    data = listing.write(inbox)
    data.with_suffix(".dic").write_bytes(with_display(listing, "Sex"))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, said in refusal.value.what) == (code, True), refusal.value


def test_two_labels_in_a_column_that_no_model_reads_are_said(home: Home, inbox: Path):
    listing = Listing(
        headers=[*HEADERS, "Laterality"],
        rows=[[*row, "1"] for row in ROWS],
        formats={"Laterality": {"0-1": "Left", "1-2": "Right"}},
    )
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, "Laterality"))
    [result] = land.load([inbox], home)
    assert "gives a code two labels in columns that no analysis reads: Laterality" in result.line()


def test_numbers_beside_a_format_of_words_stand_for_themselves(home: Home, inbox: Path):
    """SEER*Stat writes the format of a number only where it is a word."""
    listing = Listing(formats={"Survival months": {"9999": "Unknown"}}).with_cell(
        0, "Survival months", "9999"
    )
    listing.write(inbox).with_suffix(".dic").write_bytes(with_display(listing, "Survival months"))
    land.load([inbox], home)
    assert ("Unknown",) in ask(home, "select surv_months from raw.seer_listing")
    listing.with_cell(1, "Survival months", "-4").write(inbox)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-14"
