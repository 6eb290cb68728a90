"""Each table of the public report, from the results and the counts as they may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.disclosure.cells import UNPRINTED
from analytics.disclosure.compared import group_keys, groups_of, measured_key, models_with_groups
from analytics.disclosure.followup import first_event_keys
from analytics.disclosure.models import may_compare, model_may_leave
from analytics.disclosure.profiles import Profile
from analytics.disclosure.public import (
    Part,
    Printed,
    PublicTable,
    Withheld,
    number,
    p_class,
    p_value,
    percent,
    rate,
    ratio,
)
from analytics.disclosure.tables import (
    counted_definitions,
    counted_eras,
    counted_levels,
    counted_strata,
    definition_key,
    flow_keys,
    sir_key,
)
from analytics.results.document import Results

TESTS_OF_TABLE1 = ("pearson_chi2", "fisher_exact")


def cohort(results: Results, shown: Printed, profile: Profile) -> Part:
    study = results.study
    names = {
        "index": study.index_label,
        "second": f"followed by {study.second_label}",
        "without": "not followed by it",
    }
    rows = tuple((name, shown[key]) for key, name in names.items() if key in shown)
    return _table("cohort", "Cohort", ("people with", "n"), rows)


def attrition(results: Results, shown: Printed, profile: Profile) -> Part:
    steps, rows = results.attrition, []
    for at, step in enumerate(steps):
        keys = flow_keys(steps, at, "", results.cohort.n_index, "index")
        rows.append((step.rule, *(shown[key] for key in keys)))
    return _table("attrition", "Who was screened out", ("rule", "came in", "removed", "left"), rows)


def characteristics(results: Results, shown: Printed, profile: Profile) -> Part:
    rows = []
    for row in counted_levels(results):
        cells: list[Any] = [row.variable, row.level]
        for group in ("without", "second"):
            count = shown[f"{group}|{row.variable}={row.level}"]
            cells += [count, percent(count, shown[f"{group}|{row.variable} known"])]
        rows.append(tuple(cells))
    second = results.study.second_short_label
    columns = ("characteristic", "level", f"without {second}", "%", f"with {second}", "%")
    return _table("table1", "Characteristics", columns, rows)


def characteristics_tests(results: Results, shown: Printed, profile: Profile) -> Part:
    """A test tells the counts it was made from, so it is shown only where they all are, to the last one."""
    rows, withheld = [], []
    measured: dict[str, list[Any]] = {}
    for summary in results.table1_numeric:
        measured.setdefault(summary.variable, []).append(shown[measured_key(summary)])
    for row in results.table1_tests:
        variable, levels = row.variable, [r for r in results.table1 if r.variable == row.variable]
        if row.test in TESTS_OF_TABLE1:
            keys = [f"{group}|{variable}={r.level}" for r in levels for group in ("without", "second")]
            counts = [shown.get(key, UNPRINTED) for key in keys]
            is_told = bool(counts) and all(count.is_exact for count in counts)
        else:
            counts = measured.get(variable, [])
            is_told = len(counts) == 2 and all(
                count.is_exact and count.is_at_least(profile.threshold) for count in counts
            )
        # A test that nobody could make is withheld as one that may not be shown: both can be of few people.
        if is_told and row.p_value is not None:
            rows.append(
                (
                    variable,
                    row.test,
                    number(row.statistic, 2),
                    number(row.df, 1),
                    p_value(row.p_value),
                )
            )
        else:
            withheld.append(Withheld("table1_tests", variable, row.test))
    columns = ("characteristic", "test", "statistic", "df", "p")
    return _table("table1_tests", "Comparisons of characteristics", columns, rows, withheld)


def numbers(results: Results, shown: Printed, profile: Profile) -> Part:
    """Means and medians of large enough groups; never a minimum or maximum, which are one person's."""
    rows = []
    for row in results.table1_numeric:
        people = shown[measured_key(row)]
        values: tuple[Any, ...] = (None, None, None)
        if people.is_at_least(profile.threshold):
            values = (number(row.mean), number(row.sd), number(row.median, 0))
        rows.append((row.variable, row.group, people, *values))
    columns = ("number", "group", "people", "mean", "sd", "median")
    return _table("table1_numeric", "Numbers", columns, rows)


def eras(results: Results, shown: Printed, profile: Profile) -> Part:
    """Proportions and rates of counts as shown.

    Person-years of eras only where everybody at risk is shown: those of one era are what the others leave of
    all, and nobody brings more years than there are, so that they bound how many people they are of.
    """
    rows = []
    eras = counted_eras(results)
    may_tell = all(not shown[f"risk|era={row.era}"].is_hidden for row in eras)
    for row in eras:
        people, second = shown[f"index|era={row.era}"], shown[f"second|era={row.era}"]
        risk, observed = shown[f"risk|era={row.era}"], shown[f"observed|era={row.era}"]
        rows.append(
            (
                row.era,
                people,
                second,
                *_rates(people, second, risk, observed, row.person_years if may_tell else None),
            )
        )
    everybody = results.incidence_overall
    if everybody.n_second is not None:
        people, second, risk, observed = (shown[key] for key in ("index", "second", "risk", "observed"))
        rows.append(("all", people, second, *_rates(people, second, risk, observed, everybody.person_years)))
    columns = (
        "era",
        "people",
        "second primaries",
        "per 100,000 people",
        "people at risk, corrected",
        "second primaries then",
        "person-years",
        "per 100,000 person-years",
    )
    return _table("eras", "Second primaries by era", columns, rows)


