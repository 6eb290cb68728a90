"""Observed and expected second primaries, in SEER*Stat's own words."""

from __future__ import annotations

from analytics.questions.multiplicity import LEVEL
from analytics.render.cells import fill, join, of
from analytics.render.formats import (
    NOTHING,
    count,
    counted,
    decimal,
    excludes_one,
    expected,
    or_state,
    p_value,
    ratio,
    sentence,
)
from analytics.render.labels import stratum_label, variable_label
from analytics.render.lookup import first
from analytics.render.reasons import one_sided, reasons
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.population import StandardisedIncidence
from analytics.warehouse.study import Study

ROUGH_BELOW = 5
UNSAID_SHARE = 0.05
EXACT_BY = (
    "Confidence intervals are exact (Poisson) with 2.5% in each tail; P, exact too, is the probability of "
    "all counts no likelier than the one seen, as in R's poisson.test."
)
COLUMNS = (
    "Level", "Persons", "Person-years at risk", "Mean age at index cancer", "Mean age at second primary",
    "Observed", "Expected", "O/E", "CI lower", "CI upper", "Excess risk per 10,000", "P",
)  # fmt: skip


def standardised(results: Results) -> Table:
    """Everybody from the shortest latency and from diagnosis on, then each dimension with its tests."""
    study = results.study
    rows: list[tuple[str, ...]] = []
    groups: set[int] = {0}
    dimension = None
    rows.append(("Everybody", *[""] * (len(COLUMNS) - 1)))
    for row in results.sir:
        own = next(iter(row.stratum), None)
        if own is not None and own not in ("from", dimension):
            dimension = own
            groups.add(len(rows))
            title = join(variable_label(study, dimension, table=1), _tests(results, dimension))
            rows.append((title, *[""] * (len(COLUMNS) - 1)))
        rows.append((stratum_label(study, row.stratum), *_cells(row)))
    return Table(
        title=f"{sentence(study.second_label)} against the population's rates",
        columns=COLUMNS,
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset(range(1, len(COLUMNS))),
        footnotes=(
            "Columns are those of SEER*Stat's MP-SIR session, the expected counts taken as known; a person "
            "may be at risk in several rows, so that persons do not add up. Mean age at index cancer is "
            "SEER*Stat's mean age at exposure: in a row of attained age it is that of the people who reach "
            "the row, and may lie below it.",
            EXACT_BY,
            *_where_they_disagree(results),
            *one_sided(row.observed for row in results.sir if row.sir is not None),
            *_where_counting_starts(study.min_latency_months),
            *_tested(results),
            *_without_reference(results),
            *((results.reference_rates.note,) if results.reference_rates.note else ()),
            *reasons(results.sir, _name),
        ),
    )


STANDARDISED_INCIDENCE = ReportTable(
    "standardised_incidence",
    "sir",
    standardised,
    made_of=("incidence_overall", "sir", "sir_tests"),
    families=("Observed over expected, level by level", "Observed over expected, between levels"),
)


def _where_counting_starts(months_in: int) -> tuple[str, ...]:
    """Nothing where both ratios would be one."""
    if not months_in:
        return ()
    return (
        f"The ratio of record counts second primaries and person-time from month {months_in} on, the one "
        "from diagnosis on counts both from the diagnosis of the index cancer.",
    )


def _where_they_disagree(results: Results) -> tuple[str, ...]:
    """The rows whose interval and P would be read differently, where there are any."""
    names = [
        _place(results.study, row)
        for row in results.sir
        if row.p_value is not None and (row.p_value < LEVEL) != excludes_one(row.sir_ci)
    ]
    if not names:
        return ()
    return (
        f"The two methods disagree on whether 1 is excluded in: {', '.join(names)}. The interval decides.",
    )


def _place(study: Study, row: StandardisedIncidence) -> str:
    """A row by its variable and level, as in "chemotherapy: Yes"."""
    dimension, level = next(iter(row.stratum), "from"), stratum_label(study, row.stratum)
    return level if dimension == "from" else f"{variable_label(study, dimension, table=1)}: {level}"


def _name(row: StandardisedIncidence) -> str:
    return ": ".join(next(iter(row.stratum.items()), ("everybody",)))


