"""`metachron rebuild --from-vault`: everything again from the delivered files, whatever else is damaged.

The raw tables are landed again from the vault. Then what is damaged, or what the ledger does not know, is put
aside into lost/, with the raw tables that were there; and what is left is built, audited, published and
reported. Where the ledger itself is lost, another begins: it names the head that was known last, and all that
only the lost one could prove is put aside. Whoever calls is the single writer (flows.integrity.lock).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.copies import hashes_of_copies
from flows.errors import InputRefused, IntegrityDamaged, UsageError
from flows.files.output_folder import hashes_of_recorded_copies
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import fsync_folder, fsync_path, is_regular, sha256_of, write_new
from flows.integrity.ledger import Entry
from flows.integrity.ledger_events import CERTIFIED, COPIED, ORDERED, has_its_facts
from flows.integrity.lost import keep_old, put_aside
from flows.landing import delivery_note
from flows.landing.delivery_note import Note
from flows.landing.delivery_order import ACCEPT, USE, last_mention
from flows.landing.load_history import KEPT, LoadHistory, load_history
from flows.landing.older_notes import loads_in, noted_now
from flows.landing.raw_again import landed_again, notes_of, read_otherwise
from flows.landing.raw_seal import log_of, marker_of, seal
from flows.maintenance.set_aside import set_aside
from flows.maintenance.verify import unknown_in_vault
from flows.publishing import evidence
from flows.publishing.publish_history import publish_history
from flows.publishing.releases import MANIFEST, read_release
from flows.terminal.escaping import escape


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What stands there now, and where that which it replaced lies.

    study     of the release, as the lost ledger, or else a manifest, named it
    unproven  in words, what a new ledger could not take over; empty where the old one was kept
    otherwise  in words, the files of which other columns land than before
    """

    n_loads: int
    lost: Path | None
    set_aside: tuple[str, ...]
    release: str | None
    report: Path | None
    study: str | None = None
    unproven: str = ""
    otherwise: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        aside = f"; {', '.join(self.set_aside)} set aside" if self.set_aside else ""
        kept = f"; what was replaced lies in {self.lost}" if self.lost else ""
        published = f"published as {self.release}, study {self.study}" if self.release else ""
        published = published or "nothing is left to publish"
        line = f"rebuild: {self.n_loads} loads landed again from the vault, {published}{aside}{kept}"
        return "\n".join([line, *map(escape, self.otherwise), *([self.unproven] if self.unproven else [])])


def rebuild(home: Home, *, study: Path | None = None, new_ledger: bool = False) -> RebuildResult:
    """Make everything again from the vault, and put aside what is damaged or unknown.

    study       a study definition file; by default the one that was published
    new_ledger  begin another ledger, in place of one that is lost, altered or cut
    Raises IntegrityDamaged where the vault lacks a file, or the ledger is damaged and no new one is wanted;
    UsageError for a delivery that is half forgotten, or whose names are lost; and what each stage raises.
    """
    from flows import stages
    from flows.maintenance.forget import study_file

    home.prepare()
    if not new_ledger:
        entries = ledger.read(home)
        evidence.check_heads(home, entries)
        if load_history(entries).forgetting is not None:
            raise UsageError("REB-02", "The removal of a delivery was interrupted")
    chosen = study or study_file(published_study(home))
    notes, added = wanted_notes(home, new_ledger)
    if not notes and new_ledger:
        raise InputRefused(
            "REB-03",
            "The vault holds no delivery",
            file=home.vault,
        )
    with landed_again(home, notes) as again:
        otherwise = read_otherwise(home, again)
        lost, words = None, ""
        if new_ledger:
            lost, words = replace_ledger(home, again, notes)
        elif added:
            ledger.append(home, KEPT, kept=vault_files_of(added))
        broken = delivery_note.damaged_files(home, [path.name for path in home.vault.iterdir()])
        lost = put_aside(home, broken, into=lost)
        lost = put_aside(home, unknown_in_vault(home, ledger.read(home)), into=lost)
        names, lost = set_aside(home, lost)
        lost = put_in_place(home, again.raw, lost) if notes else put_aside(home, [home.raw], into=lost)
    n_loads = len({load_id for note in notes for load_id in note.load_ids})
    if not notes:
        return RebuildResult(0, lost, names, None, None, unproven=words)
    stages.load(home, [])  # says in the ledger what a killed load did not
    stages.build(home, chosen)
    stages.audit(home)
    release = stages.publish_build(home)
    report = stages.report(home)
    return RebuildResult(n_loads, lost, names, release.id, report.page, release.study, words, otherwise)


