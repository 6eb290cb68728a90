"""The validation as Markdown tables: the only place of the simulations that rounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.bias.band import Band
from analytics.bias.misclassification import CELLS, Corrected, CorrectionGrid
from analytics.bias.misclassification_draws import MonteCarloCorrection
from analytics.bias.null_bands import ImmortalTimeBand, LatencyBand
from bench.simulation.coverage import AGREES, Performance
from bench.simulation.scenarios import PaperSizedRun


def performance(rows: Iterable[Performance], *, by: str, label: str) -> str:
    """One line for each truth and method; ``by`` names the field of the truth that varies."""
    return markdown(
        (label, "estimator", "stance", "target", "mean", "bias (Monte Carlo error)", "coverage", "failed"),
        (
            (
                _plain(getattr(row.truth, by)),
                row.method,
                row.stance,
                "-" if row.target is None else significant(row.target),
                significant(row.mean),
                bias(row),
                coverage(row),
                str(row.n_failed),
            )
            for row in rows
        ),
    )


def agreement(rows: Iterable[Performance], again: Iterable[Performance] = ()) -> str:
    """How many corrected lines have coverage within the band, and what the others gave when repeated."""
    corrected = [row for row in rows if row.stance == "corrected" and row.coverage is not None]
    bad = sum(row.disagrees for row in corrected)
    band_of = f"{100 * AGREES[0]:.0f}-{100 * AGREES[1]:.0f}%"
    sentences = [
        f"Coverage lies within {band_of} for {len(corrected) - bad} of {len(corrected)} corrected lines."
    ]
    sentences += [
        f"Repeated with {row.n_runs:,} new registries: {row.method} at {_truth(row)}, "
        f"coverage {coverage(row)}, bias {bias(row)}."
        for row in again
    ]
    return "\n".join(sentences)


def paper_sized(runs: Iterable[PaperSizedRun]) -> str:
    return markdown(
        (
            "true hazard ratio",
            "median with, months: 10 / 50 / 90%",
            "median without",
            "naive hazard ratio: 10 / 50 / 90%",
            "naive P < .05",
            "median with as far as the printed one",
        ),
        (
            (
                _plain(run.hazard_ratio),
                _months(run.median_with),
                f"{run.median_without.p50:.0f}",
                f"{run.naive_hazard_ratio.p10:.2f} / {run.naive_hazard_ratio.p50:.2f} / "
                f"{run.naive_hazard_ratio.p90:.2f}",
                _percent(run.share_significant),
                _percent(run.median_with.share_as_extreme),
            )
            for run in runs
        ),
    )


def null_bands(immortal: ImmortalTimeBand, latency: LatencyBand) -> str:
    lines = [
        ("median survival with, months", immortal.median_with),
        ("median with - without, months", immortal.median_difference),
        *((f"median latency {era.era}, months", era.median_months) for era in latency.eras),
        ("median latency, last era - first, months", latency.difference),
    ]
    return markdown(
        ("contrast, nothing being the matter", "10 / 50 / 90% of runs", "printed", "runs as far or further"),
        (
            (
                name,
                _months(b),
                "-" if b.observed is None else f"{b.observed:g}",
                _percent(b.share_as_extreme),
            )
            for name, b in lines
        ),
    )


def correction(grid: CorrectionGrid) -> str:
    """One line for each combination; a cell that came out negative is named with its value."""
    return markdown(
        ("sensitivity", "in cases", "predictive value", "specificity", "odds ratio", "impossible"),
        (
            (
                _percent(c.sensitivity),
                _percent(c.sensitivity_cases),
                _percent(c.ppv),
                _percent(c.specificity),
                "-" if c.odds_ratio is None else f"{c.odds_ratio:.2f}",
                _impossible(c),
            )
            for c in grid.combinations
        ),
    )


def draws(runs: Sequence[tuple[str, MonteCarloCorrection]]) -> str:
    return markdown(
        ("sensitivity in cases", "possible draws", "odds ratio (2.5-97.5%)", "negative cells among the rest"),
        (
            (
                name,
                f"{run.n_possible:,} of {run.n_draws:,}",
                "none" if run.median is None else f"{run.median:.2f} ({run.lower:.2f}-{run.upper:.1f})",
                ", ".join(f"{cell}: {count:,}" for cell, count in run.negative.items()) or "-",
            )
            for name, run in runs
        ),
    )


def _impossible(c: Corrected) -> str:
    if c.cells is None:
        return "; ".join(c.impossible)
    counts = dict(zip(CELLS, c.cells, strict=True))
    return "; ".join(f"{cell} {counts[cell]:.1f}" for cell in c.impossible) or "-"


def _truth(row: Performance) -> str:
    return f"hazard ratio {_plain(row.truth.second_cancer_hazard_ratio)} and SIR {_plain(row.truth.sir)}"


def coverage(row: Performance) -> str:
    if row.coverage is None or row.coverage_limits is None:
        return "-"
    low, high = row.coverage_limits
    return f"{_percent(row.coverage)} ({_percent(low)}-{_percent(high)})"


def bias(row: Performance) -> str:
    if row.bias is None:
        return "-"
    if row.scale == "ratio":
        return f"{row.bias:+.1%} ({row.bias_error:.1%})"
    return f"{row.bias:+.2f} ({row.bias_error:.2f})"


def _months(b: Band) -> str:
    return " / ".join("not reached" if v == float("inf") else f"{v:.0f}" for v in (b.p10, b.p50, b.p90))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"


def significant(value: float) -> str:
    return f"{value:#.3g}" if 0 < abs(value) < 0.1 else f"{value:.2f}"


def _plain(value: float) -> str:
    return f"{value:g}"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
