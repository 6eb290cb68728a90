"""The unit tests of the models, on Spark: the rules hold on made-up rows there as they do on DuckDB."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml

from flows.building import run_dbt
from flows.building.run_dbt import PROJECT
from flows.building.spark import stage
from flows.building.spark.tools import require_spark
from flows.home import Home
from flows.landing import land
from samples.synthetic import write_deliveries


def soak() -> str:
    require_spark()
    files = (PROJECT / "models").rglob("*.yml")
    n_written = sum(len(yaml.safe_load(file.read_text()).get("unit_tests", [])) for file in files)
    assert n_written > 20
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder, "home")).prepare()
        write_deliveries(home.inbox, scale=0.02, every_case=True, variant="messy")
        land.load([home.inbox], home)
        by_spark = stage.spark(home, with_unit_tests=True)
        n_others = run_dbt.build(home).n_tests
    assert by_spark.n_tests == n_others + n_written, f"{by_spark.n_tests} tests passed"
    return f"{n_written} unit tests of models passed on Spark, and {n_others} tests of what it built"
