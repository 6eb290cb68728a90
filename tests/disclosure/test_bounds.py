"""Each threshold of the disclosure rules from both sides: at it a number leaves, one short of it none does.

Of groups of two reports that are almost the same see test_people.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from analytics.disclosure.ages import is_oldest
from analytics.disclosure.attacker import Knowledge
from analytics.disclosure.cells import HIDDEN, Cell, PrintedCount, Sum, gather, print_exactly, print_rounded
from analytics.disclosure.curves import coarsened, may_be_drawn
from analytics.disclosure.models import may_compare, model_may_leave
from analytics.disclosure.profiles import (
    PROFILES,
    Profile,
    ProfileRefused,
    SignedException,
    permitted,
    profile_named,
)
from analytics.disclosure.public import p_class, p_value
from analytics.disclosure.public_tables import incidence
from analytics.disclosure.suppression import Unprotectable, protect
from analytics.disclosure.tables import counts_of
from analytics.results.guardrails import GroupCount
from analytics.results.ids import alone
from analytics.results.population import StandardisedIncidence
from analytics.results.statistical_tests import VariableTest
from tests.disclosure.made_up import model, results, step_curve

SEER = PROFILES["seer11"]
FIVE = Profile("any", 5)
TODAY = date(2026, 6, 1)


# Profiles


@pytest.mark.parametrize(("name", "least_shown", "at_risk"), [
    ("seer11", 11, 20), ("uscs16", 16, 20), ("opensafely", 8, 10), ("ohdsi5", 5, 10),
])  # fmt: skip
def test_a_profile_hides_one_less_than_its_threshold_and_rounds_as_it_says(name, least_shown, at_risk):
    profile = PROFILES[name]
    hidden = [count for count in range(40) if profile.is_small(count)]
    assert hidden == list(range(1, least_shown))
    assert (profile.base, profile.curve_base) == (5, at_risk)
    assert profile.always_rounded == (name == "opensafely") and profile.synthetic_only == (name == "ohdsi5")


@pytest.mark.parametrize(("threshold", "base"), [(9, 10), (10, 20), (19, 20), (20, 30)])
def test_numbers_at_risk_are_rounded_to_more_than_the_threshold(threshold, base):
    assert Profile("any", threshold).curve_base == base > threshold


@pytest.mark.parametrize(("asked", "is_one"), [
    ("seer11:1", False), ("seer11:2", True), ("seer11:9999999", True), ("seer11:10000000", False),
])  # fmt: skip
def test_a_threshold_is_a_whole_number_from_2_in_seven_digits(asked, is_one):
    if is_one:
        assert profile_named(asked).threshold == int(asked.partition(":")[2])
        return
    with pytest.raises(ProfileRefused):
        profile_named(asked)


def test_the_default_threshold_is_free_and_one_below_it_is_not():
    assert permitted("uscs16:11", is_synthetic=False, exception=None, today=TODAY)[0].threshold == 11
    with pytest.raises(ProfileRefused):
        permitted("uscs16:10", is_synthetic=False, exception=None, today=TODAY)


def test_an_exception_holds_to_the_end_of_its_last_day():
    def asked(expires: date) -> Profile:
        exception = SignedException("A. Steward", "agreed", expires, "seer11:5", "0")
        return permitted("seer11:5", is_synthetic=False, exception=exception, today=TODAY)[0]

    assert asked(TODAY).threshold == 5
    with pytest.raises(ProfileRefused, match="expired"):
        asked(date(2026, 5, 31))


# Counts


@pytest.mark.parametrize(("count", "is_hidden"), [(0, False), (1, True), (10, True), (11, False)])
def test_a_count_is_hidden_below_the_threshold(count, is_hidden):
    shown = protect(gather([Cell("a", count, "t")]), SEER).shown["a"]
    assert shown == (HIDDEN if is_hidden else print_exactly(count))


@pytest.mark.parametrize(("most", "is_protected"), [(6, True), (5, False)])
def test_what_is_known_leaves_a_hidden_count_as_wide_as_the_threshold(most, is_protected):
    """From 1 to 6 five apart, from 1 to 5 four."""
    counts, known = gather([Cell("a", 3, "t")]), Knowledge({"a": (1, most)}, ())
    if is_protected:
        assert protect(counts, FIVE, known).narrowest == 5
        return
    with pytest.raises(Unprotectable):
        protect(counts, FIVE, known)


@pytest.mark.parametrize(("others", "is_hidden"), [(8, False), (3, True)])
def test_a_printed_total_lets_a_star_be_as_wide_as_the_threshold(others, is_hidden):
    """Two stars of 12 lie between 1 and 11; beside a larger printed one a second has to be hidden."""
    parts = [Cell("small", 4, "t"), Cell("other", others, "t"), Cell("large", 300, "t")]
    total = Cell("total", 304 + others, "t")
    protection = protect(gather([*parts, total, Sum("total", ("small", "other", "large"))]), FIVE)
    assert protection.shown["small"] == HIDDEN and (protection.narrowest or 0) >= 5
    assert len(protection.primary) == (2 if others < 5 else 1)
    assert ("other" in protection.primary) == is_hidden


@pytest.mark.parametrize(("large", "is_rounded"), [(5, False), (4, True)])
def test_a_table_of_more_than_three_stars_in_ten_is_rounded(large, is_rounded):
    """Two small counts, and a third that has to be hidden with one of them: of 10 that is three in ten."""
    cells = [Cell("total", 60, "t"), *(Cell(f"part{n}", n, "t") for n in (3, 27, 30)), Cell("alone", 2, "t")]
    cells += [Cell(f"large{at}", 100 + at, "t") for at in range(large)]
    found = protect(gather([*cells, Sum("total", ("part3", "part27", "part30"))]), FIVE)
    assert (found.rounded_tables == {"t"}) == is_rounded
    assert len(found.complementary) == (0 if is_rounded else 1)


@pytest.mark.parametrize(("count", "shown"), [
    (0, PrintedCount(0, 0, 0)), (11, PrintedCount(10, 11, 12, 5)), (12, PrintedCount(10, 11, 12, 5)),
    (13, PrintedCount(15, 13, 17, 5)), (17, PrintedCount(15, 13, 17, 5)), (18, PrintedCount(20, 18, 22, 5)),
])  # fmt: skip
def test_a_rounded_count_says_no_more_than_its_range_and_that_it_is_no_small_one(count, shown):
    assert print_rounded(count, SEER.base, SEER) == shown


def test_a_reader_sees_a_count_to_be_large_enough_by_the_least_that_it_can_be():
    rounded = print_rounded(13, 5, SEER)
    assert rounded.is_at_least(13) and not rounded.is_at_least(14)
    assert print_exactly(13).is_at_least(13) and not HIDDEN.is_at_least(1)


# Curves


@pytest.mark.parametrize(("people", "events", "is_drawn"), [
    (111, 11, True), (110, 11, False), (111, 10, False),
])  # fmt: skip
def test_a_curve_has_more_than_ten_thresholds_of_people_and_a_threshold_of_events(people, events, is_drawn):
    assert may_be_drawn(print_exactly(people), print_exactly(events), SEER) == is_drawn


@pytest.mark.parametrize(("profile", "events", "is_point"), [
    (SEER, 11, True), (SEER, 10, False), (FIVE, 6, True), (FIVE, 5, False),
])  # fmt: skip
def test_a_point_of_a_curve_has_a_threshold_of_events_and_six_at_least(profile, events, is_point):
    curve = step_curve([(1.0, 1 - events / 300, 300, events)])
    assert (coarsened(curve, profile) is not None) == is_point


@pytest.mark.parametrize(("left", "is_point"), [(11, True), (10, False), (1, False)])
def test_after_a_point_of_a_curve_a_threshold_is_left(left, is_point):
    curve = step_curve([(1.0, 0.5, 200, 100), (2.0, 0.25, 20 + left, 20)])
    assert coarsened(curve, SEER).months == ((1, 2) if is_point else (1,))


@pytest.mark.parametrize(("at_risk", "months"), [(11, (1, 2, 3)), (10, (1,))])
def test_a_curve_ends_where_fewer_than_a_threshold_are_at_risk(at_risk, months):
    """Even if more come under observation after that."""
    curve = step_curve([(1.0, 0.5, 200, 100), (2.0, 0.3, at_risk, at_risk), (3.0, 0.2, 200, 100)])
    assert coarsened(curve, SEER).months == months


@pytest.mark.parametrize(
    ("survival", "is_point"), [(0.994, True), (0.996, False), (0.006, True), (0.004, False)]
)
def test_a_point_that_two_decimals_show_as_all_or_nobody_is_left_out(survival, is_point):
    coarse = coarsened(step_curve([(1.0, survival, 5_000, 30)]), SEER)
    assert (coarse is not None) == is_point


# Tests and models


@pytest.mark.parametrize(("people", "events", "may"), [
    (22, 11, True), (21, 11, False), (400, 10, False), (400, 389, True), (400, 390, False),
])  # fmt: skip
def test_a_test_needs_a_threshold_with_and_without_the_event(people, events, may):
    groups = [(print_exactly(n), print_exactly(d)) for n, d in ((400, 200), (people, events))]
    assert may_compare(groups, SEER) == may
    assert not may_compare(groups[:1], SEER)


@pytest.mark.parametrize(("men", "may"), [((66, 55), True), ((65, 55), False), ((66, 54), False)])
def test_a_hazard_ratio_has_five_thresholds_of_events_in_each_group(men, may):
    made = fitted(Male=men, Female=(600, 300))
    assert model_may_leave(made, shown_of(made), SEER) == may


@pytest.mark.parametrize(("coefficients", "may"), [(654, True), (655, False)])
def test_a_model_has_a_threshold_of_people_beside_its_coefficients(coefficients, may):
    """666 people less the coefficients and one are 11, or 10."""
    joint = VariableTest("sex", "wald", 1.0, float(coefficients), 0.5)
    made = replace(fitted(Male=(66, 55), Female=(600, 300)), wald=(joint,))
    assert model_may_leave(made, shown_of(made), SEER) == may


def fitted(**levels: tuple[int, int]):
    groups = [GroupCount("sex", level, people, died) for level, (people, died) in levels.items()]
    n, died = (sum(each) for each in zip(*levels.values(), strict=True))
    return model(alone("sex"), n, died, [("sex", "Male", "Female")], groups)


def shown_of(made) -> dict[str, PrintedCount]:
    """Every count of a model, exactly."""
    counts = counts_of(results(cox=(made,), survival=(), sir=(), competing=()))
    return {key: print_exactly(cell.value) for key, cell in counts.cells.items()}


@pytest.mark.parametrize(
    ("p", "said"), [(0.0009, "<0.001"), (0.001, "0.001"), (0.0499, "<0.05"), (0.05, "0.05")]
)
def test_a_p_is_not_rounded_over_its_bound(p, said):
    assert p_value(p) == said


@pytest.mark.parametrize(("p", "said"), [
    (0.0009, "<0.001"), (0.001, "<0.01"), (0.0099, "<0.01"), (0.01, "<0.05"), (0.0499, "<0.05"),
    (0.05, "<0.1"), (0.0999, "<0.1"), (0.1, "0.1 or more"),
])  # fmt: skip
def test_a_p_beside_a_hazard_ratio_is_in_the_class_below_its_bound(p, said):
    assert p_class(p) == said


# Ages and ratios to the population


@pytest.mark.parametrize(
    ("level", "is_pooled"), [("85-89", False), ("89", False), ("90", True), ("90-94", True)]
)
def test_everybody_of_90_and_over_is_one_group(level, is_pooled):
    assert is_oldest("attained_age", level) == is_pooled and not is_oldest("sex", level)


@pytest.mark.parametrize(("observed", "is_told"), [(11, True), (10, False)])
def test_a_ratio_to_the_population_is_told_from_a_threshold_of_cases_on(observed, is_told):
    row = StandardisedIncidence({}, observed, 4.0, 1000.0, observed / 4, (1.0, 5.0), None, None)
    found = results(sir=(row,), cox=(), survival=(), competing=())
    shown = {key: print_exactly(cell.value) for key, cell in counts_of(found).cells.items()}
    rows = [row for table in incidence(found, shown, SEER).tables for row in table.rows]
    assert any(4.0 in row for row in rows) == is_told
