"""The audit as JUnit XML, for the page that a CI shows of its own."""

from __future__ import annotations

from xml.etree import ElementTree

from expectations.report import AuditReport, ExpectationResult


def junit(report: AuditReport) -> str:
    """One test case per expectation. A failed warning is a skipped case, for it does not block."""
    suite = ElementTree.Element(
        "testsuite",
        name="data quality",
        tests=str(report.n_expectations),
        failures=str(
            sum(
                expectation.outcome == "failed" and expectation.is_blocking
                for expectation in report.expectations
            )
        ),
        errors=str(len(report.with_outcome("could not run"))),
        skipped=str(
            sum(
                expectation.outcome == "failed" and not expectation.is_blocking
                for expectation in report.expectations
            )
        ),
    )
    for expectation in report.expectations:
        case = ElementTree.SubElement(
            suite, "testcase", classname=expectation.table, name=expectation.expectation
        )
        if expectation.outcome != "held":
            kind = tag(expectation)
            ElementTree.SubElement(
                case, kind, message=f"{expectation.severity}: {expectation.outcome}. {expectation.means}"
            )
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def tag(expectation: ExpectationResult) -> str:
    if expectation.outcome == "could not run":
        return "error"
    return "failure" if expectation.is_blocking else "skipped"
