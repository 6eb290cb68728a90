"""What a home goes through, as functions that a forked process can be told to do."""

from __future__ import annotations

import time
from pathlib import Path

from flows.home import Home
from flows.integrity.lock import single_writer
from flows.landing import land
from flows.maintenance import forget as forgetting
from flows.maintenance import verify  # noqa: F401 (imported once, before processes are forked)
from flows.maintenance.forget_target import find_target
from flows.publishing import publish

TESTED = "0.1.0+tested"


def load(home: Home, folder: Path) -> None:
    land.load([folder], home)


def publish_build(home: Home) -> None:
    publish.code_version = lambda: TESTED
    publish.publish(home)


def forget(home: Home, delivery: str) -> None:
    forgetting.forget(home, find_target(home, delivery))


def hold_the_lock(home: Home, seconds: float) -> None:
    with single_writer(home):
        (home.root / "work" / "held").touch()
        time.sleep(seconds)


def forget_canaries(home: Home) -> None:
    """Forget the delivery of the canaries, or complete it, or find it gone."""
    from flows.errors import UsageError

    try:
        forget(home, "export1.txt")
    except UsageError as nothing_left:
        if nothing_left.code != "FGT-01":
            raise
