"""Our tables in a REDCap project: which fields they need, and what the rows of an export make of them.

Rows of the patients' table are one a patient: what its rows of several events say is put together, and where
they contradict each other the mapping names the event. A second cancer is one row each time its form is
filled, in whatever event and whether it repeats or not; what the form does not hold comes from the patient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.errors import InputRefused
from flows.landing.forms.hospital import mapping
from flows.landing.forms.hospital.cells import NumberedRow
from flows.landing.forms.hospital.mapping import Entry, one_line
from flows.landing.forms.redcap.dictionary import DataDictionary, DataField
from flows.landing.forms.redcap.export import CHECKED, EVENT, INSTRUMENT, UNCHECKED, ExportColumns
from flows.terminal.wording import counted

MOST_LISTED = 40


@dataclass(frozen=True, slots=True)
class Table:
    """One of our tables in the project.

    form     that its rows belong to
    fields   column -> field
    missing  codes and words that mean nothing, as the mapping declares them
    event    the event that rows come from, or column -> event
    """

    name: str
    form: str
    fields: Mapping[str, str]
    missing: tuple[str, ...] = ()
    event: str | Mapping[str, str] | None = None


@dataclass(slots=True)
class Strange:
    """Cells of one field with one text that no choice explains: the first line, and how many."""

    line: int
    count: int = 0


@dataclass(slots=True)
class ExportReader:
    """The rows of an export, with codes as labels; unknown choices are collected."""

    export: ExportColumns
    dictionary: DataDictionary
    strange: dict[tuple[str, str], Strange] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, column in enumerate(self.export.columns):
            self.places.setdefault(column.name, []).append(place)

    def value(self, name: str, line: int, cells: Sequence[str], missing: Sequence[str]) -> str:
        """What a row says in a field."""
        places = self.places.get(name, [])
        about = self.dictionary.fields.get(name)
        if about is not None and about.is_checkbox:
            chosen = (
                self.choice(about, self.export.columns[place].code or "", cells[place].strip(), line, missing)
                for place in places
                if is_checked(cells[place])
            )
            return "; ".join(filter(None, chosen))
        cell = cells[places[0]] if places else ""
        if about is not None and about.choices and cell.strip():
            return self.label(about, cell, line, missing)
        return cell

    def label(self, about: DataField, cell: str, line: int, missing: Sequence[str]) -> str:
        code = cell.strip()
        if code in about.doubled:
            self.note(about.name, cell, line)
        if (label := about.choices.get(code)) is not None:
            return label
        if code not in about.choices.values() and code not in missing:
            self.note(about.name, cell, line)
        return cell

    def choice(self, about: DataField, code: str, cell: str, line: int, missing: Sequence[str]) -> str:
        """The label of a checked choice, or nothing if its code is declared to mean missing."""
        label = about.choices.get(code) if code not in about.doubled else None
        if label is not None and (cell.lower() in CHECKED or cell == label):
            return label
        is_declared = code.strip("_").lower() in {word.strip("-_").lower() for word in missing}
        if cell not in missing and not is_declared:
            self.note(about.name, cell if label is not None else code, line)
        return ""

    def note(self, name: str, cell: str, line: int) -> None:
        self.strange.setdefault((name, cell), Strange(line)).count += 1


def is_checked(cell: str) -> bool:
    """Whether the cell of a checkbox is filled: with 1, Checked, or as some exports do with its label."""
    return cell.strip().lower() not in UNCHECKED


def tables_of(
    dictionary: DataDictionary, export: ExportColumns, entries: Sequence[Entry], file: str
) -> list[Table]:
    """Our tables in the project: by the mapping, else by fields that have our columns' names."""
    delivered = {column.name: column.name for column in export.columns if column.name}
    by_header = {one_line(column.header): column.name for column in export.columns if column.code is None}
    key = export.columns[0].name
    tables = []
    if entries:
        for entry in entries:
            wanted = {
                column: delivered.get(said) or by_header.get(said, "")
                for column, said in entry.columns.items()
            }
            if form := form_of(entry.table, wanted, dictionary):
                refuse_absent(entry, wanted, export, file)
                missing = (*entry.missing_words, *entry.missing_codes)
                tables.append(Table(entry.table, form, wanted, missing, entry.event))
    else:
        for name, columns in mapping.TABLES.items():
            refuse_ambiguous(columns, export, file)
            own = {
                column: column for column in columns if column in delivered and column in dictionary.fields
            }
            if form := form_of(name, own, dictionary):
                tables.append(Table(name, form, {"patient_key": key} | own))
    if not tables:
        raise InputRefused(
            "IN-25",
            "The REDCap export has no field that has one of our columns' names",
            file=file,
            remedy="Put a mapping file beside it that says which field is which column.",
        )
    return tables


