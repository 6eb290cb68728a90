"""What an inbox says of what it cannot take: every file at once, what each is, and what to do that works."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import gzip
import io
import time
import zipfile
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.hospital import mapping
from tests.landing.deliveries import HEADERS, ROWS, Listing
from tests.landing.injections import POPULATION
from tests.landing.other_deliveries import LISTING_PROGRAM, XML
from tests.landing.test_naaccr_flat import xml_layout

PATIENTS = "病案号,MM确诊日期,性别\n1,2001-02-03,Male\n2,2002-02-03,Female\n"


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return packed.getvalue()


def test_a_document_in_gzip_is_read_and_one_in_a_zip_once_it_is_unpacked(home: Home, inbox: Path):
    (inbox / "cases.zip").write_bytes(zipped(cases_DOT_xml=XML))
    assert "Unpack it, and load the folder" in refused(home, inbox).remedy
    with zipfile.ZipFile(inbox / "cases.zip") as archive:
        archive.extractall(inbox / "unpacked")
    (result,) = land.load([inbox / "unpacked"], home)
    assert result.rows_landed == 2
    (inbox / "cases.zip").unlink()
    (inbox / "cases.xml.gz").write_bytes(gzip.compress(XML.encode()))
    assert all(result.already_loaded for result in land.load([inbox], home))


def refused(home: Home, inbox: Path) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    return refusal.value


@pytest.mark.parametrize(
    ("name", "content", "told", "remedy"),
    [
        ("a.pdf", b"%PDF-1.7\n", "a PDF document", "as CSV or .xlsx"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "such as .xls", "save it as .xlsx"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "a web page (HTML)", "save it as .xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "one with a password", "without a password"),
        ("a.xlsx", b"PK\x03\x04" + bytes(30), "a damaged workbook", "Save it again"),
        ("a.xls", b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n', "a workbook of 2003", "save it as .xlsx"),
        ("a.xls", b"MIME-Version: 1.0\n", "a web page (MHTML)", "save it as .xlsx"),
        ("a.slk", b"ID;PWXL;N;E\n", "in the form of SYLK", "save it as .xlsx"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "a picture", "as CSV or .xlsx"),
        ("a.xls", b"MRN;Born\n1;2001-02-03\n", "2 columns (MRN, Born)", "metachron map"),
        ("a.docx", zipped(word__document_DOT_xml="x"), "a Word document", "as CSV or .xlsx"),
        ("a.ods", zipped(content_DOT_xml="x"), "an OpenDocument file", "save it as .xlsx"),
        ("a.zip", zipped(cases_DOT_txt="x"), "a zip archive", "Unpack it"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\0", "a packed archive", "Unpack it"),
        ("a.sav", b"$FL2@(#) SPSS", "an SPSS file", "In SPSS choose File"),
        ("a.sas7bdat", bytes(12) + b"\xc2\xea\x81\x60" + bytes(99), "a SAS data set", "proc export data="),
        ("a.dta", b"<stata_dta><header>", "a Stata file", "export delimited"),
        ("a.csv", b"\x72\x02\x01\x00" + bytes(99), "a Stata file", "export delimited"),
        ("a.rds", gzip.compress(b"X\n\0\0\0\3" + bytes(99), mtime=0), "an R file", "write.csv("),
        ("a.rda", b"\xfd7zXZ\0" + bytes(99), "an R file", "write.csv("),
        ("a.xz", b"\xfd7zXZ\0" + bytes(99), "a packed archive", "Unpack it"),
        ("a.csv", b"\x03\x7a\x0b\x1e" + bytes(28) + b"PATIENT\0\0\0\0C" + bytes(99), "a dBase table", "save it as .xlsx"),
        ("a.accdb", b"\0\1\0\0Standard ACE DB\0", "an Access database", "In Access select the table"),
        ("a.json", b'[{"record_id":"1","redcap_event_name":"x"}]', "a REDCap export as JSON", "download the data dictionary"),
        ("a.txt", b'{\n "patients": [1]}', "data as JSON", "as CSV (UTF-8)"),
        ("a.xml", b'<?xml version="1.0" encoding="UTF-8" ?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">\n', "as REDCap writes a whole project", "download the data dictionary"),
        ("a.numbers", zipped(Index__Tables__DataList_DOT_iwa="x"), "Apple's Numbers", "Export To"),
        ("a.csv", b"pid,dx\n1,2001\0\n", "a NUL character on line 2", "ask for it again"),
        ("a.txt", f"I{130:>18}".ljust(3339).encode() + b"\n", "a NAACCR flat file, of another version than 14 to 18", "as NAACCR XML"),
        ("a.csv", b"", "This is empty, and is not recognised", "Ask for it again"),
        ("a.csv", "\t".join(HEADERS).encode() + b"\r\n", "dictionary (.dic) is missing", "Put the .dic file"),
        ("a.csv", b"Patient ID,Date of diagnosis,Sex,Age\n1,2001-02-03,M,60\n", "no mapping file says", "A draft of the mapping"),
        ("a.csv", "\t".join(ROWS[0]).encode() + b"\r\n", "dictionary (.dic) is missing", "Put the .dic file"),
        ("a.tsv", b"a\tb\tc\td\te\tf\tg\th\ti\tj\n1\t2\t3\t4\t5\t6\t7\t8\t9\t10\n", "10 columns (a, b, c", "metachron map"),
    ],
)  # fmt: skip
def test_each_file_is_told_for_what_it_is(
    name: str, content: bytes, told: str, remedy: str, home: Home, inbox: Path
):
    (inbox / name).write_bytes(content)
    refusal = refused(home, inbox)
    assert told in refusal.what and remedy in refusal.remedy
    assert ("SEER*Stat listing" in refusal.what) == (refusal.code == "IN-12")
    assert ("NUL" in refusal.what) == (refusal.code == "IN-04")


def test_all_files_are_told_at_once(home: Home, inbox: Path):
    Listing().write(inbox).unlink()
    (inbox / "a.pdf").write_bytes(b"%PDF-1.7\n")
    (inbox / "letter.txt").write_text("Dear colleagues")
    refusal = refused(home, inbox)
    assert refusal.code == "IN-12" and refusal.file == "export.dic"
    assert refusal.what == (
        "3 files cannot be used: a.pdf: this is a PDF document, which is not recognised; "
        "export.dic: this dictionary has no data file beside it; letter.txt: not recognised"
    )


def test_the_draft_of_a_missing_mapping_is_one(home: Home, inbox: Path):
    table = inbox / "patients.csv"
    table.write_text(PATIENTS)
    refusal = refused(home, inbox)
    assert "3 columns (病案号, MM确诊日期, 性别), and no mapping file" in refusal.what
    # The remedy: save the draft beside the table, and say that it was looked at.
    draft = refusal.remedy[
        refusal.remedy.index("metachron_mapping:") : refusal.remedy.index("Save the draft")
    ]
    (inbox / "patients.mapping.yml").write_text(draft)
    assert refused(home, inbox).code == "IN-25"
    (inbox / "patients.mapping.yml").write_text(draft.replace("mapping: draft", "mapping: 1"))
    assert mapping.read(inbox / "patients.mapping.yml")
    assert [each.rows_landed for each in land.load([inbox], home)] == [2]


def test_a_first_row_that_may_be_a_patient_is_shown_at_a_terminal_only(home: Home, inbox: Path):
    (inbox / "patients.csv").write_text(PATIENTS.partition("\n")[2])
    refusal = refused(home, inbox)
    assert "2001-02-03" not in refusal.paragraph() and "2001-02-03" in refusal.paragraph(with_value=True)


def test_what_windows_and_macos_leave_is_passed_over(home: Home, inbox: Path):
    Listing().write(inbox)
    (inbox / "__MACOSX").mkdir()
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/._export.txt"):
        (inbox / name).write_bytes(b"\0\1")
    assert [each.file_name for each in land.load([inbox], home)] == ["export.txt"]
    assert land.load([inbox / "Thumbs.db"], home) == []


@pytest.mark.parametrize("name", ["export.si", "export.smp", "export.bin"])
def test_binary_sessions_are_known_by_their_first_bytes_or_names(name: str, home: Home, inbox: Path):
    Listing().write(inbox)
    mark = b"KSess\0}\0" if name.endswith(".bin") else b"\0\0\0"
    (inbox / name).write_bytes(mark + bytes(100))
    assert [each.rows_landed for each in land.load([inbox], home)] == [4]


def test_what_describes_a_shipped_folder_is_passed_over_there_and_nowhere_else(home: Home, inbox: Path):
    (inbox / "pops" / "yr1975").mkdir(parents=True)
    (inbox / "pops" / "yr1975" / "19agegroups.txt").write_bytes(POPULATION)
    for name in ("popdic.html", "readme.txt", "layout.pdf"):
        (inbox / "pops" / name).write_bytes(b"%PDF-1.7\n")
    assert [each.kind for each in land.load([inbox], home)] == ["populations"]
    (inbox / "pops" / "cases.pdf.csv").write_bytes(b"%PDF-1.7\n")
    assert refused(home, inbox).file == "cases.pdf.csv"


def test_ten_thousand_strange_files_are_told_at_once_and_soon(home: Home, inbox: Path):
    for number in range(10_000):
        (inbox / f"{number}.txt").write_text("Dear colleagues\n")
    began = time.process_time()
    refusal = refused(home, inbox)
    assert "10,000 files are not recognised" in refusal.what and "and 9,980 more" in refusal.what
    assert len(refusal.paragraph()) < 3_000 and time.process_time() - began < 3


@pytest.mark.parametrize("name", ["program.sas", "layout.xml"])
def test_a_file_that_explains_data_alone_is_no_delivery(name: str, home: Home, inbox: Path):
    contents = {"program.sas": LISTING_PROGRAM, "layout.xml": xml_layout([])}
    (inbox / name).write_text(contents[name])
    refusal = refused(home, inbox)
    assert (refusal.code, refusal.file) == ("IN-12", name)


@pytest.mark.parametrize("start", ["ID;PatNr;Dx", "PAR1;Dx;Sex", "PAR1,Dx,Sex", "RDX2;Dx;Sex"])
def test_a_table_whose_header_begins_like_another_programs_file_is_a_table(
    start: str, inbox: Path, home: Home
):
    (inbox / "a.csv").write_text(f"{start}\n1;2001-02-03;M\n")
    assert "columns" in refused(home, inbox).what
