"""What a scheduled run says of itself in Prefect's pages: counts, verdict, what to do; no patient's value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flows.errors import MetachronError
from flows.home import Home
from flows.landing.land import LoadResult
from flows.publishing.audit_file import with_new_keys

MOST_EXPECTATIONS = 12


def deliveries(loads: Iterable[LoadResult]) -> str:
    """Which files were there, and that every row of each is accounted for."""
    lines = [
        "| file | holds | read | landed | rejected | |",
        "|---|---|--:|--:|--:|---|",
    ]
    for load in loads:
        lines.append(
            f"| {plain(load.file_name)} | {load.kind.replace('_', ' ')} | {load.rows_read:,}"
            f" | {load.rows_landed:,} | {load.rows_rejected:,} |"
            f" {'loaded before' if load.already_loaded else 'new'} |"
        )
    if len(lines) == 2:
        return "No file was in the inbox."
    return "\n".join([*lines, "", "Rows read = rows landed + rows rejected, for every file."])


def verdict_line(home: Home) -> str:
    """Pass or fail, and how many expectations held."""
    audit = audited(home)
    return f"{audit['verdict']}, {audit['n_held']} of {audit['n_expectations']} expectations held"


def audited(home: Home) -> Any:
    return with_new_keys(json.loads((home.audit / "audit.json").read_text(encoding="utf-8")))


def verdict(home: Home) -> str:
    """What the audit said of the build, and what each expectation that did not hold means for the study."""
    audit = audited(home)
    unmet = [expectation for expectation in audit["expectations"] if expectation["outcome"] != "held"]
    lines = [f"**{audit['verdict']}**: {audit['n_held']} of {audit['n_expectations']} expectations held.", ""]
    for expectation in unmet[:MOST_EXPECTATIONS]:
        lines.append(
            f"- **{expectation['outcome']}** ({expectation['severity']}): "
            f"{plain(expectation['expectation'])}. {expectation['means']}"
        )
    if len(unmet) > MOST_EXPECTATIONS:
        lines.append(f"- and {len(unmet) - MOST_EXPECTATIONS} more")
    return "\n".join([*lines, "", "The whole page: " + file_link(home.audit / "data_quality.html")])


def published(release_id: str, study: str, report: Path) -> str:
    """What analysts read now, and where the report lies."""
    return (
        f"Release **{release_id}** of the study {study} is what analysts read.\n\nReport: {file_link(report)}"
    )


def what_to_do(failure: BaseException, home: Home) -> str:
    """Why a run stopped, what it left unchanged, and the next step.

    The value that offended is left out: it may be of a patient, and stands in the terminal of whoever runs
    `metachron` by hand.
    """
    if not isinstance(failure, MetachronError):
        return (
            f"**A bug stopped this run** ({type(failure).__name__}). Nothing was left half published.\n\n"
            f"Run `metachron --home {home.root} run` on that machine to see all of it, and report it."
        )
    where = [
        f"file {plain(failure.file)}" if failure.file else "",
        f"line {failure.line}" if failure.line else "",
    ]
    where += [f"column {plain(failure.column)}" if failure.column else ""]
    place = ", ".join(part for part in where if part)
    lines = [f"**{failure.code}: {plain(failure.what)}**" + (f" ({place})" if place else "")]
    lines += [part for part in (failure.unchanged, failure.remedy) if part]
    lines.append(f"The data-quality page of the last audit: {file_link(home.audit / 'data_quality.html')}")
    return "\n\n".join(lines)


def file_link(file: Path) -> str:
    """A browser does not follow a link from a server's page to a file; the path can be copied."""
    return f"`{file}`"


def plain(text: str) -> str:
    """A text from outside, without what Markdown or a browser would take as its own."""
    for mark in "\\`*_{}[]<>|#":
        text = text.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return " ".join(text.split())
