"""Kill a worker in the middle of a build by Spark and see what is left: a soak of some minutes.

    python -m bench.lost_worker --folder /tmp/soak

One of two workers is killed with its executor at a third of the build, then both. After each, either the
build is complete and equal to DuckDB's row by row; or it was refused with a paragraph, what stood published
before still stands, and the next build completes.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from bench.scale import below
from flows.building import run_dbt
from flows.building.spark.build import build_on_spark
from flows.building.spark.compare_engines import compare_engines
from flows.building.spark.loopback import Cluster, loopback_cluster
from flows.building.spark.tools import require_spark
from flows.errors import MetachronError
from flows.home import Home
from flows.landing import land
from flows.serving.export import export_parquet
from flows.terminal.progress import Progress
from samples.synthetic import write_deliveries

SCALE = 0.1
KILL_AT = 1 / 3

# For a few thousand rows it is the start of things that costs.
FOR_LITTLE_DATA = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def made(folder: Path) -> Home:
    """A home with the messy twin landed and built by DuckDB."""
    home = Home(folder / "home").prepare()
    write_deliveries(home.inbox, scale=SCALE, every_case=True, variant="messy")
    land.load([home.inbox], home)
    run_dbt.build(home)
    export_parquet(home, folder / "landed", raw=True)
    return home


def killing(cluster: Cluster, n_workers: int) -> Progress:
    """A listener that kills workers, and what they started, once the build is far enough."""
    left = list(cluster.workers[:n_workers])

    def listen(share: float | None, node: str) -> None:
        if share is None or share < KILL_AT:
            return
        while left:
            worker = left.pop()
            for pid in [*(process[0] for process in below(worker.pid)), worker.pid]:
                os.kill(pid, signal.SIGKILL)
            print(f"  worker {worker.pid} killed after {node}", flush=True)

    return listen


def build(home: Home, landed: Path, n_killed: int) -> bool:
    """Build on a cluster of two, of which some are killed; whether it was completed."""
    started = time.monotonic()
    with loopback_cluster(require_spark(), home.work / "spark", settings=FOR_LITTLE_DATA) as cluster:
        asked = {
            "configuration": cluster.configuration,
            "lost": cluster.lost,
            "progress": killing(cluster, n_killed),
        }
        try:
            build_on_spark(home, cluster.master, landed, **asked)
            ended = "completed"
        except MetachronError as refusal:
            ended = refusal.paragraph()
    print(f"{n_killed} of 2 workers killed: {ended} ({time.monotonic() - started:.0f} s)", flush=True)
    return ended == "completed"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="a new folder")
    parser.add_argument(
        "--killed", type=int, nargs="+", default=[1, 2], help="of two workers, build by build"
    )
    given = parser.parse_args(arguments)
    folder = given.folder.absolute()
    home = made(folder)
    current = home.spark / "current"
    for n_killed in given.killed:
        before = current.resolve()
        if not build(home, folder / "landed", n_killed):
            assert current.resolve() == before, "something was published by a build that failed"
            assert build(home, folder / "landed", 0), "the next build did not complete"
        print("  " + compare_engines(home).screen().splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
