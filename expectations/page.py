"""The data-quality report: one page that a person reads in a minute and that asks nothing of the network.

The pages that Great Expectations makes show patients' values, run what a label holds as a script and load
other hosts' content; this one is our own, escapes everything and shows counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from expectations import plots
from expectations.report import AuditReport, ExpectationResult

TEMPLATES = Path(__file__).with_name("templates")
HEADLINES = {
    "pass": "May be published",
    "warn": "May be published, with warnings",
    "fail": "Must not be published",
}


def page(report: AuditReport, history: Sequence[dict[str, Any]] = ()) -> str:
    """The whole report as one HTML document; `history` holds the lines of earlier audits and its own."""
    return (
        environment()
        .get_template("data_quality.html")
        .render(
            report=report,
            arrivals=report.arrivals,
            headline=HEADLINES[report.verdict],
            unmet=sorted(
                (each for each in report.expectations if each.outcome != "held" and not is_printed(each)),
                key=lambda expectation: not expectation.is_blocking,
            ),
            printed=[expectation for expectation in report.expectations if is_printed(expectation)],
            expectations_by_table=by_table(report.expectations),
            not_asked=[
                (why, list(of_one_reason))
                for why, of_one_reason in groupby(
                    sorted(report.not_asked, key=lambda each: each.why), key=lambda each: each.why
                )
            ],
            plots=plots,
            bars=plots.bars(report.arrivals.tumors_by_year),
            lines=plots.lines(history),
            n_audits=len(history),
            # Ours and not the data's: the one text that is not escaped.
            style=Markup((TEMPLATES / "data_quality.css").read_text(encoding="utf-8")),
        )
    )


def is_printed(expectation: ExpectationResult) -> bool:
    """Whether it compares a count with a paper's, and could: these are told together in one table."""
    return expectation.family == "paper" and expectation.outcome != "could not run"


@cache
def environment() -> jinja2.Environment:
    """Templates that escape whatever they are handed, whatever a template's name ends in."""
    environment_of_page = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment_of_page.filters["figure"] = figure
    environment_of_page.filters["signed"] = lambda value: "unchanged" if value == 0 else f"{value:+,}"
    environment_of_page.filters["words"] = lambda name: str(name).replace("_", " ")
    return environment_of_page


def figure(value: Any) -> str:
    """A count with its thousands apart; a share with as many digits as it needs; a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def by_table(expectations: tuple[ExpectationResult, ...]) -> list[tuple[str, list[ExpectationResult]]]:
    """Expectations under the table that each is about, tables in the order of their first expectation."""
    order = {expectation.table: place for place, expectation in reversed(list(enumerate(expectations)))}
    placed = sorted(expectations, key=lambda expectation: order[expectation.table])
    return [
        (table, list(about)) for table, about in groupby(placed, key=lambda expectation: expectation.table)
    ]