def form_of(table: str, columns: Mapping[str, str], dictionary: DataDictionary) -> str | None:
    """The form that most of the table's own columns are in."""
    forms = Counter(
        dictionary.fields[name].form
        for column, name in columns.items()
        if name in dictionary.fields and is_only_in(table, column)
    )
    return forms.most_common(1)[0][0] if forms else None


def is_only_in(table: str, column: str) -> bool:
    return all(column not in columns for name, columns in mapping.TABLES.items() if name != table)


def refuse_absent(entry: Entry, wanted: Mapping[str, str], export: ExportColumns, file: str) -> None:
    absent = sorted(entry.columns[column] for column, name in wanted.items() if not name)
    if not absent:
        return
    said = {one_line(header): names for header, names in export.ambiguous.items()}
    if header := next((header for header in absent if header in said), None):
        raise ambiguous(header, said[header], file)
    raise InputRefused(
        "IN-25",
        f"The mapping file names {counted(len(absent), 'field')} that the export does not have: "
        + "; ".join(absent),
        file=file,
        remedy="Correct the mapping file, or export these fields too.",
    )


def refuse_ambiguous(columns: Sequence[str], export: ExportColumns, file: str) -> None:
    """Raises IN-25 for a label that stands for several fields, one of which has the name of our column."""
    for header, names in export.ambiguous.items():
        if not set(columns).isdisjoint(names):
            raise ambiguous(header, names, file)


def ambiguous(header: str, names: Sequence[str], file: str) -> InputRefused:
    return InputRefused(
        "IN-25",
        f"The label {header!r} stands for several fields: " + ", ".join(names),
        file=file,
        remedy="Export the data with the names of the fields for headers.",
    )


# ---------------------------------------------------------------- rows


