"""Two publishers that take turns by the lock, against four readers that never stop looking."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import duckdb

from flows.errors import WarehouseBusy
from flows.home import Home
from flows.integrity.lock import single_writer
from flows.publishing import publish
from tests.faults.children import FORKED
from tests.publishing.made_home import make_build, make_home, write_audit

SECONDS = float(os.environ.get("METACHRON_SOAK_SECONDS", "60"))
PUBLISHERS, READERS = 2, 4


def publish_on_and_on(root: Path, which: int, until: float, told: Path) -> None:
    """Build and publish the next version whenever the lock is free; count what came of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.umask(0o077)
    publish.code_version = lambda: "0.1.0+tested"
    home = Home(root)
    counts = {"published": 0, "busy": 0}
    while time.time() < until:
        try:
            with single_writer(home):
                (version,) = (int(line) for line in [(root / "work" / "version").read_text()])
                (root / "work" / "version").write_text(str(version + 1))
                make_build(home, version % 15 + 1, rows=50 + version)
                write_audit(home)
                publish.publish(home)
                (root / "work" / "last").write_text(str(50 + version))
                counts["published"] += 1
        except WarehouseBusy:
            counts["busy"] += 1
            time.sleep(0.01)
    told.write_text(json.dumps(counts))


def read_on_and_on(root: Path, until: float, told: Path) -> None:
    """Open what the link leads to; both tables must be of one release, and none older than one just ended."""
    counts = {"read": 0, "torn": 0, "missing": 0, "stale": 0}
    home = Home(root)
    while time.time() < until:
        finished = int((root / "work" / "last").read_text() or 0)
        try:
            with duckdb.connect(str(home.warehouse.resolve()), read_only=True) as connection:
                [(one, another, versions)] = connection.execute(
                    "select (select count(*) from marts.index_patients), "
                    "(select count(*) from marts.second_primaries), "
                    "(select count(distinct version) from (select version from marts.index_patients "
                    "union all select version from marts.second_primaries))"
                ).fetchall()
        except (duckdb.Error, OSError):
            counts["missing"] += 1
            continue
        counts["read"] += 1
        counts["torn"] += one != another or versions != 1
        counts["stale"] += one < finished
    told.write_text(json.dumps(counts))


def soak() -> str:
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        publish.publish(home)
        (home.work / "version").write_text("1")
        (home.work / "last").write_text("50")
        until = time.time() + SECONDS
        running = [
            FORKED.Process(
                target=publish_on_and_on, args=(home.root, number, until, Path(folder) / f"p{number}")
            )
            for number in range(PUBLISHERS)
        ]
        running += [
            FORKED.Process(target=read_on_and_on, args=(home.root, until, Path(folder) / f"r{number}"))
            for number in range(READERS)
        ]
        for process in running:
            process.start()
        for process in running:
            process.join()
            assert process.exitcode == 0, "a publisher or a reader broke off"
        published = summed(Path(folder), "p")
        read = summed(Path(folder), "r")
    wrong = {name: read[name] for name in ("torn", "missing", "stale") if read[name]}
    assert not wrong, f"{wrong} of {read['read']} reads"
    assert published["published"] > SECONDS / 10 and read["read"] > SECONDS
    return (
        f"{SECONDS:.0f} s: {published['published']} releases by {PUBLISHERS} publishers "
        f"({published['busy']:,} times turned away), {read['read']:,} reads by {READERS} readers, "
        f"torn {read['torn']}, missing {read['missing']}, stale {read['stale']}"
    )


def summed(folder: Path, letter: str) -> dict[str, int]:
    told = [json.loads(file.read_text()) for file in folder.glob(f"{letter}[0-9]")]
    return {name: sum(each[name] for each in told) for name in told[0]}
