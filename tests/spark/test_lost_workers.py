"""A build on our own cluster ends once no worker is left; Spark itself would wait for ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flows.building.run_dbt import killing_on
from flows.building.spark.build import build_on_spark
from flows.building.spark.loopback import watched
from flows.errors import ResourcesExhausted
from flows.home import Home

ENDLESS = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_cluster_is_lost_when_its_last_worker_is() -> None:
    with subprocess.Popen(ENDLESS) as one, subprocess.Popen(ENDLESS) as other, watched([one, other]) as lost:
        one.kill()
        assert not lost.wait(2.5)
        other.kill()
        assert lost.wait(10)


def test_a_process_ends_with_what_it_waits_for_and_not_before() -> None:
    lost = threading.Event()
    with subprocess.Popen(ENDLESS, text=True) as process, killing_on(lost, process):
        assert process.poll() is None
        lost.set()
        assert process.wait(10) == -signal.SIGKILL


def test_a_process_that_ends_by_itself_is_left_alone() -> None:
    lost = threading.Event()
    with subprocess.Popen([sys.executable, "-c", ""], text=True) as process, killing_on(lost, process):
        assert process.wait(30) == 0
    lost.set()
    assert process.returncode == 0


def test_a_build_without_workers_is_refused_with_the_place_of_their_logs(tmp_path: Path) -> None:
    lost = threading.Event()
    lost.set()
    home = Home(tmp_path / "home").prepare()
    with pytest.raises(ResourcesExhausted, match=r"SPK-12: Every worker.*logs in .*work/spark:") as refused:
        build_on_spark(home, "local[2]", tmp_path, lost=lost)
    assert refused.value.exit_code == 6
    assert list(home.spark.iterdir()) == []