@dataclass(slots=True)
class PatientRows:
    """What the rows of one patient say: column -> value -> where it is said first.

    line   of the first row of the form, or 0
    """

    key: str
    line: int = 0
    said: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table, and what became of the lines of the export.

    used     lines that they were made from
    empty    lines of the repeating form in which nothing is filled in
    outside  mapped columns that only other events fill than the mapping names -> these events
    """

    rows: list[NumberedRow]
    used: set[int]
    empty: set[int]
    outside: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class FormRow:
    """One row of a form, with the columns that the form has."""

    line: int
    key: str
    values: dict[str, str]


def rows_of(table: Table, rows: Iterable[NumberedRow], reader: ExportReader, file: str) -> TableRows:
    """The rows of one table; raises InputRefused IN-21, IN-25."""
    places = PlacesOf(table, reader)
    is_put_together = "mm_dx_date" in table.fields and places.event is not None
    patients: dict[str, PatientRows] = {}
    forms: list[FormRow] = []
    used: set[int] = set()
    empty: set[int] = set()
    filled: dict[str, set[str]] = {}
    events: set[str] = set()
    for line, cells in rows:
        if len(cells) != len(reader.export.columns):
            continue
        key, event, instrument = cells[0], places.cell(cells, EVENT), places.cell(cells, INSTRUMENT)
        events.add(event)
        is_of_event = not isinstance(table.event, str) or squeezed(table.event) == squeezed(event)
        is_filled = is_of_event and places.is_filled(cells)
        if is_filled and not is_put_together:
            forms.append(FormRow(line, key, places.values(places.inside, line, cells)))
        used |= {line} if is_filled else set()
        for column in places.filled_columns(cells) if table.event is not None else ():
            filled.setdefault(column, set()).add(event)
        if instrument and squeezed(instrument) == squeezed(table.form) and not places.is_filled(cells):
            empty.add(line)
        if (instrument and not (is_put_together and is_filled)) or (is_put_together and not is_of_event):
            continue
        patient = patients.setdefault(key, PatientRows(key))
        patient.line = patient.line or (line if is_filled else 0)
        where = event or f"line {line:,}"
        asked = places.inside + places.outside if is_put_together else places.outside
        for column, value in places.values(asked, line, cells).items():
            if value.strip() and places.is_wanted(column, event):
                patient.said.setdefault(column, {}).setdefault(value, where)
                used |= {line} if is_put_together else set()
    refuse_absent_events(table, events, file)
    if is_put_together:
        every = places.inside + places.outside
        said = {
            patient.line: merged(table, patient, every, file) for patient in patients.values() if patient.line
        }
    else:
        said = {
            row.line: row.values | merged(table, patients[row.key], places.outside, file)
            if row.key in patients
            else row.values
            for row in forms
        }
    outside = columns_outside(table, filled)
    if outside and (not said or not isinstance(table.event, str)):
        refuse_other_events(table, outside, file)
    landing = [
        (line, tuple(values.get(column, "") for column in table.fields))
        for line, values in sorted(said.items())
    ]
    return TableRows(landing, used, empty, outside)


def columns_outside(table: Table, filled: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Columns that the mapping wants from an event that never fills them, and the events that do."""
    outside = {}
    for column, events in sorted(filled.items()):
        wanted = table.event if isinstance(table.event, str) else (table.event or {}).get(column)
        if wanted is not None and squeezed(wanted) not in map(squeezed, events):
            outside[column] = tuple(sorted(events))
    return outside


def refuse_other_events(table: Table, outside: Mapping[str, Sequence[str]], file: str) -> None:
    """Raises IN-25 for columns that the mapping wants from an event in which they are never filled."""
    fields = [f"{table.fields[column]} ({', '.join(events)})" for column, events in outside.items()]
    column, (event, *_) = next(iter(outside.items()))
    raise InputRefused(
        "IN-25",
        f"The event that the mapping file names for {table.name} does not fill "
        f"{counted(len(fields), 'field')}, and others do: {'; '.join(fields[:MOST_LISTED])}",
        file=file,
        remedy=f"Name the event that holds them in the mapping file: `event: {event}` for the whole table, "
        f"or one a column, as in `event: {{{column}: {event}}}`; without `event` every event is read.",
    )


def refuse_absent_events(table: Table, events: set[str], file: str) -> None:
    """Raises IN-25 for an event that the mapping names and no row of the export has."""
    named = {table.event} if isinstance(table.event, str) else set((table.event or {}).values())
    if absent := sorted(event for event in named if squeezed(event) not in map(squeezed, events)):
        raise InputRefused(
            "IN-25",
            f"The mapping file names {counted(len(absent), 'event')} that the export does not have: "
            + "; ".join(absent),
            file=file,
            remedy="Correct the event in the mapping file, or export its rows too. The export has "
            f"{'; '.join(sorted(filter(None, events))[:MOST_LISTED]) or 'no events'}.",
        )


