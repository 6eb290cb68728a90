"""The same people as NAACCR XML, version 24: one document per registry, as the root item demands.

Items are those that a central registry derives and a study needs. NAACCR has no lifetime count of
tumours and no label "of n": the sequence number alone tells of tumours that are in no file.
The state's own item carries the note that the data are synthetic.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from samples.synthetic.chance import stream
from samples.synthetic.kinds import kinds
from samples.synthetic.labels import SYNTHETIC_NOTE
from samples.synthetic.listing import TOP_CODED_AGE, histology, padded
from samples.synthetic.records import Records
from samples.synthetic.registry import ASIAN, RACE_UNKNOWN, REGISTRIES, year_of

FOLDER = "naaccr_v24"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<!-- {note}: made by metachron synth -->\n"
    '<NaaccrData baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-240.xml"'
    ' recordType="I" timeGenerated="2020-11-30T00:00:00" specificationVersion="1.7"'
    ' xmlns="http://naaccr.org/naaccrxml"{more}>\n'
    '  <Item naaccrId="registryId" naaccrNum="40">{registry:010d}</Item>\n'
)
EXTENSION = ' xmlns:other="http://example.org/not-naaccr"'
RACE = {ASIAN: 96, RACE_UNKNOWN: 99}
# Item number by identifier, parents apart; numbers are optional in the format and help a reader.
PATIENT_ITEMS = {
    "patientIdNumber": 20,
    "race1": 160,
    "nhiaDerivedHispOrigin": 191,
    "sex": 220,
    "dateOfBirth": 240,
    "dateOfLastContact": 1750,
    "vitalStatus": 1760,
}
TUMOR_ITEMS = {
    "tumorRecordNumber": 60,
    "maritalStatusAtDx": 150,
    "ageAtDiagnosis": 230,
    "sequenceNumberCentral": 380,
    "dateOfDiagnosis": 390,
    "primarySite": 400,
    "diagnosticConfirmation": 490,
    "typeOfReportingSource": 500,
    "histologicTypeIcdO3": 522,
    "behaviorCodeIcdO3": 523,
    "rxSummChemo": 1390,
    "recordNumberRecode": 1775,
    "survFlagActiveFollowup": 1783,
    "survMosActiveFollowup": 1784,
    "seerCauseSpecificCod": 1914,
    "seerOtherCod": 1915,
    "stateRequestorItems": 2220,
}


@dataclass(frozen=True, slots=True)
class Document:
    """One registry's document and how many tumours are in it."""

    name: str
    content: bytes
    n_tumors: int


def date_texts(months: np.ndarray) -> list[str]:
    """YYYYMMDD of times since 1975; a month counts 28 days, so that no day is impossible."""
    months = np.asarray(months)
    day = 1 + np.floor(months % 1 * 28).astype(np.int64)
    month = np.floor(months).astype(np.int64) % 12 + 1
    return texts(year_of(months) * 10_000 + month * 100 + day, 8)


def texts(numbers: np.ndarray, width: int) -> list[str]:
    """Zero-filled text of each number."""
    return padded(numbers, width).tolist()


def patient_columns(records: Records) -> dict[str, list[str]]:
    """Items of each record's person, each of length rows."""
    race = np.array([RACE.get(code, code) for code in range(10)])[records.race]
    # The cutoff is midnight; its day is still 31 December.
    last = np.nextafter(records.end, 0)
    birth = date_texts(records.birth)
    return {
        "patientIdNumber": texts(records.patient_id, 8),
        "race1": texts(race, 2),
        "nhiaDerivedHispOrigin": texts(records.hispanic, 1),
        "sex": texts(records.sex, 1),
        "dateOfBirth": ["" if age < 0 else date for age, date in zip(records.age, birth, strict=True)],
        "dateOfLastContact": date_texts(last),
        "vitalStatus": texts(~records.dead, 1),
    }


