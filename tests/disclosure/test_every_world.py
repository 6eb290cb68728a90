"""Every world that a public report leaves possible, found by making the report of each.

The attacker has this program. For each assignment of the counts that were hidden they make the public report,
every file of it, and keep the worlds whose report is the one in hand, with any deliveries' hash, which they
do not know. What a count can be in those worlds is all that can be known about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

import pytest

from analytics.disclosure.attacker import bounds
from analytics.disclosure.cells import print_rounded
from analytics.disclosure.history import DisclosureRecord
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import BECAUSE, PublicResults
from analytics.disclosure.public_results import NEVER, disclose
from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.guardrails import GroupCount
from analytics.results.ids import NAIVE, SurvivalId
from analytics.results.survival import RiskTable
from tests.disclosure.made_up import (
    ERA_1,
    ERA_2,
    LATENCY_TEST,
    NO_HOSPITAL,
    analysis,
    comparison,
    curve,
    era,
    first_events,
    model,
    numeric,
    of_delivery,
    results,
    table1,
)

SEER = PROFILES["seer11"]
NOTHING: dict[str, tuple] = dict.fromkeys(
    ("attrition", "definitions", "sir", "competing", "survival", "cox", "eras", "table1_numeric",
     "table1_tests", "table1", "latency_tests"), (),
)  # fmt: skip
HASHES = [f"{number:064x}" for number in range(8)]
WIDE = SEER.threshold - 2
"""As wide as from 1 to the largest small count: what the rule itself says of a star."""


RACES = ("White", "Black", "Other")

World = tuple[int, ...]
Keys = dict[int, str]


def public(said: Results, sha: str) -> tuple[PublicResults, DisclosureRecord]:
    """All that leaves, from which every file is written, and what it tells."""
    report, _, told = disclose(of_delivery(said, sha), "0001", profile=SEER)
    return report, told


def widths(make: Callable[..., Results], truth: World, worlds: Iterable[World], keys: Keys) -> list[int]:
    """How far each hidden count goes in the worlds whose public report is that of the truth.

    keys  of the counts in question, by their place in a world
    Worlds far from the truth come first, and the search ends once every range is wide enough.
    """
    in_hand, told = public(make(*truth), HASHES[0])
    ranges = {at: told.shown[key][1:3] for at, key in keys.items()}
    hidden = [at for at, (low, high) in ranges.items() if low != high]
    assert hidden
    left = [truth]
    for world in sorted(worlds, key=lambda world: -max(abs(world[at] - truth[at]) for at in hidden)):
        if min(_ranges(left, hidden)) >= WIDE:
            break
        agrees = all(low <= world[at] <= high for at, (low, high) in ranges.items())
        if agrees and _may_be(make(*world), in_hand, told):
            left.append(world)
    return _ranges(left, hidden)


def _may_be(said: Results, in_hand: PublicResults, told: DisclosureRecord) -> bool:
    """Is there a draw with which these results make the report in hand?"""
    for sha in HASHES:
        report, would_tell = public(said, sha)
        if report == in_hand:
            return True
        # What both print is not a matter of the draw.
        if any(
            how[0] is not None and would_tell.shown[key][0] not in (None, how[0])
            for key, how in told.shown.items()
            if key in would_tell.shown and how[3] == would_tell.shown[key][3]
        ):
            return False
    return False


def _ranges(left: list[World], places: Iterable[int]) -> list[int]:
    return [max(world[at] for world in left) - min(world[at] for world in left) for at in places]


def minimal(n_second: int, **changes) -> Results:
    cohort = Cohort(60_000 + n_second, n_second, 60_000)
    whole = era("all", 60_000 + n_second, n_second, 180_000.0)
    return results(
        **(NOTHING | {"institution": NO_HOSPITAL, "cohort": cohort, "incidence_overall": whole} | changes)
    )


def by_era(first: int, second: int) -> Results:
    """Second primaries of two eras: in the rows of eras, in Table 1, as first events, compared by a test."""
    n = {ERA_1: (30_010, first), ERA_2: (29_990 + first + second, second)}
    return minimal(
        first + second,
        table1=table1({"era": {name: (people - seconds, seconds) for name, (people, seconds) in n.items()}}),
        eras=tuple(era(name, people, seconds, 90_000.0) for name, (people, seconds) in n.items()),
        latency_tests=(LATENCY_TEST,),
        competing=(first_events({name: (*sizes, 20_000) for name, sizes in n.items()}),),
    )


def by_level(*counts: int) -> Results:
    """Second primaries of three races."""
    levels = {name: (20_000, count) for name, count in zip(RACES, counts, strict=True)}
    return minimal(sum(counts), table1=table1({"race": levels}))


def followed(deaths: int, left: int, others: int) -> Results:
    """Of forty with a second primary so many died and so many were left after five years; and others died."""
    groups = {"without": (60_000, others), "with": (40, deaths)}
    sizes = [GroupCount("second_primary", level, n, events) for level, (n, events) in groups.items()]
    compared = [("second_primary", "with", "without")]
    everybody = analysis(SurvivalId.FROM_INDEX, {"all": (60_040, others + deaths)})
    by_second = analysis(SurvivalId.BY_SECOND, groups)
    without, with_second = by_second.strata
    [whole] = everybody.strata
    # Curves of tens of thousands do not move with one death.
    whole, without = (replace(stratum, curve=LARGE_CURVE) for stratum in (whole, without))
    with_second = replace(with_second, risk_table=RiskTable((0.0, 60.0), (40, left)))
    return minimal(
        40,
        survival=(
            replace(everybody, strata=(whole,)),
            replace(by_second, strata=(without, with_second)),
            analysis(SurvivalId.FROM_SECOND, {"all": (40, deaths)}, origin="second"),
        ),
        cox=(model(NAIVE, 60_040, others + deaths, compared, sizes),),
    )


LARGE_CURVE = curve(60_000, 40_000)


def measured(with_latency: int) -> Results:
    """Of thirty with a second primary, so many have a latency that is known, its mean and its tests."""
    return minimal(
        30,
        table1_numeric=(
            numeric("age_at_index_years", "without", 60_000, 68.1),
            numeric("age_at_index_years", "with", 30, 57.9),
            numeric("latency_months", "with", with_latency, 58.5),
        ),
    )


ERAS = {0: f"second|era={ERA_1}", 1: f"second|era={ERA_2}"}
LEVELS = {at: f"second|race={level}" for at, level in enumerate(RACES)}
DEATHS = "survival|os_from_second|all deaths"
AT_RISK = "survival|os_from_index_by_second|with n at risk at 60"
MEASURED = "second|latency_months measured"


@pytest.mark.parametrize("truth", [(10, 10), (3, 17)])
def test_two_eras_with_ten_each_are_not_told(truth):
    """A reason for each made both exact: ten and ten are the only two small counts that make twenty."""
    worlds = [(first, 20 - first) for first in range(21)]
    assert min(widths(by_era, truth, worlds, ERAS)) >= WIDE


@pytest.mark.parametrize("truth", [(5, 11, 14), (2, 30, 12), (9, 8, 13), (40, 9, 30)])
def test_which_of_three_levels_is_the_small_one_is_not_told(truth):
    """Whoever repeats the choice of what covers for a star must not learn which star was the reason."""
    total = sum(truth)
    worlds = [
        (first, second, total - first - second)
        for first in range(total + 1)
        for second in range(total + 1 - first)
    ]
    assert min(widths(by_level, truth, worlds, LEVELS)) >= WIDE


@pytest.mark.parametrize("truth", [(35, 8, 40_000), (6, 33, 40_003)])
def test_deaths_and_those_at_risk_of_a_small_group_are_not_told(truth):
    deaths, left, _ = truth
    whole = rounded(deaths + truth[2])
    some = [
        (count, left, others)
        for count in range(41)
        for others in (39_992, 40_000, 40_008)
        if rounded(others + count) == whole
    ]
    assert min(widths(followed, truth, some, {0: DEATHS})) >= WIDE
    others = [(deaths, count, truth[2]) for count in range(41)]
    assert min(widths(followed, truth, others, {1: AT_RISK})) >= WIDE


def rounded(count: int) -> int | None:
    return print_rounded(count, SEER.curve_base, SEER).number


@pytest.mark.parametrize("truth", [(4,), (24,)])
def test_of_how_many_a_mean_is_or_is_not_there_is_not_told(truth):
    assert min(widths(measured, truth, [(count,) for count in range(31)], {0: MEASURED})) >= WIDE


@cache
def whole_report() -> tuple[PublicResults, DisclosureRecord]:
    return public(results(), HASHES[0])


def test_no_hidden_count_of_the_whole_report_is_bounded_more_tightly_than_the_threshold():
    """From what was told alone, by two integer programs a count: 31 of 68 of the default study once were."""
    _, told = whole_report()
    found = bounds(told.knowledge(), told.hidden)
    tight = sum(high - low < SEER.threshold for low, high in found.values())
    print(f"\n{tight} of {len(found)} hidden counts are bounded more tightly than the threshold")
    assert tight == 0 and len(found) > 50


def test_one_sentence_says_why_anything_is_withheld():
    """Whether few people or few events were the reason would be a bound on how many there are."""
    report, _ = whole_report()
    said = {each.reason for each in report.withheld} - {each.reason for each in NEVER}
    assert said == {BECAUSE}


def test_the_month_in_which_five_had_the_second_cancer_is_not_told():
    """An analysis begins there, or is not there at all: a month earlier fewer than five had it."""

    def world(begins: int | None) -> PublicResults:
        groups = {"without": (50_000, 40_000), "with": (500, 300)} if begins else {}
        later = replace(analysis(SurvivalId.FROM_EXPOSURE, groups), from_months=begins or 0)
        return public(minimal(30, survival=(later,)), HASHES[0])[0]

    assert world(11) == world(12) == world(None)


def test_whether_a_test_of_hidden_people_could_be_made_is_not_told():
    """One with a latency has no test and three have one: both are withheld, by name."""

    def world(p_value: float | None) -> PublicResults:
        made = comparison("latency_months", "student_t", 1.0, p_value)
        return public(replace(measured(3), table1_tests=(made,)), HASHES[0])[0]

    assert world(None) == world(0.5)
    assert "table1_tests: latency_months, student_t" in {each.artefact for each in world(None).withheld}


def test_person_years_of_hidden_people_cannot_be_had_by_subtraction():
    """Nobody brings more years than the study has: 300 years are of seven people or more."""
    eras = {ERA_1: (60_022, 99_000.0), ERA_2: (8, 300.0)}
    said = minimal(
        30,
        eras=tuple(era(name, n, n_second, years, at_risk=n) for (name, (n, years)), n_second in
                   zip(eras.items(), (30, 0), strict=True)),
        incidence_overall=era("all", 60_030, 30, 99_300.0),
    )  # fmt: skip
    report, told = public(said, HASHES[0])
    [table] = [each for each in report.tables if each.name == "eras"]
    years = {row[0]: row[table.columns.index("person-years")] for row in table.rows}
    assert told.shown[f"risk|era={ERA_2}"][0] is None
    assert [years[name] for name in eras] == [None, None]
    whole, _ = public(results(), HASHES[0])
    [ratios] = [each for each in whole.tables if each.name == "sir"]
    assert "person-years" not in ratios.columns
