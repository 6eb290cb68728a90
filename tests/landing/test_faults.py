"""Faults of delivered files (format_faults.py): each refused with its code and place, or accounted for."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land, vault
from tests.landing.deliveries import ask
from tests.landing.format_faults import ELSEWHERE, FAULTS, RACE, Fault
from tests.landing.injections import GOOD
from tests.landing.other_deliveries import MYELOMA, record, write_release

REFUSED = [fault for fault in FAULTS if fault.exit_code == 3]
LANDED = [fault for fault in FAULTS if fault.exit_code == 0]


def named(fault: Fault) -> str:
    return f"{fault.id} {fault.name}".strip()


@pytest.mark.parametrize("fault", REFUSED, ids=named)
def test_a_faulty_delivery_is_refused_and_nothing_lands(fault: Fault, home: Home, inbox: Path):
    fault.inject(inbox)
    before = sorted(inbox.parent.rglob("*"))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    told = refusal.value
    assert (told.exit_code, told.code) == (3, fault.code), told
    assert (told.line, told.column, told.value) == (fault.line, fault.column, fault.value), told
    assert fault.told in told.paragraph(with_value=True)
    assert told.remedy
    assert "One primary only\t" not in told.paragraph(with_value=True), (
        "no more of a row than the value at fault"
    )
    assert len(str(told)) < 3000
    if home.raw.exists():
        assert ask(home, "select count(*) from raw.loads") == [(0,)]
        assert ask(home, "select count(*) from raw.seer_listing") == [(0,)]
        assert ask(home, "select count(*) from raw.rejects") == [(0,)]
    assert not list(home.vault.iterdir())
    assert not list(home.work.iterdir())
    assert [
        path for path in sorted(inbox.parent.rglob("*")) if home.root not in (path, *path.parents)
    ] == before


@pytest.mark.parametrize("fault", LANDED, ids=named)
def test_what_can_be_read_lands_and_says_what_was_odd(fault: Fault, home: Home, inbox: Path):
    fault.inject(inbox)
    results = land.load([inbox], home)
    events = [event for result in results for event in result.events]
    lines = [result.line() for result in results]
    reasons = [reason for (reason,) in ask(home, "select reason from raw.rejects")]
    assert fault.told in "\n".join([*events, *lines, *reasons])
    (counted,) = ask(home, "select sum(rows_read), sum(rows_landed + rows_rejected) from raw.loads")
    assert counted[0] == counted[1] == sum(not is_again(result) and result.rows_read for result in results)


def is_again(result: land.LoadResult) -> bool:
    return result.already_loaded


def test_every_fault_of_the_matrix_from_44_to_73_is_here():
    numbers = {int(fault.id[1:]) for fault in FAULTS if fault.id} | {int(name[1:]) for name in ELSEWHERE}
    assert numbers >= set(range(44, 74))


def test_a_file_that_changes_while_it_is_read_is_refused(home: Home, inbox: Path, monkeypatch):
    data = GOOD.write(inbox)
    read = os.readv

    def growing(descriptor: int, buffers: Sequence[bytearray]) -> int:
        with data.open("ab") as file:
            file.write(b"more\r\n")
        return read(descriptor, buffers)

    monkeypatch.setattr(vault.os, "readv", growing)
    with pytest.raises(InputRefused) as refusal:
        vault.receive(data, home)
    assert refusal.value.code == "IN-29"
    assert not list(home.vault.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_a_file_that_may_not_be_read_is_refused():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        data = GOOD.write(folder)
        data.chmod(0)
        os.seteuid(65534)
        try:
            with pytest.raises(InputRefused) as refusal:
                vault.open_delivered(data)
        finally:
            os.seteuid(0)
        assert refusal.value.code == "IN-10"
        assert "Permission denied" in str(refusal.value)
    finally:
        shutil.rmtree(folder)


def test_unknown_codes_of_all_files_are_listed_at_once(home: Home, inbox: Path):
    strange = {"STAT_REC": "7"}, {"SEX": "8", "PUBCSNUM": "00000009"}
    first, second = (record(MYELOMA | change) for change in strange)
    write_release(inbox, {"LYMYLEUK.TXT": [first], "OTHER.TXT": [second]})
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-19"
    for part in ("'7' in 'STAT_REC'", "of LYMYLEUK.TXT", "'8' in 'SEX'", "of OTHER.TXT"):
        assert part in refusal.value.paragraph(with_value=True)


def test_every_unknown_label_is_listed_at_once(home: Home, inbox: Path):
    GOOD.with_cell(0, RACE, "Wihte").with_cell(2, "Vital status recode (study cutoff used)", "Alve").write(
        inbox
    )
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-19"
    for part in ("'Wihte'", "'Alve'", "line 2", "line 4", "1 time)"):
        assert part in refusal.value.paragraph(with_value=True)
