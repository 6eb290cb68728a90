"""What lies in the home in the place of a file is put aside and made again, and never waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.copies import unread_copies
from flows.errors import IntegrityDamaged
from flows.integrity.lost import put_aside
from flows.publishing.evidence import recording_audit, recording_report
from flows.reporting.sensitivity import kept_sensitivity
from tests.faults.damages import rewritten, row_edited_and_a_marker_laid
from tests.faults.scene import Scene, delivery


def altered(file: Path) -> None:
    rewritten(file, b"altered")


def made_a_pipe(file: Path) -> None:
    """Whoever opens it to read waits for ever, with the home's lock in hand."""
    file.unlink()
    os.mkfifo(file, 0o400)


@pytest.mark.parametrize("damage", [altered, made_a_pipe])
def test_a_note_of_the_vault_is_written_again_by_load(damage: Callable[[Path], None], scene: Scene) -> None:
    [note] = [file for file in scene.home.vault.iterdir() if b"metachron_delivery" in file.read_bytes()]
    damage(note)
    ended = scene.run("verify")
    assert ended.exit_code == 7 and "metachron load FOLDER" in ended.said
    assert scene.load(delivery()).exit_code == 0
    assert (scene.home.lost / "0001" / "vault" / note.name).exists()
    assert scene.run("verify").exit_code == 0


def test_raw_rows_that_were_altered_are_not_exported(scene: Scene) -> None:
    row_edited_and_a_marker_laid(scene)
    ended = scene.run("export", "--raw", "--parquet", scene.folder / "out")
    assert ended.exit_code == 7 and "INT-08" in ended.said and not (scene.folder / "out").exists()


def test_what_is_no_line_of_the_copies_is_told_by_the_certificate(in_little: Scene) -> None:
    scene = in_little
    scene.home.copies.write_bytes(b"\xff{{{\n" + b'{"place": 5}\n' + b"[1]\n")
    assert unread_copies(scene.home.copies) == 3
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    [certificate] = scene.home.certificates.iterdir()
    assert "3 lines of copies.jsonl" in certificate.read_text()


def test_an_edited_history_of_audits_is_not_gone_on_with(scene: Scene) -> None:
    history = scene.home.audit / "history.jsonl"
    with recording_audit(scene.home) as said:
        history.write_text('{"n_index": 40}\n')
        said |= {"verdict": "fail", "build_sha256": "0" * 64}
    with recording_audit(scene.home) as said:
        assert history.read_text() == '{"n_index": 40}\n'
        said |= {"verdict": "fail", "build_sha256": "0" * 64}
    rewritten(history, b'{"n_index": 4000}\n')
    assert "INT-17" in scene.run("verify").said
    with recording_audit(scene.home) as said:
        assert not history.exists()
        said |= {"verdict": "fail", "build_sha256": "0" * 64}
    assert (scene.home.lost / "0001" / "audit" / "history.jsonl").exists()


def test_an_edited_table_of_settings_is_not_taken_into_the_next_report(scene: Scene) -> None:
    [folder] = scene.home.reports.glob("*/r*")
    table = folder / "sensitivity.json"
    with recording_report(scene.home, folder, scene.release):
        table.write_text('{"rows": []}')
    assert kept_sensitivity(scene.home, scene.release) == {"rows": []}
    table.write_text('{"rows": [1]}')
    with pytest.raises(IntegrityDamaged, match="INT-18"):
        kept_sensitivity(scene.home, scene.release)


def test_a_report_of_an_altered_release_is_not_written_to_be_compared(scene: Scene) -> None:
    before = scene.release
    scene.next_build()
    assert scene.run("publish").exit_code == 0
    rewritten(before.warehouse, before.warehouse.read_bytes() + b"x")
    [folder] = scene.home.reports.glob("*/r*")
    folder.rename(scene.folder / folder.name)
    ended = scene.run("diff", before.id, "published")
    assert ended.exit_code == 7 and "INT-06" in ended.said


@pytest.mark.parametrize("name", ["work", "releases", "reports", "audit", "logs"])
def test_a_folder_that_commands_empty_lies_behind_no_link(name: str, scene: Scene) -> None:
    path, behind = scene.home.root / name, scene.folder / "somebody's"
    path.rename(behind)
    (behind / "thesis.docx").write_text("mine")
    path.symlink_to(behind)
    ended = scene.run("forget", "export1.txt", "--yes")
    assert ended.exit_code == 2 and "HOME-02" in ended.said and f"file {name}" in ended.said
    assert (behind / "thesis.docx").exists()


def test_a_link_among_the_drafts_is_removed_and_not_followed(scene: Scene) -> None:
    behind = scene.folder / "somebody's"
    behind.mkdir()
    (behind / "thesis.docx").write_text("mine")
    draft = scene.home.releases / ".draft-r0123456789ab"
    draft.symlink_to(behind)
    assert "was left by an interrupted publishing" in scene.run("verify").said
    scene.next_build()
    ended = scene.run("publish")
    assert ended.exit_code == 0, ended.said
    assert not draft.is_symlink() and (behind / "thesis.docx").exists()


def test_a_folder_of_lost_things_with_another_kind_of_number_is_passed_over(scene: Scene) -> None:
    (scene.home.lost / "²").mkdir(mode=0o700, parents=True)
    assert put_aside(scene.home, [scene.home.build]) == scene.home.lost / "0001"
