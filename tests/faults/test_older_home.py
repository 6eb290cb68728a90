"""A home of the first release is read and verified as it is, and upgraded by the next run or by a rebuild."""

from __future__ import annotations

import shutil

import pytest

from flows.integrity import ledger
from flows.landing import delivery_note
from flows.publishing import publish
from tests.faults.older_home import as_the_first_release_left_it
from tests.faults.scene import Scene, delivery

COUNT = "select count(*) as n from marts.index_patients"
MARK = "made before provenance was kept"


@pytest.fixture
def older(in_little: Scene) -> Scene:
    as_the_first_release_left_it(in_little.home)
    return in_little


def test_it_is_verified_and_read_and_its_release_is_marked(older: Scene) -> None:
    found = older.run("verify")
    assert found.exit_code == 0 and f"release {older.release.id} was {MARK}" in found.said
    assert "40" in older.run("sql", COUNT).said
    said = older.run("status").said
    assert "trusted    yes" in said and f"{older.release.id} ({MARK})" in said
    assert not any(entry.event == "begin" for entry in ledger.read(older.home)), "reading changes nothing"


def test_an_outward_report_waits_for_a_report_that_the_ledger_knows(older: Scene) -> None:
    ended = older.run("release")
    assert ended.exit_code == 2 and "REL-02" in ended.said
    assert older.run("report").exit_code == 0
    assert older.run("release").exit_code == 0


def test_the_next_run_upgrades_it_and_the_older_release_stays_readable(older: Scene) -> None:
    before = older.release
    older.next_build()
    assert older.run("publish").exit_code == 0
    assert older.run("report").exit_code == 0
    began = ledger.began_at(ledger.read(older.home))
    assert began is not None and began > 1
    assert [release.id for release in publish.releases(older.home)] == [before.id, older.release.id]
    found = older.run("verify")
    assert found.exit_code == 0 and found.said.count("note:") == 1 and MARK in found.said
    assert f"{older.release.id} (" not in older.run("status").said, "the new one is not marked"


def test_after_that_nothing_may_be_missing(older: Scene) -> None:
    older.next_build()
    assert older.run("publish").exit_code == 0
    shutil.rmtree(older.release.warehouse.parent)
    assert older.run("verify").exit_code == 7
    assert older.run("rebuild", "--from-vault").exit_code == 0
    assert older.run("verify").exit_code == 0


def test_delivered_again_its_files_get_their_notes(older: Scene) -> None:
    assert delivery_note.notes(older.home) == []
    assert older.load(delivery()).exit_code == 0
    [note] = delivery_note.notes(older.home)
    assert [each.place for each in note.files] == ["arrived/export1.txt"]
    assert older.run("verify").exit_code == 0


@pytest.mark.parametrize("new_ledger", [False, True])
def test_a_rebuild_upgrades_it_from_the_vault_alone(older: Scene, new_ledger: bool) -> None:
    older.load()
    older_rows = older.run("sql", COUNT).said
    shutil.rmtree(older.home.inbox)
    if new_ledger:
        older.home.ledger.unlink()
    words = ("rebuild", "--from-vault", *(["--new-ledger"] if new_ledger else []))
    ended = older.run(*words)
    assert ended.exit_code == 0, ended.said
    assert len(delivery_note.notes(older.home)) == 2
    assert older.run("verify").exit_code == 0 and older.run("sql", COUNT).said == older_rows
    assert older.run("release").exit_code == 0


def test_without_its_raw_tables_the_names_are_lost_and_it_says_so(older: Scene) -> None:
    older.home.raw.unlink()
    ended = older.run("rebuild", "--from-vault")
    assert ended.exit_code == 2 and "REB-01" in ended.said and "Deliver them again" in ended.said
