"""What each event of the ledger tells: the one list of its facts and their types.

What may be missing was not told by the first release. Where a fact becomes part of a path, its type says that
it is one name and leads nowhere else.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, NotRequired, TypedDict

from flows.integrity.document_shape import Name, ReleaseId, Sha256, fits

ReportName = Annotated[str, re.compile(r"[^./\x00-\x1f][^/\x00-\x1f]*/r[0-9a-f]{12}")]

# Told by `metachron verify`, read by `metachron status`.
VERIFIED = "verified"
COPIED, CERTIFIED, ORDERED, VARIED = "copied", "certified", "ordered", "varied"


class Begin(TypedDict):
    format: int
    lost: NotRequired[str]
    why: NotRequired[str]


class Load(TypedDict):
    """One file of a delivery, before its rows are landed."""

    load_id: Name
    kind: str
    sha256: Sha256
    delivered_sha256: Sha256


class CountedLoad(Load):
    rows_read: int
    rows_landed: int
    rows_rejected: int


class LoadStarted(TypedDict):
    loads: list[Load]
    kept: NotRequired[dict[str, list[Sha256]]]


class LoadFinished(TypedDict):
    loads: list[CountedLoad]


class KeptFile(TypedDict):
    kept: dict[str, list[Sha256]]


class RawClosed(TypedDict):
    sha256: Sha256


class Decided(TypedDict):
    """A person's word on a delivery (`metachron use` or `accept`), or the order found in raw.duckdb."""

    load_ids: list[Name]


class Audited(TypedDict):
    verdict: str
    build_sha256: Sha256
    files: NotRequired[dict[str, Sha256]]


class NoFacts(TypedDict):
    pass


class Published(TypedDict):
    release_id: ReleaseId
    warehouse_sha256: Sha256
    audit_sha256: Sha256
    manifest_sha256: Sha256
    inputs: NotRequired[list[Sha256]]
    study: NotRequired[str]


class Pruned(TypedDict):
    releases: list[str]


class ReportStarted(TypedDict):
    report: ReportName
    release_id: ReleaseId


class Reported(ReportStarted):
    files: dict[str, Sha256]


class ReleaseStarted(TypedDict):
    name: Name


class Released(TypedDict):
    """A public report; `adopted` by a ledger that began after it left."""

    name: Name
    profile: str
    is_synthetic: bool
    results_sha256: Sha256
    document_sha256: Sha256
    decision_sha256: Sha256
    told_sha256: Sha256
    files: NotRequired[dict[str, Sha256]]
    hidden_primary: int
    hidden_complementary: int
    withheld: int
    narrowest: int | None
    exception: dict[str, str] | None
    adopted: NotRequired[bool]


class SetAside(TypedDict):
    """Names of what a repair puts aside, or finds gone."""

    releases: list[str]
    outward: list[str]
    records: list[str]
    names: NotRequired[list[str]]
    link: NotRequired[bool]
    certificates: NotRequired[list[str]]
    copies: NotRequired[list[Sha256]]


class Copied(TypedDict):
    """Hashes of lines of copies.jsonl: where copies of the data went."""

    lines: list[Sha256]


class Certified(TypedDict):
    """A certificate that lay there when a ledger began in place of a lost one."""

    certificate: Name
    certificate_sha256: Sha256


class Varied(TypedDict):
    """Numbers of one other setting, kept in the work folder until a table is made of them."""

    name: Name
    sha256: Sha256


class ForgetStarted(TypedDict):
    load_ids: list[Name]
    loads: list[CountedLoad]
    vault: list[Sha256]
    study: str | None
    releases: list[str]
    outward: list[Name]


class ForgetFinished(TypedDict):
    certificate: Name
    certificate_sha256: Sha256
    contents: list[Sha256]
    n_files: int
    load_ids: list[Name]
    releases: list[str]
    outward: list[Name]
    study: str | None


EVENTS: dict[str, Any] = {
    "begin": Begin,
    "load_started": LoadStarted,
    "load_finished": LoadFinished,
    "kept": KeptFile,
    "raw_closed": RawClosed,
    "use": Decided,
    "accept": Decided,
    "audit_started": NoFacts,
    "audit": Audited,
    "publish_started": Published,
    "publish": Published,
    "pruned": Pruned,
    "report_started": ReportStarted,
    "report": Reported,
    "release_started": ReleaseStarted,
    "release": Released,
    "set_aside_started": SetAside,
    "set_aside": SetAside,
    "forget_started": ForgetStarted,
    "forget_finished": ForgetFinished,
    VERIFIED: NoFacts,
    COPIED: Copied,
    CERTIFIED: Certified,
    ORDERED: Decided,
    VARIED: Varied,
}


def has_its_facts(event: str, facts: dict[str, Any]) -> bool:
    """Whether an event has the facts of its kind; of kinds that are not listed nothing is known."""
    return event not in EVENTS or fits(facts, EVENTS[event])
