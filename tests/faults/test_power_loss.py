"""A power cut at any moment of publishing, in a model of the disk (power_loss.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.home import Home
from flows.publishing import publish
from tests.faults import actions
from tests.faults.power_loss import Disk, Operation, disk_of, recorded, violations
from tests.publishing.made_home import make_build, make_home, write_audit


def one_publish(root: Path) -> tuple[list[Operation], Disk, Home, str]:
    """What publishing a second release does to a home, and the disk it starts from."""
    home = make_home(root)
    old = publish.publish(home)
    make_build(home, 2)
    write_audit(home)
    before = disk_of(home.root)
    with recorded(home.root) as log:
        publish.publish(home)
    return list(log), before, home, old.id


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Operation], Disk, Home, str]:
    monkeypatch.setattr(publish, "code_version", lambda: actions.TESTED)
    return one_publish(tmp_path / "home")


def looked_at(log: list[Operation], before: Disk, home: Home, old: str) -> tuple[int, list[str]]:
    return violations(log, before, home.root, lambda link: old not in link)


def test_a_power_cut_anywhere_leaves_the_old_release_or_the_new(
    published: tuple[list[Operation], Disk, Home, str], record_property: Callable[[str, int], None]
) -> None:
    log, before, home, old = published
    seen, found = looked_at(log, before, home, old)
    record_property("crash_state", seen)
    record_property("crash_violation", len(found))
    assert not found, found[:5]
    assert seen > 50


def test_every_flush_is_needed(published: tuple[list[Operation], Disk, Home, str]) -> None:
    """Without any one of them some power cut loses a release, so the model sees what it should."""
    log, before, home, old = published
    flushes = [at for at, operation in enumerate(log) if operation.kind.startswith("flush")]
    assert len(flushes) == 8
    for at in flushes:
        _, found = looked_at(log[:at] + log[at + 1 :], before, home, old)
        assert found, f"{log[at].kind} of {log[at].path} could go"
