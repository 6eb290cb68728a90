"""dbt started by hand: it builds in a home or not at all, and its scratch holds nothing to run or to tell."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from flows.building.dbt_scratch import CACHES, remove_caches, strip_values
from tests.warehouse.raw_fixture import RawFile, dbt, myeloma


def test_no_cache_and_no_pickle_outlives_a_run(built):
    assert (built.target / "manifest.json").exists()
    assert not [name for name in CACHES if (built.target / name).exists()]
    assert not [file for file in built.target.rglob("*") if file.suffix in {".gpickle", ".msgpack", ".pkl"}]
    assert not list(built.target.glob("dbt.log*"))


def test_the_scratch_holds_no_value_of_a_row_and_the_build_is_private(tmp_path):
    """A run in which a test fails on a row; and a cache, left by somebody, that is no code of ours."""
    canary = "CANARY-9917"
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors([myeloma(canary), myeloma(canary)])
    file.connection.execute("update raw.loads set rows_read = rows_read + 1")
    scratch = tmp_path / "dbt"
    scratch.mkdir()
    for name in CACHES:
        (scratch / name).write_bytes(b"not what dbt wrote")
    raw, build = file.close(), tmp_path / "build.duckdb"
    with pytest.raises(AssertionError, match="every_row_read_is_landed_or_rejected"):
        dbt("build", raw, build, select="+every_row_read_is_landed_or_rejected")
    left = [found for found in scratch.rglob("*") if found.is_file()]
    assert left and not [found.name for found in left if canary.encode() in found.read_bytes()]
    assert not [name for name in CACHES if (scratch / name).exists()]
    assert stat.S_IMODE(build.stat().st_mode) == 0o600


def test_where_there_is_no_home_nothing_is_made(tmp_path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(AssertionError, match="HOM-01"):
        dbt("run", nowhere / "raw.duckdb", nowhere / "build.duckdb", select="study")
    assert not [file for file in nowhere.rglob("*") if "duckdb" in file.name]


def test_messages_of_the_database_are_kept_without_their_values(tmp_path):
    def result(status: str, message: str) -> dict:
        return {"unique_id": "model.metachron.x", "status": status, "message": message}

    told = [
        result("error", "Conversion Error: Could not convert string 'P-17' to INT32"),
        result("fail", "Got 3 results, configured to fail if != 0"),
        result("success", "OK"),
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": told}))
    for _ in range(2):
        strip_values(tmp_path)
    kept = json.loads((tmp_path / "run_results.json").read_text())["results"]
    assert [each["message"] for each in kept] == ["Conversion Error", "3 rows contradict it", "OK"]


def test_removing_caches_removes_nothing_else(tmp_path: Path):
    for name in (*CACHES, "manifest.json"):
        (tmp_path / name).touch()
    remove_caches(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
