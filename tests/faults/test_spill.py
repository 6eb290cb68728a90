"""What DuckDB spills lies in the home's work folder, never where somebody stands."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.process.memory_database import memory_database

PROJECT = Path(__file__).resolve().parents[2]
# More than fits: the sort has to go to disk, or to fail.
MUCH = (
    "select count(*) from (select range, md5(range::text) from range(3_000_000) order by 2 limit 2_000_000)"
)


def test_a_spill_lies_below_the_home_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    home = Home(tmp_path / "home").prepare()
    with memory_database(home) as connection:
        connection.execute("set memory_limit = '60MB'; set threads = 1")
        connection.execute(MUCH)
        assert (home.work / "spill").exists()
    with memory_database() as connection:
        connection.execute("set memory_limit = '60MB'; set threads = 1")
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(MUCH)
    assert list(here.iterdir()) == []


def test_no_database_in_memory_is_opened_without_saying_where_it_spills() -> None:
    bare = re.compile(r"duckdb\.connect\(\s*\)|duckdb\.connect\(\s*[\"']:memory:[\"']\s*\)")
    sources = [
        file for folder in ("flows", "analytics", "expectations") for file in (PROJECT / folder).rglob("*.py")
    ]
    assert {str(file.relative_to(PROJECT)) for file in sources if bare.search(file.read_text())} == {
        "flows/building/build_file.py",  # writes an empty file
        "flows/landing/raw_database.py",  # sets it with its other settings, before it reads
    }
