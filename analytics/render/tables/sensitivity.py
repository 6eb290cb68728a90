"""The headline numbers under each setting of the study."""

from __future__ import annotations

from analytics.render.cells import join, of
from analytics.render.formats import NOTHING, count, decimal, months, per_100k, ratio, with_limits
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.sensitivity import HazardRatio, Sensitivity, Variant

LABELS = {
    ("apply_to_everyone", True): "Last two rules for everyone",
    ("apply_to_everyone", False): "Last two rules for cases only",
    (
        "keep_nonqualifying_second",
        True,
    ): "Second cancer first, too soon or at no known time: kept, not a case",
    ("other_primaries", "censor"): "Corrected, follow-up ends at any other primary",
    ("other_primaries", "ignore"): "Corrected, follow-up goes on after other primaries",
    ("keep_nonqualifying_second", False): "Second cancer first, too soon or at no known time: removed",
}


def sensitivity(rebuilt: Sensitivity) -> Table:
    """One row a setting, the study's own first; what differs from it is one setting and nothing else."""
    short = rebuilt.second_short_label
    index = rebuilt.index_short_label
    rows = tuple((_label(row), *_numbers(row)) for row in rebuilt.rows)
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
        ),
        rows=rows,
        numeric=frozenset(range(1, 11)),
        footnotes=tuple(notes),
    )


def of_results(results: Results) -> Table:
    """The headline numbers under each setting of the study."""
    assert results.sensitivity is not None
    return sensitivity(results.sensitivity)


SENSITIVITY = ReportTable(
    "sensitivity",
    "sensitivity",
    of_results,
    made_of=("sensitivity",),
    when=lambda results: bool(results.sensitivity),
    wrap=True,
)


def _label(row: Variant) -> str:
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
    )


def _hazard(row: Variant, name: str) -> str:
    ratio: HazardRatio | None = getattr(row.headline, name)
    if ratio is None:
        return NOTHING
    return of(with_limits(ratio.hr, ratio.hr_ci), row, f"headline.{name}.hr", f"headline.{name}.hr_ci")
