"""One browser and one report for every test that looks at the page as a reader does.

The browser is the machine's own Chromium (Debian's package, or METACHRON_CHROMIUM); nothing is downloaded.
Where there is none the tests are skipped, or fail (tests/evidence.py).
METACHRON_REPORT=report.html looks at that page and its results.json instead of one made here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analytics.questions.headline import headline
from analytics.report import write_report
from analytics.results.json_file import plain
from analytics.results.sensitivity import Sensitivity, Variant
from analytics.warehouse.marts import open_marts
from tests.analytics.conftest import RUN
from tests.analytics.warehouse_fixture import write_warehouse
from tests.evidence import program

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    return os.environ.get("METACHRON_CHROMIUM") or program(*NAMES)


@dataclass(frozen=True)
class Report:
    page: Path
    results: dict[str, Any]
    warehouse: Path | None = None


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Report:
    """The calibrated cohort with every section filled, the sensitivity table included."""
    given = os.environ.get("METACHRON_REPORT")
    if given:
        page = Path(given).resolve()
        return Report(page, json.loads((page.parent / "results.json").read_text(encoding="utf-8")))
    folder = tmp_path_factory.mktemp("browser")
    warehouse = write_warehouse(folder / "warehouse.duckdb")
    with open_marts(warehouse) as marts:
        numbers = headline(marts)
    rows = (Variant(None, None, numbers), Variant("min_latency_months", 6, numbers))
    made = Sensitivity("mm_sall", "release-1", "0.1.0", "MM", "sALL", (), rows)
    written = write_report(warehouse, folder / "report", run=RUN, sensitivity=made)
    return Report(written.page, plain(written.document), warehouse)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        # Inside a container Chromium cannot nest its own sandbox; the page is a file that we wrote.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Opened:
    """A page, what it said on its console, whom it asked, and the seconds until it was drawn."""

    page: Any
    said: list[str]
    asked: list[str]
    seconds: float


@pytest.fixture()
def opened(browser, report) -> Iterator[Callable[..., Opened]]:
    """Open the report: `open(width=390, color_scheme="dark")`; contexts are closed with the test."""
    contexts = []

    def open_page(width: int = 1280, height: int = 900, **how: Any) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **how)
        contexts.append(context)
        page, said, asked = context.new_page(), [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        started = time.monotonic()
        page.goto(report.page.as_uri())
        return Opened(page, said, asked, time.monotonic() - started)

    yield open_page
    for context in contexts:
        context.close()
