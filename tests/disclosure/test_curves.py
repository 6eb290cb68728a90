from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from analytics.disclosure.cells import HIDDEN, print_exactly
from analytics.disclosure.curves import DECIMALS, SMALL_GROUP, coarsened, may_be_drawn
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import BECAUSE
from analytics.disclosure.public_curves import cumulative_incidence, survival
from analytics.disclosure.suppression import protect
from analytics.disclosure.tables import counts_of
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import StepCurve
from tests.disclosure.curve_attack import deaths_given_away
from tests.disclosure.made_up import analysis, first_events, incidence_curve, results, step_curve
from tests.disclosure.made_up import competing as group

SEER = PROFILES["seer11"]


def followed(n: int, seed: int) -> StepCurve:
    """Kaplan-Meier of made-up people, deaths and censorings by whole months."""
    chance = np.random.default_rng(seed)
    death, loss = np.ceil(chance.exponential(50, n)), np.ceil(chance.exponential(100, n))
    months, died = np.minimum(death, loss), death <= loss
    steps = []
    left = 1.0
    for month in np.unique(months):
        at_risk, deaths = int(np.sum(months >= month)), int(np.sum(died & (months == month)))
        left *= 1 - deaths / at_risk
        steps.append((float(month), left, at_risk, deaths))
    return step_curve(steps)


def given_away(curve, n: int) -> float:
    """Share of death times whose deaths a reader of the fine curve at two decimals knows exactly."""
    steps = [(s, d) for s, d in zip(curve.survival, curve.events, strict=True) if d]
    found = deaths_given_away(n, [round(s, DECIMALS) for s, _ in steps], decimals=DECIMALS)
    assert all(low <= d <= high for (low, high), (_, d) in zip(found, steps, strict=True))
    return float(np.mean([low == high for low, high in found]))


@pytest.mark.parametrize(("n", "least", "most"), [(18, 0.7, 1.0), (50, 0.7, 1.0), (200, 0.0, 0.05)])
def test_rounding_alone_protects_large_groups_only(n, least, most):
    """As measured elsewhere by inversion: most steps of 18 or 50 people are exact, none of 200."""
    shares = [given_away(followed(n, seed), n) for seed in range(8 if n < 200 else 1)]
    assert least <= np.mean(shares) <= most


def test_between_two_points_at_least_the_threshold_died_and_enough_are_left():
    curve = followed(400, 3)
    coarse = coarsened(curve, SEER)
    times, deaths = np.array(curve.time), np.array(curve.events)
    edges = (0, *coarse.months)
    for start, stop in pairwise(edges):
        assert deaths[(times > start) & (times <= stop)].sum() >= SEER.threshold
    last = curve.time.index(coarse.months[-1])
    assert curve.at_risk[last] - curve.events[last] >= SEER.threshold
    assert all(estimate == round(estimate, 2) for estimate in coarse.estimate)


def test_the_coarse_curve_stays_on_the_true_one():
    curve = followed(400, 4)
    coarse = coarsened(curve, SEER)
    for month, estimate in zip(coarse.months, coarse.estimate, strict=True):
        true = [s for t, s in zip(curve.time, curve.survival, strict=True) if t <= month][-1]
        assert abs(true - estimate) <= 0.005 + 1e-9


def test_half_months_become_whole():
    curve = step_curve([(0.5, 0.9, 200, 20), (1.5, 0.8, 180, 20)])
    assert coarsened(curve, SEER).months == (1, 2)


def test_a_point_that_would_leave_a_few_people_is_not_drawn():
    curve = step_curve([(1.0, 0.5, 40, 20), (2.0, 0.125, 20, 15)])
    assert coarsened(curve, SEER).months == (1,)


@pytest.mark.parametrize("alive", [41, 0])
def test_a_curve_ends_before_two_decimals_say_that_nobody_is_left(alive):
    """0.45% with 41 at risk is not 0%; nor can a reader tell such a group from one that has died out."""
    curve = step_curve([(200.0, 0.4, 9_000, 5_400), (282.0, 0.01, 3_600, 3_510),
                        (393.0, alive / 9_000, 90, 90 - alive)])  # fmt: skip
    coarse = coarsened(curve, SEER)
    assert (coarse.months, coarse.estimate) == ((200, 282), (0.4, 0.01))
    assert coarse.at(393) is None
    rising = incidence_curve((t, 1 - s, n, d) for t, s, n, d in zip(
        curve.time, curve.survival, curve.at_risk, curve.events, strict=True))  # fmt: skip
    assert coarsened(rising, SEER).estimate == (0.6, 0.99)


