"""What the rows of NAACCR deliveries are checked for, however they were written."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from flows.errors import InputRefused
from flows.landing.checks import tumors
from flows.landing.forms.delivery import CheckedFile
from flows.landing.forms.naaccr.items import NAACCR_ITEMS
from flows.landing.vocabulary import vocabulary

TABLE = "naaccr_tumors"
PATIENT = "patient_id"
TABLES = {TABLE: (*vocabulary().columns, *NAACCR_ITEMS.values())}
# Column -> the item without which a delivery is of no use, as the standard calls it.
NEEDED = {
    PATIENT: "patientIdNumber (item 20)",
    "date_of_diagnosis": "dateOfDiagnosis (390)",
    "sex": "sex (220) or sexAssignedAtBirth (225)",
    "hist": "histologicTypeIcdO3 (522)",
    "behavior": "behaviorCodeIcdO3 (523)",
}
NO_NUMBER = (
    "Export it again with these items. Tumours of one patient are put together by patientIdNumber, the "
    "number that the central registry gives. Where a hospital's own number is to stand for it, say so in a "
    "mapping file beside the XML: `metachron_mapping: 1` and `naaccr: {patient: medicalRecordNumber}`, or "
    "another item that each patient has. A flat file takes no such mapping: export it as XML."
)


def refuse_without_items(absent: Sequence[str], file: str) -> None:
    """Raise IN-15 for needed columns of which no record has a value."""
    if absent:
        raise InputRefused(
            "IN-15",
            "No record has the items that are needed: " + ", ".join(NEEDED[name] for name in absent),
            file=file,
            remedy=NO_NUMBER if PATIENT in absent else "Export it again with these items.",
        )


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Needed items without a value, and what else only the rows together can show; see tumors.inspect."""
    for file in files:
        landed = {column.name for column in file.columns}
        tests = ", ".join(f"bool_or(trim({name}) <> '')" if name in landed else "false" for name in NEEDED)
        [found] = connection.execute(
            f"select {tests} from raw.{TABLE} where load_id = ?", [file.load_id]
        ).fetchall()
        absent = [name for name, is_there in zip(NEEDED, found, strict=True) if not is_there]
        refuse_without_items(absent, file.content.name)
    tumors.inspect(connection, TABLE, files, form="codes")
