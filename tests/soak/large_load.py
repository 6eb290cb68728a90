"""A very large load, killed at random moments and run again, against the same load undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import duckdb

from flows.home import Home
from flows.landing import land
from flows.maintenance.verify import verify
from tests.faults.actions import load
from tests.faults.children import FORKED, coded
from tests.faults.sweep import rows_of
from tests.landing.deliveries import Listing

RECORDS = int(os.environ.get("METACHRON_SOAK_RECORDS", "25000000"))
KILLS = 10
SEED = 20_261_123
BYTES_A_RECORD = 140


def soak() -> str:
    folder = Path(os.environ.get("METACHRON_SOAK_FOLDER", tempfile.gettempdir())) / "metachron-soak"
    needed = 5 * RECORDS * BYTES_A_RECORD
    assert shutil.disk_usage(folder.parent).free > needed, f"{folder.parent} needs {needed / 1e9:.0f} GB free"
    os.umask(0o077)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        inbox = written(folder / "inbox")
        began = time.monotonic()
        undisturbed = Home.at(folder / "undisturbed")
        [result] = land.load([inbox], undisturbed)
        seconds = alone = time.monotonic() - began
        assert (result.rows_landed, result.rows_rejected) == (RECORDS, 0)
        wanted = dict(rows_of(undisturbed))
        assert verify(undisturbed).n_rows == RECORDS
        shutil.rmtree(undisturbed.root)

        disturbed, moments = Home.at(folder / "disturbed"), []
        chance = random.Random(SEED)
        while len(moments) < KILLS:
            is_first = not disturbed.raw.exists()
            lived, was_killed = killed_at(chance.uniform(0.02, 0.98) * seconds, disturbed, inbox)
            if was_killed:
                moments.append(lived)
                continue
            # It came to its end before its moment: the next begins anew, and ends when a load now does.
            seconds = lived if is_first else seconds
            assert dict(rows_of(disturbed)) == wanted, "it ends otherwise than undisturbed"
            shutil.rmtree(disturbed.root)
        [again] = land.load([inbox], disturbed)
        assert again.rows_landed == RECORDS
        assert dict(rows_of(disturbed)) == wanted, "run again, it ends otherwise than undisturbed"
        report = verify(disturbed)
        assert (report.n_rows, report.n_loads, report.notes) == (RECORDS, 1, ())
        assert not list(disturbed.work.iterdir()), "something was left in the work folder"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told = ", ".join(f"{moment:.0f}" for moment in moments)
    return (
        f"{RECORDS:,} records, undisturbed in {alone:.0f} s; killed {KILLS} times after {told} s"
        " and run again: every row equal"
    )


def killed_at(seconds: float, home: Home, inbox: Path) -> tuple[float, bool]:
    """Load in a process of its own and kill it after a while: how long it lived, and whether it had to be."""
    process = FORKED.Process(target=coded, args=(load, home, inbox))
    began = time.monotonic()
    process.start()
    process.join(seconds)
    is_alive = process.is_alive()
    process.kill()
    process.join()
    return time.monotonic() - began, is_alive


def written(folder: Path) -> Path:
    """A listing of one record a patient, written by DuckDB because it is large; its dictionary by hand."""
    data = Listing(line_end="\n").write(folder)
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select printf('%08d', i), '01', 'One primary only', (1975 + i % 44)::varchar, "
            "if(i % 2 = 0, 'Male', 'Female'), if(i % 5 = 0, 'Black', 'White'), (20 + i % 60) || ' years', "
            "'421', '9732', 'Malignant', printf('%04d', i % 500), if(i % 3 = 0, 'Alive', 'Dead') "
            f"from range(1, {RECORDS} + 1) as numbers (i)) "
            f"to '{data}.rows' (header false, delimiter '\t', quote '')"
        )
    header = data.read_bytes().split(b"\n", 1)[0] + b"\n"
    with data.open("wb") as target, Path(f"{data}.rows").open("rb") as rows:
        target.write(header)
        shutil.copyfileobj(rows, target, 1 << 24)
    Path(f"{data}.rows").unlink()
    return folder
