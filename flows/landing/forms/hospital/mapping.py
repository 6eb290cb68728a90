"""Mapping files (*.mapping.yml): which header of a hospital's own table means which column of ours.

metachron_mapping: 1
files:
  - table: hospital_patients          # or hospital_second_cancers
    recognise: [patient no., MM diagnosis date]
    columns: {patient_key: patient no., mm_dx_date: MM diagnosis date}
    missing_words: [not done]         # besides the usual NA, N/A, / and -
    encoding: gb18030                 # only where UTF-8 does not fit
    sheet: Patients                   # workbooks: the first sheet with these headers if not said
    sheets: all                       # every sheet with these headers, one after the other
    missing_codes: [-99, UNK]         # REDCap: codes for missing data, beside a field's choices
    event: baseline_arm_1             # REDCap: the event that rows come from, or column: event for some
    looked_for: all                   # second cancers: all, or ranges as in a study file
naaccr: {patient: medicalRecordNumber}   # the item of NAACCR XML that stands for a missing patientIdNumber
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping as Facts
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from flows.errors import InputRefused
from flows.landing import vault
from flows.landing.forms.hospital.tables import TABLES
from flows.landing.text.encodings import is_encoding

CANCER_IS_TOLD_BY = ("histology", "site")
DRAFT = "draft"  # in the place of the version: nobody has looked at it yet
LARGEST_BYTES = 1 << 16
TOP_KEYS = {"metachron_mapping", "source", "files", "naaccr"}
KEYS = {
    "table",
    "recognise",
    "columns",
    "missing_words",
    "encoding",
    "sheet",
    "sheets",
    "missing_codes",
    "event",
    "looked_for",
}
LATER_KEYS = {"has_all_sheets", "missing_codes", "event", "looked_for"}
HISTOLOGIES = re.compile(r"(\d{4})(?:-(\d{4}))?")
SITES = re.compile(r"(C\d{3})(?:-(C\d{3}))?")
MOST_LOOKED_FOR = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """How one table of the hospital is read.

    columns     canonical name -> header
    looked_for  the second cancers that its file would have, if there were any: "all", or
                "9835-9837/C000-C999;" for each range of histologies and sites; empty if it does not say
    """

    table: str
    recognise: tuple[str, ...]
    columns: Facts[str, str]
    missing_words: tuple[str, ...]
    encoding: str | None
    sheet: str | None
    has_all_sheets: bool = False
    missing_codes: tuple[str, ...] = ()
    event: str | Facts[str, str] | None = None
    looked_for: str = ""

    @property
    def digest(self) -> str:
        """Of all that it says; a key that came later and is not said changes nothing."""
        said = {key: value for key, value in asdict(self).items() if value or key not in LATER_KEYS}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file; `naaccr_patient` is the item that tells the patients of NAACCR XML apart."""

    path: Path
    entries: tuple[Entry, ...]
    naaccr_patient: str | None = None


class OneOfEachLoader(yaml.SafeLoader):
    """YAML in which a repeated key is an error; elsewhere the last one wins silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} appears twice")
        return super().construct_mapping(node, deep)


def looks_like_mapping(start: bytes) -> bool:
    """Whether a file's first bytes are those of a mapping file."""
    return bool(re.search(rb"(?m)^(?:\xef\xbb\xbf)?metachron_mapping\s*:", start))


