"""Killed anywhere, loading, publishing and forgetting are completed by the next run; a third does nothing.

One point in several is tried here; `make soak` tries them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flows.building.run_dbt import build
from flows.errors import UsageError
from flows.home import Home
from flows.maintenance.verify import verify
from flows.publishing import publish
from flows.serving.export import export_parquet
from tests.faults import actions
from tests.faults.children import killed_at_operation
from tests.faults.scene import delivery, make_build, make_published
from tests.faults.sweep import sweep, traces
from tests.landing.deliveries import Listing, many_rows
from tests.publishing.made_home import write_audit

Record = Callable[[str, int], None]


@pytest.fixture(autouse=True)
def tested(monkeypatch: pytest.MonkeyPatch, private: None) -> None:
    monkeypatch.setattr(publish, "code_version", lambda: actions.TESTED)


@pytest.fixture
def home(tmp_path: Path, tested: None) -> Iterator[Home]:
    yield make_published(tmp_path / "home")


def told(record: Record, points: int, wrong: list[str]) -> None:
    record("kill_point", points)
    record("kill_violation", len(wrong))
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_loading(home: Home, tmp_path: Path, record_property: Record) -> None:
    delivery(2).write(tmp_path / "next")
    points, wrong = sweep(home, tmp_path, actions.load, tmp_path / "next", every=15)
    told(record_property, points, wrong)


@pytest.mark.slow
def test_the_very_first_load(tmp_path: Path, record_property: Record) -> None:
    delivery(1).write(tmp_path / "first")
    empty = Home.at(tmp_path / "home").prepare()
    points, wrong = sweep(empty, tmp_path, actions.load, tmp_path / "first", every=19)
    told(record_property, points, wrong)


def test_a_raw_file_whose_making_was_killed_is_none(tmp_path: Path) -> None:
    """DuckDB has made it and no table is in it yet; the next load makes another."""
    delivery(1).write(tmp_path / "first")
    home = Home.at(tmp_path / "home").prepare()
    last = 0
    while not home.raw.exists():
        last += 1
        killed_at_operation(last, home.root, actions.load, tmp_path / "first")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed (read_only)")
        assert connection.execute("from duckdb_tables()").fetchall() == []

    assert verify(home).n_loads == 0
    for asks in (build, lambda home: export_parquet(home, tmp_path / "out", raw=True)):
        with pytest.raises(UsageError, match="Nothing has been loaded"):
            asks(home)
    actions.load(home, tmp_path / "first")
    assert verify(home).n_loads == 1 and verify(home).notes == ()


@pytest.mark.slow
def test_publishing(home: Home, tmp_path: Path, record_property: Record) -> None:
    delivery(2).write(tmp_path / "next")
    actions.load(home, tmp_path / "next")
    make_build(home)
    write_audit(home)
    points, wrong = sweep(home, tmp_path, actions.publish_build, every=9)
    told(record_property, points, wrong)


@pytest.mark.slow
def test_every_line_of_publish(home: Home, tmp_path: Path, record_property: Record) -> None:
    delivery(2).write(tmp_path / "next")
    actions.load(home, tmp_path / "next")
    make_build(home)
    write_audit(home)
    points, wrong = sweep(
        home, tmp_path, actions.publish_build, every=61, at_lines_of="flows/publishing/publish.py"
    )
    told(record_property, points, wrong)


@pytest.mark.slow
def test_going_back_to_an_older_release(home: Home, tmp_path: Path, record_property: Record) -> None:
    """What was published before is published again: only the link moves."""
    first = publish.current_release(home)
    assert first is not None
    old = home.build.read_bytes()
    delivery(2).write(tmp_path / "next")
    actions.load(home, tmp_path / "next")
    make_build(home)
    write_audit(home)
    actions.publish_build(home)
    home.build.write_bytes(old)
    write_audit(home)
    points, wrong = sweep(home, tmp_path, actions.publish_build, every=13)
    told(record_property, points, wrong)


@pytest.mark.slow
def test_forgetting(home: Home, tmp_path: Path, record_property: Record) -> None:
    Listing(rows=many_rows(30), name="other").write(tmp_path / "other")
    actions.load(home, tmp_path / "other")
    assert traces(home.root), "the canaries are there to begin with"
    points, wrong = sweep(home, tmp_path, actions.forget_canaries, every=23, gone=True)
    told(record_property, points, wrong)
