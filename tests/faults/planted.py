"""Defects that somebody might put into the code, and the check of this suite that must then go red.

Each is put in for a moment, from outside; no file is edited. A check passes without its defect and fails with
it, or it checks nothing.
"""
# ruff: noqa: E501 -- a table reads best with a defect a line

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics.disclosure import profiles, public_results, suppression
from analytics.render.tables import tidy
from expectations import page as audit_page
from expectations.arrivals import Arrivals
from expectations.report import AuditReport, ExpectationResult
from flows.disclosure import public_report as disclosing
from flows.home import Home
from flows.integrity import durable, ledger, lock
from flows.landing import land, raw_database, rejects, vault
from flows.landing.forms.seer_listing import listing
from flows.maintenance import forget, verify
from flows.maintenance.forget_target import find_target
from flows.process import boundary
from flows.publishing import audit_file, publish
from flows.serving import query
from tests.analytics.test_hostile_and_empty import test_a_cell_that_a_spreadsheet_would_run_is_quoted
from tests.disclosure.test_disclose import published, small
from tests.disclosure.test_history import large, without_one_man
from tests.disclosure.test_history import released as told_with
from tests.faults.scene import Scene, delivery, open_to_others, survive
from tests.faults.sweep import traces
from tests.faults.table import TABLE
from tests.faults.test_power_loss import looked_at, one_publish
from tests.landing.deliveries import Listing, ask, many_rows
from tests.publishing.test_query import ESCAPES

SEAL = "5" * 64
LOCKS = ("enable_external_access", "lock_configuration")

Check = Callable[[Scene], None]
Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Defect:
    """One defect: `plant` puts it in, `check` must notice, `stage` is where it would sit."""

    stage: str
    what: str
    plant: Plant
    check: Check


def row(what: str) -> Check:
    """A row of the fault table as a check."""
    [fault] = [each for each in TABLE if each.what == what]
    return lambda scene: survive(fault, scene)


def swapped(owner: Any, name: str, made: Callable[[Any], Any]) -> Plant:
    """Put something else in place of a function, made from the function."""
    return lambda patch: patch.setattr(owner, name, made(getattr(owner, name)))


def nothing(*given: Any, **named: Any) -> None:
    """Does not do it."""


def releases_unseen(patch: pytest.MonkeyPatch) -> None:
    """Neither the releases nor the one that the link leads to."""
    patch.setattr(verify, "check_releases", lambda *given: [])
    patch.setattr(verify, "linked_release", nothing)


