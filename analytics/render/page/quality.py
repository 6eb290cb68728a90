"""The section on data quality: what the audit said, what was rejected, and what hangs on a month."""

from __future__ import annotations

from analytics.render.formats import count, counted, decimal, per_100k, ratio, with_limits
from analytics.render.tables.cross_checks import second_opinion
from analytics.render.tables.data_quality import n_unmet
from analytics.results.document import Results
from analytics.results.quality import DataQuality

PAGE = (
    "Every expectation with its reason is on the page of the newest audit, audit/data_quality.html in the "
    "home of this warehouse."
)
TWICE = "exact_duplicate"
NO_AUDIT = (
    "No audit lies with this release, so that nothing is said here of what was expected of its deliveries. "
    "“metachron run” audits what it publishes."
)


def quality(results: Results) -> tuple[str, ...]:
    """The verdict, whether rows were rejected, the latencies and what was computed twice; tables follow."""
    found, said = results.data_quality, second_opinion(results)
    computed_twice = (f"{said}.",) if said else ()
    if found is None:
        return (NO_AUDIT, *computed_twice)
    audited = (NO_AUDIT,) if found.verdict is None else (_verdict(found), _rejected(found))
    return (*audited, *_latencies(results, found), *computed_twice)


def _verdict(found: DataQuality) -> str:
    asked = f"The audit of this release checked {counted(found.expectations, 'expectation')}"
    unmet = n_unmet(found)
    if not unmet:
        return f"{asked}, and all of them held. {PAGE}"
    return f"{asked}; {count(unmet)} did not hold. None of these stops publication. {PAGE}"


def _rejected(found: DataQuality) -> str:
    if not found.rejected:
        return "No row of any delivery was rejected."
    reasons = {row.reason for row in found.rejected}
    twice = " Of a row that is there twice, the first copy is counted." if TWICE in reasons else ""
    return f"Rows were rejected for {counted(len(reasons), 'reason')}; no rejected row is counted.{twice}"


def _latencies(results: Results, found: DataQuality) -> tuple[str, ...]:
    """What hangs on a month, and the headline without it."""
    if not found.latencies:
        return ()
    least = results.study.min_latency_months
    sooner = (
        f" {counted(found.just_too_soon, 'second cancer')} came less than a month too soon to count."
        if found.just_too_soon
        else ""
    )
    without = found.without_uncertain
    if without is None:
        return (f"No latency that counts lies within a month of the shortest, {least} months.{sooner}",)
    uncertain = sum(row.uncertain_conventional for row in found.latencies)
    uncertain_corrected = sum(row.uncertain_corrected for row in found.latencies)
    overall = results.incidence_overall
    text = (
        f"{count(uncertain)} of {count(overall.n_second)} latencies of the conventional cohort and "
        f"{count(uncertain_corrected)} of {count(overall.observed)} of the corrected one lie within a month "
        f"of the shortest, {least} months, and may count or not by a day. Without these, "
        f"{count(without.n_second)} of {count(overall.n_index)} people had a second primary "
        f"({with_limits(without.proportion, without.proportion_ci, per_100k)} per 100,000), at a rate of "
        f"{with_limits(without.rate_per_100k, without.rate_ci, decimal)} per 100,000 person-years"
    )
    if without.sir is not None:
        text += f", {with_limits(without.sir, without.sir_ci, ratio)} times the population's"
    return (f"{text}.{sooner}",)
