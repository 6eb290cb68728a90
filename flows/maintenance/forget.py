"""`metachron forget`: a delivery and everything made from it leaves the home, and a certificate says so.

What stays is what proves it and what protects others: the ledger (hashes, counts, times), the certificate,
and for each public report the record of what it told, without which later ones could not be checked against
it. The intention is in the ledger before anything is removed, so that a forgetting that was killed is
completed by running it again. Copies that left the home, backups and the blocks of a disk are beyond our
reach, and the certificate says so, with the places that commands wrote to. Whoever calls is the single
writer (flows.integrity.lock).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.copies import unread_copies
from flows.disclosure.public_report import DECISION, PUBLIC
from flows.errors import AuditRefused, InputRefused, UsageError
from flows.home import CONTENTS, Home, OnForget
from flows.integrity import ledger
from flows.integrity.durable import fsync_folder, write_new
from flows.landing.load_history import load_history
from flows.landing.raw_without import rewrite_without
from flows.maintenance.derivatives import (
    Removal,
    copies_beyond,
    copies_from,
    delivered_again,
    not_ours,
    outward_from,
    refuse_in_use,
    releases_from,
    reports_from,
)
from flows.maintenance.forget_target import Target, loads_of
from flows.publishing.evidence import lost_copies
from flows.publishing.publish import DISCARDED
from flows.terminal.wording import counted

PSEUDONYMS = (
    "released/*/told.json holds, without identifiers, a hash of each person whom a public report counted "
    "or a rule left out, the groups of the report that they were in, and hashes of the values (ages, times) "
    "behind means, curves and person-years: later reports are compared with it. The hashes are under a key "
    "drawn in this home; whoever has the home and a list of identifiers can test who was counted and how"
)
STAYS = (OnForget.KEEP, OnForget.NOTHING)
STARTED, FINISHED = "forget_started", "forget_finished"
BEYOND = (
    "copies made by hand, or by a version of metachron that did not record their places",
    "what Spark workers on other machines keep of a build in their scratch folders",
    "dbt_project/target and dbt_project/logs, if dbt was run by hand (`make clean` removes them)",
    "backups and snapshots of the disk",
    "what a disk keeps of deleted files; encrypt the volume, and destroy its key at the end",
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, where the certificate lies, and which release stands in its place now.

    unbuilt  why there is no release, where one was wanted
    beyond   copies outside the home that commands wrote, which are still there as far as we know
    left     names below the home that are not metachron's; never kept, for they may be a patient's
    """

    certificate: Path
    load_ids: tuple[str, ...]
    n_files: int
    releases: tuple[str, ...]
    outward: tuple[str, ...]
    study: str | None = None
    release: str | None = None
    unbuilt: str | None = None
    beyond: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        published = f"; published without it as {self.release}" if self.release else ""
        if self.unbuilt:
            published = f"; nothing is published now: {self.unbuilt}"
        lines = [
            f"forget: {counted(len(self.load_ids), 'load')}, {counted(len(self.releases), 'release')} and "
            f"{counted(self.n_files, 'file')} removed{published}; certificate {self.certificate}"
        ]
        if self.beyond:
            lines.append(f"remove by hand, for it was made from this delivery: {', '.join(self.beyond)}")
        if self.left:
            lines.append(f"not metachron's, and left where it is below the home: {', '.join(self.left)}")
        return "\n".join(lines)