def published_study(home: Home) -> str | None:
    """The name of the study that was published last, from what stands up to the ledger as far as it is known.

    A ledger of the first release did not tell it; then, and without a ledger, the manifests are asked. None
    where nothing was published, or all of it was forgotten.
    """
    known = publish_history(ledger.sound_beginning(home.ledger))
    if known.current is not None and "study" in known.current:
        return str(known.current["study"])
    manifests = sorted(home.releases.glob(f"r*/{MANIFEST}"), key=lambda file: file.lstat().st_mtime)
    if home.warehouse.is_symlink():
        manifests.append(home.root / home.warehouse.readlink().parent / MANIFEST)
    hashes = {facts["manifest_sha256"] for facts in known.known.values()}
    for file in reversed(manifests):
        try:
            release = read_release(file.parent)
        except IntegrityDamaged:
            continue
        if not hashes or release.manifest_sha256 in hashes:
            return release.study
    if hashes and known.wanted:
        raise UsageError(
            "REB-04", "Every manifest that names the published study was altered",
            file=home.releases,
            unchanged="Nothing was changed.",
        )  # fmt: skip
    return None


def wanted_notes(home: Home, new_ledger: bool) -> tuple[list[Note], list[Note]]:
    """The notes of all deliveries that should be there, and those of them that are new.

    Raises UsageError REB-01 where a delivery has none: the first release kept none, and raw.duckdb is lost.
    """
    if new_ledger:
        notes = delivery_note.notes(home)
        wanted = {load["load_id"] for load in loads_in(home)}
        kept: dict[str, set[str]] = {load_id: explaining(home) for load_id in wanted}
    else:
        history = load_history(ledger.read(home))
        notes, wanted, kept = notes_of(home), set(history.started), history.kept
    without = wanted - {load_id for note in notes for load_id in note.load_ids}
    added = noted_now(home, without, kept) if without else []
    if left := without - {load_id for note in added for load_id in note.load_ids}:
        raise UsageError(
            "REB-01",
            f"What {len(left)} files in the vault were called is lost, and so they cannot be landed again",
            file=home.raw,
            unchanged="Nothing was changed.",
        )
    return sorted([*notes, *added], key=lambda note: (note.order, note.at)), added


def explaining(home: Home) -> set[str]:
    """What may explain a delivery where no ledger says what does: every file that is no delivery."""
    data = {load["delivered_sha256"] for load in loads_in(home)}
    return {file.name for file in home.vault.iterdir() if file.name not in data}


def vault_files_of(notes: Iterable[Note]) -> dict[str, list[str]]:
    return {load_id: sorted(note.contents()) for note in notes for load_id in note.load_ids}


def replace_ledger(home: Home, again: Home, notes: list[Note]) -> tuple[Path | None, str]:
    """Put another ledger in place, with the loads that the vault gives; the one that was there is kept.

    What the lost one told for sure of loads, of a person's decisions on them, of withdrawals and of copies is
    taken over. Returns the folder of lost/, and in words what could not be.
    """
    fresh = Home(home.work / "new-ledger")
    shutil.rmtree(fresh.root, ignore_errors=True)
    fresh.root.mkdir(mode=0o700)
    try:
        ledger.read(home)
        why = "the ledger was cut or written anew"
    except IntegrityDamaged as damage:
        why = damage.what
    sound = ledger.sound_beginning(home.ledger)
    earlier = sorted(home.lost.glob("*/ledger.jsonl")) if home.lost.exists() else []
    is_gone = earlier and not os.path.lexists(home.ledger)
    ledger.begin_anew(fresh, ledger.last_known(earlier[-1]) if is_gone else ledger.head_of(sound), why)
    take_over(fresh, sound, load_history(ledger.read(again)), vault_files_of(notes))
    words = restore_order_of_raw(home, fresh, len(sound))
    certificates = evidence.recorded_certificates(ledger.read(fresh))
    for file in sorted(home.certificates.iterdir()) if home.certificates.exists() else []:
        if file.name not in certificates and is_regular(file):
            facts = {"certificate": file.name, "certificate_sha256": sha256_of(file)}
            if has_its_facts(CERTIFIED, facts):
                ledger.append(fresh, CERTIFIED, **facts)
    if lines := hashes_of_recorded_copies(sound) | hashes_of_copies(home.copies):
        ledger.append(fresh, COPIED, lines=sorted(lines))
    lost = keep_old(home, home.ledger)
    fresh.ledger.replace(home.ledger)
    fsync_folder(home.root)
    shutil.rmtree(fresh.root)
    return lost, words


