"""What lies in a home, held to what the ledger says of it.

`verify` makes every one of these checks; whatever publishes or sends out makes those of what it reads.
Missing evidence is no good evidence: what the ledger does not know, and what it knows and cannot be found, is
damage. Only a step that was begun and not ended may leave more, or less, than the ledger says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.copies import copies, hashes_of_copies
from flows.errors import IntegrityDamaged
from flows.files.output_folder import hashes_of_recorded_copies
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.document_shape import parsed
from flows.integrity.durable import digests_below, has_sha256, is_regular, no_file_below, sha256_of
from flows.integrity.ledger import Entry
from flows.integrity.ledger_events import CERTIFIED
from flows.integrity.lost import put_aside
from flows.landing.load_history import load_history
from flows.publishing.publish_history import PUBLISH, SET_ASIDE, publish_history
from flows.publishing.releases import (
    AUDIT,
    MANIFEST,
    RELEASE_ID,
    WAREHOUSE,
    Release,
    current_release,
    hold_to_ledger,
    is_guest,
    linked_release,
    refuse_added,
    release_damaged,
    releases,
)

AUDITED, AUDIT_STARTED = "audit", "audit_started"
REPORTED, REPORT_STARTED = "report", "report_started"
RELEASED, RELEASE_STARTED = "release", "release_started"
RESULTS, LATEST, HISTORY = "results.json", "latest", "history.jsonl"
HALF = (".draft-", ".discarded-")
# Names that commands give to reports, and to the link to the newest, while they write.
LEFT = re.compile(r"\.(draft-|old-)r[0-9a-f]{12}-[0-9]+|\.latest-[0-9]+")
Entries = Sequence[Entry]


def before_sending_out(home: Home) -> tuple[Release | None, Path | None]:
    """The published release and its results, once everything that a public report rests on was checked.

    None for a release, or for results, that do not exist. Raises IntegrityDamaged.
    """
    entries = ledger.read(home)
    check_heads(home, entries)
    check_released(home, entries)
    release = published_whole(home)
    return release, None if release is None else recorded_results(home, entries, release)


def published_whole(home: Home) -> Release | None:
    """The published release, its bytes hashed; None if nothing is published."""
    if not is_guest(home):
        # A ledger that lost its end does not know the link either, and has a remedy of its own.
        check_heads(home, ledger.read(home))
    release = current_release(home)
    if release is not None:
        check_files(release)
    return release


def check_heads(home: Home, entries: Entries) -> None:
    """Raise IntegrityDamaged INT-02 where the ledger has lost a line that something kept has seen."""
    seals = {entry.seal for entry in entries} | {ledger.BEFORE_THE_FIRST}
    seen = [
        (f"release {folder.parent.name}", head_in(folder, "ledger_head"))
        for folder in home.releases.glob(f"r*/{MANIFEST}")
    ]
    seen += [
        (f"the report {file.parent.name}", head_in(file, "run", "ledger_head"))
        for file in home.reports.glob(f"*/r*/{RESULTS}")
        if not file.parent.is_symlink()
    ]
    for what, head in seen:
        if head is not None and head not in seals:
            raise IntegrityDamaged(
                "INT-02", f"The ledger has lost lines that {what} saw", file=home.ledger,
                unchanged="Nothing was changed.",
            )  # fmt: skip


def head_in(file: Path, *place: str) -> str | None:
    """The seal that a document names; None where it names none, or cannot be read, which others tell."""
    try:
        document = parsed(file.read_text(encoding="utf-8"))
        for key in place:
            document = document[key]
        return str(document).rpartition(":")[2]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_releases(home: Home, entries: Entries, notes: list[str]) -> list[Release]:
    """Every release is known to the ledger and is what it says, file by file; none that should be is gone."""
    history = publish_history(entries)
    linked_release(home, history)
    for folder in home.releases.iterdir() if home.releases.exists() else ():
        if not RELEASE_ID.fullmatch(folder.name) and not folder.name.startswith(HALF):
            raise release_damaged("INT-15", "This lies among the releases but is not one", folder)
    kept = releases(home)
    for release in kept:
        hold_to_ledger(release, history)
        check_files(release)
        if is_of_the_first_release(entries, release.id):
            notes.append(f"release {release.id} was {BEFORE_PROVENANCE}")
        if history.begun is not None and history.begun["release_id"] == release.id:
            notes.append(
                f"release {release.id}: its publishing was interrupted; run `metachron publish` again"
            )
    notes += [
        f"releases/{left.name} was left by an interrupted publishing; the next `metachron publish` removes it"
        for left in sorted(home.releases.iterdir() if home.releases.exists() else ())
        if left.name.startswith(HALF)
    ]
    for id in sorted(history.wanted - {release.id for release in kept}):
        raise release_damaged("INT-16", f"Release {id} was published, and is gone", home.releases / id)
    return kept


def check_files(release: Release) -> None:
    """Warehouse and audit of a release have the bytes that its manifest says, and no log lies beside them."""
    folder = release.warehouse.parent
    for name, wanted in ((WAREHOUSE, release.warehouse_sha256), (AUDIT, release.audit_sha256)):
        path = folder / name
        if not has_sha256(path, wanted):
            raise release_damaged(
                "INT-06", f"{name} of release {release.id} is not what its manifest says", path
            )
    refuse_added(release)


def check_audit(home: Home, entries: Entries, notes: list[str]) -> str | None:
    """The verdict of the last audit, its files being what the ledger says; None if there is none."""
    event = None
    for entry in entries:
        if entry.event in (AUDITED, AUDIT_STARTED):
            event = entry
        elif entry.event in ("forget_started", f"{SET_ASIDE}_started"):
            event = None
    if event is None:
        return None
    if event.event == AUDIT_STARTED:
        notes.append("the audit was interrupted: run `metachron audit` again")
        return None
    wanted = event.facts.get("files", {})
    for name, sha256 in wanted.items():
        if not has_sha256(home.audit / name, sha256):
            raise audit_damaged(f"{name} of the audit is gone or was altered", home.audit / name)
    if wanted and (added := [file for file in sorted(home.audit.iterdir()) if file.name not in wanted]):
        raise audit_damaged(f"{added[0].name} lies beside the audit and is no part of it", added[0])
    return str(event.facts["verdict"])


def audit_damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-17", what, file=file, unchanged="Nothing was changed.",
    )  # fmt: skip


def strange_in_audit(home: Home) -> list[Path]:
    """What lies where an audit writes and is no file that an audit wrote, as far as one was completed.

    An audit adds to the history of those before; one that was altered is not gone on with.
    """
    paths = sorted(home.audit.iterdir())
    audits = [entry for entry in ledger.read(home) if entry.event in (AUDITED, AUDIT_STARTED)]
    recorded = [entry.facts.get("files", {}) for entry in audits]
    written = set().union(*recorded) or {file.name for file in paths}
    # One that was interrupted may have written its line.
    history = recorded[-1].get(HISTORY) if recorded else None
    return [
        file
        for file in paths
        if file.name not in written
        or not is_regular(file)
        or (file.name == HISTORY and history is not None and sha256_of(file) != history)
    ]


@contextmanager
def recording_audit(home: Home) -> Iterator[dict[str, Any]]:
    """Around an audit: what is put into the dictionary, and the hashes of its files, go into the ledger.

    What lies among the files of audits and is none is put aside.
    """
    put_aside(home, strange_in_audit(home))
    ledger.append(home, AUDIT_STARTED)
    facts: dict[str, Any] = {}
    yield facts
    ledger.append(home, AUDITED, **facts, files=digests_below(home.audit))


@contextmanager
def recording_report(home: Home, folder: Path, release: Release) -> Iterator[None]:
    """Around whatever writes into the home's report of a release: its files go into the ledger."""
    name = str(folder.relative_to(home.reports))
    ledger.append(home, REPORT_STARTED, report=name, release_id=release.id)
    yield
    ledger.append(home, REPORTED, report=name, release_id=release.id, files=digests_below(folder))


