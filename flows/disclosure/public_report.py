"""The public report of the published release: decided, kept, in the ledger, only then handed out.

A public report that the ledger does not know never left the home; one that the ledger knows but whose record
is gone or altered stops all further ones, because they could not be checked against it. Whoever calls is the
single writer (flows.integrity.lock).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.disclosure import public_results
from analytics.disclosure.attacker import Contradiction
from analytics.disclosure.cells import Unsound
from analytics.disclosure.history import Differencing, DisclosureRecord
from analytics.disclosure.profiles import DEFAULT, ProfileRefused, permitted
from analytics.disclosure.public_results import Decision, is_synthetic, results_digest
from analytics.disclosure.suppression import Unprotectable
from analytics.render.page.public_report import files
from analytics.results.document import Results
from analytics.results.json_file import NotResults, read
from flows.disclosure.people_behind import key_of, people_behind
from flows.disclosure.signed_exception import read_exception
from flows.disclosure.unknown_reports import adopt_unknown
from flows.errors import IntegrityDamaged, PolicyRefused, UsageError
from flows.files.output_folder import folder_written
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import fsync_folder, remove, sha256_of, write_new
from flows.publishing.evidence import RELEASE_STARTED, before_sending_out
from flows.publishing.releases import Release
from flows.terminal.wording import counted

EVENT, MADE_BY = "release", "metachron release"
PUBLIC, DECISION, TOLD = "public", "decision.json", "told.json"
DESPITE = (
    "Keep to the earlier public report, which stays valid, or provide an exception signed with "
    "`despite: {}` (several names with commas between)."
)
READ_ONLY, NOTHING_LEFT = 0o400, "Nothing left the home, and nothing was recorded as disclosed."


@dataclass(frozen=True, slots=True)
class PublicReport:
    """One public report.

    folder             where the files for outsiders lie: report.html, results_public.json, tables/
    narrowest          width of the narrowest interval an attacker can give a hidden count
    is_new             False when the same results were disclosed under the same profile before
    """

    name: str
    folder: Path
    profile: str
    is_synthetic: bool
    hidden_primary: int
    hidden_complementary: int
    withheld: int
    narrowest: int | None
    is_new: bool = True

    def facts(self) -> dict[str, Any]:
        return asdict(self) | {"folder": str(self.folder)}

    def line(self) -> str:
        """What a person reads who signs that it may leave."""
        made_up = " SYNTHETIC DATA: every delivery behind it is made up." if self.is_synthetic else ""
        again = "" if self.is_new else " It was made before, and nothing changed."
        hidden = (
            f"Rule {self.profile}: hidden are {counted(self.hidden_primary, 'small count')} and "
            f"{self.hidden_complementary} more that would reveal one."
        )
        attacked = (
            ""
            if self.narrowest is None
            else f"Given all that is shown, a hidden count has at least {self.narrowest + 1} possible values."
        )
        left_out = (
            f"Left out: {counted(self.withheld, 'table, curve or test', 'tables, curves and tests')}; "
            "the report's last section says which, and why."
        )
        ready = f"Nothing was sent. Read {self.folder / 'report.html'} before you pass the folder on."
        lines = (f"Public report {self.name}.{again}{made_up}", hidden, attacked, left_out, ready)
        return "\n".join(filter(None, lines))


def disclose(
    home: Home, *, profile: str = DEFAULT, out: Path | None = None, signed_exception: Path | None = None
) -> PublicReport:
    """Make the public report of what is published, and copy it into `out`, a new folder or an older copy.

    profile           seer11, uscs16, opensafely or ohdsi5; `seer11:20` raises the threshold to 20
    signed_exception  YAML file of name, reason, expires, profile: needed to hide less than seer11 does; with
                      `despite` and the names of earlier reports, not to be compared with those
    Raises PolicyRefused (exit 8) where the profile is not permitted or a count could not be protected, alone
    or together with an earlier report; UsageError without a published release and its report, or where `out`
    holds something else.
    """
    published, results = _published_results(home)
    if out is None:
        return _disclosed(home, published, results, profile, signed_exception)
    contents = {given["sha256"] for given in published.inputs}
    # Refused before anything is told; handed out only once the ledger knows it.
    with folder_written(out, MADE_BY, home=home, contents=contents) as draft:
        report = _disclosed(home, published, results, profile, signed_exception)
        shutil.copytree(report.folder, draft, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return replace(report, folder=out)


def _disclosed(
    home: Home, published: Release, results: Results, profile: str, signed_exception: Path | None
) -> PublicReport:
    """The public report as the home keeps it: decided now, or the same as before."""
    adopt_unknown(home)  # what a kill, or a ledger that was cut, left without its last word
    earlier = _earlier(home)
    synthetic = {given["sha256"] for given in published.inputs if given["is_synthetic"]}
    try:
        exception = read_exception(signed_exception) if signed_exception else None
        chosen, used = permitted(
            profile,
            is_synthetic=is_synthetic(results, synthetic),
            exception=exception,
            today=datetime.now(UTC).date(),
        )
        for name in () if used is None else used.despite:
            if name not in {before.release for before in earlier}:
                raise ProfileRefused(f"there is no earlier public report {name!r}")
    except ProfileRefused as refusal:
        raise _refused("POL-01", str(refusal)) from None
    if (before := _same_as_before(home, results, profile)) is not None:
        return _kept(home, before, is_new=False)
    name = f"{len(earlier) + 1:04d}-{published.id}"
    try:
        report, decision, now = public_results.disclose(
            results, name, profile=chosen, synthetic=synthetic, earlier=earlier, exception=used,
            who=people_behind(published.warehouse, results, key_of(earlier)),
        )  # fmt: skip
    except Differencing as refusal:
        raise _refused(
            "POL-02",
            str(refusal),
            DESPITE.format(refusal.release),
        ) from None
    except Contradiction as refusal:
        names = ", ".join(before.release for before in earlier)
        raise _refused("POL-02", str(refusal), DESPITE.format(names)) from None
    except Unprotectable as refusal:
        raise _refused("POL-03", str(refusal)) from None
    except Unsound as contradiction:
        raise IntegrityDamaged("POL-04", str(contradiction), unchanged=NOTHING_LEFT) from None
    _keep(home, name, files(report, results.study, name), decision, now)
    return _kept(home, name, is_new=True)


def _refused(code: str, why: str, remedy: str | None = None) -> PolicyRefused:
    return PolicyRefused(code, why[0].upper() + why[1:], unchanged=NOTHING_LEFT, remedy=remedy)


def _published_results(home: Home) -> tuple[Release, Results]:
    """The published release and the results of its report, which must be of the same deliveries."""
    from analytics.questions.registry import row_types

    published, file = before_sending_out(home)
    if published is None:
        raise UsageError("REL-01", "Nothing is published yet", unchanged=NOTHING_LEFT)
    if file is None:
        raise UsageError(
            "REL-02", "The ledger knows no report of the published release", unchanged=NOTHING_LEFT,
        )  # fmt: skip
    try:
        results = read(file, row_types())
    except NotResults:  # whose words hold a value of the report
        raise UsageError(
            "REL-02", "This version cannot read the report of the published release",
            file=file, unchanged=NOTHING_LEFT, remedy="Run `metachron report` again.",
        ) from None  # fmt: skip
    delivered = {given["sha256"] for given in published.inputs}
    if results.run.warehouse_release != published.id or set(results.run.input_hashes) != delivered:
        raise IntegrityDamaged(
            "REL-03", "The report is not of the published release", file=file, unchanged=NOTHING_LEFT,
        )  # fmt: skip
    return published, results


def _events(home: Home) -> list[dict[str, Any]]:
    return [entry.facts for entry in ledger.read(home) if entry.event == EVENT]


def _earlier(home: Home) -> list[DisclosureRecord]:
    """What each public report of the ledger told; raises IntegrityDamaged where one is missing or altered."""
    records = []
    for event in _events(home):
        file = home.released / event["name"] / TOLD
        if not file.exists() or sha256_of(file) != event["told_sha256"]:
            raise IntegrityDamaged(
                "REL-04",
                f"The record of the public report {event['name']} is missing or was altered",
                file=file,
                unchanged=NOTHING_LEFT,
            )
        records.append(DisclosureRecord.read(file.read_text(encoding="utf-8")))
    return records


def _same_as_before(home: Home, results: Results, profile: str) -> str | None:
    digest = results_digest(results)
    for event in _events(home):
        is_there = (home.released / event["name"] / PUBLIC).exists()  # unless it was forgotten
        if is_there and (event["results_sha256"], event["profile"]) == (digest, profile):
            return str(event["name"])
    return None


def _keep(
    home: Home, name: str, written: dict[str, bytes], decision: Decision, now: DisclosureRecord
) -> None:
    """Put the files, the decision and the record in the home, flushed, and then tell the ledger."""
    folder = home.released
    folder.mkdir(mode=0o700, exist_ok=True)
    ledger.append(home, RELEASE_STARTED, name=name)
    known = {event["name"] for event in _events(home)}
    for left in folder.iterdir():
        if left.name not in known:
            remove(left)
    draft = folder / f".draft-{name}"
    for part in (draft, draft / PUBLIC, draft / PUBLIC / "tables"):
        part.mkdir(mode=0o700)
    for path, content in written.items():
        write_new(draft / PUBLIC / path, content, mode=READ_ONLY)
    decided = json.dumps(asdict(decision), indent=1, sort_keys=True, default=str).encode()
    write_new(draft / DECISION, decided, mode=READ_ONLY)
    write_new(draft / TOLD, now.text().encode(), mode=READ_ONLY)
    for part in (draft / PUBLIC / "tables", draft / PUBLIC, draft):
        fsync_folder(part)
    draft.rename(folder / name)
    fsync_folder(folder)
    ledger.append(
        home,
        EVENT,
        name=name,
        profile=decision.profile,
        is_synthetic=decision.is_synthetic,
        results_sha256=decision.results_sha256,
        document_sha256=decision.document_sha256,
        decision_sha256=hashlib.sha256(decided).hexdigest(),
        files={path: hashlib.sha256(content).hexdigest() for path, content in sorted(written.items())},
        told_sha256=hashlib.sha256(now.text().encode()).hexdigest(),
        hidden_primary=len(decision.hidden_primary),
        hidden_complementary=len(decision.hidden_complementary),
        withheld=len(decision.withheld),
        narrowest=decision.narrowest,
        exception=None if decision.exception is None else _signed(decision),
    )


def _signed(decision: Decision) -> dict[str, str]:
    """Who signed, why, until when, and the hash of the file that says so."""
    assert decision.exception is not None
    signed = asdict(decision.exception) | {"despite": ", ".join(decision.exception.despite)}
    return {name: str(value) for name, value in signed.items() if value}


def _kept(home: Home, name: str, *, is_new: bool) -> PublicReport:
    """What the ledger says of one public report, and where its files lie in the home."""
    event = next(event for event in _events(home) if event["name"] == name)
    return PublicReport(
        name=name,
        folder=home.released / name / PUBLIC,
        profile=event["profile"],
        is_synthetic=event["is_synthetic"],
        hidden_primary=event["hidden_primary"],
        hidden_complementary=event["hidden_complementary"],
        withheld=event["withheld"],
        narrowest=event["narrowest"],
        is_new=is_new,
    )
