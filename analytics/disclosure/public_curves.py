"""The survival analyses of the outward report: counts, medians, curves and tests that may be shown."""

from __future__ import annotations

from typing import Any

from analytics.disclosure.curves import (
    SMALL_GROUP,
    CoarseCurve,
    coarsened,
    gives_deaths_away,
    numbers_at_risk,
    withheld_because,
)
from analytics.disclosure.followup import stratum_keys
from analytics.disclosure.models import test_withheld
from analytics.disclosure.profiles import Profile
from analytics.disclosure.public import Printed, PublicCurve, PublicTable, Withheld, number, p_value

FIVE_YEARS = 60


def survival(
    results: dict[str, Any], shown: Printed, profile: Profile
) -> tuple[PublicTable, PublicTable, list[PublicCurve], list[Withheld]]:
    """The table of groups, the table of tests, the curves, and what is withheld with its reason."""
    groups, tests, curves, withheld = [], [], [], []
    for analysis in results["survival"]:
        begins = analysis.get("from_months", 0)
        of_whom = f", of those alive at month {begins}" if begins else ""
        for stratum in analysis["strata"]:
            counts = [shown[key] for key in stratum_keys(analysis, stratum)]
            curve = _curve(stratum, profile)
            median = five_years = None
            if isinstance(curve, str):
                withheld.append(Withheld(f"curve: {analysis['id']}, {stratum['level']}", curve))
            else:
                median = number(stratum["median"], 0)
                five_years = curve.at(FIVE_YEARS) if begins < FIVE_YEARS else None
                at_risk = tuple(
                    numbers_at_risk(stratum.get("risk_table") or {"time": [], "at_risk": []}, profile)
                )
                curves.append(
                    PublicCurve(analysis["id"], stratum["level"] + of_whom, curve.months, curve.estimate,
                                at_risk, begins)
                )  # fmt: skip
            groups.append((analysis["id"], stratum["level"] + of_whom, *counts, median, five_years))
        reason = test_withheld([(s["n"], s["events"]) for s in analysis["strata"]], profile)
        for test in analysis["tests"]:
            if reason:
                withheld.append(Withheld(f"survival: {analysis['id']}, {test['test']}", reason))
            else:
                tests.append(
                    (analysis["id"], test["test"], number(test["statistic"], 2), p_value(test["p_value"]))
                )
    columns = ("analysis", "group", "people", "deaths", "median months", "alive at five years")
    return (
        PublicTable("survival", "Survival", columns, tuple(groups)),
        PublicTable(
            "survival_tests", "Survival compared", ("analysis", "test", "statistic", "p"), tuple(tests)
        ),
        curves,
        withheld,
    )


def cumulative_incidence(
    results: dict[str, Any], profile: Profile
) -> tuple[list[PublicCurve], list[Withheld]]:
    """Cumulative incidence curves under the rule of survival curves."""
    curves, withheld = [], []
    for analysis in results.get("competing", ()):
        begins = analysis.get("from_months", 0)
        of_whom = f", of those event-free at month {begins}" if begins else ""
        for stratum in analysis["strata"]:
            curve = _incidence_curve(stratum, profile)
            if isinstance(curve, str):
                withheld.append(Withheld(f"curve: {analysis['id']}, {stratum['level']}", curve))
            else:
                curves.append(
                    PublicCurve(analysis["id"], stratum["level"] + of_whom, curve.months, curve.estimate, (),
                                begins)
                )  # fmt: skip
    return curves, withheld


def _incidence_curve(stratum: dict[str, Any], profile: Profile) -> CoarseCurve | str:
    """The coarse curve of a group, or why there is none."""
    if reason := withheld_because(stratum["n"], stratum["events"], profile):
        return reason
    # The attack on a small group's curve is worked out for survival only.
    if stratum["n"] <= SMALL_GROUP * profile.threshold:
        return "the group is too small for a curve of its incidence"
    return coarsened(stratum["curve"], profile, of="cif") or (
        "its numbers at risk are not known, or too few events for a step of one in a hundred"
    )


def _curve(stratum: dict[str, Any], profile: Profile) -> CoarseCurve | str:
    """The coarse curve of a group, or why there is none."""
    if reason := withheld_because(stratum["n"], stratum["events"], profile):
        return reason
    curve = coarsened(stratum["curve"], profile)
    if curve is None:
        return "too few events lie between any two points"
    if gives_deaths_away(curve, stratum["n"], profile):
        return "the curve would tell a small number of deaths"
    return curve
