"""The headline numbers under each setting of the study."""

from __future__ import annotations

from dataclasses import replace

from analytics.questions.incidence_by_era import COUNTS, STRATIFIED
from analytics.render.cells import join, of
from analytics.render.formats import NOTHING, count, decimal, months, per_100k, ratio, with_limits
from analytics.render.tables.eras import too_few
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.sensitivity import HazardRatio, Headline, Limits, Sensitivity, Variant

LABELS = {
    ("apply_to_everyone", True): "Last two rules for everyone",
    ("apply_to_everyone", False): "Last two rules for cases only",
    ("keep_nonqualifying_second", True): "Second cancer too early or undated: kept",
    ("keep_nonqualifying_second", False): "Second cancer too early or undated: removed",
    ("other_primaries", "censor"): "Corrected, follow-up ends at any other primary",
    ("other_primaries", "ignore"): "Corrected, follow-up goes on after other primaries",
}

TOO_EARLY = (
    "Too early or undated: the second cancer came first, within the shortest latency, or at no known time. "
    "Who is kept is no case."
)

RATIOS = {
    "time_dependent_adjusted": "Hazard of death after {second}, adjusted",
    "chemotherapy_firth": "Hazard with No/Unknown chemotherapy for {second}, Firth",
    "sir": "Observed over expected",
    "era_ratio": "Stratified rate ratio of eras",
}
"""The headline ratios in the order of the first screen, by field of `Headline`."""


def ratio_of(headline: Headline, name: str) -> tuple[float, Limits] | None:
    """A headline ratio with its interval; None where it was not estimable."""
    if name == "sir":
        estimate, limits = headline.sir, headline.sir_ci
    else:
        ratio = getattr(headline, name)
        if ratio is None:
            return None
        estimate, limits = (ratio.estimate, ratio.ci) if name == "era_ratio" else (ratio.hr, ratio.hr_ci)
    return None if estimate is None else (estimate, limits)


def sensitivity(rebuilt: Sensitivity) -> Table:
    """One row a setting, the study's own first; what differs from it is one setting and nothing else."""
    short = rebuilt.second_short_label
    index = rebuilt.index_short_label
    rows = tuple((setting_label(row), *_numbers(row)) for row in rebuilt.rows)
    notes = [
        "Each row is a rebuild of every mart from the same deliveries with one setting changed. Proportion "
        "and rate with exact 95% confidence intervals; the rate counts person-years from the shortest "
        "latency on. Counts, proportion, latencies and the ratio grouped by later second cancer are of "
        "the conventional cohort, everything else is of the corrected one.",
    ]
    if rebuilt.differing_tables:
        notes.append(
            "The code has changed since the release was built: of the study's own row, these tables differ "
            f"from it: {', '.join(rebuilt.differing_tables)}."
        )
    if any(row.setting == "keep_nonqualifying_second" for row in rebuilt.rows):
        notes.append(TOO_EARLY)
    notes += dict.fromkeys(
        f"No ratio to the population: {why}" for row in rebuilt.rows if (why := row.headline.sir_reason)
    )
    return Table(
        title="The headline numbers under each setting of the study",
        columns=(
            "Setting",
            f"With {index}",
            f"With {short}",
            "In 100,000 people",
            "In 100,000 person-years",
            "Median latency by era, months",
            f"HR of {short}, from its diagnosis on, adjusted",
            "The same, not adjusted",
            f"HR of {short}, grouped by later second cancer",
            "HR no/unknown chemotherapy; Firth",
            "Observed / expected",
            "Rate ratio of eras, stratified",
        ),
        rows=rows,
        numeric=frozenset(range(1, 12)),
        footnotes=tuple(notes),
    )


def of_results(results: Results) -> Table:
    """The headline numbers under each setting of the study, and that eras have too few where they have."""
    assert results.sensitivity is not None
    table, few = sensitivity(results.sensitivity), few_in_eras(results)
    return replace(table, footnotes=(*table.footnotes, few)) if few else table


def few_in_eras(results: Results) -> str:
    """A sentence on the ratio of eras where they have too few second primaries; else empty."""
    few = too_few(results.eras, COUNTS[STRATIFIED]) if len(results.eras) > 1 else ""
    return f"Rate ratio of eras, as the study defines it: {few}." if few else ""


SENSITIVITY = ReportTable(
    "sensitivity",
    "sensitivity",
    of_results,
    made_of=("sensitivity",),
    when=lambda results: bool(results.sensitivity),
    wrap=True,
)


def setting_label(row: Variant) -> str:
    """The setting that was changed, in words."""
    setting, value = row.setting, row.value
    if setting is None:
        return "As the study defines it"
    if setting == "second_definition":
        return f"Second cancer: {str(value).replace('_', ' ')}"
    if setting == "min_latency_months":
        return f"Shortest latency: {value} months"
    if setting == "max_primaries":
        return f"Up to {value} primaries"
    return LABELS[setting, value]


def _numbers(row: Variant) -> tuple[str, ...]:
    headline = row.headline
    latencies = [
        of(months(era.median), row, f"headline.latencies[{at}].median")
        for at, era in enumerate(headline.latencies)
    ]
    chemotherapy = [_hazard(row, "chemotherapy")]
    if headline.chemotherapy_firth:
        chemotherapy.append(_hazard(row, "chemotherapy_firth"))
    proportion = with_limits(headline.proportion, headline.proportion_ci, per_100k)
    rate = with_limits(headline.rate_per_100k, headline.rate_ci, decimal)
    return (
        of(count(headline.n_index), row, "headline.n_index"),
        of(count(headline.n_second), row, "headline.n_second"),
        of(proportion, row, "headline.proportion", "headline.proportion_ci"),
        of(rate, row, "headline.rate_per_100k", "headline.rate_ci"),
        join(*latencies, between="; ") if latencies else NOTHING,
        _hazard(row, "time_dependent_adjusted"),
        _hazard(row, "time_dependent"),
        _hazard(row, "naive"),
        join(*chemotherapy, between="; "),
        of(with_limits(headline.sir, headline.sir_ci, ratio), row, "headline.sir", "headline.sir_ci"),
        _of_eras(row),
    )


def _of_eras(row: Variant) -> str:
    ratio_of_eras = row.headline.era_ratio
    if ratio_of_eras is None:
        return NOTHING
    text = with_limits(ratio_of_eras.estimate, ratio_of_eras.ci)
    return of(text, row, "headline.era_ratio.estimate", "headline.era_ratio.ci")


def _hazard(row: Variant, name: str) -> str:
    ratio: HazardRatio | None = getattr(row.headline, name)
    if ratio is None:
        return NOTHING
    return of(with_limits(ratio.hr, ratio.hr_ci), row, f"headline.{name}.hr", f"headline.{name}.hr_ci")