def recorded_results(home: Home, entries: Entries, release: Release) -> Path | None:
    """results.json of a release, its report being what the ledger says; None where the ledger knows none."""
    folder = home.reports_of(release.study) / release.id
    return folder / RESULTS if check_report(home, entries, folder) else None


def check_report(home: Home, entries: Entries, folder: Path) -> bool:
    """Whether the ledger knows this report; INT-18 if a file of it is gone, was altered or was added."""
    name = str(folder.relative_to(home.reports))
    event = next(
        (entry for entry in reversed(entries)
         if entry.event in (REPORTED, REPORT_STARTED) and entry.facts["report"] == name),
        None,
    )  # fmt: skip
    if event is None or event.event == REPORT_STARTED or not folder.exists():
        return False
    if strange := no_file_below(folder):
        raise report_damaged(f"{strange.name} of the report {name} is a link, or no file", strange)
    sha256_found, sha256_recorded = digests_below(folder), event.facts["files"]
    for path, sha256 in sha256_recorded.items():
        if sha256_found.get(path) != sha256:
            raise report_damaged(f"{path} of the report {name} is gone or was altered", folder / path)
    if added := sha256_found.keys() - sha256_recorded.keys():
        raise report_damaged(f"{min(added)} was added to the report {name}", folder / min(added))
    return True


