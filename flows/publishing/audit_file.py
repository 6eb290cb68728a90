"""The audit's verdict as publish reads it: believed only if it is whole, and about this very build."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.results.quality import Audit, PrintedCounts, RejectedRows, UnmetExpectation
from flows.errors import AuditRefused
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import is_regular, sha256_of
from flows.publishing.releases import AUDIT, Release

MAY_BE_PUBLISHED = {"pass", "warn"}
PAPER = "paper"
"""The family of expectations that compare counts with those a paper prints."""


@dataclass(frozen=True, slots=True)
class AuditFile:
    """An audit.json that allows its build to be published."""

    verdict: str
    build_sha256: str
    content: bytes
    sha256: str


def read_audit(home: Home) -> AuditFile:
    """The audit of the build that lies in the home now.

    Raises AuditRefused (exit 4) when there is none, when it did not pass, when nothing was asked, when it is
    of another build, or when it is not the one that the ledger knows.
    """
    file = home.audit / "audit.json"
    if not is_regular(file):
        raise refused("PUB-02", "The build has not been audited", file)
    content = file.read_bytes()
    try:
        document = json.loads(content)
        verdict, build_sha256 = document["verdict"], document["build_sha256"]
        is_whole = document.pop("seal") == seal(document)
        document = with_new_keys(document)
        expectations = document["expectations"]
        is_whole = is_whole and document["n_expectations"] == len(expectations)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refused("PUB-03", "The audit result cannot be read", file) from None
    if not is_whole:
        raise refused("PUB-03", "The audit result was changed after the audit", file)
    if verdict not in MAY_BE_PUBLISHED or not expectations:
        raise refused(
            "PUB-04",
            f"The audit says {verdict} over {len(expectations)} expectations",
            file,
            remedy=f"Read {home.audit / 'data_quality.html'}.",
        )
    if build_sha256 != sha256_of(home.build):
        raise refused(
            "PUB-05",
            "The build is not the one that was audited",
            home.build,
        )
    sha256 = hashlib.sha256(content).hexdigest()
    entry = ledger_entry(home, build_sha256)
    if entry is None or entry.get("verdict") != verdict:
        raise refused("PUB-03", "The ledger records another verdict on this build, or none", file)
    if entry.get("files", {}).get(file.name) != sha256:
        raise refused("PUB-03", "The audit result is not the one that the ledger knows", file)
    return AuditFile(verdict, build_sha256, content, sha256)


def with_new_keys(document: dict[str, Any]) -> dict[str, Any]:
    """An audit as it is written now; version 1 called its expectations claims."""
    if document.get("schema_version") != 1:
        return document
    expectations = [{"expectation": each["claim"], **each} for each in document["claims"]]
    return {**document, "expectations": expectations, "n_expectations": document["n_claims"]}


def audit_of(release: Release) -> Audit | None:
    """What the audit that lies with a release said; None where none does, or none that can be read."""
    file = release.warehouse.with_name(AUDIT)
    try:
        document = with_new_keys(json.loads(file.read_text(encoding="utf-8")))
        asked = document["expectations"]
        unmet = [each for each in asked if each["outcome"] != "held"]
        printed = [each for each in asked if each.get("family") == PAPER]
        return Audit(
            verdict=document["verdict"],
            expectations=document["n_expectations"],
            warnings=tuple(
                UnmetExpectation(each["expectation"], each["means"], each["table"], each["contradicting"])
                for each in unmet
                if each not in printed
            ),
            rejected=tuple(
                RejectedRows(each["file_name"], each["reason_code"], each["column_name"], each["n_rows"])
                for each in document.get("arrivals", {}).get("refusals", ())
            ),
            printed_counts=PrintedCounts(
                len(printed), tuple(each["expectation"] for each in printed if each in unmet)
            )
            if printed
            else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def seal(document: dict[str, Any]) -> str:
    """SHA-256 over an audit's fields, the seal itself left out, in one canonical spelling."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def ledger_entry(home: Home, build_sha256: str) -> dict[str, Any] | None:
    """What the ledger says of the last audit of a build; None if there was none.

    A seal over the fields has no key: whoever edits them can make it anew. The ledger's line has a chain.
    """
    for entry in reversed(ledger.read(home)):
        if entry.event == "audit" and entry.facts.get("build_sha256") == build_sha256:
            return entry.facts
    return None


def refused(code: str, what: str, file: Path, remedy: str | None = None) -> AuditRefused:
    return AuditRefused(
        code, what, file=file, unchanged="The last good release stays published.", remedy=remedy
    )
