"""The five stages as plain functions: what the command line calls one by one and the flow calls in order.

None of them locks; whoever calls them is the single writer (flows.integrity.lock).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.building import run_dbt
from flows.errors import AuditRefused, UsageError
from flows.home import Home
from flows.integrity import ledger
from flows.landing import land
from flows.landing.raw_seal import refuse_altered
from flows.process.boundary import translating_failures
from flows.publishing import publish
from flows.publishing.evidence import check_heads, recording_audit
from flows.publishing.proof import prove
from flows.reporting.report import Report, report
from flows.terminal.progress import stage
from flows.terminal.wording import counted

__all__ = ["Report", "audit", "build", "load", "publish_build", "report"]


@translating_failures
def load(home: Home, paths: Sequence[Path], encoding: str | None = None) -> list[land.LoadResult]:
    """Land deliveries, each once; a folder counts as everything in it."""
    with stage("load") as progress:
        return land.load(paths, home, encoding=encoding, progress=progress)


@translating_failures
def build(home: Home, study: Path | None = None) -> run_dbt.BuildResult:
    """Rebuild staging, intermediate and marts from raw; IntegrityDamaged where raw was altered."""
    with stage("build") as progress:
        refuse_altered(home)
        return run_dbt.build(home, study=study, progress=progress)


@translating_failures
def audit(home: Home) -> Any:
    """Check every expectation; a failed critical expectation keeps the old warehouse published.

    Raises AuditRefused (exit 4) with the expectations that failed, or with the tables that are not what their
    models, study and deliveries make.
    """
    from expectations.audit import audit as run_audit

    if not os.path.lexists(home.build):
        raise UsageError("AUD-01", "There is no build to audit", file=home.build)
    with stage("audit") as progress:
        prove(home)
        with recording_audit(home) as facts:
            verdict = run_audit(
                home.build, home.raw, out=home.audit, released=home.warehouse, progress=progress
            )
            facts |= {"verdict": verdict.verdict, "build_sha256": verdict.build_sha256}
    if verdict.verdict == "fail":
        failed = [expectation.expectation for expectation in verdict.expectations if expectation.is_blocking]
        raise AuditRefused(
            "AUD-02",
            f"{counted(len(failed), 'critical expectation')} did not hold: " + "; ".join(failed[:5]),
            unchanged="The last good release stays published; the build is kept for inspection.",
            remedy=f"Read {home.audit / 'data_quality.html'}; ask the registry, or correct the expectation.",
        )
    return verdict


@translating_failures
def publish_build(home: Home) -> publish.Release:
    """Make the audited build what analysts read."""
    with stage("publish") as progress:
        # Its remedy is another than that of the link, which a ledger without its end does not know either.
        check_heads(home, ledger.read(home))
        return publish.publish(home, progress=progress)
