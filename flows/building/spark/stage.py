"""One build by Spark from beginning to end: on the cluster that is named, or on one of our own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from flows.building.spark.build import SparkBuild, build_on_spark, require_master
from flows.building.spark.loopback import loopback_cluster
from flows.building.spark.tools import require_spark
from flows.home import Home
from flows.process.boundary import translating_failures
from flows.serving.export import export_parquet
from flows.terminal.progress import stage


@translating_failures
def spark(
    home: Home,
    *,
    master: str | None = None,
    landed: Path | None = None,
    study: Path | None = None,
    with_unit_tests: bool = False,
) -> SparkBuild:
    """Build the tables of the landed deliveries on Spark; whoever calls is the single writer.

    master  the cluster's address; without one, a master and two workers are started here and stopped again
    landed  the raw tables as `metachron export --raw` wrote them, where every worker sees them; without it
            they are written now, below the home
    """
    tools = require_spark()
    if master is not None:
        require_master(master)
    scratch = home.work / "spark"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    if landed is None:
        landed = scratch / "landed"
        with stage("export") as progress:
            export_parquet(home, landed, raw=True, progress=progress)
    with ExitStack() as running, stage("spark") as progress:
        configuration = lost = None
        if master is None:
            cluster = running.enter_context(loopback_cluster(tools, scratch))
            master, configuration, lost = cluster.master, cluster.configuration, cluster.lost
        return build_on_spark(
            home,
            master,
            landed.absolute(),
            configuration=configuration,
            study=study,
            with_unit_tests=with_unit_tests,
            progress=progress,
            lost=lost,
        )
