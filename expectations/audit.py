"""Test the expectations on a build and the raw file it was made from; write the verdict where publish looks.

The verdict is bound to the build by its SHA-256, and audit.json carries a seal over its own fields.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from expectations.all_suites import all_expectations
from expectations.arrivals import arrivals_of
from expectations.checkpoint import ask_great_expectations
from expectations.expectation import Expectation
from expectations.history import as_text, extended, of_one_study
from expectations.junit import junit
from expectations.page import page
from expectations.report import AuditReport, ExpectationResult, NotAsked, Outcome, verdict_on
from expectations.second_opinions import count_contradictions
from expectations.session import Session, open_session

HOW_ASKED = ("is_native", "one_opinion")


def audit(
    build: Path,
    raw: Path,
    *,
    out: Path,
    released: Path | None = None,
    expectations: Sequence[Expectation] | None = None,
    progress: Callable[[float, str], None] = lambda fraction, text: None,
) -> AuditReport:
    """Ask every expectation; write audit.json, data_quality.html and junit.xml into `out`.

    What Great Expectations says of its own checkpoint lies beside them as great_expectations.json.

    build  the candidate, with its schemas staging, intermediate, marts and study
    raw    raw.duckdb, of which the build was made
    released  the warehouse that analysts read now, if there is one
    expectations  other ones than all
    progress  told the share of expectations asked, and the table of the next

    A line is added to history.jsonl there, and the page shows what changed from audit to audit.
    Neither file is written to. Raises FileNotFoundError when there is no build.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    # If we do not live to the end, the verdict on an earlier build must not be taken for ours.
    for name in ("audit.json", "great_expectations.json"):
        (out / name).unlink(missing_ok=True)
    before = sha256_of(build)
    with open_session(build, raw, released) as session:
        chosen = all_expectations(session.tables_of_deliveries()) if expectations is None else expectations
        asked = tuple(each for each in chosen if is_asked(each, session) is not False)
        not_asked = tuple(
            NotAsked(each.table, each.says, each.asked_when.otherwise)
            for each in chosen
            if is_asked(each, session) is False
        )
        results, told_by_gx = ask(asked, session, progress)
        if told_by_gx:
            write(out / "great_expectations.json", told_by_gx)
        arrivals = arrivals_of(session)
    results = (closed_and_unchanged(build, before), *results) if results else ()
    report = AuditReport(verdict_on(results), before, results, arrivals, not_asked)
    history = extended(out / "history.jsonl", report)
    write(out / "history.jsonl", as_text(history))
    write(out / "data_quality.html", page(report, of_one_study(history)))
    write(out / "junit.xml", junit(report))
    write(out / "audit.json", as_json(report))
    return report


def is_asked(expectation: Expectation, session: Session) -> bool | None:
    """Whether the expectation concerns this delivery; None if that cannot be told, or is told in two ways."""
    when = expectation.asked_when
    with suppress(Exception):
        staged, landed = bool(session.number(when.staged)), bool(session.number(when.landed))
        if staged == landed:
            return staged
    return None


def ask(
    expectations: Sequence[Expectation], session: Session, progress: Callable[[float, str], None]
) -> tuple[tuple[ExpectationResult, ...], str]:
    """Ask Great Expectations, all at once, and count ourselves; with its result as it tells it."""
    if not expectations:
        return (), ""
    progress(0.0, "Great Expectations")
    answers = ask_great_expectations(session, expectations)
    counts = count_contradictions(session, expectations, progress)
    results = tuple(
        judged(expectation, session, answers.on(expectation), contradicting)
        for expectation, contradicting in zip(expectations, counts, strict=True)
    )
    return results, answers.as_json


def judged(
    expectation: Expectation, session: Session, gx_held: bool | None, contradicting: int | None
) -> ExpectationResult:
    """What the two opinions come to. If they disagree, or one of them is missing, nothing is known."""
    outcome: Outcome = "could not run"
    found: int | None = None
    observed: dict[str, Any] = {}
    # Whatever goes wrong, its words may quote a patient's values; the reader learns of which expectation.
    with suppress(Exception):
        found = contradicting if is_asked(expectation, session) else None
        if found is not None:
            (observed,) = session.rows(expectation.observed, expectation.table)
            if gx_held == (found == 0):
                outcome = "held" if gx_held else "failed"
    return ExpectationResult(
        table=expectation.table,
        expectation=expectation.says,
        because=expectation.because,
        means=expectation.means,
        severity=expectation.severity,
        outcome=outcome,
        contradicting=found,
        observed={name: plain(value) for name, value in observed.items()},
        family=expectation.family,
        is_native=expectation.is_native,
    )


def plain(value: Any) -> int | float | str | None:
    """A figure as JSON knows it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return int(value) if float(value).is_integer() else float(value)


def closed_and_unchanged(build: Path, before: str) -> ExpectationResult:
    """The one expectation about the file itself."""
    log = build.with_name(build.name + ".wal")
    holds = not log.exists() and sha256_of(build) == before
    return ExpectationResult(
        table="build.duckdb",
        expectation="The build is one closed file, and the same after the audit as before",
        because="the verdict is on these bytes; rows waiting in a log beside them were not looked at",
        means="Something is writing into the build; audit again when it has ended.",
        severity="critical",
        outcome="held" if holds else "failed",
        contradicting=0 if holds else 1,
        observed={"bytes": build.stat().st_size},
        one_opinion="Great Expectations sees tables and no files",
    )


def as_json(report: AuditReport) -> str:
    """The report as publish and other programs read it; without a clock: same build, same bytes."""
    document: dict[str, Any] = {
        "schema_version": 2,
        "verdict": report.verdict,
        "build_sha256": report.build_sha256,
        "n_expectations": report.n_expectations,
        "n_held": len(report.with_outcome("held")),
        "n_failed": len(report.with_outcome("failed")),
        "n_could_not_run": len(report.with_outcome("could not run")),
        "tools": {name: version(name) for name in ("great-expectations", "duckdb")},
        "arrivals": asdict(report.arrivals),
        "expectations": [as_published(result) for result in report.expectations],
        "not_asked": [asdict(each) for each in report.not_asked],
    }
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return json.dumps({**document, "seal": hashlib.sha256(canonical.encode()).hexdigest()}, indent=1) + "\n"


def as_published(result: ExpectationResult) -> dict[str, Any]:
    """A result without what only the page tells: how it was asked."""
    return {name: value for name, value in asdict(result).items() if name not in HOW_ASKED}


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(file: Path, text: str) -> None:
    """Put a whole file in place of an older one, readable to its owner alone."""
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(file)
