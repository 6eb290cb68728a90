"""Seconds and memory of one build, by tumours and engine: what docs/scale.md quotes.

    python -m bench.scale --folder /tmp/scale --tumours 100000 1000000

Each size is the clean synthetic twin many times over, every copy with patients of its own. Nearly all of them
have the index cancer, as in a listing selected for one: a whole registry is lighter, because most of its rows
stop at the first screening rule. `dbt run` is measured, models alone; memory is the sum over all processes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from flows.building import run_dbt
from flows.building.build_file import discard
from flows.building.spark.build import settings_for
from flows.building.spark.loopback import loopback_cluster
from flows.building.spark.tools import require_spark
from flows.home import Home
from flows.landing import land
from flows.landing.raw_seal import seal
from flows.serving.export import export_parquet
from flows.terminal.progress import silent
from samples.synthetic import write_deliveries

SIZES = (100_000, 1_000_000, 5_000_000)
TWIN_SCALE = 1.55
SAMPLE_SECONDS = 0.25
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Usage:
    """What all processes below this one used: processor seconds, and the most memory at one time."""

    peak_bytes: int = 0
    cpu_seconds: dict[int, float] = field(default_factory=dict)
    wall_seconds: float = 0.0

    def row(self, tumours: int, engine: str) -> str:
        cpu, peak = sum(self.cpu_seconds.values()), self.peak_bytes / 2**30
        return f"| {tumours:,} | {engine} | {self.wall_seconds:,.0f} | {cpu:,.0f} | {peak:.1f} |"


@contextmanager
def measured() -> Iterator[Usage]:
    """Sample the processes below this one until the block ends."""
    usage, over = Usage(), threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            resident = 0
            for pid, ticks, pages in below(os.getpid()):
                usage.cpu_seconds[pid] = ticks / TICKS
                resident += pages * PAGE_BYTES
            usage.peak_bytes = max(usage.peak_bytes, resident)

    sampler = threading.Thread(target=sample)
    started = time.monotonic()
    sampler.start()
    try:
        yield usage
    finally:
        usage.wall_seconds = time.monotonic() - started
        over.set()
        sampler.join()


def below(root: int) -> list[tuple[int, int, int]]:
    """Every process started by one of ours: its number, processor ticks and resident pages."""
    parents, seen = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        seen[pid] = (pid, int(fields[11]) + int(fields[12]), int(fields[21]))
    ours, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    return [seen[pid] for pid in ours - {root}]


def landed(folder: Path, tumours: int) -> Home:
    """A home whose registry delivery is the twin so often that it has at least so many tumours."""
    home = Home(folder / f"{tumours}").prepare()
    if home.raw.exists():
        return home
    write_deliveries(home.inbox, scale=TWIN_SCALE, every_case=True)
    land.load([home.inbox], home)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed")
        connection.execute("use landed")
        rows = int(connection.execute("select count(*) from raw.seer_listing").fetchall()[0][0])
        copies = -(-tumours // rows)
        connection.execute(
            "insert into raw.seer_listing by name"
            " select listing.* replace (patient_id || '-' || copy as patient_id,"
            f" source_line + copy * {rows} as source_line)"
            f" from raw.seer_listing as listing cross join range(1, {copies}) as copies (copy)"
        )
        connection.execute(
            f"update raw.loads set rows_read = rows_read * {copies}, rows_landed = rows_landed * {copies}"
            " where kind = 'seer_listing'"
        )
    seal(home)
    return home


def by_duckdb(home: Home, run: Sequence[str]) -> Usage:
    candidate = home.work / home.build.name
    run_dbt.create_empty(candidate)
    settings = {"METACHRON_BUILD": str(candidate), "METACHRON_RAW": str(home.raw)}
    with measured() as usage:
        results, words = run_dbt.invoke(run, candidate.parent, None, settings, silent)
    discard(candidate)
    if results is None or results.failures:
        raise SystemExit(words or str(results))
    return usage


def by_spark(home: Home, parquet: Path, run: Sequence[str]) -> Usage:
    """On a master and two workers of 1 core and 2 GB each, and a driver of 1 GB."""
    workshop, tables = home.work / "spark", home.work / "spark" / "tables"
    workshop.mkdir(exist_ok=True)
    shutil.rmtree(tables, ignore_errors=True)
    with loopback_cluster(require_spark(), workshop) as cluster, measured() as usage:
        settings = settings_for(cluster.master, parquet, tables, cluster.configuration)
        results, words = run_dbt.invoke([*run, "--target", "spark"], workshop, None, settings, silent)
    shutil.rmtree(tables, ignore_errors=True)
    if results is None or results.failures:
        raise SystemExit(words or str(results))
    return usage


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="where the data go; kept for the next time"
    )
    parser.add_argument("--tumours", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--engines", nargs="+", choices=["duckdb", "spark"], default=["duckdb", "spark"])
    parser.add_argument("--select", nargs="+", help="models, as dbt selects them (default: all)")
    given = parser.parse_args(arguments)
    run = ["run", *(["--select", *given.select] if given.select else [])]
    n_processors = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{n_processors} cores; load {os.getloadavg()[0]:.1f} at the start\n")
    print("| tumours | engine | seconds | processor seconds | peak memory, GB |\n|---|---|---|---|---|")
    for tumours in given.tumours:
        home = landed(given.folder, tumours)
        if "duckdb" in given.engines:
            print(by_duckdb(home, run).row(tumours, "DuckDB"), flush=True)
        if "spark" in given.engines:
            parquet = home.work / "parquet"
            export_parquet(home, parquet, raw=True)
            print(by_spark(home, parquet, run).row(tumours, "Spark, two workers"), flush=True)


if __name__ == "__main__":
    main()
