"""Which tests and hazard ratios rest on enough people to be shown.

A standard error tells the number of events behind it, so each group that a test or model compares must have
enough people with the event and enough without. The question is asked of the counts as shown, never of the
true ones: whether a number is there follows from what every reader sees, and so tells nothing more. Models
whose group sizes the results do not tell stay inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analytics.disclosure.cells import PrintedCount
from analytics.disclosure.compared import group_keys, total_keys
from analytics.disclosure.profiles import Profile
from analytics.results.cox import CoxAnalysis

LEAST_DEGREES = 10
FOR_A_RATIO = 5
"""Thresholds of events that each group of a hazard ratio has: its interval tells the standard error, and that
the events. Of so many, an interval and P as they are printed leave a threshold open."""


def enough(groups: Iterable[tuple[PrintedCount, PrintedCount]], profile: Profile) -> bool:
    """Does every reader see that each (people, events) group has enough with and without the event?"""
    return all(
        people.is_at_least(events.highest + profile.threshold) and events.is_at_least(profile.threshold)
        for people, events in groups
    )


def may_compare(groups: list[tuple[PrintedCount, PrintedCount]], profile: Profile) -> bool:
    """May a test of these (people, events) groups leave?"""
    return len(groups) > 1 and enough(groups, profile)


def model_may_leave(model: CoxAnalysis, shown: Mapping[str, PrintedCount], profile: Profile) -> bool:
    """May a Cox model leave: is each level that it compares seen to be large enough?"""
    people, events = (shown[key] for key in total_keys(model))
    coefficients = sum(test.df or 0 for test in model.wald) or len(model.terms)
    if not people.is_at_least(int(coefficients) + 1 + max(LEAST_DEGREES, profile.threshold)):
        return False
    groups = [(people, events)]
    for term in model.terms:
        for level in (term.level, term.reference) if term.reference is not None else ():
            keys = group_keys(model, term.variable, level)
            if not all(key in shown for key in keys):
                return False
            groups.append((shown[keys[0]], shown[keys[1]]))
    is_wide = all(events.is_at_least(FOR_A_RATIO * profile.threshold) for _, events in groups)
    return is_wide and enough(groups, profile)
