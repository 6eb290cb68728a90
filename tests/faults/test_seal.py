"""A seal kept outside the home holds the ledger to it; without one, a ledger that was cut looks whole."""

from __future__ import annotations

import json

import pytest

from flows.integrity import ledger
from tests.faults.scene import Scene


def seal_of(scene: Scene) -> str:
    return scene.run("seal", "--print").said.strip()


def test_the_seal_of_today_holds_and_so_does_it_after_more_events(scene: Scene) -> None:
    kept = seal_of(scene)
    assert scene.run("verify", "--seal", kept).exit_code == 0
    assert scene.load().exit_code == 0
    assert seal_of(scene) != kept
    assert scene.run("verify", "--seal", kept).exit_code == 0


def test_a_ledger_that_lost_its_end_is_held_to_the_seal(scene: Scene) -> None:
    ledger.append(scene.home, "audit", verdict="fail", build_sha256="0" * 64)
    kept, number = seal_of(scene), len(ledger.read(scene.home))
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    scene.home.ledger.write_bytes(b"".join(lines[:-1]))
    assert scene.run("verify").exit_code == 0, "nothing under the home can tell"
    ended = scene.run("verify", "--seal", kept)
    assert ended.exit_code == 7 and f"file ledger.jsonl, line {number}" in ended.said


def test_a_ledger_that_was_written_anew_is_held_to_the_seal(scene: Scene) -> None:
    """Every line follows from the one before it; only the seal outside knows another history."""
    ledger.append(scene.home, "audit", verdict="fail", build_sha256="0" * 64)
    kept = seal_of(scene)
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    scene.home.ledger.write_bytes(b"".join(lines[:-1]))
    ledger.append(scene.home, "audit", verdict="pass", build_sha256="0" * 64)
    assert scene.run("verify").exit_code == 0
    ended = scene.run("verify", "--seal", kept)
    assert ended.exit_code == 7 and "INT-12" in ended.said and "written anew" in ended.said


@pytest.mark.parametrize("text", ["", "7", "7:", "x:" + "0" * 64, "7:" + "0" * 63, "-1:" + "0" * 64])
def test_what_is_no_seal_is_refused_as_such(scene: Scene, text: str) -> None:
    ended = scene.run("verify", f"--seal={text}")
    assert ended.exit_code == 2 and "SEAL-01" in ended.said


def test_status_and_the_command_say_the_same_seal(scene: Scene) -> None:
    kept = seal_of(scene)
    assert f"seal       {kept}" in scene.run("status").said
    assert kept in scene.run("seal").said
    said = json.loads(scene.run("seal", "--json").said)
    assert f"{said['sequence']}:{said['seal']}" == kept
