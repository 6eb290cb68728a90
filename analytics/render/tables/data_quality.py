"""Rows that were rejected, how each latency was found, and the audit in a line."""

from __future__ import annotations

from analytics.render.cells import Computed, of
from analytics.render.formats import count, counted, sentence
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.quality import DataQuality


def unmet(results: Results) -> Table:
    """One row an expectation that did not hold; the paper's counts together make one."""
    quality = results.data_quality
    assert quality is not None
    rows = [
        (each.expectation, each.means, of(count(each.contradicting), each, "contradicting"))
        for each in quality.warnings
    ]
    if quality.printed_counts and quality.printed_counts.differing:
        printed = quality.printed_counts
        rows.append(
            (
                f"{count(printed.n_compared)} counts are those that the paper prints",
                "The study's own numbers stand; where they differ from the paper's, the report says so.",
                of(
                    count(len(printed.differing)),
                    printed,
                    Computed(len(printed.differing), "How many of the counts that were compared differ"),
                ),
            )
        )
    return Table(
        title="Expectations that did not hold",
        columns=("What was expected", "What it means for the study", "Against it"),
        rows=tuple(rows),
        numeric=frozenset({2}),
        footnotes=("Against it: rows, groups or figures that contradict the expectation.",),
    )


UNMET = ReportTable(
    "unmet_expectations",
    "quality",
    unmet,
    made_of=("data_quality",),
    when=lambda results: results.data_quality is not None and n_unmet(results.data_quality) > 0,
    wrap=True,
)


def n_unmet(quality: DataQuality) -> int:
    """Expectations that did not hold, each of the paper's counts among them."""
    printed = quality.printed_counts
    return len(quality.warnings) + (len(printed.differing) if printed else 0)


METHODS = {
    "recorded": "recorded by the hospital",
    "survival_days": "difference of the two survivals, in days",
    "survival_months": "difference of the two survivals, in months",
    "diagnosis_months": "months and years of the two diagnoses",
    "diagnosis_years": "years of the two diagnoses, where they are far enough apart at the worst",
}


def latency_methods(results: Results) -> Table:
    """One row a way of finding a latency."""
    quality, study = results.data_quality, results.study
    assert quality is not None
    second = study.second_short_label
    return Table(
        title=f"How each latency between {study.index_short_label} and {second} was found",
        columns=(
            "Found from",
            "Conventional cohort",
            "of which uncertain",
            "Corrected cohort",
            "of which uncertain",
        ),
        rows=tuple(
            (
                sentence(METHODS.get(row.method, row.method.replace("_", " "))),
                of(count(row.n_conventional), row, "n_conventional"),
                of(count(row.uncertain_conventional), row, "uncertain_conventional"),
                of(count(row.n_corrected), row, "n_corrected"),
                of(count(row.uncertain_corrected), row, "uncertain_corrected"),
            )
            for row in quality.latencies
        ),
        numeric=frozenset({1, 2, 3, 4}),
        footnotes=(
            f"Uncertain: within one month of the shortest latency that counts, {study.min_latency_months} "
            "months; another day of either diagnosis would decide.",
        ),
    )


LATENCY_METHODS = ReportTable(
    "latency_methods",
    "quality",
    latency_methods,
    made_of=("data_quality",),
    when=lambda results: results.data_quality is not None and bool(results.data_quality.latencies),
)


def rejected_rows(results: Results) -> Table:
    """One row a file, reason and column."""
    quality = results.data_quality
    assert quality is not None
    return Table(
        title="Rejected rows by reason",
        columns=("File", "Reason", "Column", "Rows"),
        rows=tuple(
            (
                row.file_name,
                sentence(row.reason.replace("_", " ")),
                row.column or "the whole row",
                of(count(row.n_rows), row, "n_rows"),
            )
            for row in quality.rejected
        ),
        numeric=frozenset({3}),
        footnotes=(
            "A row with two reasons stands under both. The lines themselves are in raw.rejects of the home.",
        ),
    )


REJECTED_ROWS = ReportTable(
    "rejected_rows",
    "quality",
    rejected_rows,
    made_of=("data_quality",),
    when=lambda results: results.data_quality is not None and bool(results.data_quality.rejected),
    wrap=True,
    fold="Rejected rows by reason",
)


def audit_in_a_line(results: Results) -> str:
    """As in "117 expectations held; no row rejected"; says so where no audit lies with the release."""
    quality, rejected = results.data_quality, sum(load.rows_rejected for load in results.data.deliveries)
    if quality is None or quality.verdict is None:
        return "none lies with this release"
    asked, warnings = counted(quality.expectations, "expectation"), n_unmet(quality)
    said = f"{counted(warnings, 'warning')} in {asked}" if warnings else f"{asked} held"
    return f"{said}; {counted(rejected, 'row') if rejected else 'no row'} rejected"
