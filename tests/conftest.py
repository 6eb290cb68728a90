"""The order of the suite, and what it says at its end besides passed and failed."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

# The same examples every time, and none against the clock: a red suite is somebody's change. New ones are
# drawn by `pytest --hypothesis-profile=default`, and many by `python -m tests.soak fuzz`.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")

pytest.register_assert_rewrite("tests.faults.scene", "tests.faults.sweep", "tests.faults.planted")

# Figures that tests record with record_property, and the lines that tell their sums.
LINES = (
    ("faults survived {fault_survived}/{fault}", "fault"),
    ("planted defects caught {defect_caught}/{defect}", "defect"),
    ("kill points {kill_point}, violations {kill_violation}", "kill_point"),
    ("crash states {crash_state}, violations {crash_violation}", "crash_state"),
    ("escapes of analysts' SQL refused {escape}", "escape"),
)


# Folders whose files share a warehouse or a report: one worker makes it, once, and runs them all.
SHARING = {"analytics", "browser", "building", "expectations", "layouts", "serving", "spark", "traceability"}


class ByWhatIsShared(LoadFileScheduling):
    """A file to a worker, or a whole folder. xdist's own groups do not work with the ids of pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(nodeid.partition("::")[0])
        return str(file.parent if file.parent.name in SHARING else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return ByWhatIsShared(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow comes first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Sums over all workers: properties travel with the reports."""
    sums: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, figure in getattr(report, "user_properties", ()):
                if getattr(report, "when", "") == "call" and isinstance(figure, int):
                    sums[name] += figure
    said = [line.format_map(sums) for line, needs in LINES if sums[needs]]
    if said:
        terminalreporter.section("faults")
        for line in said:
            terminalreporter.line(line)
