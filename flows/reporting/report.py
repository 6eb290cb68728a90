"""The report of what is published: written whole, beside the older ones, and `latest` swung to it."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analytics.results.run import Run
from flows.building import run_dbt
from flows.errors import IntegrityDamaged, UsageError
from flows.files.output_folder import folder_written
from flows.home import Home
from flows.integrity import ledger
from flows.process.boundary import translating_failures
from flows.process.selfcheck import imported
from flows.publishing import publish
from flows.publishing.audit_file import audit_of
from flows.publishing.code_version import code_version
from flows.publishing.evidence import published_whole, recording_report
from flows.publishing.report_folder import REPORT, report_before_markers
from flows.reporting.sensitivity import FILE, kept_sensitivity, rows_of, write
from flows.terminal.progress import stage

STARTED = time.monotonic()


@dataclass(frozen=True, slots=True)
class Report:
    """Where the report of one release lies, and its one-screen summary."""

    page: Path
    results: Path
    summary: str


@translating_failures
def report(
    home: Home, out: Path | None = None, study: Path | None = None, *, for_print: bool = False
) -> Report:
    """Results, tables, figures and report.html of the published release; for print, figures at two widths.

    Written beside and moved into place, so that a reader never sees half a report.
    Raises UsageError when nothing is published, or another study than the one asked for.
    """
    from analytics.questions.registry import row_types
    from analytics.results.json_file import read
    from analytics.summary import one_screen

    release = published(home, study)
    folder = out or home.reports_of(release.study) / release.id
    write_report_of(home, release, folder, is_copy=out is not None, for_print=for_print)
    if out is None:
        point_latest(folder)
    results = folder / "results.json"
    summary = one_screen(read(results, row_types()))
    return Report(page=folder / "report.html", results=results, summary=summary)


def write_report_of(
    home: Home, release: publish.Release, folder: Path, *, is_copy: bool = False, for_print: bool = False
) -> None:
    """The whole report of one release; a sensitivity table that was made for the release goes with it.

    is_copy    written where somebody asked for it, not where the home keeps its reports
    for_print  figures as SVG, PDF and PNG at two widths, too
    """
    from analytics.cross_checks.compare import Disagreement
    from analytics.report import write_report
    from analytics.warehouse.marts import UnfitWarehouse

    rebuilt = kept_sensitivity(home, release)
    writing = (
        folder_written(folder, REPORT, home=home, contents={given["sha256"] for given in release.inputs})
        if is_copy
        else folder_written(folder, REPORT, older=report_before_markers)
    )
    recording = nullcontext() if is_copy else recording_report(home, folder, release)
    with stage("report"), recording, writing as draft:
        try:
            written = write_report(
                release.warehouse,
                draft,
                run=run_facts(home, release),
                sensitivity=None if rebuilt is None else rows_of(rebuilt),
                audit=audit_of(release),
                for_print=for_print,
                packages=imported,
            )
        except Disagreement as differing:
            raise IntegrityDamaged(
                "REP-05",
                f"A number of the report is another one when it is computed again: {differing}",
                unchanged="No report was written; one that was there stays.",
            ) from None
        except UnfitWarehouse as unfit:
            raise UsageError(
                "REP-03",
                str(unfit),
                file=release.warehouse,
                unchanged="The report that was there stays.",
            ) from None
        if rebuilt is not None and written.document.sensitivity is not None:
            write(draft / FILE, rebuilt)


def published(home: Home, study: Path | None) -> publish.Release:
    """The release that analysts read, if there is one and it is of the study asked for."""
    release = published_whole(home)
    if release is None:
        raise UsageError("REP-01", "Nothing is published yet")
    if study is not None and (wanted_study := run_dbt.study_name(study)) != release.study:
        raise UsageError(
            "REP-02",
            f"The published warehouse holds the study {release.study}, not {wanted_study}",
            file=study,
            unchanged="The published release and its report stay.",
            remedy=f"Run `metachron run --study {study}` first.",
        )
    return release


def run_facts(home: Home, release: publish.Release) -> Run:
    """What results.json says of the run: when, with what code, from which bytes. Packages come last."""
    return Run(
        id=uuid.uuid4().hex,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_seconds=round(time.monotonic() - STARTED, 3),
        code_version=code_version(),
        packages={},
        inputs=tuple(
            {"path": given["file_name"]} | {key: value for key, value in given.items() if key != "file_name"}
            for given in release.inputs
        ),
        warehouse_release=release.id,
        ledger_head=str(ledger.head(home)),
    )


def point_latest(folder: Path) -> None:
    """Swing `latest` beside the reports of one study to the newest."""
    link = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name)
    fresh.replace(link)
