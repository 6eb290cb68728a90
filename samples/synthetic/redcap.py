"""The hospital as a REDCap project: a raw or label export, and the data dictionary that explains it.

One record per patient; leukaemia is a repeating instrument, its rows blank in the patient's own
fields; FISH is a checkbox, one column a choice; codes of radio fields are defined in the dictionary.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from samples.synthetic.hospital import FISH, INDUCTION, ISOTYPE, MAINTENANCE, RESPONSE, Hospital, headers
from samples.synthetic.kinds import rows_of

DATA_FILE = "metachron_synthetic_DATA.csv"
LABELS_FILE = "metachron_synthetic_DATA_LABELS.csv"
DICTIONARY_FILE = "metachron_synthetic_DataDictionary.csv"
INSTRUMENT = {"hospital_patients": "myeloma", "hospital_second_cancers": "second_cancer"}
INSTRUMENT_LABEL = {"myeloma": "Myeloma", "second_cancer": "Second cancer"}
BOOKKEEPING = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
NOT_DONE = ("NA", "")

SHARED = ("vital_status", "data_note")


def numbered(names: Iterable[str]) -> dict[str, str]:
    """Choices coded 1, 2, ... in the order given, but for what is missing."""
    return {str(number): name for number, name in enumerate((n for n in names if n != "NA"), 1)}


YES_NO = {"1": "Yes", "0": "No"}
PUBLISHED_INDUCTION = ("PADT, CTD",)
FISH_CHOICES = numbered(FISH)
CHOICES = {
    "sex": {"1": "Male", "2": "Female"},
    "isotype": numbered(ISOTYPE),
    "light_chain": {"1": "kappa", "2": "lambda"},
    "iss": {"1": "I", "2": "II", "3": "III"},
    "induction": numbered((*INDUCTION, *PUBLISHED_INDUCTION)),
    "induction_response": numbered(RESPONSE),
    "asct": YES_NO,
    "maintenance_drug": numbered(MAINTENANCE),
    "relapse": YES_NO,
    "vital_status": {"0": "Dead", "1": "Alive"},
    "mm_active_at_sall": YES_NO,
    "cd10": {"1": "Positive", "0": "Negative"},
    "cigm": {"1": "Positive", "0": "Negative"},
    "bcr_abl": {"1": "Positive", "0": "Negative"},
    "mll": {"1": "Positive", "0": "Negative"},
}
DATES = ("mm_dx_date", "birth_date", "sall_dx_date", "last_contact_date")
NUMBERS = ("age_mm_years", "maintenance_months", "age_sall_years", "latency_months", "survival_months")
CHECKBOX = "fish"


def fields(table: str) -> list[str]:
    """Fields of an instrument: the table's columns but the key; vital status belongs to the patient."""
    second = table == "hospital_second_cancers"
    return [name for name in headers(table) if name != "patient_key" and not (second and name in SHARED)]


def columns_of(table: str) -> list[str]:
    """Columns of an instrument in an export; a checkbox has one per choice, and the form its status."""
    names: list[str] = []
    for name in fields(table):
        names += [f"{name}___{code}" for code in FISH_CHOICES] if name == CHECKBOX else [name]
    return [*names, f"{INSTRUMENT[table]}_complete"]


def cells(table: str, row: Mapping[str, str], *, labels: bool) -> dict[str, str]:
    """One instrument of one patient as an export shows it."""
    values = {}
    for name in fields(table):
        value = "" if row[name] in NOT_DONE else row[name]
        if name == CHECKBOX:
            for code, choice in FISH_CHOICES.items():
                checked = value == choice
                word = ("Checked" if checked else "Unchecked") if labels else str(int(checked))
                values[f"{name}___{code}"] = word
        elif name in CHOICES and value and not labels:
            values[name] = next(code for code, choice in CHOICES[name].items() if choice == value)
        else:
            values[name] = value
    values[f"{INSTRUMENT[table]}_complete"] = "Complete" if labels else "2"
    return values


def export(hospital: Hospital, *, labels: bool = False) -> list[list[str]]:
    """Header and rows of the export: the patients, each followed by their second cancer if any."""
    header = [*BOOKKEEPING, *columns_of("hospital_patients"), *columns_of("hospital_second_cancers")]
    seconds = {row["patient_key"]: row for row in hospital.second_cancers}
    written = [header]
    for patient in hospital.patients:
        key = patient["patient_key"]
        shown = {"record_id": key} | cells("hospital_patients", patient, labels=labels)
        written.append([shown.get(name, "") for name in header])
        if key in seconds:
            instrument = INSTRUMENT["hospital_second_cancers"]
            shown = {
                "record_id": key,
                "redcap_repeat_instrument": INSTRUMENT_LABEL[instrument] if labels else instrument,
                "redcap_repeat_instance": "1",
            } | cells("hospital_second_cancers", seconds[key], labels=labels)
            written.append([shown.get(name, "") for name in header])
    return written


def data_dictionary() -> list[list[str]]:
    """The project's dictionary: a row per field, choices as `1, Yes | 0, No`."""
    header = [
        "Variable / Field Name",
        "Form Name",
        "Section Header",
        "Field Type",
        "Field Label",
        "Choices, Calculations, OR Slider Labels",
        "Field Note",
        "Text Validation Type OR Show Slider Number",
    ]
    chinese = {(row["table"], row["column"]): row["header"] for row in rows_of("hospital_headers.csv")}
    written = [header, ["record_id", "myeloma", "", "text", "病案号", "", "", ""]]
    for table, form in INSTRUMENT.items():
        for name in fields(table):
            choices = FISH_CHOICES if name == CHECKBOX else CHOICES.get(name, {})
            kind = "checkbox" if name == CHECKBOX else "radio" if choices else "text"
            validation = "date_ymd" if name in DATES else "integer" if name in NUMBERS else ""
            choice_text = " | ".join(f"{code}, {choice}" for code, choice in choices.items())
            written.append([name, form, "", kind, chinese[table, name], choice_text, "", validation])
    return written


def written_csv(rows: list[list[str]]) -> bytes:
    """As REDCap writes it: UTF-8, CRLF, quoted where needed."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def write_redcap(folder: Path, hospital: Hospital, *, labels: bool = False) -> list[Path]:
    """The export, raw or with labels, and the data dictionary."""
    data = folder / (LABELS_FILE if labels else DATA_FILE)
    data.write_bytes(written_csv(export(hospital, labels=labels)))
    dictionary = folder / DICTIONARY_FILE
    dictionary.write_bytes(written_csv(data_dictionary()))
    return [data, dictionary]
