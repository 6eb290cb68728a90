"""Tables of Spark are published as one folder under one link, or not at all. No Spark is needed for these."""

from __future__ import annotations

import json
from pathlib import Path

from flows.building.spark.build import SparkBuild, settle, sweep
from flows.home import Home
from tests.test_architecture import imported_by, sources

BUILD = SparkBuild("", "mm_sall", "local[2]", 38, 113, ())


def drafted(home: Home, mart: str) -> Path:
    """What dbt leaves when it has built one mart."""
    draft = home.spark / ".draft-1"
    (draft / "raw.db").mkdir(parents=True)
    (draft / "marts.db" / mart).mkdir(parents=True)
    (draft / "marts.db" / mart / "part-0.parquet").write_bytes(b"rows")
    return draft


def test_current_always_names_the_last_finished_build(tmp_path) -> None:
    home = Home(tmp_path)
    settle(home, drafted(home, "sir"), BUILD)
    assert (home.spark / "current" / "marts" / "sir" / "part-0.parquet").read_bytes() == b"rows"
    settle(home, drafted(home, "cohort_flow"), BUILD)
    assert [path.name for path in (home.spark / "current" / "marts").iterdir()] == ["cohort_flow"]
    assert json.loads((home.spark / "current" / "build.json").read_text())["n_models"] == 38
    assert sorted(path.name for path in home.spark.iterdir()) == ["000002", "current"]


def test_what_a_killed_build_left_is_swept_and_what_is_published_stays(tmp_path) -> None:
    home = Home(tmp_path)
    settle(home, drafted(home, "sir"), BUILD)
    drafted(home, "cohort_flow")
    # Killed between the renaming of the folder and the swing of the link.
    (home.spark / "000002" / "marts").mkdir(parents=True)
    sweep(home)
    assert sorted(path.name for path in home.spark.iterdir()) == ["000001", "current"]
    assert (home.spark / "current" / "marts" / "sir").is_dir()


def test_no_module_of_ours_imports_spark() -> None:
    """dbt's process is the driver: whoever has not installed Spark loads nothing of it."""
    assert not [path for path in sources() for name in imported_by(path) if name.split(".")[0] == "pyspark"]
