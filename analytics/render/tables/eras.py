"""The eras on equal terms, as one table."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.questions.incidence_by_era import COUNTS, STRATIFIED, are_too_few
from analytics.render.cells import computed, fill, join, of
from analytics.render.formats import (
    NONE_SEEN,
    NOTHING,
    between,
    count,
    decimal,
    months,
    p_is,
    per_100k,
    with_limits,
)
from analytics.render.lookup import first
from analytics.render.reasons import one_sided
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.eras import EqualWindow, EraAtHorizon, EraInWindow, Horizon
from analytics.results.incidence import EraIncidence

COLUMNS = ("Horizon and era", "Cumulative incidence per 100,000 (95% CI)", "Followed through the window",
           "Second primaries in it", "Median latency in it, months",
           "Per 100,000 person-years in it (95% CI)")  # fmt: skip


def fair_eras(results: Results) -> Table:
    """The primary estimate, then a group of rows a horizon: its incidence and its window."""
    fair = results.fair_eras
    rows = _primary(results)
    groups: set[int] = {0} if rows else set()
    for horizon in fair.horizons:
        window = first(fair.windows, window_months=horizon.months)
        groups.add(len(rows))
        rows.append((_heading(horizon, window), *[""] * (len(COLUMNS) - 1)))
        for row in horizon.eras:
            inside = first(window.eras, era=row.era) if window else None
            rows.append((row.era, _incidence(row), *_inside(inside)))
    return Table(
        title="The eras on equal terms",
        columns=COLUMNS,
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset(range(1, len(COLUMNS))),
        footnotes=(
            "Cumulative incidence (Aalen-Johansen, death competing) is of those event-free when second "
            "primaries start to count, with log-log confidence intervals. A window includes those diagnosed "
            "early enough to be followed through it, had none died, and their second primaries within "
            "it; no window is shown that would leave less than a tenth of an era. Rate ratios are exact, "
            "latencies compared by Mann-Whitney. The primary estimate uses all person-time, at equal age and "
            "time since the index cancer; a window uses part of it, and is crude.",
            *one_sided(row.n_second for window in fair.windows for row in window.eras),
            *truncation_warnings(results),
        ),
    )


FAIR_ERAS = ReportTable(
    "fair_eras",
    "eras",
    fair_eras,
    made_of=("era_ratios", "eras", "fair_eras"),
    families=("Latency in equal windows",),
)


def _primary(results: Results) -> list[tuple[str, ...]]:
    """The ratio of rates over all follow-up, and what it compares; nothing where it is not estimable."""
    ratio = first(results.era_ratios, label=STRATIFIED)
    if ratio is None or ratio.estimate is None:
        return []
    estimate = of(with_limits(ratio.estimate, ratio.ci), ratio, "estimate", "ci")
    index = results.study.index_short_label
    few = FEW if are_too_few(results.eras, COUNTS[STRATIFIED]) else ""
    heading = fill(
        f"Primary, all follow-up: rate ratio {{}} at equal age and time since {index}{few}", estimate
    )
    return [(heading, *[""] * (len(COLUMNS) - 1))] + [
        (
            era.era,
            NOTHING,
            of(count(era.n_index_at_risk), era, "n_index_at_risk"),
            of(count(era.observed), era, "observed"),
            NOTHING,
            of(with_limits(era.rate_per_100k, era.rate_ci, decimal), era, "rate_per_100k", "rate_ci"),
        )
        for era in (results.eras[0], results.eras[-1])
    ]


FEW = " (too few events)"


def too_few(eras: Sequence[EraIncidence | EraInWindow], counted: str) -> str:
    """As in "too few second primaries (1 and 1) to compare eras"; empty where both ends have enough."""
    if not are_too_few(eras, counted):
        return ""
    seen = [getattr(era, counted) for era in (eras[0], eras[-1])]
    return f"too few second primaries ({count(seen[0])} and {count(seen[1])}) to compare eras"


def truncation_warnings(results: Results) -> tuple[str, ...]:
    """What any comparison of observed latencies must carry, as sentences; none without anything to warn of.

    Of the corrected cohort, which has latencies that the conventional one leaves out.
    """
    reasons = results.fair_eras.truncation.reasons if results.fair_eras.truncation else ()
    return tuple(
        f"Warning on latencies as observed, of the corrected cohort: {reason}." for reason in reasons
    )


def _heading(horizon: Horizon, window: EqualWindow | None) -> str:
    years = f"By {horizon.months // 12} years"
    parts = []
    if horizon.difference is not None:
        low, high = (per_100k(limit) for limit in horizon.difference_ci)
        difference = of(f"{per_100k(horizon.difference)} ({low} to {high})",
                        horizon, "difference", "difference_ci")  # fmt: skip
        parts.append(fill("difference {} per 100,000", difference))
    if window and window.rate_ratio and window.rate_ratio.estimate is not None:
        ratio = with_limits(window.rate_ratio.estimate, window.rate_ratio.ci)
        few = FEW if are_too_few(window.eras, "n_second") else ""
        parts.append(fill(f"rate ratio {{}}{few}", of(ratio, window, "rate_ratio.estimate", "rate_ratio.ci")))
        if window.latency_p_value is not None and not few:
            parts.append(fill("latency {}", of(p_is(window.latency_p_value), window, "latency_p_value")))
    return fill(f"{years}: {{}}", join(*parts, between=", ")) if parts else years


def _incidence(row: EraAtHorizon) -> str:
    if row.incidence is None:
        return "beyond follow-up"
    if not row.incidence:
        return of(NONE_SEEN, row, "incidence")
    text = f"{per_100k(row.incidence)} ({between(row.ci, per_100k, missing=NOTHING)})"
    return of(text, row, "incidence", "ci")


def _inside(row: EraInWindow | None) -> tuple[str, ...]:
    if row is None:
        return (NOTHING,) * 4
    total = row.n_second + row.n_second_left_out
    return (
        of(count(row.n_index), row, "n_index"),
        of(
            f"{count(row.n_second)} of {count(total)}" if total else "none",
            row,
            "n_second",
            "n_second_left_out",
            computed(total, "Second primaries of the era", "{} + {}", row, "n_second", "n_second_left_out"),
        ),
        of(months(row.latency_median), row, "latency_median"),
        of(with_limits(row.rate_per_100k, row.rate_ci, decimal), row, "rate_per_100k", "rate_ci"),
    )
