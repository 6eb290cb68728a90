"""The bench of sizes and engines runs on Spark as well (tests/bench/test_smoke.py has the others)."""

from __future__ import annotations

from bench import scale
from flows.building.spark import loopback
from tests.spark.conftest import FOR_LITTLE_DATA


def test_scale(spark_can_run, monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(scale, "TWIN_SCALE", 0.01)
    monkeypatch.setattr(loopback, "SETTINGS", {**loopback.SETTINGS, **FOR_LITTLE_DATA})
    words = ["--tumours", "1500", "--engines", "spark", "--select", "stg_seer__tumors"]
    scale.main(["--folder", str(tmp_path), *words])
    assert capsys.readouterr().out.splitlines()[-1].startswith("| 1,500 | Spark, two workers |")