def _rates(people: Any, second: Any, risk: Any, observed: Any, person_years: float | None) -> tuple[Any, ...]:
    years = None if risk.is_hidden else number(person_years, 0)
    proportion = rate(second, people.number, 100_000, 1)
    return proportion, risk, observed, years, rate(observed, years, 100_000, 1)


def definitions(results: Results, shown: Printed, profile: Profile) -> Part:
    counted = counted_definitions(results)
    rows = [(row.definition, shown[definition_key(results, row)]) for row in counted]
    return _table("definitions", "What counts as the second cancer", ("definition", "n"), rows)


def incidence(results: Results, shown: Printed, profile: Profile) -> Part:
    """Observed and expected; the latter only where the observed are shown and many.

    No person-years: those of all less those of all levels are of the people without a rate, or of no level.
    """
    rows = []
    for row in counted_strata(results):
        observed = shown[sir_key(row.stratum)]
        is_told = (observed.number or 0) >= profile.threshold
        expected = number(row.expected, 2) if is_told else None
        rows.append(
            (
                ", ".join(row.stratum) or None,
                ", ".join(row.stratum.values()) or "all",
                observed,
                expected,
                rate(observed, expected, 1, 2) if is_told else None,
            )
        )
    columns = ("by", "stratum", "observed", "expected", "observed / expected")
    note = results.reference_rates.note or ""
    return _table("sir", "Standardised incidence ratio", columns, rows, note=note)


def hospital(results: Results, shown: Printed, profile: Profile) -> Part:
    if "hospital|index" not in shown:
        return Part()
    if "hospital|second" not in shown:
        alone = ((shown["hospital|index"], results.institution.why_no_number),)
        return _table("institution", "The hospital", ("people", "second primaries"), alone)
    people, second = shown["hospital|index"], shown["hospital|second"]
    rows = ((people, second, rate(second, people.number, 100_000, 1)),)
    columns = ("people", "second primaries", "per 100,000 people")
    return _table("institution", "The hospital", columns, rows)


def competing(results: Results, shown: Printed, profile: Profile) -> Part:
    """Counts of each group; Gray's test where each group is large enough."""
    rows, withheld = [], []
    for analysis in results.competing:
        counts = [
            [shown[key] for key in first_event_keys(analysis.id, each.level)] for each in analysis.strata
        ]
        may_test = may_compare([(people, seconds) for people, seconds, _ in counts], profile)
        gray = p_value(analysis.gray.p_value) if may_test and analysis.gray else None
        rows += [
            (str(analysis.id), stratum.level, *each, gray)
            for stratum, each in zip(analysis.strata, counts, strict=True)
        ]
        if len(counts) > 1 and not may_test:
            withheld.append(Withheld("competing", str(analysis.id), "tests"))
    columns = ("analysis", "group", "people", "second primaries first", "deaths first", "Gray's p")
    return _table("competing", "What came first", columns, rows, withheld)


def compared(results: Results, shown: Printed, profile: Profile) -> Part:
    """How many people and events each model compares, whether or not its ratios may leave."""
    rows = []
    for model in models_with_groups(results):
        for group in groups_of(model):
            keys = group_keys(model, group.variable, group.level)
            rows.append((str(model.id), f"{group.variable}: {group.level}", *(shown[key] for key in keys)))
    columns = ("model", "group", "people", "events")
    return _table("compared", "Groups that hazard ratios compare", columns, rows)


def models(results: Results, shown: Printed, profile: Profile) -> Part:
    """Hazard ratios; neither coefficients to full length nor likelihoods nor concordance."""
    rows, withheld = [], []
    for model in results.cox:
        if not model_may_leave(model, shown, profile):
            withheld.append(Withheld("cox", str(model.id)))
            continue
        for term in model.terms:
            low, high = (ratio(limit) for limit in term.hr_ci)
            against = "" if term.reference is None else f" against {term.reference}"
            rows.append(
                (
                    str(model.id),
                    model.outcome,
                    f"{term.variable}: {term.level}{against}",
                    ratio(term.hr),
                    low,
                    high,
                    p_class(term.p_value),
                )
            )
    columns = ("model", "outcome", "compared", "hazard ratio", "from", "to", "p")
    return _table("cox", "Hazard ratios, each within about 5 in 100", columns, rows, withheld)


def latency_tests(results: Results, shown: Printed, profile: Profile) -> Part:
    """The eras' latencies compared, where each era is seen to have enough of them, all with a latency."""
    eras = counted_eras(results)
    seconds = [shown[f"second|era={row.era}"] for row in eras]
    is_told = (
        bool(seconds)
        and all(count.is_exact and count.is_at_least(profile.threshold) for count in seconds)
        and all(row.latency.n == row.n_second for row in eras)
    )
    rows = [
        (row.test, number(row.statistic, 2), number(row.df, 1), p_value(row.p_value))
        for row in results.latency_tests
    ]
    withheld = [] if is_told or not rows else [Withheld("latency_tests")]
    columns = ("test", "statistic", "df", "p")
    return _table("latency_tests", "Latency by era", columns, rows if is_told else [], withheld)


def _table(
    name: str,
    title: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    withheld: Sequence[Withheld] = (),
    note: str = "",
) -> Part:
    """A part of one table; of none where no row is left."""
    tables = (PublicTable(name, title, columns, tuple(rows), note),) if rows else ()
    return Part(tables, withheld=tuple(withheld))
