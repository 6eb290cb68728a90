"""The same content counts once in a load, and files of one delivery are no union without a key: every kind."""
# ruff: noqa: E501 -- rows read best unbroken

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.integrity import ledger
from flows.landing import land
from flows.landing.deliveries import KINDS, raw_tables
from flows.landing.raw_again import differing_tables
from flows.maintenance.verify import verify
from tests.landing.deliveries import ROWS, Listing, ask
from tests.landing.injections import POPULATION
from tests.landing.other_deliveries import (
    MYELOMA,
    SURVIVAL_DICTIONARY,
    SURVIVAL_TABLE,
    XML,
    record,
    write_release,
)
from tests.landing.test_hospital import MAPPING, PATIENTS
from tests.landing.test_naaccr_flat import record as flat_record
from tests.landing.test_redcap import DICTIONARY
from tests.landing.test_redcap import RAW as REDCAP

Writer = Callable[[Path, str], Path]


def only(suffix: str, content: str | bytes, **beside: str) -> Writer:
    """A writer of one file, with what explains it; `{name}` in a name beside it stands for its stem."""

    def write(folder: Path, stem: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in beside.items():
            (folder / name.format(name=stem).replace("__", ".")).write_text(text, encoding="utf-8")
        file = folder / (stem + suffix)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def listing(folder: Path, stem: str) -> Path:
    return Listing(name=stem).write(folder)


def release(folder: Path, stem: str) -> Path:
    write_release(folder, {f"{stem}.TXT": [record(MYELOMA)]})
    return folder / "yr1973_2015.seer9" / f"{stem}.TXT"


# A new kind needs a line here; the test says so.
SAMPLES: dict[str, Writer] = {
    "overlay": only(".csv", "column_name,label,code,meaning\nrace3,Caucasian,1,White\n"),
    "seer_ascii": release,
    "seer_listing": listing,
    "seer_matrix": only(".txt", SURVIVAL_TABLE, **{"{name}__dic": SURVIVAL_DICTIONARY}),
    "naaccr_xml": only(".xml", XML),
    "naaccr_flat": only(".txt", flat_record() + "\r\n"),
    "redcap": only(".csv", REDCAP, dictionary__csv=DICTIONARY),
    "hospital": only(".csv", PATIENTS, hospital__mapping__yml=MAPPING),
    "populations": only(".txt", POPULATION),
}


def counted(home: Home) -> dict[str, int]:
    counts = {table: ask(home, f"select count(*) from raw.{table}")[0][0] for table in raw_tables()}
    return {table: count for table, count in counts.items() if count}


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
@pytest.mark.parametrize("place", ["beside it", "packed beside it", "in another folder"])
def test_the_same_content_twice_in_one_load_is_one(kind: str, place: str, tmp_path: Path):
    """Whatever its name, its packing and its folder; and so it stays when the folder is loaded again."""
    write = SAMPLES[kind]
    write(tmp_path / "alone", "one")
    alone, home = Home.at(tmp_path / "home_alone"), Home.at(tmp_path / "home")
    once = land.load([tmp_path / "alone"], alone)
    write(tmp_path / "in/first", "one")
    second = write(tmp_path / "in" / ("second" if place == "in another folder" else "first"), "two")
    if place == "packed beside it":
        second.write_bytes(gzip.compress(second.read_bytes()))
    results = land.load([tmp_path / "in"], home)
    assert counted(home) == counted(alone)
    assert ask(home, "select load_id from raw.loads order by 1") == ask(
        alone, "select load_id from raw.loads order by 1"
    )
    assert [each.already_loaded for each in results] == [False] * len(once) + [True] * len(once)
    assert all(line.strip() for line in land.lines(results))
    before = home.ledger.read_bytes()
    assert all(each.already_loaded for each in land.load([tmp_path / "in"], home))
    assert home.ledger.read_bytes() == before
    assert verify(home).n_loads == len(once)


@pytest.mark.parametrize("names", itertools.permutations(["a", "b"]))
def test_a_set_in_another_order_of_names_is_the_same_set(names: tuple[str, str], home: Home, tmp_path: Path):
    other = XML.replace("00000007", "00000077")
    for folder, order in (("first", ("a", "b")), ("second", names)):
        for name, content in zip(order, (XML, other), strict=True):
            only(".xml", content)(tmp_path / "in" / folder, name)
    results = land.load([tmp_path / "in"], home)
    assert [each.already_loaded for each in results] == [False, False, True, True]
    assert counted(home) == {"naaccr_tumors": 4}


def test_a_set_without_the_file_that_another_set_has_is_made_again_from_the_vault(home: Home, tmp_path: Path):
    other, third = XML.replace("00000007", "00000077"), XML.replace("00000007", "00000777")
    for folder, name, content in (("1", "a", XML), ("1", "b", other), ("2", "a", XML), ("2", "c", third)):
        only(".xml", content)(tmp_path / "in" / folder, name)
    land.load([tmp_path / "in"], home)
    assert counted(home) == {"naaccr_tumors": 6}
    loads = [load_id for (load_id,) in ask(home, "select load_id from raw.loads")]
    assert len(loads) == 3
    assert differing_tables(home, loads) == []


def test_a_set_with_one_file_more_takes_the_place_of_the_set(home: Home, tmp_path: Path):
    only(".xml", XML)(tmp_path, "a")
    land.load([tmp_path / "a.xml"], home)
    only(".xml", XML.replace("00000007", "00000077"))(tmp_path / "in", "b")
    only(".xml", XML)(tmp_path / "in", "a")
    results = land.load([tmp_path / "in"], home)
    assert [each.line().rpartition("; ")[2] for each in results] == ["replaces a.xml", "replaces a.xml"]
    assert counting(home) == [("a.xml",), ("b.xml",)]


def test_a_file_that_comes_alone_takes_the_place_of_all_and_says_so(home: Home, tmp_path: Path):
    for number in range(5):
        rows = [(f"{number}{row[0][1:]}", *row[1:]) for row in ROWS]
        Listing(name=f"part{number}", rows=rows).write(tmp_path / "in")
    land.load([tmp_path / "in"], home)
    Listing(name="rest").write(tmp_path / "in")
    Listing(name="rest", rows=[("90000007", *ROWS[0][1:])]).write(tmp_path / "in")
    lines = land.lines(land.load([tmp_path / "in"], home))
    assert lines[0] == "part0.txt  seer listing  already loaded (4 rows); rest.txt counts in its place"
    assert (
        "rest.txt  seer listing  1 read = 1 landed + 0 rejected; replaces part0.txt, part1.txt, part2.txt and 2 more"
        in lines
    )
    assert counting(home) == [("rest.txt",)]


def counting(home: Home) -> list[tuple[str]]:
    """The files of the newest delivery, as stg_ledger__loads has it."""
    newest = "(select arg_max(delivery_id, load_sequence) from raw.loads)"
    return ask(home, f"select file_name from raw.loads where delivery_id = {newest} order by 1")


NO_NUMBERS = "".join(line for line in XML.splitlines(True) if "tumorRecordNumber" not in line)


def test_a_person_in_two_files_of_a_set_needs_numbers_of_records(home: Home, inbox: Path):
    (inbox / "a.xml").write_text(NO_NUMBERS)
    (inbox / "b.xml").write_text(NO_NUMBERS.replace("C421", "C420"))
    with pytest.raises(InputRefused, match=r"IN-21: A person is in this file and in a\.xml") as refused:
        land.load([inbox], home)
    assert refused.value.file == "b.xml" and "one by one" in refused.value.remedy
    for name in ("a.xml", "b.xml"):  # the remedy
        land.load([inbox / name], home)
    assert counting(home) == [("b.xml",)]


def test_people_of_one_file_each_need_none(home: Home, inbox: Path):
    (inbox / "a.xml").write_text(NO_NUMBERS)
    (inbox / "b.xml").write_text(NO_NUMBERS.replace("00000007", "00000077"))
    land.load([inbox], home)
    assert counted(home) == {"naaccr_tumors": 4}


def test_a_registry_that_one_file_does_not_tell_makes_no_other_person(home: Home, inbox: Path):
    (inbox / "a.xml").write_text(XML)
    (inbox / "b.xml").write_text("".join(line for line in XML.splitlines(True) if "registryId" not in line))
    with pytest.raises(InputRefused, match="IN-21"):
        land.load([inbox], home)


def test_a_patient_of_two_hospital_files_counts_once(home: Home, inbox: Path):
    (inbox / "hospital.mapping.yml").write_text(MAPPING, encoding="utf-8")
    (inbox / "2011.csv").write_text(PATIENTS, encoding="utf-8")
    (inbox / "2012.csv").write_text(PATIENTS.replace("HM01", "HM03"), encoding="utf-8")
    lines = land.lines(land.load([inbox], home))
    assert lines[1] == "2012.csv  hospital patients  2 read = 1 landed + 1 rejected (1 there twice)"
    assert ask(home, "select patient_key from raw.hospital_patients order by 1") == [
        ("HM01",),
        ("HM02",),
        ("HM03",),
    ]
    assert verify(home).n_rows == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PATIENTS, PATIENTS.replace("del(17p)", "t(4;14)")),
        ("病案号,ALL日期,x\nHM01,2016-08-05,a\n", "病案号,ALL日期,x\nHM01,2016-08-05,b\n"),
        ("病案号,ALL日期,x\nHM01,2016-08-05,a\n", "病案号,ALL日期,x\nHM01,,a\n"),
    ],
)
def test_of_whom_two_hospital_files_say_different_things_nobody_knows(
    first: str, second: str, home: Home, inbox: Path
):
    (inbox / "hospital.mapping.yml").write_text(MAPPING, encoding="utf-8")
    (inbox / "a.csv").write_text(first, encoding="utf-8")
    (inbox / "b.csv").write_text(second, encoding="utf-8")
    with pytest.raises(InputRefused, match=r"IN-21.*a\.csv, line"):
        land.load([inbox], home)


