"""Counts of one table that another table gives, because by definition they are of the same people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.disclosure.attacker import bounds
from analytics.disclosure.cells import UNPRINTED, Counts, PrintedCount, print_exactly
from analytics.disclosure.profiles import Profile
from analytics.disclosure.suppression import Protection, knowledge_of, protect
from analytics.disclosure.tables import counts_of
from analytics.results.document import Results
from analytics.results.guardrails import GroupCount
from analytics.results.ids import NAIVE, TOGETHER, CompetingId, SurvivalId, alone
from analytics.results.survival import RiskTable
from tests.disclosure.made_up import (
    ERA_1,
    ERA_2,
    NO_HOSPITAL,
    analysis,
    era,
    first_events,
    incidence,
    model,
    results,
)

DRAWS = "ab"
SEXES = [GroupCount("sex", "Male", 10, 8), GroupCount("sex", "Female", 8, 6)]


def two_eras(first: int, second: int, *, without_rate: int = 0) -> Results:
    """Second primaries of two eras, of which all but a few are in the ratio to the population."""
    whole = first + second
    counted = replace(incidence({}, whole - without_rate, 189_712.9), observed_without_reference=without_rate)
    return results(
        **dict.fromkeys(("survival", "cox", "competing", "definitions", "table1_numeric"), ()),
        institution=NO_HOSPITAL,
        eras=(
            era(ERA_1, 31_989, 8, 99_620.7, at_risk=24_108, observed=first),
            era(ERA_2, 32_640, 10, 90_092.2, at_risk=25_003, observed=second),
        ),
        incidence_overall=era("all", 64_629, 18, 189_712.9, at_risk=49_111, observed=whole),
        sir=(counted,),
    )


def narrowest(counts: Counts, protection: Protection) -> int:
    """How narrowly the attacker who knows every tie bounds what is hidden or small."""
    found = bounds(knowledge_of(counts, protection.shown), protection.intervals)
    return min(high - low for low, high in found.values())


def without_the_ratio(counts: Counts) -> Counts:
    """The same counts for somebody who takes the ratio's second primaries to be other people's."""
    return Counts(counts.cells, tuple(each for each in counts.sums if "with or without" not in str(each)))


@pytest.mark.parametrize("threshold", [2, 5, 10, 11])
def test_the_ratio_gives_no_era_away(threshold):
    """About 25 in all and 13 in one era were 10 to 14 in the other."""
    counts, profile = counts_of(two_eras(9, 21)), Profile("any", threshold)
    cut = without_the_ratio(counts)
    known, not_known = (
        [narrowest(counts, protect(said, profile, draw=draw)) for draw in DRAWS] for said in (counts, cut)
    )
    assert min(known) >= threshold > min(not_known)


def test_where_a_case_has_no_rate_the_ratio_bounds_the_eras_from_below_only():
    counts = counts_of(two_eras(11, 14, without_rate=2))
    shown = {key: print_exactly(counts.cells[key].value) for key in ("sir|all", f"observed|era={ERA_2}")}
    [(low, high)] = bounds(
        knowledge_of(counts, everything_else_unknown(counts, shown)), [f"observed|era={ERA_1}"]
    ).values()
    assert low == 23 - 14 and high > 1000


def everything_else_unknown(counts: Counts, shown: dict[str, PrintedCount]) -> dict[str, PrintedCount]:
    return dict.fromkeys(counts.cells, UNPRINTED) | shown


def tied() -> Results:
    """Results in which every tie has both its ends."""
    return results(
        competing=(
            first_events({"all": (49_111, 18, 35_620)}, CompetingId.EVERYBODY),
            *results().competing,
            first_events({"Yes": (30_000, 16, 22_000), "No/Unknown": (19_111, 2, 13_620)},
                         CompetingId.BY_CHEMOTHERAPY),
        ),
        cox=(
            model(alone("sex"), 18, 14, [("sex", "Male", "Female")], SEXES),
            model(TOGETHER, 18, 14, [("sex", "Male", "Female")], SEXES),
            model(NAIVE, 64_629, 50_512, [("second_primary", "with", "without")]),
        ),
        sir=(
            *results().sir,
            incidence({"chemotherapy": "Yes"}, 16, 120_000.0),
            incidence({"chemotherapy": "No/Unknown"}, 2, 69_712.9),
        ),
    )  # fmt: skip


FROM_SECOND = "survival|os_from_second|all"
LANDMARKS = "survival|os_from_index_by_second_landmark"
BY_CHEMOTHERAPY = "competing|second_primary_by_chemotherapy"


@pytest.mark.parametrize(("secret", "from_these"), [
    (f"observed|era={ERA_1}", ["sir|all", f"observed|era={ERA_2}"]),
    (f"{BY_CHEMOTHERAPY}|No/Unknown seconds", ["sir|chemotherapy=No/Unknown"]),
    (f"{BY_CHEMOTHERAPY}|No/Unknown seconds",
     ["competing|second_primary|all seconds", f"{BY_CHEMOTHERAPY}|Yes seconds"]),
    (f"{BY_CHEMOTHERAPY}|No/Unknown deaths",
     ["competing|second_primary|all deaths", f"{BY_CHEMOTHERAPY}|Yes deaths"]),
    (f"{FROM_SECOND} n", ["survival|os_from_index_by_second|with n"]),
    (f"survival|os_from_index_by_era|{ERA_1} n at risk at 60",
     ["survival|os_from_index|all n at risk at 60",
      f"survival|os_from_index_by_era|{ERA_2} n at risk at 60"]),
    ("survival|os_from_index_by_second|with n at risk at 60",
     ["survival|os_from_index|all n at risk at 60",
      "survival|os_from_index_by_second|without n at risk at 60"]),
    (f"{FROM_SECOND} deaths", ["cox|second_univariate:sex events"]),
    (f"{FROM_SECOND} deaths", ["survival|os_from_index_by_second|with deaths"]),
    ("survival|os_from_index|all deaths", ["cox|index_naive events"]),
    ("cox|second_univariate:sex|sex=Female events", ["cox|second_multivariable|sex=Female events"]),
])  # fmt: skip
def test_a_count_that_another_table_gives_is_known(secret, from_these):
    counts = counts_of(tied())
    shown = everything_else_unknown(counts, {k: print_exactly(counts.cells[k].value) for k in from_these})
    value = counts.cells[secret].value
    assert bounds(knowledge_of(counts, shown), [secret])[secret] == (value, value)


def test_who_is_only_in_the_corrected_cohort_was_removed_from_the_published_one():
    said = two_eras(11, 14)
    counts = counts_of(said)
    removed = [f"removed|{step}" for step in range(3, 8)]
    shown = {key: print_exactly(counts.cells[key].value) for key in ("second", *removed)}
    [(_, high)] = bounds(knowledge_of(counts, everything_else_unknown(counts, shown)), ["observed"]).values()
    assert high == 18 + sum(counts.cells[key].value for key in removed)


FOLLOWED_FROM_LANDMARKS = (
    ((36.0, 96.0), (19_000, 9_000)), ((36.0, 96.0), (3, 2)),
    ((60.0, 120.0), (8_000, 3_000)), ((60.0, 120.0), (4, 1)),
)  # fmt: skip
"""Months after the landmark and people then at risk, of the groups in their order."""


def with_landmarks(made: Results) -> Results:
    groups = {"without by 24 months": (34_842, 25_027), "with by 24 months": (6, 4),
              "without by 60 months": (17_175, 11_287), "with by 60 months": (6, 5)}  # fmt: skip
    said = analysis(SurvivalId.AT_LANDMARKS, groups)
    strata = tuple(
        replace(each, group=each.level.split()[0], landmark_months=int(each.level.split()[2]),
                risk_table=RiskTable((0.0, *ticks), (each.n, *at_risk)))
        for each, (ticks, at_risk) in zip(said.strata, FOLLOWED_FROM_LANDMARKS, strict=True)
    )  # fmt: skip
    return replace(made, survival=(*made.survival, replace(said, strata=strata)))


@pytest.mark.parametrize(("of_these", "are"), [
    ("survival|os_from_index|all deaths", "competing|second_primary|all deaths"),
    ("survival|os_from_index_by_second|without deaths", "competing|second_primary|all deaths"),
    (f"survival|os_from_index_by_era|{ERA_2} deaths", f"competing|second_primary_by_era|{ERA_2} deaths"),
    ("risk", "survival|os_from_index|all n at risk at 60"),
    ("risk", "competing|second_primary|all n"),
    (f"risk|era={ERA_1}", f"competing|second_primary_by_era|{ERA_1} n"),
    (f"risk|era={ERA_1}", f"survival|os_from_index_by_era|{ERA_1} n at risk at 60"),
    ("survival|os_from_index_by_second|with n at risk at 60", f"{FROM_SECOND} n at risk at 60"),
    ("survival|os_from_index_by_second|with n at risk at 120", f"{FROM_SECOND} n at risk at 120"),
    (f"{LANDMARKS}|without by 24 months n", f"{LANDMARKS}|without by 60 months n"),
    (f"{LANDMARKS}|without by 24 months deaths", f"{LANDMARKS}|without by 60 months deaths"),
    (f"{LANDMARKS}|with by 60 months n", f"{LANDMARKS}|with by 24 months n at risk at 36"),
    (f"{LANDMARKS}|with by 60 months n at risk at 60", f"{LANDMARKS}|with by 24 months n at risk at 96"),
    ("sir|from=diagnosis", f"{LANDMARKS}|with by 24 months n"),
    ("observed", f"{LANDMARKS}|with by 60 months n"),
])  # fmt: skip
def test_a_count_is_at_most_one_of_which_it_is_a_part(of_these, are):
    """The later death, landmark or month at risk is of people whom another table counts as well."""
    counts = counts_of(with_landmarks(tied()))
    most = counts.cells[of_these].value
    shown = everything_else_unknown(counts, {of_these: print_exactly(most)})
    assert bounds(knowledge_of(counts, shown), [are])[are][1] == most
