"""Which tests and hazard ratios rest on enough people to be shown.

A standard error tells the number of events behind it, so each group that a test or model compares must have
enough people with the event and enough without. Models whose group sizes results.json does not tell stay
inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analytics.disclosure.profiles import Profile

UNKNOWN_GROUPS = "results.json does not tell how many people and events each level has"
TOO_FEW = "a compared group has too few people with or without the event"
LEAST_DEGREES = 10


def enough(groups: Iterable[tuple[int, int]], profile: Profile) -> bool:
    """Has each (people, events) group enough with and without the event?"""
    return all(
        events >= profile.threshold and people - events >= profile.threshold for people, events in groups
    )


def test_withheld(groups: list[tuple[int, int]], profile: Profile) -> str | None:
    """Why a comparison of these (people, events) groups stays inside; None if it may leave."""
    return None if len(groups) > 1 and enough(groups, profile) else TOO_FEW


def model_withheld(model: dict[str, Any], results: dict[str, Any], profile: Profile) -> str | None:
    """Why a Cox model stays inside; None if each level it compares is known to be large enough."""
    coefficients = sum(test["df"] or 0 for test in model.get("wald", ())) or len(model["terms"])
    if model["n"] - coefficients - 1 < max(LEAST_DEGREES, profile.threshold):
        return TOO_FEW
    if not enough([(model["n"], model["events"])], profile):
        return TOO_FEW
    groups = _groups_of(model, results)
    for term in model["terms"]:
        if term["reference"] is None:
            continue
        for level in (term["level"], term["reference"]):
            found = groups.get((term["variable"], level))
            if found is None:
                # Two groups cannot both be large enough in too small a cohort, whatever their sizes.
                return TOO_FEW if model["n"] < 4 * profile.threshold else UNKNOWN_GROUPS
            if not enough([found], profile):
                return TOO_FEW
    return None


def _groups_of(model: dict[str, Any], results: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    """(variable, level) to (people, events), as the model's card tells or as curves of the same groups do."""
    groups = {
        (level["variable"], level["level"]): (level["n"], level["events"])
        for level in (model.get("card") or {}).get("groups", ())
    }
    if model["id"] == "index_naive":
        curves = {analysis["id"]: analysis["strata"] for analysis in results["survival"]}
        for stratum in curves.get("os_from_index_by_second", ()):
            groups[("second_primary", stratum["level"])] = (stratum["n"], stratum["events"])
    return groups
