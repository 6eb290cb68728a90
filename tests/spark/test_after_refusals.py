"""Each refusal around Spark, provoked; what its remedy says, done; and what goes on afterwards.

What goes on is one whole build on a cluster of our own, made once, which the other tests here read; so these
come first. Skipped where Spark cannot run.
"""

from __future__ import annotations

import re
import socket
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from flows.building import run_dbt
from flows.building.spark import loopback, stage
from flows.building.spark import tools as spark_tools
from flows.building.spark.build import build_on_spark, require_master
from flows.building.spark.failures import refusal
from flows.errors import AuditRefused, ResourcesExhausted, UsageError
from flows.home import Home
from flows.landing import land
from flows.landing.raw_seal import seal
from flows.serving.export import export_parquet
from samples.synthetic import write_deliveries
from tests.spark.conftest import FOR_LITTLE_DATA, QUICK_JAVA
from tests.spark.test_bad_input import fake_java

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def landed(home: Home) -> Path:
    folder = home.root.parent / "landed"
    export_parquet(home, folder, raw=True)
    return folder


@pytest.fixture(scope="module")
def cluster(home: Home) -> Iterator[loopback.Cluster]:
    """A cluster of one worker, where `metachron spark` starts its own; who kills the worker comes last."""
    scratch = home.work / "spark"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with loopback.loopback_cluster(
        spark_tools.require_spark(), scratch, n_workers=1, settings=FOR_LITTLE_DATA
    ) as started:
        yield started


@contextmanager
def closed_port() -> Iterator[str]:
    """The address of a master that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"spark://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def mute_master() -> Iterator[str]:
    """The address of somebody who listens and does not speak Spark's language."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        over = threading.Event()

        def hang_up() -> None:
            while not over.is_set():
                try:
                    listening.accept()[0].close()
                except OSError:
                    return

        waiting = threading.Thread(target=hang_up)
        waiting.start()
        try:
            yield f"spark://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            waiting.join()


def pinned() -> dict[str, str]:
    """Versions of the packages that `make install-spark` installs and the extra `spark` names."""
    words = (PROJECT / "requirements-spark.in").read_text(encoding="utf-8")
    return dict(re.findall(r"^(pyspark|dbt-spark)[^=\n]*==([\d.]+)", words, re.MULTILINE))


def test_whoever_does_not_speak_spark_is_given_up_and_a_cluster_of_this_version_builds(
    tmp_path, landed, request
) -> None:
    """SPK-08, and SPK-07, whose cluster of another version is known by its words alone.

    Spark tries for a minute before it gives up, and no setting shortens that. The build on a cluster of our
    own, which is of another home, is made in that minute; so this test comes first.
    """
    settings = loopback.write_settings(tmp_path / "conf", FOR_LITTLE_DATA)
    home = Home(tmp_path / "home").prepare()
    with mute_master() as master, ThreadPoolExecutor(1) as beside:
        given_up = beside.submit(build_on_spark, home, master, landed, configuration=settings)
        built = request.getfixturevalue("by_spark")
        with pytest.raises(ResourcesExhausted, match="SPK-08"):
            given_up.result()
    other = refusal(None, "InvalidClassException: local class incompatible")
    assert isinstance(other, UsageError) and other.code == "SPK-07"
    assert spark_tools.version_of(spark_tools.require_spark()) == spark_tools.installed_version("pyspark")
    assert built.master.startswith("spark://")


def test_what_install_spark_installs_is_what_was_missing(monkeypatch, spark_can_run) -> None:
    """SPK-01, and SPK-02 with it: this environment is one in which the remedy was carried out."""
    monkeypatch.setattr(spark_tools, "installed_version", {}.get)
    with pytest.raises(UsageError, match="SPK-01"):
        spark_tools.require_spark()
    monkeypatch.setattr(spark_tools, "installed_version", {**pinned(), "pyspark": "3.5.1"}.get)
    with pytest.raises(UsageError, match="SPK-02"):
        spark_tools.require_spark()
    monkeypatch.undo()
    assert {name: spark_tools.installed_version(name) for name in ("pyspark", "dbt-spark")} == pinned()
    assert (spark_tools.require_spark() / "jars").is_dir()
    assert "\ninstall-spark: " in (PROJECT / "Makefile").read_text(encoding="utf-8")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["optional-dependencies"]["spark"] == {
        "file": ["requirements-spark.in"]
    }


