import numpy as np
import pytest
from scipy.stats import norm

from analytics.disclosure.cells import HIDDEN, print_exactly
from analytics.disclosure.models import may_compare, model_may_leave
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import BECAUSE, p_class
from analytics.disclosure.public import ratio as as_ratio
from analytics.disclosure.public_curves import survival
from analytics.disclosure.public_tables import characteristics_tests, compared, models
from analytics.disclosure.suppression import protect
from analytics.disclosure.tables import counts_of
from analytics.results.guardrails import GroupCount
from analytics.results.ids import alone
from tests.disclosure.made_up import comparison, model, results

SEER = PROFILES["seer11"]


def shown(said):
    return protect(counts_of(said), SEER).shown


def with_groups(n: int, events: int, **levels: tuple[int, int]):
    groups = [GroupCount("sex", level, people, died) for level, (people, died) in levels.items()]
    made = model(alone("sex"), n, events, [("sex", "Male", "Female")], groups)
    return results(cox=(made,), survival=(), sir=(), competing=())


def test_the_papers_table_2_is_withheld():
    part = models(results(), shown(results()), SEER)
    assert part.tables == ()
    assert {each.artefact for each in part.withheld} == {"cox: second_univariate:sex", "cox: index_naive"}
    assert {each.reason for each in part.withheld} == {BECAUSE}


def test_a_model_of_large_groups_is_shown_in_steps_and_its_p_as_a_class():
    said = with_groups(5_200, 3_090, Male=(3_000, 1_800), Female=(2_200, 1_290))
    part = models(said, shown(said), SEER)
    assert part.withheld == ()
    assert part.tables[0].rows[0][3:] == (0.48, 0.14, 1.6, "0.1 or more")


def test_a_model_that_does_not_tell_its_groups_is_withheld_however_large():
    said = with_groups(900, 600)
    assert not model_may_leave(said.cox[0], shown(said), SEER)


def test_a_model_with_a_group_of_few_survivors_is_withheld_and_its_groups_are_counted():
    said = with_groups(710, 600, Male=(500, 300), Female=(210, 205))
    assert not model_may_leave(said.cox[0], shown(said), SEER)
    rows = {row[1]: row[2:] for row in compared(said, shown(said), SEER).tables[0].rows}
    assert rows.keys() == {"sex: Male", "sex: Female"}
    said = with_groups(800, 500, Male=(500, 300), Female=(300, 200))
    assert model_may_leave(said.cox[0], shown(said), SEER)


def test_a_comparison_needs_every_group_seen_to_be_large_with_and_without_the_event():
    def groups(*sizes):
        return [tuple(print_exactly(size) for size in each) for each in sizes]

    assert may_compare(groups((400, 200), (300, 11)), SEER)
    assert not may_compare(groups((400, 200), (300, 10)), SEER)
    assert not may_compare(groups((400, 200), (300, 290)), SEER)
    assert not may_compare(groups((400, 200)), SEER)
    assert not may_compare([*groups((400, 200)), (print_exactly(300), HIDDEN)], SEER)


def test_a_test_is_shown_only_with_all_its_counts():
    """The statistic of a chi-squared and two margins give the hidden cells back."""
    said = results()
    part = characteristics_tests(said, shown(said), SEER)
    assert [row[:2] for row in part.tables[0].rows] == [("age_at_index_years", "student_t")]
    assert "table1_tests: sex, pearson_chi2" in {each.artefact for each in part.withheld}


def test_degrees_of_freedom_of_a_hidden_group_stay_inside():
    """n is the degrees of freedom and two."""
    said = results(table1_tests=(comparison("latency_months", "student_t", 1.0),))
    part = characteristics_tests(said, shown(said), SEER)
    assert part.tables == () and [told.reason for told in part.withheld] == [BECAUSE]


def as_printed(deaths: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """A hazard ratio, its interval and its P, as texts, of a group with these deaths and one with many."""
    se = np.sqrt(1 / deaths + 1 / 30_000)
    limits = [np.exp(log_ratio + z * se) for z in (0, -1.959964, 1.959964)]
    p_values = 2 * norm.sf(np.abs(log_ratio) / se)
    rows = zip(*limits, p_values, strict=True)
    return np.array([f"{[as_ratio(each) for each in row[:3]]} {p_class(row[3])}" for row in rows])


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.0, 1.5, 2.7, 9.8])
@pytest.mark.parametrize("deaths", [55, 60, 75, 100, 150])
def test_the_interval_of_a_hazard_ratio_does_not_give_the_deaths_back(deaths, ratio):
    """All deaths, and ratios near the printed one, that print the very row."""
    [row] = as_printed(np.array([deaths]), np.log([ratio]))
    agreeing = [
        other
        for other in range(deaths - 30, deaths + 31)
        if (as_printed(np.full(601, other), np.log(ratio) + np.linspace(-0.15, 0.15, 601)) == row).any()
    ]
    assert max(agreeing) - min(agreeing) >= SEER.threshold


def test_a_hazard_ratio_of_few_deaths_is_withheld():
    """To two decimals, 36 deaths were 36: and 30 in another model, of the same people but for six."""
    said = with_groups(60_600, 30_040, Male=(600, 40), Female=(60_000, 30_000))
    assert not model_may_leave(said.cox[0], shown(said), SEER)
    said = with_groups(60_600, 30_090, Male=(600, 90), Female=(60_000, 30_000))
    assert model_may_leave(said.cox[0], shown(said), SEER)


def test_no_statistic_stands_beside_a_hazard_ratio():
    said = results()
    [_, tests] = survival(said, shown(said), SEER).tables
    assert tests.columns == ("analysis", "test", "p")
