"""Any order of loading, loading again, damaging, killing, publishing and forgetting, against a dictionary.

The model is what a person would keep: which contents are there, and how many rows each has. Whatever the
order, the home must hold exactly these, prove it, and give nothing else to analysts.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.maintenance import forget
from flows.maintenance.forget_target import find_target
from flows.maintenance.verify import verify
from flows.publishing import publish
from tests.faults import actions
from tests.faults.children import killed_at_operation
from tests.faults.scene import make_build, open_to_others
from tests.faults.sweep import traces
from tests.landing.deliveries import HEADERS, Listing, ask, many_rows
from tests.publishing.made_home import write_audit

NUMBERS = st.integers(1, 4)
STEPS = {"steps": 0, "kills": 0, "states": set()}


def listing(number: int) -> Listing:
    """Delivery `number`: ten rows for each of its number, with a mark of its own in each."""
    rows = [(*row, mark(number)) for row in many_rows(10 * number)]
    return Listing(rows=rows, headers=[*HEADERS, "Remark"], name=f"export{number}")


def mark(number: int) -> str:
    return f"MARK-{number}-8806"


class Warehouse(RuleBasedStateMachine):
    """One home and the dictionary that says what is in it: sha256 to delivery number."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="states-"))
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(publish, "code_version", lambda: actions.TESTED)
        os.umask(0o077)
        self.home = Home.at(self.folder / "home").prepare()
        self.model: dict[str, int] = {}
        self.published: str | None = None

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)

    def arrive(self, number: int, name: str = "", *, packed: bool = False) -> Path:
        """A folder with nothing but this delivery, under some name."""
        shutil.rmtree(self.folder / "in", ignore_errors=True)
        data = listing(number).but(name=name or f"export{number}").write(self.folder / "in")
        if packed:
            data.write_bytes(gzip.compress(data.read_bytes()))
        return self.folder / "in"

    def sha256(self, number: int) -> str:
        return hashlib.sha256(listing(number).data()).hexdigest()

    @rule(number=NUMBERS, packed=st.booleans(), name=st.sampled_from(["", "again", "x y"]))
    def load(self, number: int, packed: bool, name: str) -> None:
        """Under any name, packed or not: there afterwards, and once."""
        (result,) = land.load([self.arrive(number, name, packed=packed)], self.home)
        assert result.already_loaded == (self.sha256(number) in self.model)
        self.model[self.sha256(number)] = number

    @rule(number=NUMBERS)
    def load_a_damaged_one(self, number: int) -> None:
        folder = self.arrive(number)
        data = folder / f"export{number}.txt"
        data.write_bytes(data.read_bytes()[:-3])
        with pytest.raises(InputRefused):
            land.load([folder], self.home)

    @rule(number=NUMBERS, last=st.integers(1, 90))
    def load_and_be_killed(self, number: int, last: int) -> None:
        folder = self.arrive(number)
        STEPS["kills"] += killed_at_operation(last, self.home.root, actions.load, folder) < 0  # type: ignore[operator]
        land.load([folder], self.home)
        self.model[self.sha256(number)] = number

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 3), last=st.none() | st.integers(1, 90))
    def forget(self, pick: int, last: int | None) -> None:
        """Killed on the way or not: gone afterwards, with what was published from it."""
        sha256 = sorted(self.model)[pick % len(self.model)]
        number = self.model.pop(sha256)
        if last is not None:
            ended = killed_at_operation(last, self.home.root, actions.forget, sha256)
            STEPS["kills"] += ended < 0  # type: ignore[operator]
        if forget.find_earlier(self.home, sha256) is None:
            forget.forget(self.home, find_target(self.home, sha256))
        if self.published == sha256:
            self.published = None
        shutil.rmtree(self.folder / "in", ignore_errors=True)
        assert traces(self.home.root, (mark(number).encode(),)) == []

    @precondition(lambda self: self.model)
    @rule(last=st.none() | st.integers(1, 60))
    def publish(self, last: int | None) -> None:
        newest = ask(self.home, "select sha256 from raw.loads order by load_sequence desc limit 1")[0][0]
        make_build(self.home)
        write_audit(self.home)
        if last is not None:
            ended = killed_at_operation(last, self.home.root, actions.publish_build)
            STEPS["kills"] += ended < 0  # type: ignore[operator]
        publish.publish(self.home)
        self.published = newest

    @invariant()
    def holds_exactly_what_the_model_says(self) -> None:
        STEPS["steps"] += 1  # type: ignore[operator]
        STEPS["states"].add((frozenset(self.model.values()), self.published))  # type: ignore[union-attr]
        verify(self.home)
        assert open_to_others(self.home) == []
        if self.home.raw.exists():
            landed = ask(
                self.home,
                "select sha256, count(line.load_id) from raw.loads left join raw.seer_listing as line "
                "using (load_id) group by all",
            )
            assert dict(landed) == {sha256: 10 * number for sha256, number in self.model.items()}
        release = publish.current_release(self.home)
        assert (release.inputs[0]["sha256"] if release else None) == self.published
