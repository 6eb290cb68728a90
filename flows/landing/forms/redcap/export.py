"""The columns of a REDCap export: which field, and which choice of it, each is, by name or by label."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.errors import InputRefused
from flows.landing.forms.redcap.dictionary import TAG, DataDictionary, DataField
from flows.terminal.wording import counted

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
# What REDCap's own columns are called in an export with labels for headers.
OWN_LABELS = {
    "event name": EVENT,
    "repeat instrument": INSTRUMENT,
    "repeat instance": INSTANCE,
    "data access group": "redcap_data_access_group",
    "survey identifier": "redcap_survey_identifier",
}
STATUS_LABELS = ("complete?", "survey timestamp")
OWN_ENDS = ("_complete", "_timestamp", "_return_code")
CHOICE = re.compile(r"(?s)(.*)\(choice=(.*)\)\s*")
CHECKED, UNCHECKED = ("1", "checked"), ("", "0", "unchecked")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of an export: the field or REDCap's own name, and for a checkbox the code of its choice."""

    header: str
    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """The columns in their order, and labels that stand for several fields."""

    columns: tuple[ExportColumn, ...]
    ambiguous: Mapping[str, tuple[str, ...]]


def has_export_header(first: Sequence[str]) -> bool:
    """Whether these are the headers of a REDCap export, by names or by labels."""
    labels = {plain(cell) for cell in first}
    is_raw = INSTRUMENT in first or EVENT in first or any(cell.endswith("_complete") for cell in first)
    return len(first) > 2 and (
        is_raw or "complete?" in labels or {"repeat instrument", "repeat instance"} <= labels
    )


def plain(label: str) -> str:
    """A label as text alone: exports leave out what is HTML in it."""
    return " ".join(html.unescape(TAG.sub(" ", label)).split()).casefold()


def columns_of_export(headers: Sequence[str], dictionary: DataDictionary, file: str) -> ExportColumns:
    """Each column's field; raises IN-14 for columns that neither the dictionary nor REDCap has, IN-16."""
    forms = {field.form for field in dictionary.fields.values()}
    by_name = [named(header, dictionary.fields, forms) for header in headers]
    columns = tuple(column for column in by_name if column)
    ambiguous: dict[str, tuple[str, ...]] = {}
    strange: list[str] = []
    if len(columns) < len(headers):
        columns, ambiguous, strange = labelled(headers, dictionary)
        if len(strange) >= by_name.count(None):
            strange = [header for header, column in zip(headers, by_name, strict=True) if column is None]
    if not columns[0].name:
        strange = [headers[0], *strange]
    if strange:
        raise InputRefused(
            "IN-14",
            f"The data dictionary does not have {counted(len(strange), 'field')} of the export: "
            + "; ".join(strange[:10]),
            file=file,
            column=strange[0],
            remedy="Put the data dictionary of this very project beside it.",
        )
    first, identifier = columns[0].name, next(iter(dictionary.fields))
    if first != identifier and (
        first.startswith("redcap_") or any(each.name == identifier for each in columns)
    ):
        raise InputRefused(
            "IN-14",
            f"The first column of the export is {headers[0]!r}, not the record's identifier {identifier!r}",
            file=file,
            column=headers[0],
            remedy=f"Export it again as REDCap writes it, with {identifier!r} in the first column.",
        )
    taken = Counter((column.name, column.code) for column in columns if column.name)
    if doubled := [name for (name, _), count in taken.items() if count > 1]:
        raise InputRefused("IN-16", "Two columns have the same name", file=file, value=doubled[0])
    return ExportColumns(columns, ambiguous)


def named(header: str, fields: Mapping[str, DataField], forms: set[str]) -> ExportColumn | None:
    """The column that a header of names is, or None."""
    name, mark, suffix = header.partition("___")
    if (
        header in fields
        or header.startswith("redcap_")
        or any(header.endswith(end) and header.removesuffix(end) in forms for end in OWN_ENDS)
    ):
        return ExportColumn(header, header)
    if mark and name in fields and fields[name].is_checkbox:
        return ExportColumn(header, name, code_of(fields[name], suffix))
    return None


def code_of(field: DataField, suffix: str) -> str:
    """The code of a checkbox that a column's name ends in; REDCap makes names of lower-case letters of it.

    A code that the field does not have stays as it is; one that two codes become is marked as both.
    """
    fitting = [code for code in field.choices if suffix in (code, code.lower())]
    fitting = fitting or [code for code in field.choices if suffix.lower() in folded(code)]
    return "|".join(fitting) if fitting else suffix


def folded(code: str) -> set[str]:
    """How REDCap may write a code in a column's name: -1 as _1; other marks as _ or not at all."""
    lower = code.lower()
    return {re.sub(r"[^a-z0-9_]", "_", lower), re.sub(r"[^a-z0-9_]", "", lower.replace("-", "_"))}


def labelled(
    headers: Sequence[str], dictionary: DataDictionary
) -> tuple[tuple[ExportColumn, ...], dict[str, tuple[str, ...]], list[str]]:
    """Columns by the labels of their fields, labels that several fields have, and headers that none has.

    Where an export has as many columns of one label as the dictionary, they are in its order.
    """
    targets: dict[str, list[tuple[str, str | None]]] = {}
    for field in dictionary.fields.values():
        label = plain(field.label)
        if field.is_checkbox:
            for code, choice in field.choices.items():
                targets.setdefault(f"{label} (choice={plain(choice)})", []).append((field.name, code))
        else:
            targets.setdefault(label, []).append((field.name, None))
    keys = [label_key(header) for header in headers]
    counts = Counter(keys)
    used: Counter[str] = Counter()
    columns, strange = [], []
    ambiguous: dict[str, tuple[str, ...]] = {}
    for header, key in zip(headers, keys, strict=True):
        fitting = targets.get(key, [])
        if key in OWN_LABELS:
            columns.append(ExportColumn(header, OWN_LABELS[key]))
        elif len(fitting) > counts[key]:
            ambiguous[header] = tuple(name for name, _ in fitting)
            columns.append(ExportColumn(header, ""))
        elif used[key] < len(fitting):
            columns.append(ExportColumn(header, *fitting[used[key]]))
            used[key] += 1
        elif key in STATUS_LABELS:
            columns.append(ExportColumn(header, ""))
        else:
            columns.append(ExportColumn(header, ""))
            strange.append(header)
    return tuple(columns), ambiguous, strange


def label_key(header: str) -> str:
    found = CHOICE.fullmatch(header)
    return f"{plain(found[1])} (choice={plain(found[2])})" if found else plain(header)