@dataclass(slots=True)
class PlacesOf:
    """Where the rows of an export say what one table asks for.

    here             places of its form's fields, those of checkboxes apart
    inside, outside  columns that its form has, with the patient's number; and those of other forms
    """

    table: Table
    reader: ExportReader
    inside: list[str] = field(init=False)
    outside: list[str] = field(init=False)
    here: list[int] = field(init=False)
    boxes: list[int] = field(init=False)
    own: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        fields, columns = self.reader.dictionary.fields, self.reader.export.columns
        of_form = {name for name, about in fields.items() if about.form == self.table.form}
        places = [place for place, column in enumerate(columns) if place and column.name in of_form]
        self.boxes = [place for place in places if columns[place].code is not None]
        self.here = [place for place in places if columns[place].code is None]
        said = self.table.fields.items()
        self.inside = [column for column, name in said if name in of_form or column == "patient_key"]
        self.outside = [column for column in self.table.fields if column not in self.inside]
        self.own = {
            column.name: place for place, column in enumerate(columns) if column.name in (EVENT, INSTRUMENT)
        }

    @property
    def event(self) -> int | None:
        return self.own.get(EVENT)

    def cell(self, cells: Sequence[str], name: str) -> str:
        return cells[self.own[name]] if name in self.own else ""

    def is_filled(self, cells: Sequence[str]) -> bool:
        """Whether a row is one of the form: something is filled in, not its repetition's number alone."""
        return any(cells[place].strip() for place in self.here) or any(
            is_checked(cells[place]) for place in self.boxes
        )

    def filled_columns(self, cells: Sequence[str]) -> Iterator[str]:
        """The columns that the mapping's event holds for and a row fills."""
        is_of_form = isinstance(self.table.event, str) and "mm_dx_date" not in self.table.fields
        for column in self.inside if is_of_form else self.table.fields:
            name = self.table.fields[column]
            about = self.reader.dictionary.fields.get(name)
            is_said = is_checked if about is not None and about.is_checkbox else str.strip
            if column != "patient_key" and any(is_said(cells[at]) for at in self.reader.places.get(name, ())):
                yield column

    def values(self, columns: Iterable[str], line: int, cells: Sequence[str]) -> dict[str, str]:
        return {
            column: self.reader.value(self.table.fields[column], line, cells, self.table.missing)
            for column in columns
        }

    def is_wanted(self, column: str, event: str) -> bool:
        """Whether the mapping wants a column's value from this event."""
        wanted = self.table.event.get(column) if isinstance(self.table.event, Mapping) else None
        return wanted is None or squeezed(wanted) == squeezed(event)


def merged(table: Table, patient: PatientRows, columns: Iterable[str], file: str) -> dict[str, str]:
    """One value a column; raises IN-21 where the events of a patient say different things.

    A code that is declared to mean missing contradicts no value.
    """
    values = {}
    for column in columns:
        said = patient.said.get(column, {})
        if len(said) > 1:
            said = {value: at for value, at in said.items() if value.strip() not in table.missing} or said
        if len(said) > 1:
            raise contradiction(table, column, patient, list(said.values()), file)
        values[column] = next(iter(said), "")
    return values


def contradiction(
    table: Table, column: str, patient: PatientRows, places: Sequence[str], file: str
) -> InputRefused:
    are_events = len(set(places)) == len(places) and not any(place.startswith("line ") for place in places)
    by_event = (
        f"Name the event in the mapping file, as in `event: {{{column}: {places[0]}}}`, or `event: "
        f"{places[0]}` for the whole table; or correct it in the project."
    )
    return InputRefused(
        "IN-21",
        f"The field {table.fields[column]!r} of one patient has different values in several rows: "
        + ", ".join(places[:10]),
        file=file,
        line=patient.line or None,
        column=table.fields[column],
        value=patient.key,
        remedy=by_event
        if are_events
        else "Correct it in the project, or export one of these rows only: no event tells them apart.",
    )


def squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def refuse_unknown_choices(reader: ExportReader, file: str) -> None:
    """Raises IN-19 for cells of fields that we read and no choice of the dictionary explains."""
    if not reader.strange:
        return
    listed = sorted(reader.strange.items(), key=lambda each: each[1].line)
    more = f"; and {len(listed) - MOST_LISTED} more" if len(listed) > MOST_LISTED else ""

    def what(with_value: bool) -> str:
        told = [
            f"{repr(cell) if with_value else 'one'} in {name!r} (first on line {found.line:,})"
            for (name, cell), found in listed[:MOST_LISTED]
        ]
        return f"The data dictionary has no such choices, or has them twice: {'; '.join(told)}{more}"

    (name, cell), found = listed[0]
    raise InputRefused(
        "IN-19",
        what(with_value=False),
        what_by_hand=what(with_value=True),
        file=file,
        line=found.line,
        column=name,
        value=cell,
        remedy="Put the data dictionary of this very project beside it; or, if these codes mean missing "
        "data, name them as missing_codes in a mapping file.",
    )
