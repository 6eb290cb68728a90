"""Missing or altered evidence stops what relies on it, and the remedy named ends in a green verify."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess

import pytest

from flows.integrity import ledger
from flows.integrity.lost import put_aside
from flows.publishing import publish
from tests.faults.damages import DAMAGES, Damage, rewritten
from tests.faults.scene import Ended, Scene, delivery
from tests.faults.table import chosen

COMMANDS = {
    "release": ("release",),
    "report": ("report",),
    "sql": ("sql", "select count(*) from marts.index_patients"),
    "publish": ("publish",),
    "build": ("build",),
    "export": ("export", "--raw", "--parquet", "never-written"),
}
# Damage to the ledger, which the vault alone does not mend.
LOST_LEDGER = {"INT-01", "INT-02", "INT-12", "INT-13"}


def what(damage: Damage) -> str:
    return damage.what


def interrupted(*given: object, **named: object) -> None:
    raise KeyboardInterrupt


def asked(scene: Scene, command: str) -> Ended:
    return scene.load() if command == "load" else scene.run(*COMMANDS[command])


def stops_what_relies_on_it(damage: Damage, scene: Scene) -> None:
    before = scene.home.ledger.read_bytes() if scene.home.ledger.is_file() else b""
    for command in damage.refuses:
        if command == "status":
            ended = scene.run("status")
            assert ended.exit_code == 0 and "trusted    NO" in ended.said, ended.said
            continue
        ended = asked(scene, command)
        assert ended.exit_code == 7, f"{command}: {ended.said}"
        assert "rebuild --from-vault" in ended.said, ended.said
        wants_new_ledger = damage.code in LOST_LEDGER
        assert ("--new-ledger" in ended.said) == wants_new_ledger, f"{command}: {ended.said}"
    now = scene.home.ledger.read_bytes() if scene.home.ledger.is_file() else b""
    assert now == before, "something was told to the ledger all the same"


def ends_in_a_green_verify(scene: Scene) -> None:
    """The remedy that verify names."""
    said = scene.run("verify").said
    [remedy] = re.findall(r"`metachron ([a-z]+(?: --[a-z-]+)*)", said)
    words = remedy.split()
    if words == ["load"]:
        delivery().write(scene.inbox)
        words.append(str(scene.inbox))
    ended = scene.run(*words)
    assert ended.exit_code == 0, ended.said
    found = scene.run("verify")
    assert found.exit_code == 0 and "note:" not in found.said, found.said
    assert scene.run("sql", "select count(*) from marts.index_patients").exit_code == 0
    assert "trusted    yes" in scene.run("status").said
    assert scene.run("release").exit_code == 0


@pytest.mark.parametrize("damage", DAMAGES, ids=what)
def test_what_relies_on_it_stops(damage: Damage, scene: Scene) -> None:
    damage.make(scene)
    stops_what_relies_on_it(damage, scene)


@pytest.mark.parametrize("damage", chosen(DAMAGES, lambda damage: damage.code), ids=what)
def test_the_remedy_that_is_named_ends_in_a_green_verify(damage: Damage, in_little: Scene) -> None:
    damage.make(in_little)
    ends_in_a_green_verify(in_little)


@pytest.mark.parametrize("name", ["lock", "copies.jsonl"])
@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_in_the_way_of_a_file_of_the_home_is_moved_away_as_advised(
    kind: str, name: str, scene: Scene
) -> None:
    path, behind = scene.home.root / name, scene.folder / "somebody's"
    behind.write_text("not metachron's")
    path.unlink(missing_ok=True)
    {"folder": path.mkdir, "link": lambda: path.symlink_to(behind), "pipe": lambda: os.mkfifo(path)}[kind]()
    for words in (("verify",), ("export", "--parquet", scene.folder / "out"), ("publish",)):
        ended = scene.run(*words)
        assert ended.exit_code == 2 and "HOME-02: Something that is no file lies where" in ended.said
        assert f"file {name}" in ended.said and "Move it away" in ended.said
    assert behind.read_text() == "not metachron's"
    path.rename(scene.folder / "moved away")
    assert scene.run("verify").exit_code == 0


def test_a_file_that_says_when_all_was_verified_is_not_believed(scene: Scene) -> None:
    (scene.home.root / "verified").write_text("2031-01-01T00:00:00+00:00\n")
    assert "never verified" in scene.run("status").said
    assert scene.run("verify").exit_code == 0
    said = scene.run("status").said
    assert "verified 20" in said and "2031-01" not in said


def test_a_rebuild_puts_aside_what_is_no_file_of_the_vault(in_little: Scene) -> None:
    scene = in_little
    os.mkfifo(scene.home.vault / "corrected", 0o400)
    assert "INT-04" in scene.run("verify").said
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert (scene.home.lost / "0001" / "vault" / "corrected").exists()
    assert scene.run("verify").exit_code == 0


def test_what_is_no_line_of_the_copies_is_told_by_verify_and_by_the_certificate(in_little: Scene) -> None:
    scene = in_little
    scene.home.copies.write_bytes(b"\xff{{{\n" + b'{"place": 5}\n' + b"[1]\n")
    ended = scene.run("verify")
    assert ended.exit_code == 0 and "note: 3 lines of copies.jsonl cannot be read" in ended.said
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    [certificate] = scene.home.certificates.iterdir()
    assert "3 lines of copies.jsonl" in certificate.read_text()


@pytest.mark.parametrize("name", [".", "inbox", "reports", "audit", "lost", "copies.jsonl", "raw.duckdb"])
def test_what_is_open_to_others_is_named_with_the_command_that_shuts_it(name: str, scene: Scene) -> None:
    (scene.home.root / "notes.txt").touch()  # somebody's own: no command shuts this folder by itself
    scene.home.lost.mkdir(mode=0o700)
    scene.home.copies.touch(mode=0o600)
    path = scene.home.root / name
    if name not in (".", "raw.duckdb"):
        path.chmod(path.stat().st_mode | 0o044)
        assert scene.run("verify").exit_code == 0, "the home is the wall"
        scene.home.releases.chmod(0o2750)  # a group of analysts may pass it
        scene.home.root.chmod(0o710)
    path.chmod(path.stat().st_mode | 0o044)
    ended = scene.run("verify")
    assert ended.exit_code == 8 and "PERM-03" in ended.said
    [remedy] = re.findall(r"rights away: (chmod .*)", ended.said)
    subprocess.run(shlex.split(remedy), check=True)
    assert scene.run("verify").exit_code == 0


def test_what_a_rebuild_replaces_is_kept_and_forgotten_with_its_delivery(in_little: Scene) -> None:
    scene = in_little
    altered = scene.home.raw.read_bytes()[:5000]
    scene.home.raw.write_bytes(altered)
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert (scene.home.lost / "0001" / "raw.duckdb").read_bytes() == altered
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    assert not scene.home.lost.exists()


def test_a_rebuild_of_what_is_whole_gives_the_same_release(in_little: Scene) -> None:
    scene = in_little
    before = scene.release
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert scene.release == before and scene.run("verify").exit_code == 0


def test_a_lost_ledger_is_not_replaced_unless_that_is_asked_for(in_little: Scene) -> None:
    scene = in_little
    scene.home.ledger.unlink()
    ended = scene.run("rebuild", "--from-vault")
    assert ended.exit_code == 7 and "INT-13" in ended.said and not scene.home.ledger.exists()


def test_a_new_ledger_names_the_head_that_was_lost_and_knows_what_left(in_little: Scene) -> None:
    scene = in_little
    assert scene.run("release").exit_code == 0
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"event"', b'"EVENT"')
    known = ledger.read(scene.home)[-2]
    scene.home.ledger.write_bytes(b"".join(lines))
    assert scene.run("rebuild", "--from-vault", "--new-ledger").exit_code == 0
    first, *others = ledger.read(scene.home)
    assert first.facts["lost"] == f"{known.sequence}:{known.seal}"
    assert (scene.home.lost / "0001" / "ledger.jsonl").read_bytes() == b"".join(lines)
    assert [entry.event for entry in others].count("release") == 1, "what left is still compared with"
    assert scene.run("verify").exit_code == 0


def test_a_ledger_that_lacks_its_last_newline_forgets_nothing(scene: Scene) -> None:
    """What left is still compared with; the public report was gone from the count, and overwritten."""
    assert scene.run("release").exit_code == 0
    content = scene.home.ledger.read_bytes()
    rewritten(scene.home.ledger, content[:-1])
    assert "1 public report, all unaltered" in scene.run("verify").said
    ledger.append(scene.home, "audit_started")
    assert scene.home.ledger.read_bytes().startswith(content)


def test_an_outward_report_whose_last_word_is_gone_is_told_of_and_counts(in_little: Scene) -> None:
    scene = in_little
    assert scene.run("release").exit_code == 0
    [told] = scene.home.released.glob("*/told.json")
    before = told.read_bytes()
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    rewritten(scene.home.ledger, b"".join(lines[:-1]))
    assert "run `metachron disclose` again" in scene.run("verify").said
    assert "It was made before" in scene.run("release").said
    assert told.read_bytes() == before and "note:" not in scene.run("verify").said


def test_an_outward_report_that_the_ledger_lost_is_adopted_by_a_rebuild(in_little: Scene) -> None:
    scene = in_little
    assert scene.run("release").exit_code == 0
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    rewritten(scene.home.ledger, b"".join(lines[:-2]))
    assert "INT-11" in scene.run("verify").said
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert "1 public report, all unaltered" in scene.run("verify").said


def test_a_report_that_is_gone_is_told_of(scene: Scene) -> None:
    [folder] = scene.home.reports.glob("*/r*")
    shutil.rmtree(folder)
    assert f"the report {folder.parent.name}/{folder.name} is gone" in scene.run("verify").said


def test_rights_that_are_taken_away_as_advised_are_right(scene: Scene) -> None:
    for path in (scene.home.raw, scene.release.warehouse):
        path.chmod(0o646)
        said = scene.run("verify").said
        [advice] = re.findall(r"chmod -R \S+ \S+", said)
        subprocess.run(shlex.split(advice), check=True)
        assert scene.run("verify").exit_code == 0, said


def test_rows_that_a_killed_load_left_in_doubt_are_compared_and_sealed(scene: Scene) -> None:
    """The marker of a real kill: nothing was altered, and nothing is refused."""
    (scene.home.root / "raw.duckdb.open").touch(mode=0o600)
    ended = scene.run("verify")
    assert ended.exit_code == 0 and "compared with those of the vault" in ended.said
    assert scene.load().exit_code == 0
    assert not (scene.home.root / "raw.duckdb.open").exists()


def test_a_rebuild_that_was_killed_is_completed_by_the_next(in_little: Scene) -> None:
    scene = in_little
    scene.home.warehouse.unlink()
    scene.patch.setattr("flows.maintenance.set_aside.put_aside", interrupted)
    assert scene.run("rebuild", "--from-vault").exit_code == 130
    scene.patch.setattr("flows.maintenance.set_aside.put_aside", put_aside)
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert scene.run("verify").exit_code == 0
    scene.home.warehouse.unlink()
    assert scene.run("verify").exit_code == 7, "nothing is half done that would excuse it"


def test_a_lost_record_of_what_left_stops_further_releases_until_it_is_restored(in_little: Scene) -> None:
    scene = in_little
    assert scene.run("release").exit_code == 0
    [folder] = scene.home.released.iterdir()
    folder.rename(scene.folder / "backup")
    assert scene.run("verify").exit_code == 7
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert scene.run("verify").exit_code == 0
    ended = scene.run("release")
    assert ended.exit_code == 7 and "REL-04" in ended.said
    (scene.folder / "backup").rename(folder)
    assert scene.run("verify").exit_code == 0 and scene.run("release").exit_code == 0


def test_of_an_altered_outward_report_the_record_stays(in_little: Scene) -> None:
    scene = in_little
    assert scene.run("release").exit_code == 0
    [page] = scene.home.released.glob("*/public/report.html")
    rewritten(page, page.read_bytes() + b"<p>more</p>")
    assert scene.run("release").exit_code == 7
    assert scene.run("rebuild", "--from-vault").exit_code == 0
    assert scene.run("verify").exit_code == 0
    assert (page.parents[1] / "told.json").exists() and not page.parent.exists()
    assert scene.run("release").exit_code == 0


def test_an_altered_file_of_the_vault_is_kept_when_it_is_delivered_again(scene: Scene) -> None:
    file = max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size)
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(whole + b"x")
    assert scene.load(delivery()).exit_code == 0
    assert file.read_bytes() == whole
    assert (scene.home.lost / "0001" / "vault" / file.name).read_bytes() == whole + b"x"


def test_the_link_may_be_at_a_release_that_was_begun(scene: Scene) -> None:
    """Killed between the swing and the ledger's last word: no damage, and told as what it is."""
    scene.next_build()
    scene.patch.setattr(publish, "record", interrupted)
    assert scene.run("publish").exit_code == 130
    scene.patch.undo()
    found = scene.run("verify")
    assert found.exit_code == 0 and "its publishing was interrupted" in found.said
