"""A ledger in place of a lost one: what was decided is kept, and what is not known is said in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import stages
from flows.building.run_dbt import PROJECT
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.lock import single_writer
from tests.faults.damages import certified, copied, raw_gone, rewritten
from tests.faults.older_home import as_the_first_release_left_it
from tests.faults.scene import Scene, delivery, make_build
from tests.faults.test_evidence import interrupted

NEW = ("rebuild", "--from-vault", "--new-ledger")


def first_delivery_counts_again(scene: Scene) -> None:
    """Two deliveries, of which a person took up the first; it is published."""
    assert scene.load().exit_code == 0
    assert scene.run("use", "export1.txt").exit_code == 0


def gone(scene: Scene) -> None:
    scene.home.ledger.unlink()


def last_line_edited(scene: Scene) -> None:
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    rewritten(scene.home.ledger, b"".join([*lines[:-1], lines[-1].replace(b'"event"', b'"EVENT"')]))


@pytest.mark.parametrize("damage", [gone, last_line_edited])
def test_the_delivery_that_counted_counts_and_the_release_is_the_same(
    damage: Callable[[Scene], None], in_little: Scene
) -> None:
    scene = in_little
    before = scene.release
    first_delivery_counts_again(scene)
    damage(scene)
    ended = scene.run(*NEW)
    assert ended.exit_code == 0, ended.said
    assert scene.release.id == before.id
    assert ("taken from raw.duckdb, and cannot be proved" in ended.said) == (damage is gone)
    assert "`metachron accept` allowed" in ended.said or damage is gone
    found = scene.run("verify")
    assert found.exit_code == 0 and "note:" not in found.said, found.said


def test_a_choice_that_only_the_known_lines_tell_is_kept(in_little: Scene) -> None:
    scene = in_little
    before = scene.release
    first_delivery_counts_again(scene)
    raw_gone(scene)
    last_line_edited(scene)
    ended = scene.run(*NEW)
    assert ended.exit_code == 0, ended.said
    assert scene.release.id == before.id and "has to be repeated" in ended.said


def test_without_ledger_and_raw_tables_it_says_that_the_choice_is_lost(in_little: Scene) -> None:
    scene = in_little
    first_delivery_counts_again(scene)
    raw_gone(scene)
    gone(scene)
    ended = scene.run(*NEW)
    assert ended.exit_code == 0 and "no lines are known" in ended.said
    assert "`metachron use` or `metachron accept` decided after them has to be repeated" in ended.said
    assert scene.run("use", "export1.txt").exit_code == 0
    assert scene.run("verify").exit_code == 0


def test_what_a_person_accepted_is_still_accepted(in_little: Scene) -> None:
    scene = in_little
    assert scene.load().exit_code == 0
    assert scene.run("accept", "export2.txt").exit_code == 0
    last = ledger.read(scene.home)[-1]
    assert scene.run("report").exit_code == 0
    last_line_edited(scene)
    assert scene.run(*NEW).exit_code == 0
    assert [e.facts for e in ledger.read(scene.home) if e.event == "accept"] == [last.facts]


@pytest.mark.parametrize("known", [True, False])
def test_certificates_and_copies_are_taken_over(known: bool, in_little: Scene) -> None:
    scene = in_little
    file = certified(scene)
    content = file.read_bytes()
    copied(scene)
    if known:
        last_line_edited(scene)
    else:
        gone(scene)
    assert scene.run(*NEW).exit_code == 0
    assert file.read_bytes() == content and scene.run("verify").exit_code == 0
    rewritten(file, content + b" ")
    assert "INT-23" in scene.run("verify").said
    rewritten(file, content)
    scene.home.copies.unlink()
    assert "INT-22" in scene.run("verify").said


def test_a_delivery_that_was_forgotten_and_came_again_counts_from_then_on(in_little: Scene) -> None:
    scene = in_little
    certified(scene)
    again = delivery().write(scene.folder / "again").parent
    assert scene.run("load", again).exit_code == 0
    order = "select string_agg(file_name, ' ' order by load_sequence) as names from staging.stg_ledger__loads"
    last_line_edited(scene)
    assert scene.run(*NEW).exit_code == 0
    assert "export2.txt export1.txt" in scene.run("sql", order).said
    assert scene.run("verify").exit_code == 0


def test_a_choice_that_was_interrupted_is_told_and_completed(scene: Scene) -> None:
    assert scene.load().exit_code == 0
    scene.patch.setattr("flows.landing.delivery_order.restore_order", interrupted)
    assert scene.run("use", "export1.txt").exit_code == 130
    scene.patch.undo()
    found = scene.run("verify")
    assert found.exit_code == 0 and "note: `metachron use` was interrupted" in found.said
    assert scene.load().exit_code == 0
    assert "note:" not in scene.run("verify").said


def test_a_copy_is_told_of_while_another_command_writes(scene: Scene) -> None:
    with single_writer(scene.home):
        copied(scene)
    assert [entry.event for entry in ledger.read(scene.home)].count("copied") == 1
    assert scene.run("verify").exit_code == 0


def test_a_certificate_says_that_lines_about_copies_are_gone(in_little: Scene) -> None:
    scene = in_little
    copied(scene).unlink()
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    [certificate] = scene.home.certificates.iterdir()
    assert "copies of which 1 lines of copies.jsonl told, which are gone" in certificate.read_text()


def test_a_home_into_which_nothing_was_loaded_is_not_called_unaltered(scene: Scene, tmp_path: Path) -> None:
    empty = Home.at(tmp_path / "empty").prepare()
    ended = scene.run("--home", str(empty.root), "verify")
    assert ended.exit_code == 0 and "nothing has been loaded into this home yet" in ended.said
    assert "unaltered" not in ended.said and not empty.ledger.exists()


@pytest.mark.parametrize("words", [("rebuild", "--from-vault"), NEW])
def test_a_rebuild_is_of_the_study_that_was_published_whatever_a_manifest_says(
    words: tuple[str, ...], in_little: Scene
) -> None:
    scene = in_little
    asked: list[Path | None] = []
    scene.patch.setattr(stages, "build", lambda home, study=None: (asked.append(study), make_build(home)))
    manifest = scene.release.warehouse.with_name("manifest.json")
    said = json.loads(manifest.read_text()) | {"study": {"name": "aml_after_breast", "title": "Another"}}
    rewritten(manifest, json.dumps(said).encode())
    if words == NEW:
        last_line_edited(scene)
    ended = scene.run(*words)
    assert ended.exit_code == 0 and "study mm_sall" in ended.said, ended.said
    assert asked == [None], "the default study"


def test_where_no_manifest_stands_up_to_an_older_ledger_the_study_is_asked_for(in_little: Scene) -> None:
    scene = in_little
    as_the_first_release_left_it(scene.home)
    manifest = scene.release.warehouse.with_name("manifest.json")
    rewritten(manifest, manifest.read_bytes().replace(b"mm_sall", b"aml_after_breast"))
    ended = scene.run("rebuild", "--from-vault")
    assert ended.exit_code == 2 and "REB-04" in ended.said and "--study FILE" in ended.said
    assert scene.run("rebuild", "--from-vault", "--study", PROJECT / "dbt_project.yml").exit_code == 0
    assert scene.run("verify").exit_code == 0
