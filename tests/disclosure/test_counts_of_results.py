from dataclasses import replace
from functools import cache

import pytest

from analytics.disclosure.ages import pooled
from analytics.disclosure.attacker import bounds
from analytics.disclosure.cells import Unsound, print_exactly
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.suppression import Protection, knowledge_of, protect
from analytics.disclosure.tables import counts_of
from analytics.results.ids import SurvivalId
from tests.disclosure.made_up import ERA_1, NO_HOSPITAL, analysis, incidence, results

SEER = PROFILES["seer11"]


@cache
def protected() -> Protection:
    return protect(counts_of(results()), SEER)


@pytest.mark.parametrize(
    ("secret", "value", "from_these"),
    [
        ("second|marital_status unknown", 2, ["second", "second|marital_status known"]),
        (f"second|era={ERA_1}", 8, [f"index|era={ERA_1}", f"without|era={ERA_1}"]),
        (
            "survival|os_from_index_by_second|with n alive",
            4,
            ["index", "without", "survival|os_from_index|all deaths",
             "survival|os_from_index_by_second|without deaths",
             "survival|os_from_index_by_second|with n"],
        ),
        (
            "survival|os_from_index_by_second|with n alive",
            4,
            ["survival|os_from_index_by_second|with n", "survival|os_from_second|all deaths"],
        ),
        ("second|definition=broad less second", 3, ["second", "second|definition=broad"]),
        ("removed|2", 3, ["screened|1", "screened|2"]),
        ("sir|sex=Female", 8, ["sir|all", "sir|sex=Male"]),
    ],
)  # fmt: skip
def test_ways_round_a_star_are_known(secret, value, from_these):
    """Each of these was printed apart by some table, and together they are a small count."""
    counts = counts_of(results())
    shown = {key: print_exactly(counts.cells[key].value) for key in from_these}
    known = knowledge_of(counts, shown)
    ranges = {key: known.ranges.get(key, (0, 10**6)) for key in counts.cells}
    assert bounds(type(known)(ranges, known.rows), [secret])[secret] == (value, value)
    low, high = protected().intervals[secret]
    assert high - low >= SEER.threshold


def test_counting_from_an_earlier_day_may_not_reveal_the_first_months():
    """13 from diagnosis on and 12 from the first year on would be one person in between."""
    said = results(sir=(incidence({}, 12, 9_000.0), incidence({"from": "diagnosis"}, 13, 9_900.0)))
    protection = protect(counts_of(said), SEER)
    assert protection.shown["sir|all"].is_hidden or protection.shown["sir|from=diagnosis"].is_hidden


def test_the_few_whom_only_the_corrected_cohort_has_cannot_be_had_by_subtraction():
    """20 of the corrected cohort and 18 published would be two people with a third primary."""
    said = results()
    first, second = said.eras
    counts = counts_of(
        replace(
            said,
            eras=(first, replace(second, observed=12)),
            incidence_overall=replace(said.incidence_overall, observed=20),
            competing=(),
            sir=(incidence({}, 20, 189_712.9),),
        )
    )
    assert counts.cells["observed less second"].value == 2
    protection = protect(counts, SEER)
    low, high = protection.intervals["observed less second"]
    assert high - low >= SEER.threshold
    assert protection.shown["observed"].is_hidden or protection.shown["second"].is_hidden


def test_landmarks_are_no_part_of_the_published_cohort():
    """More can be exposed than were published: early cases and those with a third primary are among them."""
    exposed = {"without by 60 months": (60_000, 45_000), "with by 60 months": (25, 19)}
    said = results()
    said = replace(said, survival=(*said.survival, analysis(SurvivalId.AT_LANDMARKS, exposed)))
    counts = counts_of(said)
    landmark = "survival|os_from_index_by_second_landmark|"
    assert counts.cells[f"{landmark}with by 60 months n"].value == 25
    wholes = {each.total for each in counts.sums if any(part.startswith(landmark) for part in each.parts)}
    assert all(whole.startswith(landmark) for whole in wholes)


def test_results_that_contradict_themselves_are_refused():
    first, second = results().eras
    with pytest.raises(Unsound, match="era"):
        counts_of(results(eras=(replace(first, n_second=9), second)))
    with pytest.raises(Unsound, match="nothing of without"):
        counts_of(results(cohort=replace(results().cohort, n_without_second=None)))


def test_people_of_ninety_and_over_are_one_group():
    said = pooled(results())
    ages = [row.stratum["attained_age"] for row in said.sir if "attained_age" in row.stratum]
    assert ages == ["under 60", "60-89", "90+"]
    assert said.sir[-1].observed == 2
    assert said.sir[-1].person_years == pytest.approx(712.9) and said.sir[-1].sir is None


def test_pooling_ages_changes_nothing_that_has_none():
    said = results(sir=())
    assert pooled(said) == said


def test_a_report_without_a_hospital_or_reference_rates_still_counts():
    assert "index" in counts_of(results(sir=(), institution=NO_HOSPITAL, competing=(), definitions=())).cells
