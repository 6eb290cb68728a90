"""A. Process death and concurrency: F01 to F19."""
# ruff: noqa: E501 -- a table reads best with a fault a line

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from flows.integrity import ledger
from flows.landing import land
from flows.landing.forms.seer_listing import listing
from flows.publishing import publish
from flows.serving import query
from tests.faults import actions
from tests.faults.children import (
    FORKED,
    killed_after,
    killed_at_line,
    killed_at_operation,
    torn_at_byte,
)
from tests.faults.scene import Ended, Fault, Scene, delivery
from tests.landing.deliveries import Listing, many_rows
from tests.publishing.made_home import write_audit

PROJECT = Path(__file__).resolve().parents[2]


def arrived(scene: Scene, number: int = 2) -> Path:
    delivery(number).write(scene.inbox)
    return scene.inbox


def killed_loading(scene: Scene) -> Ended:
    return Ended(killed_at_operation(12, scene.home.root, actions.load, arrived(scene)))


def killed_at_a_flush(scene: Scene) -> Ended:
    """The ninth operation of publishing is the flush of the copied warehouse."""
    scene.next_build()
    return Ended(killed_at_operation(9, scene.home.root, actions.publish_build))


def killed_at_a_line(scene: Scene) -> Ended:
    scene.next_build()
    return Ended(killed_at_line(60, scene.home.root, "flows/publishing/publish.py", actions.publish_build))


def killed_inserting(scene: Scene) -> Ended:
    Listing(rows=many_rows(30_000)).write(scene.inbox)
    return Ended(killed_after(0.25, scene.home.root, actions.load, scene.inbox))


def torn_write(scene: Scene) -> Ended:
    Listing(rows=many_rows(30_000)).write(scene.inbox)
    last = scene.home.raw.stat().st_size + 70_000
    return Ended(torn_at_byte(last, scene.home.root, actions.load, scene.inbox))


def checkpoint_aborted(scene: Scene) -> Ended:
    """DuckDB's own switch: it gives up in the middle of writing its file, after the commit."""
    attach = duckdb.connect

    def connect(*given: object, **named: object) -> duckdb.DuckDBPyConnection:
        connection = attach(*given, **named)  # type: ignore[arg-type]
        connection.execute("set debug_checkpoint_abort = 'before_header'")
        return connection

    scene.patch.setattr("flows.landing.raw_database.duckdb.connect", connect)
    return scene.load()


def killed_while_raw_is_made(scene: Scene) -> Ended:
    """What a kill inside DuckDB leaves of a file that it was just creating: nobody can open it."""
    home = scene.home
    scene.patch.setenv("METACHRON_HOME", str(scene.folder / "new"))
    new = type(home).at(scene.folder / "new").prepare()
    new.raw.write_bytes(bytes(4096))
    (new.root / "raw.duckdb.open").touch()
    land.load([arrived(scene)], new)
    return Ended(0)


def killed_while_the_candidate_is_made(scene: Scene) -> Ended:
    from flows.building import run_dbt

    half = scene.home.work / "dbt" / "build.duckdb"
    half.parent.mkdir(mode=0o700, parents=True)
    half.write_bytes(bytes(4096))
    half.chmod(0o600)
    half.with_name("build.duckdb.tmp").mkdir()
    run_dbt.create_empty(half)
    assert not half.with_name("build.duckdb.tmp").exists()
    with duckdb.connect(str(half)):
        return Ended(0)


def told_to_stop(scene: Scene) -> Ended:
    """SIGTERM as soon as the first file of the delivery is being copied."""
    Listing(rows=many_rows(80_000)).write(scene.inbox)
    running = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "--home", str(scene.home.root), "load", str(scene.inbox)],
        cwd=PROJECT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while running.poll() is None and not any(scene.home.work.iterdir()):
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    said = "".join(running.communicate(timeout=60))
    assert "interrupted; nothing was left half published" in said
    return Ended(running.returncode, said)


def tried_again_by_prefect(scene: Scene) -> Ended:
    """The first try commits its rows and fails afterwards; the second finds them there."""
    append = ledger.append

    def broken_once(home: object, event: str, **facts: object) -> ledger.Entry:
        if event == "load_finished":
            scene.patch.undo()
            raise TimeoutError
        return append(home, event, **facts)  # type: ignore[arg-type]

    scene.patch.setattr(ledger, "append", broken_once)
    first = scene.load()
    assert first.exit_code == 1, "a bug is told as a bug"
    again = scene.run("load", scene.inbox)
    assert "already loaded" in again.said
    return again


def another_is_writing(scene: Scene) -> Ended:
    holder = FORKED.Process(target=actions.hold_the_lock, args=(scene.home, 60))
    holder.start()
    while not (scene.home.work / "held").exists():
        time.sleep(0.005)
    try:
        before = time.monotonic()
        ended = scene.load()
        assert time.monotonic() - before < 1
        assert str(holder.pid) in ended.said
        return ended
    finally:
        holder.kill()
        holder.join()


def the_writer_is_killed(scene: Scene) -> Ended:
    another_is_writing(scene)
    return scene.run("load", scene.inbox)


