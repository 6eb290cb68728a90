"""The audit as JUnit XML, for the page that a CI shows of its own."""

from __future__ import annotations

from xml.etree import ElementTree

from expectations.report import AuditReport, ClaimResult


def junit(report: AuditReport) -> str:
    """One test case per claim. A failed warning is a skipped case, for it does not block."""
    suite = ElementTree.Element(
        "testsuite",
        name="data quality",
        tests=str(report.n_claims),
        failures=str(sum(claim.outcome == "failed" and claim.is_blocking for claim in report.claims)),
        errors=str(len(report.with_outcome("could not run"))),
        skipped=str(sum(claim.outcome == "failed" and not claim.is_blocking for claim in report.claims)),
    )
    for claim in report.claims:
        case = ElementTree.SubElement(suite, "testcase", classname=claim.table, name=claim.claim)
        if claim.outcome != "held":
            kind = tag(claim)
            ElementTree.SubElement(case, kind, message=f"{claim.severity}: {claim.outcome}. {claim.means}")
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def tag(claim: ClaimResult) -> str:
    if claim.outcome == "could not run":
        return "error"
    return "failure" if claim.is_blocking else "skipped"
