"""Values that nobody knows: refused at once where a model reads the column, said where none does."""
# ruff: noqa: E501 -- rows read best unbroken

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from tests.landing.deliveries import HEADERS, ROWS, Listing, ask
from tests.landing.other_deliveries import MYELOMA, XML, record, write_release

OVERLAY = "column_name,label,code,meaning\n"
FIRST = "First malignant primary indicator"
WITH_FIRST = Listing(
    headers=(*HEADERS, FIRST, "My grouping"),
    rows=[(*row, "Yes", group) for row, group in zip(ROWS, ("low", "high", "low", "low"), strict=True)],
)


def refused(inbox: Path, home: Home) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    return refusal.value


def test_a_label_that_no_model_reads_lands_and_is_said(home: Home, inbox: Path):
    groups = {"1": "low", "2": "middle"}
    WITH_FIRST.with_cell(0, FIRST, "Perhaps").with_cell(2, FIRST, "Si").but(
        formats={"My grouping": groups}
    ).write(inbox)
    (result,) = land.load([inbox], home)
    assert (result.rows_landed, result.rows_rejected) == (4, 0)
    assert (
        result.events[-1]
        == "unread_values:'First malignant primary indicator' (2 values), 'My grouping' (1 value)"
    )
    assert result.line().endswith(
        "; unknown values in columns that no analysis reads: 'First malignant primary indicator' (2 values), 'My grouping' (1 value)"
    )
    assert ask(home, "select first_primary from raw.seer_listing order by source_line limit 1") == [
        ("Perhaps",)
    ]


def test_a_number_that_no_model_reads_lands_too(home: Home, inbox: Path):
    year = "Year of follow-up recode"
    Listing(headers=(*HEADERS, year), rows=[(*row, "1O15") for row in ROWS]).write(inbox)
    (result,) = land.load([inbox], home)
    assert result.events[-1] == f"unread_values:{year!r} (1 value)"


def test_foreign_labels_of_all_columns_are_refused_at_once(home: Home, inbox: Path):
    formats = {"Sex": {"1": "Female"}, "Behavior code ICD-O-3": {"3": "Malignant"}}
    Listing(formats=formats).write(inbox)
    error = refused(inbox, home)
    assert (
        error.what
        == "The dictionary does not have 2 values of 2 columns: Behavior code ICD-O-3; Sex (3 lines)"
    )
    assert (error.code, error.line, error.column, error.value) == ("IN-14", 4, "Sex", "Male")


def test_a_value_of_many_files_is_said_once(home: Home, inbox: Path):
    strange = [record(MYELOMA | {"STAT_REC": "7", "PUBCSNUM": f"0000010{file}"}) for file in range(3)]
    write_release(inbox, {f"{name}.TXT": [line] for name, line in zip(("A", "B", "C"), strange, strict=True)})
    error = refused(inbox, home)
    assert error.what_by_hand == (
        "1 value is not known to the vocabulary: '7' in 'STAT_REC', column_name vital "
        "(first on line 1 of A.TXT and in 2 other files, 3 times)"
    )


def test_the_nearest_known_label_is_named_to_a_person_alone(home: Home, inbox: Path):
    Listing().with_cell(0, "Sex", "Femal").write(inbox)
    error = refused(inbox, home)
    assert "1 time), much like 'female', which is code 2" in (error.what_by_hand or "")
    assert "female" not in str(error).lower()


def release(inbox: Path) -> None:
    write_release(inbox, {"A.TXT": [record(MYELOMA | {"STAT_REC": "7"})]})


def document(inbox: Path) -> None:
    (inbox / "a.xml").write_text(XML.replace('naaccrNum="220">2<', 'naaccrNum="220">7<'))


@pytest.mark.parametrize(
    ("write", "column", "value", "code", "table"),
    [(release, "vital", "7", "0", "seer_ascii"), (document, "sex", "7", "2", "naaccr_tumors")],
)
def test_an_overlay_reaches_coded_deliveries(write, column, value, code, table, home: Home, inbox: Path):
    """What IN-19 advises is done, and the delivery lands."""
    write(inbox)
    error = refused(inbox, home)
    assert (
        error.code == "IN-19" and f"column_name {column}" in error.what and "labels or codes" in error.remedy
    )
    (inbox / "words.csv").write_text(f"{OVERLAY}{column},{value},{code},as the registry says\n")
    land.load([inbox], home)
    assert ask(home, f"select distinct {column} from raw.{table}") == [(value,)]
    assert ask(
        home, f"select code from raw.vocabulary where column_name = '{column}' and label = '{value}'"
    ) == [(code,)]


def test_an_overlay_changes_no_code_that_is_known(home: Home, inbox: Path):
    (inbox / "words.csv").write_text(f"{OVERLAY}sex,1,2,Female\n")
    error = refused(inbox, home)
    assert error.code == "IN-27" and "another code already" in error.what
