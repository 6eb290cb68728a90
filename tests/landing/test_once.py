"""Exactly once: the same content is never landed twice, and a failure leaves nothing half landed."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from flows.errors import AuditRefused, InputRefused, IntegrityDamaged, WarehouseBusy
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.lock import single_writer
from flows.landing import delivery_note, land
from flows.landing.forms.seer_listing import listing
from flows.maintenance.verify import verify
from tests.landing.deliveries import Listing, ask, many_rows


def test_the_same_content_again_is_a_no_op_whatever_its_name(home: Home, tmp_path: Path):
    land.load([Listing().write(tmp_path / "first").parent], home)
    before = ask(home, "from raw.loads"), home.ledger.read_bytes()
    renamed = Listing(name="renamed").write(tmp_path / "second")
    (again,) = land.load([renamed.parent], home)
    assert again.already_loaded
    assert "already loaded" in again.line()
    packed = Listing(name="packed").write(tmp_path / "third")
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    (once_more,) = land.load([packed.parent], home)
    assert once_more.already_loaded
    assert (ask(home, "from raw.loads"), home.ledger.read_bytes()) == before
    assert ask(home, "select count(*) from raw.seer_listing") == [(4,)]


def test_two_copies_in_one_folder_land_once(home: Home, inbox: Path):
    Listing().write(inbox)
    Listing(name="copy").write(inbox)
    results = land.load([inbox], home)
    assert len(results) == 2
    assert ask(home, "select count(*) from raw.seer_listing") == [(4,)]


def test_a_folder_inside_the_home_is_read_where_it_is_named_and_passed_over_where_the_home_is(home: Home):
    Listing().write(home.inbox)
    elsewhere = Listing(rows=many_rows(5)).write(home.root / "more").parent
    assert [result.rows_landed for result in land.load([home.root.parent], home)] == [4]
    assert [result.rows_landed for result in land.load([elsewhere], home)] == [5]


def test_a_new_export_is_a_new_delivery_after_the_old_one(home: Home, tmp_path: Path):
    land.load([Listing().write(tmp_path / "first").parent], home)
    land.load([Listing(rows=many_rows(5)).write(tmp_path / "second").parent], home)
    assert ask(home, "select load_sequence, rows_landed, delivery_id = load_id from raw.loads order by 1") == [
        (1, 4, True), (2, 5, True),
    ]  # fmt: skip
    assert ask(home, "select events from raw.loads order by load_sequence") == [
        ("[]",),
        ('["replaces:export.txt"]',),
    ]


def test_a_refused_file_takes_the_good_ones_of_its_load_with_it(home: Home, inbox: Path):
    Listing().write(inbox)
    (inbox / "population.txt").write_bytes(b"1975CT09001021920700012345\r\n1975CT0900")
    with pytest.raises(InputRefused):
        land.load([inbox], home)
    assert ask(home, "select count(*) from raw.loads") == [(0,)]
    assert not list(home.vault.iterdir())


def test_rows_that_vanish_between_counting_and_landing_are_noticed(home: Home, inbox: Path, monkeypatch):
    Listing().write(inbox)
    insert = listing.insert

    def losing_one(layout, connection: duckdb.DuckDBPyConnection) -> None:
        insert(layout, connection)
        connection.execute("delete from raw.seer_listing where source_line = 3")

    monkeypatch.setattr(listing, "insert", losing_one)
    with pytest.raises(AuditRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "LAND-01"
    assert ask(home, "select count(*) from raw.seer_listing") == [(0,)]


def test_a_second_writer_is_turned_away_at_once(home: Home):
    with single_writer(home):
        started = time.monotonic()
        with pytest.raises(WarehouseBusy) as refusal, single_writer(home):
            pass
        assert time.monotonic() - started < 1
    assert str(os.getpid()) in str(refusal.value)
    assert refusal.value.exit_code == 5
    with single_writer(home):
        pass


def test_a_reader_of_raw_makes_the_loader_wait_its_turn(home: Home, inbox: Path):
    Listing().write(inbox)
    land.prepare_raw(home)
    reader = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb, time; c = duckdb.connect({str(home.raw)!r}); print(1, flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert reader.stdout is not None and reader.stdout.readline()
        with pytest.raises(WarehouseBusy):
            land.load([inbox], home)
    finally:
        reader.kill()
        reader.wait()


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_a_killed_load_leaves_all_or_nothing_and_the_next_one_completes(
    delay: float, home: Home, inbox: Path
):
    Listing(rows=many_rows(60_000)).write(inbox)
    program = (
        "import sys; from pathlib import Path; from flows.landing import land; from flows.home import Home;"
        "print(1, flush=True); land.load([Path(sys.argv[1])], Home.at(sys.argv[2]))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(inbox), str(home.root)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None and child.stdout.readline()
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 60_000
    assert ask(home, "select count(*), count(distinct source_line) from raw.seer_listing") == [
        (60_000, 60_000)
    ]
    assert verify(home).n_rows == 60_000
    assert verify(home).notes == ()
    assert not list(home.work.iterdir())


def test_a_load_killed_right_after_its_commit_is_finished_in_the_ledger(home: Home, inbox: Path, monkeypatch):
    Listing().write(inbox)
    append = ledger.append

    def killed(home: Home, event: str, **facts: object) -> ledger.Entry:
        if event == "load_finished":
            raise KeyboardInterrupt
        return append(home, event, **facts)

    monkeypatch.setattr(ledger, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        land.load([inbox], home)
    monkeypatch.undo()
    assert "interrupted" in verify(home).line()
    (again,) = land.load([inbox], home)
    assert again.already_loaded
    assert verify(home).notes == ()


def test_everything_is_private(home: Home, inbox: Path):
    Listing().write(inbox)
    before = os.umask(0)
    try:
        land.load([inbox], home)
    finally:
        os.umask(before)
    for path in [home.root, *home.root.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_files_with_hostile_names_load_under_their_hash(home: Home, tmp_path: Path):
    odd_home = Home.at(tmp_path / "ho[me]*")
    for number, name in enumerate(("a[1]", "*", "-rf", "it's")):
        data = Listing(name=name, rows=many_rows(3 + number)).write(tmp_path / "in[1]*box" / str(number))
        land.load([data.parent], odd_home)
    assert verify(odd_home).n_loads == 4


def damage_vault(home: Home) -> str:
    kept = sorted(home.vault.iterdir())[0]
    content = bytearray(kept.read_bytes())
    content[5] ^= 1
    kept.chmod(0o600)
    kept.write_bytes(content)
    return "INT-04"


def lose_vault_file(home: Home) -> str:
    sorted(home.vault.iterdir())[0].unlink()
    return "INT-03"


def edit_rows(home: Home) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed")
        connection.execute("delete from landed.raw.seer_listing where source_line = 2")
    return "INT-05"


def forget_load(home: Home) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed")
        connection.execute("delete from landed.raw.loads; delete from landed.raw.seer_listing")
    return "INT-05"


def edit_ledger(home: Home) -> str:
    home.ledger.write_bytes(home.ledger.read_bytes().replace(b'"rows_read":4', b'"rows_read":5'))
    return "INT-01"


def drop_ledger_line(home: Home) -> str:
    home.ledger.write_bytes(home.ledger.read_bytes().split(b"\n", 1)[1])
    return "INT-01"


def empty_ledger(home: Home) -> str:
    home.ledger.write_bytes(b"")
    return "INT-13"


def break_raw(home: Home) -> str:
    content = bytearray(home.raw.read_bytes())
    content[4096 : 4096 + 4096] = bytes(4096)
    home.raw.write_bytes(content)
    return "INT-07"


@pytest.mark.parametrize(
    "damage",
    [damage_vault, lose_vault_file, edit_rows, forget_load, edit_ledger, drop_ledger_line, empty_ledger, break_raw],
)  # fmt: skip
def test_verify_names_the_damage(damage, home: Home, inbox: Path):
    Listing().write(inbox)
    land.load([inbox], home)
    assert verify(home).n_loads == 1
    code = damage(home)
    with pytest.raises(IntegrityDamaged) as found:
        verify(home)
    assert found.value.code == code
    assert found.value.file


def test_any_changed_byte_of_the_ledger_is_found(home: Home):
    ledger.append(home, "one", count=1)
    ledger.append(home, "two", count=2)
    whole = home.ledger.read_bytes()
    for place in range(len(whole) - 1):
        home.ledger.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(IntegrityDamaged):
            entries = ledger.read(home)
            assert len(entries) == 3, "a broken line end merges two lines"
            raise AssertionError(f"byte {place} was changed and not noticed")
    home.ledger.write_bytes(whole)
    assert [entry.event for entry in ledger.read(home)] == ["begin", "one", "two"]


def test_a_ledger_line_cut_by_a_crash_is_taken_back(home: Home):
    ledger.append(home, "one", count=1)
    with home.ledger.open("ab") as file:
        file.write(b'{"sequence":2,"at"')
    ledger.append(home, "two", count=2)
    assert [entry.event for entry in ledger.read(home)] == ["begin", "one", "two"]


def test_doubles_are_rejects_that_name_the_first(home: Home, inbox: Path):
    rows = many_rows(5)
    Listing(rows=[*rows, *rows]).write(inbox)
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (10, 5, 5)
    assert ask(home, "select source_line, reason_code, column_name, reason from raw.rejects order by 1") == [
        (line, "exact_duplicate", None, f"exact duplicate of line {line - 5}") for line in range(7, 12)
    ]


def test_a_note_of_a_megabyte_is_read_and_a_larger_one_is_none(tmp_path: Path):
    """Whatever else lies in the vault is not read into memory to see whether it is a note."""
    for size, is_read in ((1 << 20, True), ((1 << 20) + 1, False)):
        said = {
            delivery_note.MARK: 1,
            "order": 1,
            "at": 0,
            "reader": "seer",
            "load_ids": [],
            "files": [],
            "companions": [],
        }
        content = json.dumps(said).encode().ljust(size)
        file = tmp_path / hashlib.sha256(content).hexdigest()
        file.write_bytes(content)
        assert (delivery_note.read(file) is not None) == is_read
