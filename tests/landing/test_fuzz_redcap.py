"""REDCap projects of every structure: what a plain reading of the export expects lands, or a coded refusal."""
# ruff: noqa: E501 -- rows read best unbroken

from __future__ import annotations

import csv
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.redcap.dictionary import choices_of
from tests.landing.deliveries import ask
from tests.landing.test_fuzz import FEW, MANY, broken, settled

WEB = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"]
CHOICES = "Choices, Calculations, OR Slider Labels"
API = [
    "field_name",
    "form_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
]
FIELDS = [
    ["record_id", "baseline", "", "text", "Record ID", ""],
    ["mm_dx_date", "baseline", "", "text", "Diagnosed", ""],
    ["sex", "baseline", "", "radio", "Sex", "1, Male | 2, Female"],
    ["fish", "baseline", "", "checkbox", "FISH", "1, del(17p) | -1, Not done | A.b, other, all"],
    ["sall_dx_date", "second", "", "text", "Second, diagnosed", ""],
    ["cd10", "second", "", "yesno", "CD10", ""],
]
RAW = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "mm_dx_date", "sex",
       "fish___1", "fish____1", "fish___a_b", "baseline_complete", "sall_dx_date", "cd10", "second_complete"]  # fmt: skip
LABELS = ["Record ID", "Event Name", "Repeat Instrument", "Repeat Instance", "Diagnosed", "Sex",
          "FISH (choice=del(17p))", "FISH (choice=Not done)", "FISH (choice=other, all)", "Complete?",
          "Second, diagnosed", "CD10", "Complete?"]  # fmt: skip
WORDS = {"sex": {"1": "Male", "2": "Female", "": ""}, "cd10": {"1": "Yes", "0": "No", "": ""}}
BOXES = ("del(17p)", "Not done", "other, all")


@dataclass(frozen=True)
class Second:
    """One second cancer: the event, whether its form repeats there, its date and CD10 by code."""

    event: str
    repeats: bool
    date: str
    cd10: str


@dataclass(frozen=True)
class Patient:
    """What a patient's rows say, by codes."""

    date: str
    sex: str
    boxes: tuple[bool, bool, bool]
    seconds: tuple[Second, ...]


SECONDS = st.builds(
    Second, st.sampled_from(["base_arm_1", "fu_arm_1"]), st.booleans(),
    st.dates().map(str), st.sampled_from(["1", "0", ""]),
)  # fmt: skip
PATIENTS = st.lists(
    st.builds(
        Patient, st.dates().map(str), st.sampled_from(["1", "2", ""]),
        st.tuples(st.booleans(), st.booleans(), st.booleans()),
        st.lists(SECONDS, max_size=4, unique_by=lambda each: each.date).map(tuple),
    ), min_size=1, max_size=6,
)  # fmt: skip


def rows_of(patients: list[Patient], with_labels: bool) -> list[list[str]]:
    """The export: a plain form stands on its event's row, at most one there; the others repeat."""
    rows = []
    for number, patient in enumerate(patients, 1):
        boxes = [
            ("Checked" if each else "Unchecked") if with_labels else str(int(each)) for each in patient.boxes
        ]
        sex = WORDS["sex"][patient.sex] if with_labels else patient.sex
        plain: dict[str, Second] = {}
        repeated = []
        for second in patient.seconds:
            if second.repeats or second.event in plain:
                repeated.append(second)
            else:
                plain[second.event] = second
        for event in ("base_arm_1", "fu_arm_1"):
            own = [patient.date, sex, *boxes, "2"] if event == "base_arm_1" else [""] * 6
            if event in plain or event == "base_arm_1":
                rows.append([f"{number}", event, "", "", *own, *second_cells(plain.get(event), with_labels)])
        for instance, second in enumerate(repeated, 1):
            cells = second_cells(second, with_labels)
            rows.append([f"{number}", second.event, "second", f"{instance}", *[""] * 6, *cells])
    return rows


def second_cells(second: Second | None, with_labels: bool) -> list[str]:
    if second is None:
        return ["", "", ""]
    return [second.date, WORDS["cd10"][second.cd10] if with_labels else second.cd10, "2"]