def forget(home: Home, target: Target) -> Forgotten:
    """Remove a delivery and everything made from it; write the certificate and tell the ledger.

    Raises WarehouseBusy while a Prefect server or an analyst holds a file that has to go.
    """
    refuse_in_use(home)
    begun = load_history(ledger.read(home)).forgetting
    if begun is None:
        begun = {
            "load_ids": target.load_ids,
            "loads": target.loads,
            "vault": target.vault,
            "study": target.study,
            "releases": [folder.name for folder in releases_from(home, target.contents)],
            "outward": outward_from(ledger.read(home), target.contents),
        }
        ledger.append(home, STARTED, **begun)
    removed = Removal(home)
    for copy in copies_from(home, target.contents):
        removed.tree(copy)
    withdrawal = Withdrawal(home, target, begun, removed)
    for way in OnForget:
        for entry in CONTENTS:
            if entry.on_forget is not way or way in STAYS:
                continue
            if (remove := RULES.get(entry.name)) is not None:
                remove(withdrawal)
            else:
                removed.describe_whole(entry)
    for left in list(home.work.iterdir()):  # where raw.duckdb was written anew
        removed.tree(left)
    removed.flush()
    return certify(home, target, begun, removed)


def require_study(home: Home, target: Target, study: Path | None) -> None:
    """Before anything is removed: raise UsageError FGT-04 where what is left could not be built again.

    study  the study definition file that was given, if any
    """
    is_anything_left = any(load["load_id"] not in target.load_ids for load in loads_of(home))
    if study is None and is_anything_left:
        study_file(target.study)


def rebuild_without(home: Home, done: Forgotten, study: Path | None = None) -> Forgotten:
    """Build, audit, publish and report what is left; without enough left, say why nothing is published.

    study  a study definition file; the published study's if omitted
    """
    from flows import stages

    if not loads_of(home):
        return replace(done, unbuilt="nothing is left to build from")
    try:
        chosen = study or study_file(done.study)
        stages.build(home, chosen)
        stages.audit(home)
        release = stages.publish_build(home)
        stages.report(home)
    except (AuditRefused, InputRefused, UsageError) as refusal:
        return replace(done, unbuilt=refusal.paragraph())
    return replace(done, release=release.id)