def tumor_columns(records: Records) -> dict[str, list[str]]:
    """Items of each record, each of length rows."""
    age = np.where(records.age < 0, 999, np.minimum(records.age, TOP_CODED_AGE))
    return {
        "tumorRecordNumber": texts(records.record, 2),
        "maritalStatusAtDx": texts(records.marital, 1),
        "ageAtDiagnosis": texts(age, 3),
        "sequenceNumberCentral": texts(records.sequence, 2),
        "dateOfDiagnosis": date_texts(records.diagnosed),
        "primarySite": kinds().site[records.kind].tolist(),
        "diagnosticConfirmation": texts(records.confirmation, 1),
        "typeOfReportingSource": texts(records.reported_by, 1),
        "histologicTypeIcdO3": texts(histology(records), 4),
        "behaviorCodeIcdO3": texts(records.behavior, 1),
        "rxSummChemo": texts(np.where(records.chemo, 1, 0), 2),
        "recordNumberRecode": texts(records.record, 2),
        "survFlagActiveFollowup": texts(records.survival_flag, 1),
        "survMosActiveFollowup": texts(records.survival_months, 4),
        "seerCauseSpecificCod": texts(records.attributable, 1),
        "seerOtherCod": texts(records.other_cause, 1),
        "stateRequestorItems": [SYNTHETIC_NOTE] * len(records),
    }


def items(columns: dict[str, list[str]], numbers: dict[str, int], indent: str) -> list[str]:
    """The items of each row as XML text; blank items are left out, as the format wants."""
    written = []
    for name, values in columns.items():
        opening = f'{indent}<Item naaccrId="{name}" naaccrNum="{numbers[name]}">'
        written.append([f"{opening}{value}</Item>\n" if value else "" for value in values])
    return ["".join(row) for row in zip(*written, strict=True)]


def documents(records: Records, *, seed: int, messy: bool = False) -> list[Document]:
    """One document per registry; rows are taken in their order, so a person's tumours stand together.

    The messy ones are gzip, carry elements of another namespace, items without numbers, and
    some dates without day or month.
    """
    rng = stream(seed, "naaccr")
    tumor_values = tumor_columns(records)
    if messy:
        # Only people whom no rule is about lose a part of a date.
        shorter = np.where(np.isin(records.tag, ["myeloma", "background"]), rng.random(len(records)), 1.0)
        tumor_values["dateOfDiagnosis"] = [
            date[:4] if chance < 0.01 else date[:6] if chance < 0.05 else date
            for date, chance in zip(tumor_values["dateOfDiagnosis"], shorter, strict=True)
        ]
    of_person = items(patient_columns(records), PATIENT_ITEMS, "    ")
    of_tumor = items(tumor_values, TUMOR_ITEMS, "      ")
    foreign = "    <other:remark>überprüft</other:remark>\n" if messy else ""
    documents_written = []
    for registry in REGISTRIES:
        here = np.flatnonzero(records.registry == registry)
        parts = [HEAD.format(note=SYNTHETIC_NOTE, registry=registry, more=EXTENSION if messy else "")]
        for _, rows in groupby(here.tolist(), key=records.person.__getitem__):
            mine = list(rows)
            tumors = "".join(f"    <Tumor>\n{of_tumor[row]}    </Tumor>\n" for row in mine)
            parts.append(f"  <Patient>\n{of_person[mine[0]]}{foreign}{tumors}  </Patient>\n")
        parts.append("</NaaccrData>\n")
        text = "".join(parts)
        if messy:
            text = text.replace(' naaccrNum="523"', "").replace(' naaccrNum="220"', "")
        content = text.encode()
        name = f"seer9_{registry}.xml"
        if messy:
            name, content = f"{name}.gz", gzip.compress(content, compresslevel=1, mtime=0)
        documents_written.append(Document(name, content, len(here)))
    return documents_written


def write_naaccr(folder: Path, documents_written: list[Document]) -> list[Path]:
    directory = folder / FOLDER
    directory.mkdir(parents=True, exist_ok=True)
    for document in documents_written:
        (directory / document.name).write_bytes(document.content)
    return [directory / document.name for document in documents_written]