def text(rows: list[list[str]], delimiter: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue()


@FEW
@given(
    PATIENTS, st.sampled_from(",;\t|^"), st.sampled_from(",;\t"), st.booleans(), st.booleans(), st.booleans()
)
def test_every_record_of_every_structure_lands(
    patients: list[Patient], delimiter: str, other: str, with_labels: bool, label_headers: bool, is_api: bool
):
    exported = rows_of(patients, with_labels)
    header = LABELS if label_headers else RAW
    dictionary = text([API if is_api else [*WEB, CHOICES], *FIELDS], other)
    with tempfile.TemporaryDirectory() as folder:
        inbox, home = Path(folder, "in"), Home.at(Path(folder, "home"))
        inbox.mkdir()
        (inbox / "DATA.csv").write_text(text([header, *exported], delimiter))
        (inbox / "dictionary.csv").write_text(dictionary)
        results = land.load([inbox], home)
        assert results[0].rows_read == results[0].rows_landed == len(exported)
        kept = [
            json.loads(cells)
            for (cells,) in ask_rows(home, "select cells from raw.redcap_records order by source_line")
        ]
        assert [list(each.values()) for each in kept] == [[cell for cell in row if cell] for row in exported]
        assert ask_rows(home, "select patient_key, mm_dx_date, sex, fish from raw.hospital_patients order by 1") == [
            (str(number), each.date, WORDS["sex"][each.sex], "; ".join(word for word, is_checked in zip(BOXES, each.boxes, strict=True) if is_checked))
            for number, each in enumerate(patients, 1)
        ]  # fmt: skip
        assert ask_rows(
            home, "select patient_key, sall_dx_date, cd10 from raw.hospital_second_cancers order by all"
        ) == sorted(
            (str(number), second.date, WORDS["cd10"][second.cd10])
            for number, each in enumerate(patients, 1)
            for second in each.seconds
        )


def ask_rows(home: Home, query: str) -> list[tuple[str, ...]]:
    """Rows as tuples, also where there is one column."""
    return [row if isinstance(row, tuple) else (row,) for row in ask(home, query)]


@FEW
@given(PATIENTS, st.sampled_from(",;\t|^"), st.booleans(), st.data())
def test_broken_exports_and_dictionaries(
    patients: list[Patient], delimiter: str, label_headers: bool, data: st.DataObject
):
    export = text([LABELS if label_headers else RAW, *rows_of(patients, False)], delimiter).encode()
    dictionary = text([[*WEB, CHOICES], *FIELDS], ",").encode()
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        (inbox / "DATA.csv").write_bytes(data.draw(broken(export)))
        (inbox / "dictionary.csv").write_bytes(data.draw(broken(dictionary)))
        settled(inbox, Home.at(Path(folder, "home")))


LABEL = st.text(st.sampled_from("ab ,(;).-/"), min_size=1, max_size=8).map(str.strip).filter(bool)


@MANY
@given(
    st.dictionaries(st.sampled_from(["1", "2", "-1", "99", "a", "B2", "1.5"]), LABEL, min_size=1, max_size=5)
)
def test_choices_as_redcap_writes_them_are_read_back(choices: dict[str, str]):
    written = " | ".join(f"{code}, {label}" for code, label in choices.items())
    assert choices_of("dropdown", written) == (choices, (), False)


@FEW
@given(PATIENTS, st.sampled_from(["77", "x", "Malee"]))
def test_a_code_that_no_choice_has_never_lands(patients: list[Patient], code: str):
    exported = rows_of(patients, False)
    exported[0][RAW.index("sex")] = code
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        (inbox / "DATA.csv").write_text(text([RAW, *exported], ","))
        (inbox / "dictionary.csv").write_text(text([API, *FIELDS], ","))
        try:
            land.load([inbox], Home.at(Path(folder, "home")))
        except InputRefused as refusal:
            assert refusal.code == "IN-19"
            return
        raise AssertionError("it was read")
