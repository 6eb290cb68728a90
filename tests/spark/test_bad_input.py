"""What is missing or wrong is said in one paragraph before anything starts. No Spark is needed for these."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from flows.building.dbt_results import Failure, RunResults
from flows.building.spark import tools as spark_tools
from flows.building.spark.build import require_master
from flows.building.spark.failures import refusal
from flows.errors import AuditRefused, MetachronError, ResourcesExhausted, UsageError
from tests.pipeline.command import metachron


def fake_java(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose java says that it is of some version."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    java.chmod(0o755)
    return folder


def test_a_missing_java_is_named_with_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"SPK-03: Java is missing.*openjdk-17"):
        spark_tools.require_java()


@pytest.mark.parametrize(("version", "told"), [("11.0.2", "Java is 11"), ("1.8.0_292", "Java is 8")])
def test_an_old_java_is_refused(tmp_path, monkeypatch, version, told) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, version)))
    with pytest.raises(UsageError, match=f"{told}.*17 or later"):
        spark_tools.require_java()


def test_java_17_is_accepted(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, "17.0.15")))
    spark_tools.require_java()


def test_a_spark_of_another_version_than_pyspark_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "spark-core_2.12-3.5.1.jar").touch()
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", "17")))
    monkeypatch.setattr(spark_tools, "installed_version", {"pyspark": "4.3.0", "dbt-spark": "1.11.0"}.get)
    with pytest.raises(
        UsageError, match=r"PySpark is 4\.3\.0, and the Spark that \$SPARK_HOME names is 3\.5\.1"
    ):
        spark_tools.require_spark()


@pytest.mark.parametrize(
    ("installed", "told"),
    [
        ({}, "SPK-01.*pyspark and dbt-spark missing.*on DuckDB"),
        ({"pyspark": "4.3.0"}, "SPK-01.*dbt-spark missing"),
        ({"pyspark": "3.5.1", "dbt-spark": "1.11.0"}, "SPK-02: PySpark is 3.5.1"),
    ],
)
def test_missing_and_mismatched_packages_are_named(monkeypatch, installed, told) -> None:
    monkeypatch.setattr(spark_tools, "installed_version", installed.get)
    with pytest.raises(UsageError, match=told):
        spark_tools.require_spark()


def test_a_master_that_does_not_answer_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(ResourcesExhausted, match="SPK-06: No Spark master answers"):
        require_master(f"spark://127.0.0.1:{port}")


def test_one_of_several_masters_is_enough() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        require_master(f"spark://127.0.0.1:1,127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize("master", ["", "head:7077", "yarn", "http://head:8080", "local[two]"])
def test_what_is_no_address_is_refused(master) -> None:
    with pytest.raises(UsageError, match="SPK-05"):
        require_master(master)


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("InvalidClassException: org.apache.spark.rpc.RpcEndpointRef; local class incompatible",
         UsageError, "SPK-07"),
        ("Application has been killed. Reason: All masters are unresponsive! Giving up.",
         ResourcesExhausted, "SPK-08"),
        ("Job aborted due to stage failure: Task 0 in stage 7.0 failed 4 times",
         ResourcesExhausted, "SPK-09"),
        ("java.lang.OutOfMemoryError: Java heap space", ResourcesExhausted, "SPK-09"),
    ],
)  # fmt: skip
def test_what_spark_logs_becomes_one_paragraph(words, kind, code) -> None:
    told = refusal(None, words)
    assert isinstance(told, kind) and isinstance(told, MetachronError) and not isinstance(told, AuditRefused)
    assert told.code == code
    assert "nothing of this build was published" in told.unchanged


def test_a_worker_that_runs_out_of_memory_names_the_models_and_the_way_out() -> None:
    lost = Failure("sir", "failed", "Job aborted due to stage failure: missing an output location")
    told = refusal(RunResults((), (), (lost,), ()), "")
    assert isinstance(told, ResourcesExhausted) and told.code == "SPK-09"
    assert told.what.endswith("while building sir")
    assert "--master" in told.remedy and "spark.executor.memory" in told.remedy


def test_the_command_ends_with_the_code_of_its_refusal(tmp_path) -> None:
    (tmp_path / "inbox").mkdir()
    ended = metachron(tmp_path, "compare-engines")
    assert ended.returncode == 2
    assert "CMP-01" in ended.stderr and "Traceback" not in ended.stderr