def test_second_cancers_of_two_dates_are_two(home: Home, inbox: Path):
    (inbox / "hospital.mapping.yml").write_text(MAPPING, encoding="utf-8")
    (inbox / "a.csv").write_text("病案号,ALL日期\nHM01,2016-08-05\n", encoding="utf-8")
    (inbox / "b.csv").write_text("病案号,ALL日期\nHM01,2018-08-05\n", encoding="utf-8")
    land.load([inbox], home)
    assert counted(home) == {"hospital_second_cancers": 2}


def test_a_redcap_export_whose_mapping_grew_lands_what_is_new(home: Home, tmp_path: Path):
    """One of its two tables is as it was, and there already."""
    entry = "  - table: hospital_patients\n    columns: {patient_key: record_id, mm_dx_date: mm_dx_date}\n"
    more = "  - table: hospital_second_cancers\n    columns: {patient_key: record_id, sall_dx_date: sall_dx_date}\n"
    SAMPLES["redcap"](tmp_path / "in", "data")
    mapping = tmp_path / "in/m.mapping.yml"
    mapping.write_text(f"metachron_mapping: 1\nfiles:\n{entry}")
    land.load([tmp_path / "in"], home)
    mapping.write_text(f"metachron_mapping: 1\nfiles:\n{entry}{more}")
    land.load([tmp_path / "in"], home)
    assert counted(home) == {"redcap_records": 6, "hospital_patients": 2, "hospital_second_cancers": 1}
    assert [entry.event for entry in ledger.read(home)].count("load_finished") == 2
    assert verify(home).n_loads == 4
    assert all(each.already_loaded for each in land.load([tmp_path / "in"], home))
