"""The models built by Spark into folders of Parquet, published as one: all tables and tests, or none.

dbt is the driver, in a process of its own as always. Its catalogue ends with it; the Parquet stays.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.building.run_dbt import NO_EXPOSURES, invoke, read_definition
from flows.building.spark.failures import describe_lost_workers, refusal
from flows.errors import ResourcesExhausted, UsageError
from flows.home import Home
from flows.integrity.durable import fsync_folder, fsync_path
from flows.terminal.progress import Progress, silent

ABOUT = "build.json"
CURRENT, DRAFT = "current", ".draft-"
CONNECT_SECONDS = 5.0
ADDRESSES = re.compile(r"spark://(.+)")


@dataclass(frozen=True, slots=True)
class SparkBuild:
    """One complete build: where its tables lie, which study, how many models and tests."""

    tables: str
    study: str
    master: str
    n_models: int
    n_tests: int
    warnings: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        warned = f", {len(self.warnings)} warned ({', '.join(self.warnings)})" if self.warnings else ""
        return (
            f"spark: study {self.study}, {self.n_models} models, {self.n_tests} tests passed{warned};"
            f" tables in {self.tables}"
        )


def build_on_spark(
    home: Home,
    master: str,
    landed: Path,
    *,
    configuration: Path | None = None,
    study: Path | None = None,
    with_unit_tests: bool = False,
    progress: Progress | None = None,
    lost: threading.Event | None = None,
) -> SparkBuild:
    """Build every model on the cluster that `master` names, and test what was built.

    master         spark://host:port, or local[n] for Spark within one process
    landed         the raw tables as Parquet, a folder a table; every worker must see the path
    configuration  a folder with spark-defaults.conf (default: $SPARK_CONF_DIR as it is)
    lost           set by whoever sees that no worker is left; Spark would wait for others for ever
    study          a study definition file; the project's default study if omitted

    The tables come to lie in <home>/spark/current; every worker must be able to write there. Those of the
    last build stay until every model and test of this one is done.
    Raises UsageError (exit 2) for a Spark of another version, ResourcesExhausted (exit 6) when no master
    answers or the cluster is lost, InputRefused for a study, AuditRefused naming the tests that failed.
    """
    definition = read_definition(study)
    given = definition if study is not None else None
    require_master(master)
    workshop = home.work / "spark" / "dbt"
    draft = home.spark / f"{DRAFT}{os.getpid()}"
    for folder in (workshop, home.spark):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(home)

    verb = ["build", "--target", "spark", *NO_EXPOSURES]
    verb += [] if with_unit_tests else ["--exclude-resource-type", "unit_test"]
    settings = settings_for(master, landed, draft, configuration)
    try:
        results, words = invoke(verb, workshop, given, settings, progress or silent, is_hopeless=lost)
        if results is None or results.failures:
            if lost is not None and lost.is_set():
                raise describe_lost_workers(workshop.parent)
            raise refusal(results, words)
        build = SparkBuild(
            tables=str(home.spark / CURRENT),
            study=definition["study"]["name"],
            master=master,
            n_models=len(results.models),
            n_tests=len(results.tests),
            warnings=tuple(warning.name for warning in results.warnings),
        )
        settle(home, draft, build)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return build


def settings_for(master: str, landed: Path, tables: Path, configuration: Path | None) -> Mapping[str, str]:
    """What the profile reads, and what Spark itself reads at its start."""
    settings = {
        "METACHRON_SPARK_MASTER": master,
        "METACHRON_SPARK_RAW": str(landed),
        "METACHRON_SPARK_TABLES": str(tables),
    }
    if configuration is not None:
        settings["SPARK_CONF_DIR"] = str(configuration)
    return settings


def require_master(master: str) -> None:
    """Stop unless somebody listens where the master should be; Spark itself would try for a minute."""
    named = ADDRESSES.fullmatch(master)
    if named is None:
        if re.fullmatch(r"local(\[[\d*]+\])?", master):
            return
        raise UsageError(
            "SPK-05",
            "This is not the address of a Spark master",
            value=master,
            unchanged="Nothing was started.",
        )
    for address in named[1].split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
            return
        except (OSError, ValueError, OverflowError):
            continue
    raise ResourcesExhausted(
        "SPK-06",
        "No Spark master answers",
        value=master,
        unchanged="Nothing was started.",
    )


def settle(home: Home, draft: Path, build: SparkBuild) -> None:
    """Give the finished tables their names, flush them, and swing `current` to them."""
    # The raw tables were read where they lie, so that their schema holds nothing.
    (draft / "raw.db").rmdir()
    for schema in draft.glob("*.db"):
        schema.rename(schema.with_suffix(""))
    (draft / ABOUT).write_text(json.dumps(build.facts(), indent=1) + "\n", encoding="utf-8")
    for path in sorted(draft.rglob("*")):
        fsync_path(path)
    draft.chmod(0o700)
    number = max((int(folder.name) for folder in numbered(home)), default=0) + 1
    finished = home.spark / f"{number:06d}"
    draft.rename(finished)
    fsync_folder(home.spark)
    link = home.spark / f"{DRAFT}link"
    link.unlink(missing_ok=True)
    link.symlink_to(finished.name)
    link.replace(home.spark / CURRENT)
    fsync_folder(home.spark)
    sweep(home)


def numbered(home: Home) -> list[Path]:
    return [folder for folder in home.spark.iterdir() if folder.name.isdigit()]


def sweep(home: Home) -> None:
    """Remove what killed builds left, and every finished build but the current one."""
    current = (home.spark / CURRENT).resolve()
    for folder in [*home.spark.glob(f"{DRAFT}*"), *numbered(home)]:
        if folder.resolve() != current and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