@pytest.mark.parametrize("mend", ["unset SPARK_HOME", "install its PySpark"])
def test_two_versions_of_spark_become_one_either_way(tmp_path, monkeypatch, spark_can_run, mend) -> None:
    """SPK-04, and of SPK-02 the PySpark 4 of another cluster."""
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "spark-core_2.13-4.0.9.jar").touch()
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", "17")))
    with monkeypatch.context() as patch:
        patch.setenv("SPARK_HOME", str(tmp_path))
        with pytest.raises(UsageError, match="SPK-04"):
            spark_tools.require_spark()
        if mend == "install its PySpark":
            patch.setattr(spark_tools, "installed_version", {**pinned(), "pyspark": "4.0.9"}.get)
            assert spark_tools.require_spark() == tmp_path
            return
    monkeypatch.delenv("SPARK_HOME", raising=False)
    assert spark_tools.require_spark() != tmp_path


def test_without_a_master_a_cluster_starts_on_this_machine(home, request) -> None:
    """SPK-06."""
    with closed_port() as master, pytest.raises(ResourcesExhausted, match="SPK-06") as refused:
        stage.spark(home, master=master)
    assert "`metachron spark` without --master" in refused.value.remedy
    assert request.getfixturevalue("by_spark").n_models > 50


def test_what_is_too_much_for_a_worker_is_built_with_more_memory_and_on_duckdb(home, landed, request) -> None:
    """SPK-09."""
    java = f"{QUICK_JAVA} -XX:MaxMetaspaceSize=100m -XX:+ExitOnOutOfMemoryError"
    starved = {**FOR_LITTLE_DATA, "spark.driver.extraJavaOptions": java}
    settings = loopback.write_settings(home.root.parent / "starved", starved)
    with pytest.raises(ResourcesExhausted, match="SPK-09"):
        build_on_spark(home, "local[2]", landed, configuration=settings)
    again = request.getfixturevalue("built_twice")
    assert again.by_duckdb.n_models == again.by_spark.n_models


def test_duckdb_says_which_rule_spark_found_broken(spark_can_run, tmp_path) -> None:
    """SPK-10."""
    home = Home(tmp_path / "home").prepare()
    write_deliveries(home.inbox, scale=0.02, every_case=True)
    land.load([home.inbox], home)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed")
        connection.execute("update landed.raw.seer_listing set year_dx = '1899' where source_line = 7")
    seal(home)
    landed = tmp_path / "landed"
    export_parquet(home, landed, raw=True)
    settings = loopback.write_settings(tmp_path / "conf", FOR_LITTLE_DATA)
    with pytest.raises(AuditRefused, match=r"SPK-10.*base_seer__listing_holds"):
        build_on_spark(home, "local[2]", landed, configuration=settings)
    with pytest.raises(AuditRefused, match=r"BLD-04.*diagnosis_year is never null: 1 rows contradict it"):
        run_dbt.build(home)


def test_a_cluster_that_does_not_start_leaves_the_logs_that_tell_why(
    spark_can_run, tmp_path, monkeypatch, request
) -> None:
    """SPK-11."""
    spark = tmp_path / "spark"
    (spark / "bin").mkdir(parents=True)
    program = spark / "bin" / "spark-class"
    program.write_text("#!/bin/sh\necho 'There is not enough memory'\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(loopback, "START_SECONDS", 3.0)
    with (
        pytest.raises(ResourcesExhausted, match="SPK-11") as refused,
        loopback.loopback_cluster(spark, tmp_path / "scratch"),
    ):
        pytest.fail("it did not start")
    [logs] = re.findall(r"logs in (\S+);", refused.value.remedy)
    assert "not enough memory" in (Path(logs) / "master.log").read_text(encoding="utf-8")
    monkeypatch.undo()
    require_master(request.getfixturevalue("cluster").master)


def test_the_logs_of_lost_workers_lie_where_they_are_said_to_and_the_same_runs_again(
    home, landed, cluster, request
) -> None:
    """SPK-12."""
    cluster.workers[0].kill()
    with pytest.raises(ResourcesExhausted, match="SPK-12") as refused:
        build_on_spark(home, cluster.master, landed, configuration=cluster.configuration, lost=cluster.lost)
    [logs] = re.findall(r"logs in (\S+):", refused.value.remedy)
    assert "Worker" in (Path(logs) / "worker-0.log").read_text(encoding="utf-8")
    assert refused.value.exit_code == 6
    assert request.getfixturevalue("by_spark").tables == str(home.spark / "current")