def take_over(fresh: Home, sound: list[Entry], loads: LoadHistory, kept: dict[str, list[str]]) -> None:
    """Tell a new ledger of each load that the vault gives, and of what a person decided, in the old order."""
    left = dict(loads.finished)

    def land(ids: Iterable[str]) -> None:
        chosen = [id for id in ids if id in left]
        if chosen:
            ledger.append(
                fresh, "load_started", loads=[loads.started[id] for id in chosen],
                kept={id: kept[id] for id in chosen if id in kept},
            )  # fmt: skip
            ledger.append(fresh, "load_finished", loads=[left.pop(id) for id in chosen])

    # Those that were forgotten and delivered again count from their second arrival.
    forgotten_at = {
        id: e.sequence for e in sound if e.event == "forget_finished" for id in e.facts["load_ids"]
    }
    for entry in sound:
        if entry.event == "load_finished":
            ids = [load["load_id"] for load in entry.facts["loads"]]
            land(id for id in ids if forgotten_at.get(id, 0) < entry.sequence)
        elif entry.event == "forget_finished":
            ledger.append(fresh, entry.event, **entry.facts)
        elif entry.event in (USE, ACCEPT, ORDERED):
            ids = [id for id in entry.facts["load_ids"] if id in loads.finished and id not in left]
            if ids:
                ledger.append(fresh, entry.event, load_ids=ids)
    land(list(left))


def restore_order_of_raw(home: Home, fresh: Home, n_known: int) -> str:
    """Let deliveries count as raw.duckdb has them, where the lost ledger's known lines do not say so.

    In words for whoever rebuilds, what nothing proves any more.
    """
    rows = sorted(loads_in(home), key=lambda load: load["load_sequence"])
    last = last_mention(ledger.read(fresh))
    by_raw = [load["load_id"] for load in rows if load["load_id"] in last]
    by_raw += [id for id in last if id not in by_raw]
    said = f"Of the lost ledger {n_known or 'no'} lines are known; what they decided on deliveries is kept. "
    if not rows and len(last) > 1:
        return said + (
            "Deliveries count in the order in which they were loaded: what `metachron use` or "
            "`metachron accept` decided after them has to be repeated."
        )
    if by_raw != sorted(last, key=lambda id: last[id]):
        ledger.append(fresh, ORDERED, load_ids=by_raw)
        return said + (
            "Which deliveries count was taken from raw.duckdb, and cannot be proved: look at "
            "`metachron status`, and choose others with `metachron use`."
        )
    return said + "What `metachron accept` allowed after them has to be repeated."


def put_in_place(home: Home, fresh: Path, lost: Path | None) -> Path | None:
    """Swing raw.duckdb to a fresh one, old or new at each moment; in doubt until it is sealed."""
    strange = [path for path in (marker_of(home), log_of(home)) if not is_regular(path)]
    lost = put_aside(home, strange, into=lost)
    if not marker_of(home).exists():
        write_new(marker_of(home), b"", mode=0o600)
    fsync_path(fresh)
    lost = keep_old(home, home.raw, into=lost)
    lost = put_aside(home, [log_of(home)], into=lost)
    fresh.replace(home.raw)
    fsync_folder(home.root)
    seal(home)
    marker_of(home).unlink(missing_ok=True)
    return lost
