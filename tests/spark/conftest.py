"""The messy twin built by both engines, once; skipped where the extra is not installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.building import run_dbt
from flows.building.spark import loopback, stage
from flows.building.spark.build import SparkBuild
from flows.building.spark.tools import require_spark
from flows.errors import UsageError
from flows.home import Home
from flows.landing import land
from flows.landing.raw_seal import seal
from samples.synthetic import write_deliveries
from tests.evidence import missing
from tests.spark.odd_texts import add_odd_rows

# For a few thousand rows it is the start of things that costs: one partition, nothing compiled, a quick JIT.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
FOR_LITTLE_DATA = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.executor.extraJavaOptions": QUICK_JAVA,
    "spark.default.parallelism": "1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@dataclass(frozen=True, slots=True)
class BuiltTwice:
    """A home whose landed rows were built by DuckDB and by Spark, and what each said."""

    home: Home
    by_duckdb: run_dbt.BuildResult
    by_spark: SparkBuild

    @property
    def tables(self) -> Path:
        return self.home.spark / "current"


@pytest.fixture(scope="session")
def spark_can_run() -> None:
    try:
        require_spark()
    except UsageError as refusal:
        if refusal.code == "SPK-01":
            pytest.skip(refusal.what)
        missing(refusal.what)


@pytest.fixture(scope="session")
def home(spark_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the messy twin and rows on which engines may disagree, which nobody has built yet."""
    home = Home(tmp_path_factory.mktemp("engines") / "home").prepare()
    write_deliveries(home.inbox, scale=0.1, every_case=True, variant="messy")
    land.load([home.inbox], home)
    add_odd_rows(home.raw)
    seal(home)
    return home


@pytest.fixture(scope="session")
def by_spark(home: Home) -> SparkBuild:
    """`metachron spark` without --master: a cluster starts here, and everything is built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loopback, "SETTINGS", {**loopback.SETTINGS, **FOR_LITTLE_DATA})
        return stage.spark(home)


@pytest.fixture(scope="session")
def built_twice(home: Home, by_spark: SparkBuild) -> BuiltTwice:
    return BuiltTwice(home, run_dbt.build(home), by_spark)