def _cells(row: StandardisedIncidence) -> tuple[str, ...]:
    low, high = row.sir_ci
    return (
        of(count(row.persons), row, "persons"),
        of(count(row.person_years), row, "person_years"),
        of(decimal(row.mean_age_at_index_years), row, "mean_age_at_index_years"),
        of(decimal(row.mean_age_at_second_years), row, "mean_age_at_second_years"),
        of(count(row.observed), row, "observed"),
        of(expected(row.expected), row, "expected"),
        of(or_state(ratio(row.sir), row), row, "sir"),
        of(ratio(low), row, "sir_ci[0]"),
        of(ratio(high), row, "sir_ci[1]"),
        of(decimal(row.excess_per_10k, 2), row, "excess_per_10k"),
        of(p_value(row.p_value), row, "p_value"),
    )


def _tests(results: Results, dimension: str) -> str:
    """The tests of one dimension as words behind its name."""
    sentences = [
        fill(f"{name} P {{}}", of(p_value(test.p_value), test, "p_value"))
        for name in ("homogeneity", "trend")
        if (test := first(results.sir_tests, dimension=dimension, test=name))
        and p_value(test.p_value) != NOTHING
    ]
    return fill(" ({})", join(*sentences, between=", ")) if sentences else ""


def _tested(results: Results) -> tuple[str, ...]:
    """How the tests were made; a warning where chi-squared had to do for few second primaries."""
    tests = [test for test in results.sir_tests if test.p_value is not None]
    if not tests:
        return ()
    words = (
        "Tests of homogeneity and trend are exact, given how many second primaries there were in all."
        if any(test.method == "exact" for test in tests)
        else ""
    )
    rough = [test for test in tests if test.method == "chi_squared"]
    if not rough:
        return (words,)
    where = ", ".join(f"{test.test} by {test.dimension.replace('_', ' ')}" for test in rough)
    smallest = min(test.smallest_fitted or 0 for test in rough)
    note = f"Chi-squared, for too many outcomes to list (Breslow and Day): {where}."
    if smallest < ROUGH_BELOW:
        note += (
            f" Were all ratios alike, the smallest level would hold {decimal(smallest)} second primaries: "
            f"below {ROUGH_BELOW} read that P as rough."
        )
    return tuple(text for text in (words, note) if text)


def without_rate(whole: StandardisedIncidence) -> str:
    """In a few words, what of the cohort the ratio does not speak of; empty where it is next to nothing."""
    years, lost = whole.person_years_without_reference, whole.observed_without_reference
    total = years + (whole.person_years or 0)
    share = years / total if total else 0.0
    if share <= UNSAID_SHARE and not lost:
        return ""
    percent = f"{100 * share:.{0 if share >= 0.1 else 1}f}% of person-years"
    seen = f" and {counted(lost, 'second primary', 'second primaries')}" if lost else ""
    return f"{percent}{seen} have no rate"


def _without_reference(results: Results) -> tuple[str, ...]:
    """What of the cohort the ratio of record does not speak of, and who."""
    whole, at_risk = results.sir[0], results.incidence_overall.n_index_at_risk
    if whole.expected is None:
        return ()
    if not whole.strata_without_reference:
        return ("Every stratum at risk had a reference rate.",)
    years, lost = round(whole.person_years_without_reference), whole.observed_without_reference
    time = counted(years, "person-year") if years else "less than one person-year"
    events = counted(lost, "second primary", "second primaries") if lost else "no second primary"
    missing = (at_risk or 0) - (whole.persons or 0)
    rows = [row for row in results.sir if row.persons and row.expected is None]
    of_whom = ", ".join(f"{_name(row)}, {count(row.persons)}".replace("_", " ") for row in rows)
    who = (
        f"{counted(missing, 'person', 'people')} of the {count(at_risk)} at risk"
        f"{f' ({of_whom})' if of_whom else ''} {'has' if missing == 1 else 'have'} none at all and "
        f"{'is' if missing == 1 else 'are'} in no ratio.",
    ) if missing > 0 else ()  # fmt: skip
    strata = whole.strata_without_reference
    return (
        f"{counted(strata, 'stratum', 'strata')} of age, year, sex, race and time had no reference rate; "
        f"{'its' if strata == 1 else 'their'} {time} and {events} "
        "are left out of both sides.",
        *who,
    )