def find_earlier(home: Home, delivery: str) -> Forgotten | None:
    """A forgetting of this id or SHA-256 that was completed before; None if the delivery is there again."""
    history = load_history(ledger.read(home))
    if history.forgetting is not None or any(
        delivery in (load["load_id"], load["delivery_id"], load["sha256"]) for load in loads_of(home)
    ):
        return None
    for entry in reversed(ledger.read(home)):
        if entry.event == FINISHED and delivery in (*entry.facts["load_ids"], *entry.facts["contents"]):
            facts = entry.facts
            return Forgotten(
                home.certificates / facts["certificate"], tuple(facts["load_ids"]), facts["n_files"],
                tuple(facts["releases"]), tuple(facts["outward"]), facts["study"],
            )  # fmt: skip
    return None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A forgetting at work: what is meant, what the ledger says was begun, and what went already."""

    home: Home
    target: Target
    begun: dict[str, Any]
    removed: Removal


def unlink_published(withdrawal: Withdrawal) -> None:
    """Take the link away if it leads to a release that goes."""
    link = withdrawal.home.warehouse
    gone = {folder.name for folder in releases_from(withdrawal.home, withdrawal.target.contents)}
    if link.is_symlink() and link.readlink().parent.name in gone:
        withdrawal.removed.tree(link)
        fsync_folder(withdrawal.home.root)


def remove_releases(withdrawal: Withdrawal) -> None:
    """Renamed first: a half release is none."""
    for folder in releases_from(withdrawal.home, withdrawal.target.contents):
        gone = folder.with_name(DISCARDED + folder.name.removeprefix(DISCARDED))
        folder.rename(gone)
        withdrawal.removed.tree(gone)


def remove_reports(withdrawal: Withdrawal) -> None:
    for folder in reports_from(withdrawal.home, withdrawal.target.contents):
        withdrawal.removed.tree(folder)
        if (latest := folder.parent / "latest").is_symlink() and not latest.exists():
            latest.unlink()


def remove_outward_reports(withdrawal: Withdrawal) -> None:
    """The pages and the decision; the record of what was told stays. What no ledger knows goes altogether."""
    released = withdrawal.home.released
    for name in withdrawal.begun["outward"]:
        withdrawal.removed.tree(released / name / PUBLIC)
        withdrawal.removed.tree(released / name / DECISION)
    known = {entry.facts["name"] for entry in ledger.read(withdrawal.home) if entry.event == "release"}
    for half_made in [each for each in released.glob("*") if each.name not in known]:
        withdrawal.removed.tree(half_made)


def rewrite_raw(withdrawal: Withdrawal) -> None:
    if withdrawal.home.raw.exists():
        rewrite_without(withdrawal.home, withdrawal.target.load_ids)


def remove_from_vault(withdrawal: Withdrawal) -> None:
    for name in withdrawal.target.vault:
        withdrawal.removed.tree(withdrawal.home.vault / name)


def remove_from_inbox(withdrawal: Withdrawal) -> None:
    packed = {load["delivered_sha256"] for load in withdrawal.target.loads}
    hashes = withdrawal.target.contents | packed | set(withdrawal.target.vault)
    for file in delivered_again(withdrawal.home, hashes):
        withdrawal.removed.tree(file)


# What is not simply removed; flows.home says of each entry which of these kinds it is.
RULES: dict[str, Callable[[Withdrawal], None]] = {
    "warehouse.duckdb": unlink_published,
    "releases": remove_releases,
    "reports": remove_reports,
    "released": remove_outward_reports,
    "raw.duckdb": rewrite_raw,
    "vault": remove_from_vault,
    "inbox": remove_from_inbox,
}


def certify(home: Home, target: Target, begun: dict[str, Any], removed: Removal) -> Forgotten:
    """Write the certificate, read-only and flushed, and then the ledger's last word on it."""
    number = 1 + sum(entry.event == FINISHED for entry in ledger.read(home))
    home.certificates.mkdir(mode=0o700, exist_ok=True)
    file = home.certificates / f"{number:04d}-{target.load_ids[0]}.json"
    file.unlink(missing_ok=True)  # of a forgetting that was killed right here
    beyond, left = copies_beyond(home, target.contents), not_ours(home)
    kept = [entry.name for entry in CONTENTS if entry.on_forget is OnForget.KEEP]
    certificate = {
        "what": "destruction of a delivery and of everything made from it",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by_user_id": os.getuid(),
        **begun,
        "removed": sorted(removed.described()),
        "kept": [*kept, "released/*/told.json"],
        "kept_of_people": PSEUDONYMS,
        "copies_outside_the_home": beyond,
        "not_ours_below_the_home": len(left),
        "beyond_reach": beyond_reach(home),
    }
    content = json.dumps(certificate, indent=1, sort_keys=True).encode()
    write_new(file, content, mode=0o400)
    fsync_folder(home.certificates)
    fsync_folder(home.root)
    ledger.append(
        home,
        FINISHED,
        certificate=file.name,
        certificate_sha256=hashlib.sha256(content).hexdigest(),
        contents=sorted(target.contents),
        n_files=len(removed.removed),
        **{name: begun[name] for name in ("load_ids", "releases", "outward", "study")},
    )
    return Forgotten(
        file, tuple(target.load_ids), len(removed.removed), tuple(begun["releases"]), tuple(begun["outward"]),
        target.study, beyond=tuple(beyond), left=tuple(left),
    )  # fmt: skip


def beyond_reach(home: Home) -> list[str]:
    """What we cannot remove; lines of copies.jsonl that cannot be read, or are gone, told of copies, too."""
    unread = {
        "which cannot be read": unread_copies(home.copies),
        "which are gone": len(lost_copies(home, ledger.read(home))),
    }
    unreadable = [f"copies of which {n} lines of copies.jsonl told, {why}" for why, n in unread.items() if n]
    return [*BEYOND, *unreadable]


def study_file(name: str | None) -> Path | None:
    """The project's definition of this name; None for the default study."""
    from flows.building.run_dbt import study_name
    from flows.building.study_file import STUDIES

    if name in (None, study_name()):
        return None
    for file in sorted(STUDIES.glob("*.yml")):
        if name == study_name(file):
            return file
    raise UsageError("FGT-04", f"No definition here has the name {name}")
