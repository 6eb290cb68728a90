"""Is the warehouse fresh, and can it be trusted? Answered from manifests, ledger and audit, no database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.ledger_events import VERIFIED
from flows.publishing import releases
from flows.publishing.evidence import (
    BEFORE_PROVENANCE,
    check_audit,
    check_heads,
    check_report,
    is_of_the_first_release,
)
from flows.publishing.publish_history import publish_history


@dataclass(frozen=True, slots=True)
class Status:
    """What is published, from which deliveries, what the last audit said, where the report lies.

    is_fresh    whether all that has arrived is in the published release; `fresh_because` says why (not)
    is_trusted  whether the release passed its audit and nothing speaks against it since
    seal        the ledger's head, to be kept outside the home; None while the ledger is damaged
    is_whole    whether nothing was found altered or gone, as far as was looked
    before_provenance  releases of the first release of metachron
    is_there    whether there is a home at all
    strangers   names below the home that no command gave
    """

    home: str
    release: str | None
    study: str | None
    published_at: str | None
    is_synthetic: bool | None
    is_fresh: bool
    fresh_because: str
    is_trusted: bool
    trusted_because: str
    releases: tuple[str, ...]
    inputs: tuple[dict[str, Any], ...]
    last_audit: str | None
    verified_at: str | None
    waiting_files: tuple[str, ...]
    report: str | None
    seal: str | None
    is_whole: bool = True
    before_provenance: tuple[str, ...] = ()
    is_there: bool = True
    strangers: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def screen(self) -> str:
        if not self.is_there:
            return (
                f"{self.home}: there is no home here, so nothing is published. Is its disk mounted? "
                "`metachron run` makes a new one."
            )
        if self.release is None and self.is_whole:
            return f"{self.home}: nothing is published yet. Run `metachron run`."
        synthetic = "  SYNTHETIC DATA" if self.is_synthetic else ""
        lines = [
            f"fresh      {'yes' if self.is_fresh else 'NO'}: {self.fresh_because}",
            f"trusted    {'yes' if self.is_trusted else 'NO'}: {self.trusted_because}",
            "",
            f"home       {self.home}",
            f"published  {self.release}  study {self.study}  {self.published_at}{synthetic}"
            if self.release
            else "published  unknown",
            f"releases   {', '.join(map(self.marked, self.releases))}",
            f"report     {self.report or 'not written yet; run `metachron report`'}",
            f"seal       {self.seal or 'none'}",
            "inputs",
        ]
        lines += [
            f"  {given['file_name']:<34}{given['rows_read']:>9,} read = {given['rows_landed']:,} landed"
            f" + {given['rows_rejected']:,} rejected"
            for given in self.inputs
        ]
        if self.strangers:
            lines.append(f"not metachron's, below the home: {', '.join(self.strangers)}")
        return "\n".join(lines)

    def marked(self, id: str) -> str:
        return f"{id} ({BEFORE_PROVENANCE})" if id in self.before_provenance else id


def status_of(home: Home) -> Status:
    """The state of one home; a home that does not exist yet is an empty one."""
    if releases.is_guest(home):
        return status_for_guests(home, releases.current_release(home))
    events: list[ledger.Entry] = []
    release, last_audit, page, damage = None, None, None, None
    try:
        events = ledger.read(home)
        check_heads(home, events)
        release = releases.linked_release(home, publish_history(events))
        if release is not None:
            page = home.reports_of(release.study) / release.id / "report.html"
            check_report(home, events, page.parent)
        last_audit = check_audit(home, events, [])
    except IntegrityDamaged as found:
        damage = found
    waiting = waiting_files(home, events)
    is_fresh, fresh_because = freshness(release, events, waiting)
    verified_at = next((event.at for event in reversed(events) if event.event == VERIFIED), None)
    is_trusted, trusted_because = trust(release, last_audit, verified_at, damage)
    return Status(
        home=str(home.root),
        release=release.id if release else None,
        study=release.study if release else None,
        published_at=release.created_at if release else None,
        is_synthetic=release.is_synthetic if release else None,
        is_fresh=is_fresh,
        fresh_because=fresh_because,
        is_trusted=is_trusted,
        trusted_because=trusted_because,
        releases=tuple(kept.id for kept in releases.releases(home)) if damage is None else (),
        before_provenance=tuple(
            kept.id for kept in releases.releases(home) if is_of_the_first_release(events, kept.id)
        )
        if damage is None
        else (),
        inputs=tuple(release.inputs) if release else (),
        last_audit=last_audit,
        verified_at=verified_at,
        waiting_files=waiting,
        report=str(page) if page and page.exists() else None,
        is_whole=damage is None,
        is_there=home.is_there(),
        strangers=tuple(home.strangers()) if home.root.is_dir() else (),
        seal=str(ledger.head_of(events)) if events else None,
    )


def status_for_guests(home: Home, release: releases.Release | None) -> Status:
    """For somebody who may read releases only: what cannot be seen is neither fresh nor trusted."""
    unseen = "the inbox, the ledger and the audit are for the home's owner to read"
    return Status(
        home=str(home.root),
        release=release.id if release else None,
        study=release.study if release else None,
        published_at=release.created_at if release else None,
        is_synthetic=release.is_synthetic if release else None,
        is_fresh=False,
        fresh_because=f"cannot be told: {unseen}",
        is_trusted=False,
        trusted_because=f"cannot be told: {unseen}",
        releases=tuple(kept.id for kept in releases.releases(home)),
        inputs=tuple(release.inputs) if release else (),
        last_audit=release.audit_verdict if release else None,
        verified_at=None,
        waiting_files=(),
        report=None,
        seal=None,
    )


def freshness(
    release: releases.Release | None, events: list[ledger.Entry], waiting: tuple[str, ...]
) -> tuple[bool, str]:
    """Whether all that arrived is what analysts read, and why (not)."""
    if release is None:
        return False, "nothing is published yet"
    if waiting:
        shown = ", ".join(waiting[:3]) + (f" and {len(waiting) - 3} more" if len(waiting) > 3 else "")
        return False, f"{shown} came into the inbox after the last load; run `metachron run`"
    if last(events, "load_finished") > last(events, "publish"):
        return False, "the last load is not published; run `metachron run`"
    return True, "everything that arrived is loaded and published"


def trust(
    release: releases.Release | None,
    last_audit: str | None,
    verified_at: str | None,
    damage: Exception | None,
) -> tuple[bool, str]:
    """Whether the release passed its audit and nothing has spoken against it since, and why (not)."""
    if damage is not None:
        return False, f"something here was altered or is gone; run `metachron verify` ({damage})"
    if release is None:
        return False, "nothing is published yet"
    verified = f"verified {verified_at}" if verified_at else "never verified; run `metachron verify`"
    if last_audit == "fail":
        return True, (
            "the release passed its audit, but a newer build did not and was kept back: see"
            f" audit/data_quality.html; {verified}"
        )
    warned = ", with warnings: see audit/data_quality.html" if release.audit_verdict == "warn" else ""
    return True, f"its audit passed{warned}; the ledger is unbroken; {verified}"


def last(events: list[ledger.Entry], kind: str) -> int:
    """The place of the last event of a kind; 0 if there was none."""
    return max((event.sequence for event in events if event.event == kind), default=0)


def waiting_files(home: Home, events: list[ledger.Entry]) -> tuple[str, ...]:
    """Files that came into the inbox, or were changed there, after the last load ended.

    By the time at which the file system last touched them: hashing them would take minutes.
    """
    if not home.inbox.exists():
        return ()
    loaded_at = max((event.at for event in events if event.event in LOOKED), default="")
    seconds = datetime.fromisoformat(loaded_at).timestamp() if loaded_at else 0.0
    arrived = [
        file for file in home.inbox.rglob("*") if file.is_file() and file.stat().st_ctime > seconds + 1
    ]
    return tuple(sorted(str(file.relative_to(home.inbox)) for file in arrived))


# Audits follow loads, and a load that found nothing new leaves no event of its own.
LOOKED = {"load_finished", "audit", "publish"}