def read(path: Path) -> Mapping:
    """Parse and check a mapping file; raises InputRefused IN-25 saying what is wrong."""
    content = vault.peek(path, LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise refused(path, f"it is larger than {LARGEST_BYTES:,} bytes")
    try:
        document = yaml.load(content.decode("utf-8-sig"), Loader=OneOfEachLoader)
    except UnicodeDecodeError:
        raise refused(path, "it is not UTF-8 text; save it as UTF-8") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise refused(
            path, f"it is not YAML that metachron accepts ({getattr(error, 'problem', None) or error})", mark
        ) from None
    if isinstance(document, dict) and document.get("metachron_mapping") == DRAFT:
        raise refused(path, "it is a draft; when every line is right, write metachron_mapping: 1")
    if not isinstance(document, dict) or document.get("metachron_mapping") != 1:
        raise refused(path, "metachron_mapping must be 1")
    naaccr = document.get("naaccr")
    patient = naaccr.get("patient") if isinstance(naaccr, dict) and len(naaccr) == 1 else None
    if naaccr is not None and not is_text(patient):
        raise refused(path, "naaccr must say which item is the patient, as in {patient: medicalRecordNumber}")
    entries = document.get("files", [] if naaccr else None)
    if not isinstance(entries, list) or not (entries or naaccr) or set(document) - TOP_KEYS:
        raise refused(path, "it must have the key files with a list, or naaccr, and no other key")
    parsed = tuple(entry(path, number, facts) for number, facts in enumerate(entries, start=1))
    refuse_untold_cancers(path, parsed)
    return Mapping(path, parsed, patient)


def refuse_untold_cancers(path: Path, entries: Sequence[Entry]) -> None:
    """Raises IN-25 where a file says which cancers were looked for, and has not what tells them apart.

    Without it none of its rows would be the cancer of a study, and the hospital's number a false zero.
    """
    if not any(each.looked_for for each in entries):
        return
    for number, each in enumerate(entries, start=1):
        absent = [name for name in CANCER_IS_TOLD_BY if name not in each.columns]
        if each.table == "hospital_second_cancers" and absent:
            raise refused(
                path,
                f"entry {number} has no column for the {' and the '.join(absent)} of the second cancers, by "
                "which those of looked_for are told; where all are leukaemias of the marrow, add a column "
                "with C421 for the site",
            )


def entry(path: Path, number: int, facts: Any) -> Entry:
    here = f"entry {number}"
    if not isinstance(facts, dict) or set(facts) - KEYS:
        strange = ", ".join(map(str, set(facts) - KEYS)) if isinstance(facts, dict) else "no keys"
        raise refused(path, f"{here} has keys that metachron does not know: {strange}")
    table = facts.get("table")
    if not is_text(table) or table not in TABLES:
        raise refused(path, f"{here} must have a table, one of " + ", ".join(TABLES))
    columns = facts.get("columns")
    if not isinstance(columns, dict) or not all(map(is_text, (*columns, *columns.values()))):
        raise refused(path, f"{here} must say which header each column has, as text")
    for key in ("recognise", "missing_words"):
        texts = facts.get(key) or []
        if not isinstance(texts, list) or not all(map(is_text, texts)):
            raise refused(path, f"the {key} of {here} must be a list of texts (put numbers in quotes)")
    if not is_text(facts.get("sheet") or ""):
        raise refused(path, f"the sheet of {here} must be a text (put numbers in quotes)")
    codes = facts.get("missing_codes") or []
    if not isinstance(codes, list) or not all(is_text(code) or type(code) is int for code in codes):
        raise refused(path, f"the missing_codes of {here} must be a list of codes")
    event = facts.get("event")
    if not (
        event is None
        or is_text(event)
        or (isinstance(event, dict) and all(map(is_text, (*event, *event.values()))))
    ):
        raise refused(path, f"the event of {here} must be a text, or column: event for some columns")
    if isinstance(event, dict) and (unknown := sorted(set(event) - set(columns))):
        raise refused(path, f"the event of {here} names columns that are not mapped: " + ", ".join(unknown))
    if facts.get("sheets") not in (None, "all") or (facts.get("sheets") and facts.get("sheet")):
        raise refused(path, f"sheets of {here} can only be all, and then sheet is not said")
    encoding = facts.get("encoding")
    if encoding is not None and not (is_text(encoding) and is_encoding(encoding)):
        raise refused(path, f"the encoding of {here} must be one of text, such as cp1252 or gb18030")
    if unknown := sorted(set(columns) - set(TABLES[table])):
        raise refused(path, f"{here} maps columns that {table} does not have: " + ", ".join(unknown))
    if "patient_key" not in columns:
        raise refused(path, f"{here} must say which header is the patient_key")
    return Entry(
        table=table,
        recognise=tuple(map(one_line, facts.get("recognise") or columns.values())),
        columns={name: one_line(header) for name, header in columns.items()},
        missing_words=tuple(facts.get("missing_words") or ()),
        encoding=encoding,
        sheet=facts.get("sheet"),
        has_all_sheets=facts.get("sheets") == "all",
        missing_codes=tuple(map(str, codes)),
        event=event,
        looked_for=looked_for_in(path, here, facts.get("looked_for")),
    )


def looked_for_in(path: Path, here: str, facts: Any) -> str:
    """The cancers that a file covers, as Entry has them; raises InputRefused IN-25."""
    if facts in (None, "all"):
        return facts or ""
    ranges = []
    for cancer in facts if isinstance(facts, list) else [None]:
        if isinstance(cancer, dict) and "histology" in cancer and set(cancer) <= {"histology", "site"}:
            histologies = HISTOLOGIES.fullmatch(str(cancer["histology"]))
            sites = SITES.fullmatch(str(cancer.get("site", "C000-C999")))
            if histologies and sites:
                ends = (histologies[1], histologies[2] or histologies[1], sites[1], sites[2] or sites[1])
                ranges.append("{}-{}/{}-{};".format(*ends))
                continue
        what = 'must be all, or a list such as [{histology: "9835-9837", site: "C420-C424"}]'
        raise refused(path, f"looked_for of {here} {what}")
    if len(ranges) > MOST_LOOKED_FOR:
        raise refused(path, f"looked_for of {here} has more than {MOST_LOOKED_FOR} ranges")
    return "".join(ranges)


def one_line(header: str) -> str:
    """A header with each run of blanks and line breaks as one blank, in which files and mappings differ."""
    return " ".join(header.split())


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def refused(path: Path, what: str, mark: Any = None) -> InputRefused:
    return InputRefused(
        "IN-25",
        f"The mapping file cannot be used: {what}",
        file=path,
        line=mark.line + 1 if mark else None,
    )
