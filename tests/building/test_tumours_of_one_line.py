"""A NAACCR XML document on one line gives what its twin of many lines gives: no tumour lost, none twice."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.landing import land
from flows.serving.explain import source_lines
from tests.building.raw_fixture import dbt, query
from tests.landing.deliveries import ask

pytestmark = pytest.mark.slow

# Patient -> items of the patient; record number -> items of the tumour. Person 2 has one record twice.
MYELOMA = {"histologicTypeIcdO3": "9732", "behaviorCodeIcdO3": "3", "primarySite": "C421"}
LEUKAEMIA = MYELOMA | {"histologicTypeIcdO3": "9811"}
PEOPLE = (
    ("00000001", "1", (("01", "01", "20010312", MYELOMA), ("02", "02", "20060412", LEUKAEMIA))),
    ("00000002", "2", (("01", "00", "20020312", MYELOMA), ("01", "00", "20020312", MYELOMA))),
    ("00000003", "2", (("01", "00", "20030312", MYELOMA),)),
)


def document(end: str) -> str:
    """A document whose elements each stand before an `end`."""

    def items(**values: str) -> str:
        return "".join(f'<Item naaccrId="{name}">{value}</Item>{end}' for name, value in values.items())

    patients = "".join(
        f"<Patient>{end}"
        + items(patientIdNumber=number, sex=sex, vitalStatus="1", dateOfLastContact="20121231")
        + "".join(
            f"<Tumor>{end}"
            + items(tumorRecordNumber=record, sequenceNumberCentral=sequence, dateOfDiagnosis=date)
            + items(ageAtDiagnosis="061", **what)
            + f"</Tumor>{end}"
            for record, sequence, date, what in tumors
        )
        + f"</Patient>{end}"
        for number, sex, tumors in PEOPLE
    )
    return (
        '<NaaccrData baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-240.xml" '
        f'recordType="I" xmlns="http://naaccr.org/naaccrxml">{end}{patients}</NaaccrData>\n'
    )


def built(folder: Path, end: str) -> tuple[land.LoadResult, Home]:
    home = Home.at(folder / "home").prepare()
    (folder / "cases.xml").write_text(document(end))
    (result,) = land.load([folder / "cases.xml"], home)
    dbt("run", home.raw, home.build, select="+index_patients")
    return result, home


def test_every_tumour_of_one_line_has_a_place_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
    one, home = built(tmp_path / "one", "")
    many, twin = built(tmp_path / "many", "\n")
    assert "several tumours stand on one line" in one.line()
    assert "several tumours" not in many.line()
    for result in (one, many):
        assert (result.rows_read, result.rows_landed, result.rows_rejected) == (5, 4, 1)
    places = "select source_line, patient_id, tumor_record_number from raw.naaccr_tumors order by 1"
    assert ask(home, places) == [
        (1, "00000001", "01"),
        (2, "00000001", "02"),
        (3, "00000002", "01"),
        (5, "00000003", "01"),
    ]
    rejects = "select source_line, reason from raw.rejects"
    assert ask(home, rejects) == [(4, "exact duplicate of tumour 3")]
    assert ask(twin, rejects)[0][1].startswith("exact duplicate of line ")
    for each, place in ((home, "tumours"), (twin, "lines")):
        with duckdb.connect(str(each.build), read_only=True) as connection:
            (file,) = source_lines(
                connection, "select patient_id, 'seer' as source from marts.index_patients"
            )
        assert (len(file.lines), f"{file.place}s") == (4, place)
    tumors = "select count(*), count(distinct tumor_id) from intermediate.int_tumors_conformed"
    assert query(home.build, tumors) == query(twin.build, tumors) == [(4, 4)]
    patients = (
        "select patient_id, age_at_index_years, second_histology_code, latency_months "
        "from marts.index_patients order by 1"
    )
    assert query(home.build, patients) == query(twin.build, patients)
    assert query(home.build, patients) == [
        ("00000001", 61, "9811", 61),
        ("00000002", 61, None, None),
        ("00000003", 61, None, None),
    ]