def is_recorded(home: Home, entries: Entries, file: Path) -> bool:
    """Whether a file of a report has the bytes that the ledger has; of the first release's it has none."""
    name, path = str(file.parent.relative_to(home.reports)), file.name
    recorded = [e.facts["files"] for e in entries if e.event == REPORTED and e.facts["report"] == name]
    if not recorded:
        return is_of_the_first_release(entries, file.parent.name)
    return has_sha256(file, recorded[-1].get(path, ""))


def check_reports(home: Home, entries: Entries, notes: list[str], *, only: str | None = None) -> int:
    """How many reports of the home the ledger knows; raises INT-18 for one that it should know.

    only  the release whose reports are looked at; everything among the reports unless given
    """
    n_reports = 0
    for path in among_reports(home):
        if only is not None and path.name != only:
            continue
        if not path.is_dir() or path.is_symlink() or not RELEASE_ID.fullmatch(path.name):
            raise report_damaged(f"{path.name} lies among the reports but is not one", path)
        if check_report(home, entries, path):
            n_reports += 1
        elif is_begun(entries, path.relative_to(home.reports)):
            notes.append(f"the report of {path.name} was interrupted: run `metachron report` again")
        elif not is_of_the_first_release(entries, path.name):
            raise report_damaged(f"The ledger does not know the report {path.name}", path)
    if only is None:
        notes += [
            f"reports/{left.relative_to(home.reports)} is what an interrupted command left; "
            "`metachron report` removes its own"
            for left in unfinished_reports(home)
        ]
        notes += [
            f"the report {name} is gone; `metachron report` writes that of the published release"
            for name in wanted_reports(entries)
            if not (home.reports / name).exists()
        ]
    return n_reports


def among_reports(home: Home) -> Iterator[Path]:
    """Whatever lies where reports do, but for drafts, the link to the newest, and what somebody put there."""
    copied = [Path(place) for place in copies(home.copies)]
    root = home.reports.resolve()
    for study in sorted(home.reports.iterdir()) if home.reports.exists() else ():
        if any(place.is_relative_to(root / study.name) for place in copied):
            continue
        if study.is_symlink() or not study.is_dir():
            yield study
            continue
        for path in sorted(study.iterdir()):
            is_latest = path.name == LATEST and path.is_symlink() and len(path.readlink().parts) == 1
            if not LEFT.fullmatch(path.name) and not is_latest:
                yield path


def unfinished_reports(home: Home) -> list[Path]:
    """Drafts of reports whose command is still at work, or was killed."""
    return sorted(folder for folder in home.reports.glob("*/*") if LEFT.fullmatch(folder.name))


def wanted_reports(entries: Entries) -> list[str]:
    """Reports that were written, and that nothing took away since."""
    wanted: dict[str, None] = {}
    for entry in entries:
        if entry.event == REPORTED:
            wanted[entry.facts["report"]] = None
        elif entry.event in ("forget_started", f"{SET_ASIDE}_started"):
            wanted.clear()
    return list(wanted)


def is_begun(entries: Entries, report: Path) -> bool:
    return any(entry.event == REPORT_STARTED and entry.facts["report"] == str(report) for entry in entries)


def is_of_the_first_release(entries: Entries, id: str) -> bool:
    """Whether a release was published before the ledger told of reports, and not again since."""
    began = ledger.began_at(entries)
    published = [e.sequence for e in entries if e.event == PUBLISH and e.facts["release_id"] == id]
    return bool(published) and (began is None or max(published) < began)


BEFORE_PROVENANCE = "made before provenance was kept"


def report_damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged("INT-18", what, file=file, unchanged="Nothing was changed.")


