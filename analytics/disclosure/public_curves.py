"""The survival analyses of the public report: counts, medians, curves and tests that may be shown."""

from __future__ import annotations

from analytics.disclosure.curves import coarsened, may_be_drawn
from analytics.disclosure.followup import at_risk_cells, first_event_keys, stratum_keys
from analytics.disclosure.models import may_compare
from analytics.disclosure.profiles import Profile
from analytics.disclosure.public import Part, Printed, PublicCurve, PublicTable, Withheld, number, p_class
from analytics.results.document import Results

FIVE_YEARS = 60


def survival(results: Results, shown: Printed, profile: Profile) -> Part:
    """The table of groups, the table of tests, the curves, and what is withheld."""
    groups, tests, curves, withheld = [], [], [], []
    for analysis in results.survival:
        groups_of = []
        for stratum in analysis.strata:
            people, deaths = (shown[key] for key in stratum_keys(analysis.id, stratum.level))
            level = stratum.level
            groups_of.append((people, deaths))
            curve = coarsened(stratum.curve, profile) if may_be_drawn(people, deaths, profile) else None
            median = five_years = None
            if curve is None:
                withheld.append(Withheld("curve", str(analysis.id), stratum.level))
            else:
                median = number(stratum.median, 0)
                five_years = curve.at(FIVE_YEARS)
                # Before its last point enough are at risk, so a tick tells by its being there nothing more.
                at_risk = tuple(
                    (month, shown[cell.key])
                    for month, cell in at_risk_cells(analysis.id, stratum)
                    if month < curve.months[-1]
                )
                curves.append(PublicCurve(analysis.id, level, curve.months, curve.estimate, at_risk))
            groups.append((analysis.id, level, people, deaths, median, five_years))
        for test in analysis.tests:
            if not may_compare(groups_of, profile):
                withheld.append(Withheld("survival", str(analysis.id), test.test))
            else:
                # No statistic: beside a hazard ratio it gives the deaths back.
                tests.append((analysis.id, test.test, p_class(test.p_value)))
    columns = ("analysis", "group", "people", "deaths", "median months", "alive at five years")
    tables = (
        PublicTable("survival", "Survival", columns, tuple(groups)),
        PublicTable("survival_tests", "Survival compared", ("analysis", "test", "p"), tuple(tests)),
    )
    return Part(tuple(table for table in tables if table.rows), tuple(curves), tuple(withheld))


def cumulative_incidence(results: Results, shown: Printed, profile: Profile) -> Part:
    """Cumulative incidence curves under the rule of survival curves."""
    curves, withheld = [], []
    for analysis in results.competing:
        begins = analysis.from_months
        of_whom = f", of those event-free at month {begins}" if begins else ""
        for stratum in analysis.strata:
            people, seconds, _ = (shown[key] for key in first_event_keys(analysis.id, stratum.level))
            curve = None
            if may_be_drawn(people, seconds, profile):
                curve = coarsened(stratum.curve, profile)
            if curve is None:
                withheld.append(Withheld("curve", str(analysis.id), stratum.level))
            else:
                curves.append(
                    PublicCurve(analysis.id, stratum.level + of_whom, curve.months, curve.estimate, (),
                                begins)
                )  # fmt: skip
    return Part((), tuple(curves), tuple(withheld))