def instead(does: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda true: does


# ---- checks that are no row of the table


def a_power_cut_loses_nothing(scene: Scene) -> None:
    log, before, home, old = one_publish(scene.folder / "power")
    assert looked_at(log, before, home, old)[1] == []


def every_row_is_accounted_for(scene: Scene) -> None:
    rows = [*many_rows(200), many_rows(1)[0][:-1]]
    ended = scene.load(Listing(rows=rows))
    assert (ended.exit_code, "201 read = 200 landed + 1 rejected" in ended.said) == (0, True)
    verify.verify(scene.home)


def a_failed_load_leaves_nothing(scene: Scene) -> None:
    def stop(*given: Any, **named: Any) -> None:
        raise ValueError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(land.vault, "keep", stop)
        assert scene.load().exit_code == 1
    assert ask(scene.home, "select count(*) from raw.seer_listing") == [(40,)]


def the_same_content_lands_once(scene: Scene) -> None:
    assert scene.load(delivery(1)).exit_code == 0
    assert ask(scene.home, "select count(*) from raw.seer_listing") == [(40,)]


def nobody_else_reads_a_release(scene: Scene) -> None:
    scene.next_build()
    assert scene.run("publish").exit_code == 0
    assert open_to_others(scene.home) == []


def a_forgotten_delivery_is_gone(scene: Scene) -> None:
    Listing(rows=many_rows(30), name="other").write(scene.folder / "other")
    assert scene.run("load", scene.folder / "other").exit_code == 0
    target = find_target(scene.home, "export1.txt")
    forget.forget(scene.home, target)
    assert traces(scene.home.root) == []


def a_label_is_text(scene: Scene) -> None:
    sly = "<script>alert(1)</script>"
    expectation = ExpectationResult("marts.x", sly, sly, sly, "critical", "failed", 1, {})
    assert sly not in audit_page.page(
        AuditReport("fail", "0" * 64, (expectation,), Arrivals({}, [], [], [], []))
    )


def hidden_counts_stay_wide(scene: Scene) -> None:
    released = disclosing.disclose(published(scene.folder / "outward", small()))
    assert released.narrowest is not None and released.narrowest >= 11
    text = (released.folder / "results_public.json").read_text()
    assert '"10"' not in text and released.hidden_primary >= 4


def two_releases_tell_no_more_than_one(scene: Scene) -> None:
    _, told = told_with(large())
    with pytest.raises(public_results.Differencing):
        told_with(without_one_man(large()), told, name="0002")


def no_statement_reaches_a_file(scene: Scene) -> None:
    # What does escape is written here.
    scene.patch.chdir(scene.folder)
    for statement in ESCAPES:
        ended = scene.run("sql", statement)
        assert ended.exit_code == 2, statement


def a_cell_is_no_formula(scene: Scene) -> None:
    test_a_cell_that_a_spreadsheet_would_run_is_quoted()


# ---- defects


def without_flush_of_files(true: Any) -> Any:
    def settle(target: Any, mode: int) -> None:
        target.flush()

    return settle


def losing_the_last_reject(true: Any) -> Any:
    def insert(connection: Any, load_id: str, given: Any) -> None:
        true(connection, load_id, list(given)[:-1])

    return insert


def losing_a_row(patch: pytest.MonkeyPatch) -> None:
    insert = listing.insert

    def lossy(layout: Any, connection: duckdb.DuckDBPyConnection) -> None:
        insert(layout, connection)
        connection.execute("delete from raw.seer_listing where source_line = 7")

    patch.setattr(listing, "insert", lossy)


@contextmanager
def committing_whatever_happens(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin transaction")
    try:
        yield
    finally:
        connection.execute("commit")


@contextmanager
def believing_the_commit(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin transaction")
    with suppress(duckdb.Error):
        yield
    connection.execute("commit")


def with_messages(true: Any) -> Any:
    def init(self: Any, failure: BaseException) -> None:
        Exception.__init__(self, f"{failure!r}\nThis is a bug")

    return init


def without_checksum(true: Any) -> Any:
    def unpacked(descriptor: int, delivered: Path) -> Iterator[bytes]:
        packed = b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
        yield zlib.decompressobj(wbits=-15).decompress(packed[10:])

    return unpacked


def by_delete(home: Home, load_ids: Any) -> None:
    with raw_database.open_raw(home) as connection:
        for name in ("seer_listing", "loads"):
            connection.execute(f"delete from raw.{name} where load_id in ?", [list(load_ids)])


def sealed_anyhow(home: Home, verdict: str = "pass", *, n_expectations: int = 1) -> None:
    """An audit.json whose seal is whatever the defective check expects."""
    from tests.publishing.made_home import write_audit

    write_audit(home, verdict, n_expectations=n_expectations)
    file = home.audit / "audit.json"
    said = json.loads(file.read_text()) | {"seal": SEAL}
    file.write_text(json.dumps(said))


def short_append(home: Home, event: str, **facts: Any) -> ledger.Entry:
    """As it was before: one write, however much of it was taken."""
    entries = ledger.read(home)
    previous = entries[-1].seal if entries else ledger.BEFORE_THE_FIRST
    said = (len(entries) + 1, "2026-01-01T00:00:00+00:00", event, facts, previous)
    entry = ledger.Entry(*said, ledger._seal(*said))
    line = ledger._canonical(
        {name: getattr(entry, name) for name in ("sequence", "at", "event", "facts", "previous", "seal")}
    )
    descriptor = os.open(home.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode() + b"\n")
    os.close(descriptor)
    return entry


def unescaped(environment: Any) -> Any:
    made = environment.overlay(autoescape=False)
    made.globals.update(environment.globals)
    return made


def believing_any_build(patch: pytest.MonkeyPatch) -> None:
    def said(file: Path) -> str:
        return str(json.loads((file.parent / "audit" / "audit.json").read_text())["build_sha256"])

    def copied_as_said(source: Path, file: Path, *, mode: int) -> str:
        durable.copy_new(source, file, mode=mode)
        return said(source)

    patch.setattr(audit_file, "sha256_of", said)
    patch.setattr(publish, "copy_new", copied_as_said)


def without_seals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audit_file, "seal", lambda said: SEAL)
    patch.setattr(audit_file, "ledger_entry", lambda home, build_sha256: believed(home))
    for module in ("scene", "misuse"):
        patch.setattr(f"tests.faults.{module}.write_audit", sealed_anyhow)


def believed(home: Home) -> dict[str, Any]:
    """What the ledger would say if it said what the file says."""
    file = home.audit / "audit.json"
    verdict = json.loads(file.read_text())["verdict"]
    return {"verdict": verdict, "files": {file.name: durable.sha256_of(file)}}


def without_reading_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(land, "reconcile", nothing)
    patch.setattr(land, "transaction", believing_the_commit)


def without_locks(patch: pytest.MonkeyPatch) -> None:
    # Another dict, not the same one shortened: a deleted key comes back as the last, and their order matters.
    kept = {name: value for name, value in query.SETTINGS.items() if name not in LOCKS}
    patch.setattr(query, "SETTINGS", kept)


def without_following(home: Home) -> list[ledger.Entry]:
    """The lines of the ledger as they stand."""
    lines = home.ledger.read_bytes().splitlines() if home.ledger.exists() else []
    return [ledger.Entry(**json.loads(line)) for line in lines]


DEFECTS = (
    Defect("publish", "the bytes of a release are not flushed", swapped(durable, "settle", without_flush_of_files), a_power_cut_loses_nothing),
    Defect("publish", "no folder is flushed", swapped(publish, "fsync_folder", instead(nothing)), a_power_cut_loses_nothing),
    Defect("publish", "the audit is not bound to the build by its hash", believing_any_build, row("somebody ran dbt after the audit")),
    Defect("publish", "an audit is not held to the ledger", without_seals, row("a verdict was edited")),
    Defect("publish", "an audit that asked nothing counts as passed", swapped(audit_file, "MAY_BE_PUBLISHED", lambda true: true | {"fail"}), row("the audit failed")),
    Defect("publish", "releases can be read by everybody", swapped(publish, "READ_ONLY", instead(0o444)), nobody_else_reads_a_release),
    Defect("publish", "the release that is read is replaced in place", swapped(publish, "swing", lambda true: lambda home, release: home.warehouse.resolve().chmod(0o600) or home.warehouse.resolve().write_bytes(release.warehouse.read_bytes())), row("readers while releases swing")),
    Defect("load", "a reject is swallowed", swapped(rejects, "insert", losing_the_last_reject), every_row_is_accounted_for),
    Defect("load", "a row is lost on the way", losing_a_row, every_row_is_accounted_for),
    Defect("load", "a transaction is committed after a failure", swapped(land, "transaction", instead(committing_whatever_happens)), a_failed_load_leaves_nothing),
    Defect("load", "counts are not read back after the commit", without_reading_back, row("COMMIT after a failed statement keeps nothing")),
    Defect("load", "what was loaded is not looked up", swapped(land, "loaded_already", instead(lambda connection: {})), the_same_content_lands_once),
    Defect("load", "gzip's checksum is not checked", swapped(vault, "_unpacked", without_checksum), row("the gzip's checksum is wrong")),
    Defect("load", "what a killed process spilled stays", swapped(raw_database.shutil, "rmtree", lambda true: lambda path, **named: None if named else true(path)), row("a killed process left what it spilled")),
    Defect("load", "nobody takes the lock", swapped(lock, "_take", instead(nothing)), row("two write at once")),
    Defect("load", "a bug is told with its message", swapped(boundary.Bug, "__init__", with_messages), row("a bug's message quotes a patient")),
    Defect("ledger", "a short write is taken for a whole one", swapped(ledger, "append", lambda true: short_append), row("the disk is full at the ledger")),
    Defect("ledger", "lines are read without their seals", swapped(ledger, "read", instead(without_following)), row("a line of the ledger is edited")),
    Defect("verify", "the vault is not hashed", swapped(verify, "verified_vault", instead(lambda *given: 0)), row("a bit of the vault is flipped")),
    Defect("verify", "raw.duckdb is not hashed", swapped(verify, "refuse_altered", instead(nothing)), row("a row of raw.duckdb is edited")),
    Defect("verify", "manifests are not hashed", releases_unseen, row("a time in a manifest is edited")),
    Defect("verify", "public reports are not hashed", swapped(verify, "check_released", instead(lambda *given: 0)), row("a page that left is edited in the home")),
    Defect("forget", "rows are deleted and the file stays", swapped(forget, "rewrite_without", instead(by_delete)), a_forgotten_delivery_is_gone),
    Defect("forget", "reports are forgotten about", swapped(forget, "releases_from", instead(lambda *given: [])), a_forgotten_delivery_is_gone),
    Defect("audit page", "nothing is escaped", swapped(audit_page, "environment", lambda true: lambda: unescaped(true())), a_label_is_text),
    Defect("tables", "a cell that begins a formula is left so", swapped(tidy, "_not_a_formula", instead(lambda cell: cell)), a_cell_is_no_formula),
    Defect("disclosure", "the threshold is lower", lambda patch: patch.setitem(profiles.PROFILES, "seer11", profiles.Profile("seer11", 3)), hidden_counts_stay_wide),
    Defect("disclosure", "only small counts are hidden, not what tells them", swapped(suppression, "_first_weak", lambda true: lambda secret, knowledge, threshold, seen: (None, suppression.spans(knowledge, secret, enough=threshold, seen=seen))), hidden_counts_stay_wide),
    Defect("disclosure", "earlier reports are not looked at", swapped(public_results, "refuse_differencing", instead(nothing)), two_releases_tell_no_more_than_one),
    Defect("sql", "files can be reached", without_locks, no_statement_reaches_a_file),
)  # fmt: skip