def check_released(home: Home, entries: Entries, *, only: str | None = None) -> int:
    """Every public report is, file by file, what the ledger says left, and no other lies beside them.

    only  the one that is looked at; all of them unless given
    Of forgotten ones, and of those set aside, only what they told is left. Raises IntegrityDamaged INT-11.
    """
    events = [e.facts for e in entries if e.event == RELEASED and only in (None, e.facts["name"])]
    begun = {entry.facts["name"] for entry in entries if entry.event == RELEASE_STARTED}
    aside = [entry.facts for entry in entries if entry.event == SET_ASIDE]
    forgotten = {name for e in entries if e.event == "forget_finished" for name in e.facts["outward"]}
    forgotten |= {name for facts in aside for name in facts["outward"]}
    lost = {name for facts in aside for name in facts["records"]}
    forgetting = load_history(entries).forgetting
    for event in events:
        folder = home.released / event["name"]
        if event["name"] in lost and not folder.exists():
            continue
        if folder.exists() and (strange := no_file_below(folder)):
            raise released_damaged(
                f"{strange.name} of the public report {event['name']} is a link, or no file", strange
            )
        wanted = {"told.json": event["told_sha256"]}
        if event["name"] not in forgotten and forgetting is None:
            wanted |= {"decision.json": event["decision_sha256"]}
            wanted |= {f"public/{name}": sha256 for name, sha256 in event.get("files", {}).items()}
        for name, sha256 in wanted.items():
            if not has_sha256(folder / name, sha256):
                raise released_damaged(
                    f"{name} of the public report {event['name']} is gone or was altered", folder / name
                )
        if forgetting is None and (more := digests_below(folder).keys() - wanted.keys()):
            raise released_damaged(
                f"{min(more)} of the public report {event['name']} never left", folder / min(more)
            )
    known = {event["name"] for event in events} | begun
    known |= {f"{HALF[0]}{name}" for name in begun - {event["name"] for event in events}}
    for path in sorted(home.released.iterdir()) if home.released.exists() else []:
        if only not in (None, path.name) or forgetting is not None:
            continue
        if path.name not in known:
            raise released_damaged(f"The ledger does not know the public report {path.name}", path)
    return len(events)


def half_released(home: Home, entries: Entries) -> list[str]:
    """Public reports that lie there whole or in part, and whose last word the ledger lacks."""
    begun = {entry.facts["name"] for entry in entries if entry.event == RELEASE_STARTED}
    ended = {entry.facts["name"] for entry in entries if entry.event == RELEASED}
    places = {name: (home.released / name, home.released / f"{HALF[0]}{name}") for name in begun - ended}
    return sorted(name for name, each in places.items() if any(os.path.lexists(place) for place in each))


def released_damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-11", what, file=file, unchanged="Nothing was changed.",
    )  # fmt: skip


def check_copies(home: Home, entries: Entries) -> None:
    """No line of copies.jsonl is gone, or another than it was. Raises IntegrityDamaged INT-22."""
    aside = {line for e in entries if e.event == SET_ASIDE for line in e.facts.get("copies", ())}
    if gone := lost_copies(home, entries) - aside:
        raise IntegrityDamaged(
            "INT-22", f"copies.jsonl lacks {len(gone)} lines that tell where copies of the data went",
            file=home.copies, unchanged="Nothing was changed.",
        )  # fmt: skip


def lost_copies(home: Home, entries: Entries) -> set[str]:
    """Hashes of the lines of copies.jsonl that the ledger knows and that are not there."""
    return hashes_of_recorded_copies(entries) - hashes_of_copies(home.copies)


def check_certificates(home: Home, entries: Entries, *, only: str | None = None) -> None:
    """Every certificate is the one that was written, and no other lies there.

    only  the one that is looked at; all of them unless given
    Raises IntegrityDamaged INT-23.
    """
    wanted = recorded_certificates(entries)
    aside = {name for e in entries if e.event == SET_ASIDE for name in e.facts.get("certificates", ())}
    for name, sha256 in wanted.items():
        file = home.certificates / name
        is_missed = name not in aside or os.path.lexists(file)
        if only in (None, name) and is_missed and not has_sha256(file, sha256):
            raise certificate_damaged(f"The certificate {name} is gone or was altered", file)
    if load_history(entries).forgetting is not None:
        return
    for file in sorted(home.certificates.iterdir()) if home.certificates.exists() else ():
        if only in (None, file.name) and file.name not in wanted:
            raise certificate_damaged(f"The ledger knows no certificate {file.name}", file)


def recorded_certificates(entries: Entries) -> dict[str, str]:
    """The hash of each certificate that was written."""
    events = [entry.facts for entry in entries if entry.event in ("forget_finished", CERTIFIED)]
    return {facts["certificate"]: facts["certificate_sha256"] for facts in events}


def certificate_damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-23", what, file=file, unchanged="Nothing was changed.",
    )  # fmt: skip
