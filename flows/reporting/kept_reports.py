"""The results.json of a release: the report's where it lies, or written now from the release's warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flows.errors import IntegrityDamaged, UsageError
from flows.home import Home
from flows.integrity import ledger, lock
from flows.publishing.evidence import check_files, check_reports
from flows.publishing.releases import RELEASE_ID, Release, current_release, releases
from flows.publishing.report_folder import RESULTS
from flows.reporting.report import write_report_of


def results_of(home: Home, name: str = "published") -> dict[str, Any]:
    """The results of one release, by its id, the beginning of its id, or 'published'.

    A release whose warehouse was pruned still has its results as long as its report is kept.
    Raises UsageError for a name that no release or more than one has, and when nothing is published;
    IntegrityDamaged where a kept report is not what the ledger says.
    """
    id = release_id(home, name)
    kept = kept_results(home, id)
    if kept is not None:
        check_reports(home, ledger.read(home), [], only=id)
    if kept is None:
        kept = write_results(home, next(release for release in releases(home) if release.id == id))
    try:
        document: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    except ValueError:
        raise IntegrityDamaged(
            "KEPT-03",
            f"The results of release {id} cannot be read",
            file=kept,
            unchanged="",
        ) from None
    return document


def release_id(home: Home, name: str) -> str:
    """The one release, published or reported, that this name means."""
    if name == "published":
        release = current_release(home)
        if release is None:
            raise UsageError("KEPT-01", "Nothing is published yet", unchanged="")
        return release.id
    known = known_ids(home)
    matching = [id for id in known if id.startswith(name)] if name else []
    if len(matching) != 1:
        what = "More than one release begins with this" if matching else "No release has this id"
        raise UsageError(
            "KEPT-02",
            what,
            value=name,
            unchanged="",
            remedy=f"Known are: {', '.join(known) or 'none'}; `published` means the one that analysts read.",
        )
    return matching[0]


def known_ids(home: Home) -> list[str]:
    """Releases that are kept, oldest first, after those of which only a report is left."""
    kept = [release.id for release in releases(home)]
    reported = sorted(
        file.parent.name
        for file in home.reports.glob(f"*/*/{RESULTS}")
        if RELEASE_ID.fullmatch(file.parent.name) and not file.parent.is_symlink()
    )
    return [id for id in reported if id not in kept] + kept


def kept_results(home: Home, id: str) -> Path | None:
    return next(iter(sorted(home.reports.glob(f"*/{id}/{RESULTS}"))), None)


def write_results(home: Home, release: Release) -> Path:
    """Write a release's whole report where it belongs; `latest` stays with the newest."""
    folder = home.reports_of(release.study) / release.id
    check_files(release)
    with lock.single_writer(home):
        write_report_of(home, release, folder)
    return folder / RESULTS
