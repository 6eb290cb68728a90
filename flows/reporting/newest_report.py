"""The newest report of a home, shown in a browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

from flows.errors import UsageError
from flows.home import Home
from flows.publishing.releases import current_release

WINDOWS = ("DISPLAY", "WAYLAND_DISPLAY")


def newest_report(home: Home) -> Path:
    """The page that `latest` leads to, of the study that analysts read.

    Raises UsageError REP-04 where there is none.
    """
    release = current_release(home)
    page = None if release is None else home.reports_of(release.study) / "latest" / "report.html"
    if page is None or not page.is_file():
        raise UsageError(
            "REP-04", "There is no report to open yet", unchanged="",
            remedy="Run `metachron report` first." if release is not None else None,
        )  # fmt: skip
    return page


def show(page: Path) -> bool:
    """Whether a window shows it now; without windows, a browser of text would take this terminal."""
    has_windows = not sys.platform.startswith("linux") or any(map(os.environ.get, WINDOWS))
    return has_windows and webbrowser.open(page.as_uri())
