"""Broken bytes: whatever is delivered, rows read = landed + rejected, or a coded refusal; never another thing."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.hospital import mapping
from flows.landing.forms.seer_ascii import sas_program
from flows.landing.forms.seer_listing import dictionary, session_text
from flows.landing.text.delivered_text import Text
from flows.landing.text.line_count import count_lines
from flows.landing.vault import Content, receive
from tests.landing.deliveries import Listing, ask
from tests.landing.injections import POPULATION
from tests.landing.other_deliveries import (
    LISTING_PROGRAM,
    MYELOMA,
    SURVIVAL_DICTIONARY,
    SURVIVAL_TABLE,
    XML,
    program,
    record,
    write_release,
)
from tests.landing.test_hospital import MAPPING, PATIENTS
from tests.landing.test_naaccr_flat import csv_layout
from tests.landing.test_naaccr_flat import record as flat_record
from tests.landing.test_redcap import DICTIONARY
from tests.landing.test_redcap import RAW as REDCAP

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Lines of a file that are no records, for forms in which a record is a line.
LINES_ABOVE = {"seer_listing": 1, "seer_matrix": 1, "seer_ascii": 0, "populations": 0, "naaccr_tumors": 0}
ODD = st.one_of(
    st.sampled_from([b"", b"\0", b"\t", b'"', b"\r", b"\n", b"\r\n", b"\x1a", b"\xff", b"\xc3\xa4", b",", b"=", b"["]),
    st.binary(max_size=6),
)  # fmt: skip


@st.composite
def broken(draw: st.DrawFn, whole: bytes) -> bytes:
    """A good file with up to three places cut out and something odd put in."""
    content = whole
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.integers(0, 4)))
        content = content[:start] + draw(ODD) + content[stop:]
    return content


def ends_of_lines(content: bytes, encoding: str) -> int:
    """In UTF-16 a letter may hold the byte of a line's end."""
    if encoding.startswith("utf-16"):
        return content.decode(encoding, "replace").count("\n")
    return content.count(b"\n")


def settled(folder: Path, home: Home) -> None:
    """Load; whatever comes of it, nothing is lost: refused with a code, or every record accounted for."""
    try:
        results = land.load([folder], home)
    except InputRefused as refusal:
        assert refusal.remedy and refusal.code.startswith("IN-")
        return
    for result in results:
        assert result.rows_read == result.rows_landed + result.rows_rejected
        path = next(folder.rglob(result.file_name))
        if result.kind in LINES_ABOVE and path.suffix != ".xml":
            is_open = "last_line_open" in result.events
            ((encoding,),) = ask(home, f"select encoding from raw.loads where load_id = '{result.load_id}'")
            ended = ends_of_lines(path.read_bytes(), encoding)
            assert result.rows_read == ended + is_open - LINES_ABOVE[result.kind]
        lines = ask(
            home,
            f"select source_line from raw.{result.kind} where load_id = '{result.load_id}' "
            f"union all select source_line from raw.rejects where load_id = '{result.load_id}'",
        )
        assert len(set(lines)) == len(lines) == result.rows_read


@FEW
@given(st.data())
def test_listings(data: st.DataObject):
    quoted = data.draw(st.booleans())
    listing = Listing(is_quoted=quoted, line_end=data.draw(st.sampled_from(["\n", "\r\n"])))
    with tempfile.TemporaryDirectory() as folder:
        listing.write(Path(folder, "in")).write_bytes(data.draw(broken(listing.data())))
        settled(Path(folder, "in"), Home.at(Path(folder, "home")))


