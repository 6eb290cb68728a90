"""What lies in the home in the place of a file is put aside and made again, and never waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.output_folder import unread_copies
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
    assert unread_copies(scene.home) == 3
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    [certificate] = scene.home.certificates.iterdir()
    assert "3 lines of copies.jsonl" in certificate.read_text()
