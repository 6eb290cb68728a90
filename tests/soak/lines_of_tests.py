"""For pytest, started by `tests.soak.mutations`: which lines each test runs, and only the tests of a list.

With METACHRON_LINES=FOLDER it writes there what coverage saw (`lines.sqlite`: a context for each test and for
each fixture, and "" for what runs while modules are imported) and `tests.json`: of each test that passed its
seconds and its fixtures, and the seconds of those. What a fixture runs counts for every test that uses it,
not only for the first. With METACHRON_LISTED=FILE it keeps the tests whose ids stand there, in that order.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

LINES = os.environ.get("METACHRON_LINES")
LISTED = os.environ.get("METACHRON_LISTED")
WATCHED = ("analytics", "flows", "expectations")


def name_of(fixture: Any) -> str:
    """Fixtures of two folders may share a name."""
    return f"{fixture.baseid}::{fixture.argname}"


class Recorder:
    """Coverage from before the product is imported until the last test."""

    def __init__(self, folder: Path) -> None:
        sys.path.append(os.environ["METACHRON_TOOLS"])
        from coverage import Coverage

        self.folder = folder
        self.contexts = [""]
        self.seconds: dict[str, float] = {}
        self.fixture_seconds: dict[str, float] = defaultdict(float)
        self.fixtures: dict[str, list[str]] = {}
        self.failed: set[str] = set()
        sources = [str(Path.cwd() / name) for name in WATCHED]
        self.coverage = Coverage(data_file=str(folder / "lines.sqlite"), source=sources, config_file=False)
        self.coverage.start()

    @contextmanager
    def within(self, context: str) -> Iterator[None]:
        self.contexts.append(context)
        self.coverage.switch_context(context)
        try:
            yield
        finally:
            self.contexts.pop()
            self.coverage.switch_context(self.contexts[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        began = time.monotonic()
        with self.within(name_of(fixturedef)):
            try:
                return (yield)
            finally:
                took = time.monotonic() - began
                self.fixture_seconds[name_of(fixturedef)] = max(
                    self.fixture_seconds[name_of(fixturedef)], took
                )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        known = item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
        self.fixtures[item.nodeid] = [name_of(fixture) for fixtures in known for fixture in fixtures]
        with self.within(item.nodeid):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.seconds[report.nodeid] = round(report.duration, 3)
        if report.outcome != "passed":
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        tests = {
            test: {"seconds": self.seconds[test], "fixtures": fixtures}
            for test, fixtures in self.fixtures.items()
            if test in self.seconds and test not in self.failed
        }
        known = {"tests": tests, "fixtures": self.fixture_seconds}
        (self.folder / "tests.json").write_text(json.dumps(known, indent=1), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if LINES:
        config.pluginmanager.register(Recorder(Path(LINES)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if LISTED:
        listed = Path(LISTED).read_text(encoding="utf-8").splitlines()
        places = {test: place for place, test in enumerate(listed)}
        items[:] = sorted(
            (item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid]
        )