@FEW
@given(st.data())
def test_fixed_width_records(data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        write_release(Path(folder, "in"), {"OTHER.TXT": [record(MYELOMA)]})
        place = Path(folder, "in", "yr1973_2015.seer9", "OTHER.TXT")
        place.write_bytes(data.draw(broken(place.read_bytes() * 3)))
        settled(Path(folder, "in"), Home.at(Path(folder, "home")))


@FEW
@given(st.data())
def test_naaccr_xml(data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in").mkdir()
        Path(folder, "in", "cases.xml").write_bytes(data.draw(broken(XML.encode())))
        settled(Path(folder, "in"), Home.at(Path(folder, "home")))


def put(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        kept = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("__", ".")).write_bytes(kept)


def matrix(folder: Path) -> str:
    put(folder, survival__dic=SURVIVAL_DICTIONARY, survival__txt=SURVIVAL_TABLE)
    return "survival.txt"


def population_file(folder: Path) -> str:
    put(folder, pop__txt=POPULATION + POPULATION.replace(b"07000", b"18000"))
    return "pop.txt"


def flat_file(folder: Path) -> str:
    put(folder, cases__txt=flat_record() + "\r\n" + flat_record(tumorRecordNumber="02") + "\r\n")
    return "cases.txt"


def flat_layout(folder: Path) -> str:
    put(folder, cases__txt=flat_record() + "\r\n", layout__csv=csv_layout([]))
    return "layout.csv"


def project(folder: Path) -> str:
    put(folder, DATA__csv=REDCAP, Dictionary__csv=DICTIONARY)
    return "DATA.csv"


def project_dictionary(folder: Path) -> str:
    project(folder)
    return "Dictionary.csv"


def hospital_table(folder: Path) -> str:
    put(folder, patients__csv=PATIENTS, hospital__mapping__yml=MAPPING)
    return "patients.csv"


@cache
def book() -> bytes:
    """Made once, because a workbook holds the time at which it was made."""
    made = openpyxl.Workbook()
    for line in PATIENTS.splitlines():
        made.active.append(line.split(","))
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def workbook(folder: Path) -> str:
    put(folder, patients__xlsx=book(), hospital__mapping__yml=MAPPING)
    return "patients.xlsx"


def words(folder: Path) -> str:
    put(folder, words__csv="column_name,label,code,meaning\nrace3,Caucasian,1,White\n")
    return "words.csv"


FORMS = (
    matrix,
    population_file,
    flat_file,
    flat_layout,
    project,
    project_dictionary,
    hospital_table,
    workbook,
    words,
)


@pytest.mark.parametrize("form", FORMS)
@settings(FEW, max_examples=12)
@given(st.data())
def test_every_other_form(form: Callable[[Path], str], data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        file = inbox / form(inbox)
        file.write_bytes(data.draw(broken(file.read_bytes())))
        settled(inbox, Home.at(Path(folder, "home")))


def text_of(folder: str, content: bytes) -> Text:
    path = Path(folder, "x")
    path.write_bytes(content)
    return Text("x", path, "utf-8")


@MANY
@given(broken(Listing().dictionary()), broken(LISTING_PROGRAM.encode()), broken(program().encode()), broken(b"Row Count 5\nDatabase: Incidence\n"))  # fmt: skip
def test_dictionaries_programs_and_session_texts(told: bytes, sas: bytes, layout: bytes, session: bytes):
    readers = (
        (dictionary.read, told),
        (sas_program.read_listing, sas),
        (sas_program.read_layout, layout),
        (session_text.read, session),
    )
    with tempfile.TemporaryDirectory() as folder:
        for read, content in readers:
            # Undecodable bytes are refused before these readers see them.
            with contextlib.suppress(InputRefused, UnicodeDecodeError):
                read(text_of(folder, content))


@MANY
@given(
    broken(
        b"metachron_mapping: 1\nfiles:\n  - table: hospital_patients\n    columns: {patient_key: a, sex: b}\n"
    )
)
def test_mapping_files(content: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.mapping.yml")
        path.write_bytes(content)
        try:
            mapping.read(path)
        except InputRefused as refusal:
            assert refusal.code == "IN-25"


@MANY
@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='"\t'), max_size=4), min_size=1, max_size=4), min_size=1, max_size=30),
    st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_our_count_of_fields_agrees_with_a_plain_split(rows: list[list[str]], line_end: str):
    content = "".join("\t".join(row) + line_end for row in rows).encode()
    with tempfile.TemporaryDirectory() as folder:
        lines = count_lines(text_of(folder, content), delimiter=b"\t", fields=3)
    assert lines.n_lines == len(rows)
    assert lines.ragged == {n: len(row) for n, row in enumerate(rows, 1) if len(row) != 3}


@MANY
@given(st.binary(max_size=2000), st.booleans())
def test_received_bytes_are_the_delivered_bytes(content: bytes, packed: bool):
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder, "home"))
        path = Path(folder, "x")
        path.write_bytes(gzip.compress(content) if packed else content)
        if not packed and content.startswith(b"\x1f\x8b"):
            return
        received: Content = receive(path, home)
        assert received.path.read_bytes() == content
        assert received.sha256 == hashlib.sha256(content).hexdigest()
