"""The same tables on a Spark cluster, and whether they are equal."""

from __future__ import annotations

import argparse

from flows.cli.command import Command, Group, a_path, answer
from flows.home import Home


def spark(arguments: argparse.Namespace, home: Home) -> None:
    from flows.building.spark.stage import spark as build_on_spark
    from flows.integrity import lock

    with lock.single_writer(home):
        built = build_on_spark(
            home,
            master=arguments.master,
            landed=arguments.landed,
            study=arguments.study,
            with_unit_tests=arguments.unit_tests,
        )
    answer(arguments, built.facts(), built.line())


def refuse_no_home(arguments: argparse.Namespace, home: Home) -> None:
    """Raw tables come from the home, unless they were exported to where the workers see them."""
    if arguments.landed is None:
        home.refuse_none()


def compare_engines(arguments: argparse.Namespace, home: Home) -> None:
    from flows.building.spark.compare_engines import compare_engines as compare
    from flows.terminal.progress import stage

    with stage("compare") as progress:
        comparison = compare(home, progress=progress)
    answer(arguments, comparison.facts(), comparison.screen())


def spark_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--master", metavar="URL", help="(default: start a master and two workers here)")
    parser.add_argument("--landed", type=a_path, metavar="DIR", help="raw Parquet that every worker sees")
    parser.add_argument("--study", type=a_path, metavar="FILE", help="a study definition (default: mm_sall)")
    parser.add_argument("--unit-tests", action="store_true", help="run the models' unit tests too")


COMMANDS = (
    Command(
        "spark",
        spark,
        "build the same tables on a Spark cluster, for data beyond one machine (docs/scale.md)",
        "metachron spark --master spark://head:7077 --landed /shared/landed",
        spark_arguments,
        refuses=refuse_no_home,
        group=Group.ELSEWHERE,
    ),
    Command(
        "compare-engines",
        compare_engines,
        "are the tables of DuckDB and of Spark equal, row by row?",
        "metachron build && metachron spark && metachron compare-engines",
        needs_home=True,
        group=Group.ELSEWHERE,
    ),
)