def test_before_its_first_point_a_curve_does_not_say_that_everybody_is_alive():
    curve = step_curve([(40.0, 0.996, 5_000, 20), (70.0, 0.9, 4_980, 480)])
    coarse = coarsened(curve, SEER)
    assert coarse.months == (70,) and coarse.at(60) is None and coarse.at(70) == 0.9


def test_eighteen_people_have_no_curve_and_no_median():
    part = survival(results(), protect(counts_of(results()), SEER).shown, SEER)
    assert ("os_from_second", "all") not in {(c.analysis, c.level) for c in part.curves}
    assert "curve: os_from_second, all" in {each.artefact for each in part.withheld}
    of_cases = next(row for row in part.tables[0].rows if row[0] == "os_from_second")
    assert of_cases[-2:] == (None, None)


def test_a_group_needs_people_and_events_that_every_reader_sees_to_be_enough():
    people, events = print_exactly(SMALL_GROUP * SEER.threshold + 1), print_exactly(SEER.threshold)
    assert may_be_drawn(people, events, SEER)
    assert not may_be_drawn(print_exactly(SMALL_GROUP * SEER.threshold), events, SEER)
    assert not may_be_drawn(people, print_exactly(SEER.threshold - 1), SEER)
    assert not may_be_drawn(HIDDEN, events, SEER) and not may_be_drawn(people, HIDDEN, SEER)


def test_numbers_at_risk_are_rounded_and_end_before_the_curve_does():
    """A tick that is there or not would tell whether few are left; before the last point there are enough."""
    said = results(survival=(analysis(SurvivalId.FROM_INDEX, {"all": (64_629, 50_512)}),))
    [curve] = survival(said, protect(counts_of(said), SEER).shown, SEER).curves
    assert [(month, left.number) for month, left in curve.at_risk] == [(60, 21_540), (120, 7_180)]
    assert all(month < curve.months[-1] for month, _ in curve.at_risk)
    [of_all] = said.survival
    [stratum] = of_all.strata
    table = stratum.risk_table
    longer = replace(table, time=(*table.time, float(curve.months[-1])), at_risk=(*table.at_risk, 3))
    said = replace(said, survival=(replace(of_all, strata=(replace(stratum, risk_table=longer),)),))
    [same] = survival(said, protect(counts_of(said), SEER).shown, SEER).curves
    assert same == curve


def test_an_incidence_curve_leaves_as_coarse_as_any_other():
    curve = followed(400, 5)
    rising = incidence_curve(
        (time, 1 - left, at_risk, events)
        for time, left, at_risk, events in zip(
            curve.time, curve.survival, curve.at_risk, curve.events, strict=True
        )
    )
    part = cumulative_incidence(competing(rising), counted(400, 200), SEER)
    [drawn] = part.curves
    assert part.withheld == () and drawn.months == coarsened(curve, SEER).months
    small = cumulative_incidence(competing(rising), counted(110, 50), SEER)
    assert small.curves == () and [told.reason for told in small.withheld] == [BECAUSE]


def test_an_incidence_that_rounds_to_nothing_is_not_drawn_as_nothing():
    rare = incidence_curve(
        (float(month), 0.00002 * (step + 1), 60_000.0, 1.0) for step, month in enumerate(range(12, 48))
    )
    part = cumulative_incidence(competing(rare), counted(64_000, 36), SEER)
    assert part.curves == () and [told.reason for told in part.withheld] == [BECAUSE]


def competing(curve):
    of_all = first_events({}, CompetingId.EVERYBODY)
    return results(competing=(replace(of_all, strata=(group("all", 0, 0, 0, curve),)),))


def counted(people: int, seconds: int):
    prefix = "competing|second_primary|all"
    return {
        f"{prefix} n": print_exactly(people),
        f"{prefix} seconds": print_exactly(seconds),
        f"{prefix} deaths": print_exactly(50),
    }
