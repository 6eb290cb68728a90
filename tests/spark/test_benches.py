"""The bench of sizes and engines runs on Spark as well (tests/bench/test_smoke.py has the others)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import scale
from flows.building.spark.loopback import SETTINGS, Cluster, write_settings
from tests.spark.conftest import FOR_LITTLE_DATA


@contextmanager
def driver_alone(_: Path, folder: Path) -> Iterator[Cluster]:
    """The driver does the work: the other tests of this folder start masters and workers enough."""
    in_the_open = {"spark.authenticate": "false", "spark.network.crypto.enabled": "false"}
    settings = {**SETTINGS, **FOR_LITTLE_DATA, **in_the_open}
    yield Cluster("local[1]", (), write_settings(folder / "conf", settings), threading.Event())


def test_scale(spark_can_run, monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(scale, "TWIN_SCALE", 0.01)
    monkeypatch.setattr(scale, "loopback_cluster", driver_alone)
    words = ["--tumours", "1500", "--engines", "spark", "--select", "+base_seer__listing"]
    scale.main(["--folder", str(tmp_path), *words])
    assert capsys.readouterr().out.splitlines()[-1].startswith("| 1,500 | Spark, two workers |")