def removed_under_a_reader(scene: Scene) -> Ended:
    """Four more releases: the one that is being read is no longer kept."""
    with query.connect(scene.home) as reader:
        old = scene.release.id
        for number in range(2, 6):
            scene.next_build(number)
            ended = scene.run("publish")
        assert old not in {release.id for release in publish.releases(scene.home)}
        assert reader.execute("select count(*) from marts.index_patients").fetchall() == [(40,)]
    return ended


def the_same_path_in_one_process(scene: Scene) -> Ended:
    """DuckDB goes on showing the old file under one path; releases have paths of their own."""
    asked = "select min(surv_months) from marts.index_patients"
    with query.connect(scene.home) as old:
        scene.next_build()
        ended = scene.run("publish")
        with query.connect(scene.home) as new:
            assert old.execute(asked).fetchall() == [("0100",)]
            assert new.execute(asked).fetchall() == [("0200",)]
    return ended


def a_log_of_another_file(scene: Scene) -> Ended:
    other = scene.folder / "other.duckdb"
    program = f"import duckdb, os; c = duckdb.connect({str(other)!r}); c.execute('create table t (i int)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", program], check=True)
    other.with_name("other.duckdb.wal").rename(scene.home.root / "raw.duckdb.wal")
    (scene.home.root / "raw.duckdb.wal").chmod(0o600)
    ended = scene.load()
    (scene.home.root / "raw.duckdb.wal").unlink()
    return ended


def an_analyst_opens_it_for_writing(scene: Scene) -> Ended:
    assert scene.release.warehouse.stat().st_mode & 0o222 == 0
    with duckdb.connect(str(scene.release.warehouse)):  # root may, whatever the mode
        scene.next_build()
        return scene.run("publish")


def swallow_a_failure(connection: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):
        connection.execute("insert into raw.loads select * from raw.loads")


def a_statement_fails(scene: Scene) -> Ended:
    insert = listing.insert

    def failing(layout: object, connection: duckdb.DuckDBPyConnection) -> None:
        insert(layout, connection)
        swallow_a_failure(connection)

    scene.patch.setattr(listing, "insert", failing)
    return scene.load()


def the_last_statement_fails(scene: Scene) -> Ended:
    """The commit that follows returns as if all were well, and keeps nothing."""
    opened: list[duckdb.DuckDBPyConnection] = []
    insert, append = listing.insert, ledger.append

    def remembering(layout: object, connection: duckdb.DuckDBPyConnection) -> None:
        opened.append(connection)
        insert(layout, connection)

    def failing(home: object, event: str, **facts: object) -> ledger.Entry:
        if event == "load_started":
            swallow_a_failure(opened[0])
        return append(home, event, **facts)  # type: ignore[arg-type]

    scene.patch.setattr(listing, "insert", remembering)
    scene.patch.setattr(ledger, "append", failing)
    return scene.load()


def readers_while_releases_swing(scene: Scene) -> Ended:
    """In one process, between publishes; the test beside publish has processes of their own."""
    for number in (2, 3):
        scene.next_build(number)
        ended = scene.run("publish")
        with query.connect(scene.home) as reader:
            months = reader.execute("select distinct surv_months[1:2] from marts.index_patients").fetchall()
            assert months == [(f"0{number}",)]
    write_audit(scene.home)
    return ended


LOAD = ("load", "{inbox}")

FAULTS = (
    Fault("F01", "killed before a file operation of a load", killed_loading, -9, again=LOAD),
    Fault("F02", "killed before a flush of publishing", killed_at_a_flush, -9, again=("publish",)),
    Fault("F03", "killed before a line of publish.py", killed_at_a_line, -9, again=("publish",)),
    Fault("F04", "killed while rows are inserted", killed_inserting, -9, again=LOAD),
    Fault("F05", "a write torn at a byte", torn_write, -25, again=LOAD),
    Fault("F06", "DuckDB gives up in a checkpoint", checkpoint_aborted, 0, again=LOAD),
    Fault("F07", "killed while raw.duckdb is made", killed_while_raw_is_made, 0),
    Fault("F07", "killed while the candidate is made", killed_while_the_candidate_is_made, 0),
    Fault("F08", "told to stop in the middle of a load", told_to_stop, 143, again=LOAD),
    Fault("F10", "a task is tried again after its commit", tried_again_by_prefect, 0, again=LOAD),
    Fault("F11", "two write at once", another_is_writing, 5, "LOCK-01", again=LOAD),
    Fault("F12", "the holder of the lock is killed", the_writer_is_killed, 0, again=LOAD),
    Fault("F13", "readers while releases swing", readers_while_releases_swing, 0, after="new"),
    Fault("F14", "the release that somebody reads is removed", removed_under_a_reader, 0, after="new"),
    Fault("F15", "one process reads before and after", the_same_path_in_one_process, 0, after="new"),
    Fault("F16", "the log of another file lies beside raw", a_log_of_another_file, 7, "INT-07", again=LOAD),
    Fault("F17", "an analyst opens a release for writing", an_analyst_opens_it_for_writing, 0, after="new"),
    Fault("F18", "a statement of the transaction fails", a_statement_fails, 4, "LAND-02", again=LOAD),
    Fault("F18", "COMMIT after a failed statement keeps nothing", the_last_statement_fails, 4, "LAND-01", again=LOAD),
)  # fmt: skip
