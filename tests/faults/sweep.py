"""Killed before its first file operation, its second, and so on to its last; and run again each time."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import sha256_of
from flows.maintenance.verify import verify
from flows.publishing import publish
from tests.faults.children import killed_at_line, killed_at_operation
from tests.faults.scene import SECRETS, copied, leaks, open_to_others

EVERY = "METACHRON_EVERY_KILL_POINT"  # set by `make soak`; otherwise some are tried


@dataclass(frozen=True)
class Outcome:
    """What a home holds, whenever and in however many attempts it came to hold it."""

    vault: frozenset[str]
    rows: dict[str, tuple[int, int]]
    release: str | None
    tables: dict[str, str]
    files: frozenset[str]

    @classmethod
    def of(cls, home: Home) -> Outcome:
        release = publish.current_release(home)
        names = (str(path.relative_to(home.root)) for path in home.root.rglob("*") if not path.is_dir())
        return cls(
            vault=frozenset(path.name for path in home.vault.iterdir()),
            rows=dict(rows_of(home)),
            release=release.id if release else None,
            tables={
                name: rows
                for name, rows in publish.digest(release.warehouse).items()
                if name != publish.HISTORY
            }
            if release
            else {},
            files=frozenset(name for name in names if not name.startswith("certificates/")),
        )


def rows_of(home: Home) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each raw table with its number of rows and a sum over their texts, in no order."""
    if not home.raw.exists():
        return
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' and table_name <> 'loads'"
        ).fetchall()
        for (table,) in tables:
            [found] = connection.execute(
                "select count(*), coalesce(sum(md5_number_lower(t::varchar)::hugeint), 0) "
                f"from landed.raw.{table} as t"
            ).fetchall()
            yield table, found


def steps(every: int) -> range:
    """The operations at which to kill: all of them when asked, else one of `every`."""
    return range(1, 2_000, 1 if os.environ.get(EVERY) else every)


def sweep(
    start: Home,
    folder: Path,
    action: Callable[..., Any],
    *given: Any,
    every: int,
    at_lines_of: str | None = None,
    gone: bool = False,
) -> tuple[int, list[str]]:
    """Points tried, and what was wrong at some: action(home, *given) killed, looked at, and done again.

    at_lines_of  kill before executed lines of this module instead of before file operations
    gone         the action removes the canaries: they must be nowhere in the end
    """
    undisturbed = copied(start, folder / "undisturbed")
    action(undisturbed, *given)
    wanted = Outcome.of(undisturbed)
    old = publish.current_release(start)
    wrong: list[str] = []
    for points, last in enumerate(steps(every), start=1):
        home = copied(start, folder / "killed")
        if at_lines_of is None:
            ended = killed_at_operation(last, home.root, action, *given)
        else:
            ended = killed_at_line(last, home.root, at_lines_of, action, *given)
        try:
            assert ended in (0, -signal.SIGKILL), f"it ended with {ended}"
            look_at(home, old)
            action(home, *given)
            assert verify(home).notes == (), "something is still half done"
            assert Outcome.of(home) == wanted, "run again, it ends otherwise than undisturbed"
            assert leaks(home.root) == []
            before = home.ledger.read_bytes()
            if not gone:
                action(home, *given)
                assert home.ledger.read_bytes() == before, "a third run does something"
            if gone:
                assert traces(home.root) == [], "some of it is still there"
        except Exception as failure:
            wrong.append(f"before operation {last}: {type(failure).__name__}: {failure}")
        shutil.rmtree(home.root)
        if ended == 0:
            return points, wrong
    raise AssertionError("it never came to its end")


def look_at(home: Home, old: publish.Release | None) -> None:
    """Right after the kill: what analysts read is whole, and nothing is damaged, open or leaking."""
    current = publish.current_release(home)
    if current is not None:
        assert sha256_of(home.warehouse) == current.warehouse_sha256, "the release is torn"
    ledger.read(home)
    verify(home)
    assert open_to_others(home) == []
    # What was being taken in when the process died; private, and gone after the next run.
    assert [file for file in leaks(home.root) if not file.startswith("work/")] == []


def traces(root: Path, secrets: tuple[bytes, ...] = SECRETS) -> list[str]:
    """Every file below a folder, whatever it is, in which a canary stands as bytes."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [
        str(path.relative_to(root))
        for path in files
        if any(secret in path.read_bytes() for secret in secrets)
    ]
