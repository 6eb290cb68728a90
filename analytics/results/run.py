"""The run that made the results, and the deliveries they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """When, with what code, from which release.

    inputs       what the release's manifest says of each delivery, as it says it; `path` comes first
    ledger_head  place and seal of the ledger's last event; no key in results.json where there is no ledger
    """

    id: str
    started_at: str
    duration_seconds: float
    code_version: str
    packages: dict[str, str]
    inputs: tuple[dict[str, Any], ...]
    warehouse_release: str
    ledger_head: str | None = field(default=None, metadata={"absent_if_none": True})

    @property
    def input_hashes(self) -> list[str]:
        """SHA-256 of each delivery, in order."""
        return sorted(given["sha256"] for given in self.inputs)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that the marts were built from, as the warehouse's ledger states it."""

    load_id: str
    source: str
    kind: str
    file_name: str
    sha256: str
    bytes: int
    rows_read: int
    rows_landed: int
    rows_rejected: int
    database_name: str | None
    submission_year: int | None
    is_synthetic: bool | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Data:
    """is_synthetic: whether any delivery is; then nobody should take the report for a finding."""

    is_synthetic: bool
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """What a section of the report says about the rows its numbers were made from, and how many they are."""

    section: str
    numbers: str
    mart: str
    sql: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class TracedRows:
    """The rows behind one number or several: their table, the SQL that gives them, how many they are.

    mart  the table that the SQL reads: a mart, or what the mart was made from
    """

    mart: str
    sql: str
    n_rows: int
