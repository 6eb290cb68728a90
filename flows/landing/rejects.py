"""Rejects on their way into raw.rejects: as many as a file has records, and never all of them in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from flows.landing.forms.delivery import Reject

AT_ONCE = 5_000


class RejectFile:
    """Rejects in the order in which they were added, in a file of ours; write inside `with`, read after."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.file = path.open("w", encoding="utf-8")
        path.chmod(0o600)

    def __enter__(self) -> RejectFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def add(self, reject: Reject) -> None:
        self.file.write(json.dumps(astuple(reject)) + "\n")
        self.count += 1

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Reject]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield Reject(*json.loads(line))


def insert(connection: duckdb.DuckDBPyConnection, load_id: str, rejects: Iterable[Reject]) -> None:
    """Put the rejects of one load into raw.rejects, many at a time."""
    left = iter(rejects)
    while batch := list(islice(left, AT_ONCE)):
        names = ("column_name", "reason_code", "reason", "raw_text")
        table = pa.table(
            {
                "source_line": pa.array([each.source_line for each in batch], pa.int64()),
                **{name: pa.array([getattr(each, name) for each in batch], pa.string()) for name in names},
            }
        )
        connection.register("rejects", table)
        connection.execute("insert into raw.rejects by name select ? as load_id, * from rejects", [load_id])
        connection.unregister("rejects")


def reasons(connection: duckdb.DuckDBPyConnection, load_id: str) -> tuple[tuple[str, int], ...]:
    """Why rows of a load were rejected, and how many; the most frequent reason first."""
    return tuple(
        connection.execute(
            "select reason_code, count(*) from raw.rejects where load_id = ? group by 1 "
            "order by 2 desc, min(rowid)",
            [load_id],
        ).fetchall()
    )
