"""What does not stand up to the ledger, put aside into lost/ and told to the ledger before and after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from flows.disclosure.unknown_reports import adopt_unknown
from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import sha256_of
from flows.integrity.ledger import Entry
from flows.integrity.lost import put_aside
from flows.publishing import evidence
from flows.publishing.publish_history import SET_ASIDE, PublishHistory, publish_history
from flows.publishing.releases import RELEASE_ID, hold_to_ledger, linked_release, read_release

LISTS = ("releases", "outward", "records", "names", "certificates", "copies")


def set_aside(home: Home, lost: Path | None) -> tuple[tuple[str, ...], Path | None]:
    """Put aside all that is damaged or unknown; the names of what went, and the folder of lost/.

    What is gone altogether is told to the ledger too, and so is a whole public report that it does not know.
    One that was killed is completed by the next.
    """
    adopt_unknown(home)
    entries = ledger.read(home)
    paths, history = damaged_paths(home, entries), publish_history(entries)
    names = {
        "releases": [path.name for path in paths if path.parent == home.releases],
        "outward": [path.parent.name for path in paths if path.parent.parent == home.released],
        "records": [path.name for path in paths if path.parent == home.released],
        "names": [str(path.relative_to(home.root)) for path in paths],
        "certificates": lost_certificates(home, entries),
        "copies": [],
    }
    if not stands(partial(evidence.check_copies, home, entries)):
        names["copies"] = sorted(evidence.lost_copies(home, entries))
    names["releases"] += [id for id in history.wanted if not (home.releases / id).exists()]
    names["records"] += lost_records(home, entries)
    is_unlinked = history.current is not None and not home.warehouse.is_symlink()
    if not any(names.values()) and not is_unlinked and history.putting_aside is None:
        return (), lost
    begun = history.putting_aside or {}
    facts = {name: sorted({*names[name], *begun.get(name, ())}) for name in LISTS}
    link = is_unlinked or home.warehouse in paths or bool(begun.get("link"))
    ledger.append(home, f"{SET_ASIDE}_started", **facts, link=link)
    lost = put_aside(home, paths, into=lost)
    ledger.append(home, SET_ASIDE, **facts, link=link)
    return tuple(facts["names"]), lost


def damaged_paths(home: Home, entries: list[Entry]) -> list[Path]:
    """Releases, link, reports, audits and public reports that do not stand up to the ledger."""
    history = publish_history(entries)
    paths = [
        folder
        for folder in sorted(home.releases.iterdir())
        if not folder.name.startswith(evidence.HALF) and not stands(partial(check_release, folder, history))
    ]
    link_is_there = home.warehouse.is_symlink() or home.warehouse.exists()
    if link_is_there and not stands(partial(check_link, home, history, paths)):
        paths.append(home.warehouse)
    paths += [
        folder
        for folder in evidence.among_reports(home)
        if not stands(partial(check_report, home, entries, folder))
    ]
    if not stands(partial(evidence.check_audit, home, entries, [])):
        paths += sorted(home.audit.iterdir())
    for folder in sorted(home.released.iterdir()) if home.released.exists() else []:
        if not stands(partial(evidence.check_released, home, entries, only=folder.name)):
            paths += parts_that_fall(entries, folder)
    for file in sorted(home.certificates.iterdir()) if home.certificates.exists() else []:
        if not stands(partial(evidence.check_certificates, home, entries, only=file.name)):
            paths.append(file)
    return paths


def stands(check: Callable[[], object]) -> bool:
    try:
        check()
    except IntegrityDamaged:
        return False
    return True


def check_release(folder: Path, history: PublishHistory) -> None:
    if not RELEASE_ID.fullmatch(folder.name):
        raise IntegrityDamaged("INT-15", "This lies among the releases but is not one", file=folder)
    release = read_release(folder)
    hold_to_ledger(release, history)
    evidence.check_files(release)


def check_link(home: Home, history: PublishHistory, damaged: list[Path]) -> None:
    release = linked_release(home, history)
    if release is None or release.warehouse.parent in damaged:
        raise IntegrityDamaged("INT-14", "The link leads to a damaged release", file=home.warehouse)


def check_report(home: Home, entries: list[Entry], folder: Path) -> None:
    if not (folder / evidence.RESULTS).exists() and not evidence.check_report(home, entries, folder):
        raise evidence.report_damaged("This report has no results", folder)
    evidence.check_reports(home, entries, [], only=folder.name)


def parts_that_fall(entries: list[Entry], folder: Path) -> list[Path]:
    """All of a damaged public report, but for the record of what it told if that is whole."""
    record = folder / "told.json"
    sha256_by_name = {
        e.facts["name"]: e.facts["told_sha256"] for e in entries if e.event == evidence.RELEASED
    }
    if record.is_file() and sha256_of(record) == sha256_by_name.get(folder.name):
        return sorted(path for path in folder.iterdir() if path != record)
    return [folder]


def lost_records(home: Home, entries: list[Entry]) -> list[str]:
    """Public reports of the ledger of which nothing is left: later ones cannot be checked against them."""
    names = [entry.facts["name"] for entry in entries if entry.event == evidence.RELEASED]
    return [
        name
        for name in names
        if not (home.released / name).exists()
        and not stands(partial(evidence.check_released, home, entries, only=name))
    ]


def lost_certificates(home: Home, entries: list[Entry]) -> list[str]:
    """Certificates of the ledger that are gone, or are about to be put aside."""
    return [
        name
        for name in evidence.recorded_certificates(entries)
        if not stands(partial(evidence.check_certificates, home, entries, only=name))
    ]
