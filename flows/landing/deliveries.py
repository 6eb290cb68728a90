"""The kinds of delivery: one record each, and nothing else in the project lists them.

A new kind is a folder below forms/ with a reader, and a record here. Inbox and landing go through them;
raw.duckdb has their tables, all of which the audit counts; dbt's sources are held to them by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb

from flows.home import Home
from flows.landing import vault, vocabulary
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery
from flows.landing.forms.hospital import hospital, mapping
from flows.landing.forms.hospital.tables import TABLES as HOSPITAL_TABLES
from flows.landing.forms.naaccr import flat_files as naaccr_flat
from flows.landing.forms.naaccr import layout as naaccr_layout
from flows.landing.forms.naaccr import records as naaccr_records
from flows.landing.forms.naaccr import xml_documents as naaccr_xml
from flows.landing.forms.populations import populations
from flows.landing.forms.redcap import dictionary as dictionary_of_project
from flows.landing.forms.redcap import redcap
from flows.landing.forms.seer_ascii import ascii_files, sas_program
from flows.landing.forms.seer_listing import dictionary, listing, session_text
from flows.landing.forms.seer_matrix import matrix
from flows.landing.gathering import ReceivedFile
from flows.landing.vocabulary import overlay
from flows.terminal.progress import Progress

Columns = tuple[str, ...]
Mappings = Sequence[mapping.Mapping]


class Reader(Protocol):
    """How a kind is read; a module of these functions is one."""

    def gather(self, seen: Sequence[ReceivedFile], mappings: Mappings) -> list[RecognisedDelivery]:
        """Find the deliveries of this kind among the files of an inbox, each with what explains it."""

    def receive(self, delivery: RecognisedDelivery, home: Home) -> Received:
        """Take the bytes in, and give each file its load id."""

    def check(self, received: Received, progress: Progress | None = None) -> list[CheckedFile]:
        """Count and check; raises InputRefused."""

    def inspect(self, connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
        """Look at the rows in their table, and move some into raw.rejects; raises InputRefused."""


def no_file(seen: ReceivedFile, mappings: Mappings) -> bool:
    return False


def nothing_replaced(
    connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]
) -> dict[str, CheckedFile]:
    return {}


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What the first bytes of a file say it is.

    form       what they make of it: data, or what explains them
    is_marked  whether the file begins as nothing else does; others are asked only where no such mark is found
    """

    form: str
    looks_like: Callable[[bytes], bool]
    is_marked: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryKind:
    """One kind of delivery.

    name              of its reader, as the vault's notes have it
    words             what it is, for the person whose file was not recognised
    tables            raw table -> the text columns that it always has, besides load_id and source_line
    staged            the tables of which dbt makes something: its sources
    recognisers       of its files
    takes             whether a text or workbook without a mark is of this kind; its form is then `name`
    replaced          load id of each file that another file of the same load replaces -> that other file
    tables_of_a_file  whether one file lands in several tables
    """

    name: str
    words: str
    reader: Reader
    tables: Mapping[str, Columns]
    staged: Columns = ()
    recognisers: tuple[Recogniser, ...] = ()
    takes: Callable[[ReceivedFile, Mappings], bool] = no_file
    replaced: Callable[[duckdb.DuckDBPyConnection, Sequence[CheckedFile]], dict[str, CheckedFile]] = (
        nothing_replaced
    )
    tables_of_a_file: bool = False


def looks_like_redcap(seen: ReceivedFile, mappings: Mappings) -> bool:
    return seen.form == "text" and redcap.looks_like_export(vault.peek(seen.path))


def is_mapped(seen: ReceivedFile, mappings: Mappings) -> bool:
    return hospital.entry_for(seen.path, mappings) is not None


TUMORS = tuple(vocabulary.vocabulary().columns)

# In the order in which they land; a file is of the first that gathers it.
KINDS = (
    DeliveryKind(
        "overlay", "vocabulary overlays", overlay,
        tables={"vocabulary_overlay": vocabulary.OVERLAY_HEADER},
        recognisers=(Recogniser("overlay", vocabulary.looks_like_overlay),),
    ),
    DeliveryKind(
        "seer_ascii", "fixed-width releases with their SAS program", ascii_files,
        tables={"seer_ascii": TUMORS}, staged=("seer_ascii",),
        recognisers=(Recogniser("layout", sas_program.looks_like_layout, is_marked=False),),
    ),
    DeliveryKind(
        "seer_listing", "SEER*Stat listings with their .dic", listing,
        tables={"seer_listing": TUMORS}, staged=("seer_listing",),
        recognisers=(
            Recogniser("dictionary", dictionary.looks_like_dictionary),
            Recogniser("session", session_text.looks_like_session, is_marked=False),
            Recogniser("listing_program", sas_program.looks_like_listing_program, is_marked=False),
        ),
    ),
    DeliveryKind(
        "seer_matrix", "SEER*Stat matrices with their .dic", matrix,
        tables={"seer_matrix": ("session_type", "dimensions", "statistics")},
    ),
    DeliveryKind(
        "naaccr_xml", "NAACCR XML", naaccr_xml,
        tables=naaccr_records.TABLES, staged=tuple(naaccr_records.TABLES),
        recognisers=(Recogniser("naaccr_xml", naaccr_xml.looks_like_naaccr_xml),),
    ),
    DeliveryKind(
        "naaccr_flat", "NAACCR flat files", naaccr_flat,
        tables=naaccr_records.TABLES, staged=tuple(naaccr_records.TABLES),
        recognisers=(
            Recogniser("naaccr_layout", naaccr_layout.looks_like_layout),
            Recogniser("naaccr_flat", naaccr_flat.looks_like_naaccr_flat),
        ),
    ),
    DeliveryKind(
        "redcap", "REDCap exports with their data dictionary", redcap,
        tables={redcap.RECORDS: tuple(column.name for column in redcap.RECORD_COLUMNS), **HOSPITAL_TABLES},
        staged=tuple(HOSPITAL_TABLES),
        recognisers=(Recogniser("redcap_dictionary", dictionary_of_project.looks_like_data_dictionary),),
        takes=looks_like_redcap, tables_of_a_file=True,
    ),
    DeliveryKind(
        "hospital", "hospital CSV and XLSX files with their mapping file", hospital,
        tables=HOSPITAL_TABLES, staged=tuple(HOSPITAL_TABLES),
        recognisers=(Recogniser("mapping", mapping.looks_like_mapping),), takes=is_mapped,
        tables_of_a_file=True,
    ),
    DeliveryKind(
        "populations", "population files", populations,
        tables={populations.TABLE: populations.COLUMNS}, staged=(populations.TABLE,),
        recognisers=(Recogniser("populations", populations.looks_like_populations),),
        replaced=populations.replaced,
    ),
)  # fmt: skip
KIND = {kind.name: kind for kind in KINDS}


def recognisers(*, marked: bool) -> Iterator[Recogniser]:
    """Those of all kinds that know a file by its mark, or the others."""
    return (each for kind in KINDS for each in kind.recognisers if each.is_marked is marked)


def raw_tables() -> dict[str, Columns]:
    """Raw table -> its text columns, besides load_id and source_line."""
    return {table: columns for kind in KINDS for table, columns in kind.tables.items()}
