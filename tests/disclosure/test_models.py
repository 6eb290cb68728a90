from analytics.disclosure.cells import HIDDEN, shown_exactly
from analytics.disclosure.models import may_compare, model_may_leave
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import BECAUSE
from analytics.disclosure.public_tables import characteristics_tests, compared, models
from analytics.disclosure.suppression import protect
from analytics.disclosure.tables import counts_of
from tests.disclosure.made_up import comparison, model, results

SEER = PROFILES["seer11"]


def shown(said):
    return protect(counts_of(said), SEER).shown


def with_groups(n: int, events: int, **levels: tuple[int, int]):
    groups = [
        {"variable": "sex", "level": level, "n": people, "events": died}
        for level, (people, died) in levels.items()
    ]
    made = model("second_univariate:sex", n, events, [("sex", "Male", "Female")])
    return results(cox=[made | {"card": {"groups": groups}}], survival=[], sir=[], competing=[])


def test_the_papers_table_2_is_withheld():
    table, withheld = models(results(), shown(results()), SEER)
    assert table.rows == ()
    assert {each.artefact for each in withheld} == {"cox: second_univariate:sex", "cox: index_naive"}
    assert {each.reason for each in withheld} == {BECAUSE}


def test_a_model_of_large_groups_is_shown_to_two_decimals():
    said = with_groups(5_200, 3_090, Male=(3_000, 1_800), Female=(2_200, 1_290))
    table, withheld = models(said, shown(said), SEER)
    assert withheld == []
    assert table.rows[0][2:] == (0.48, 0.14, 1.58, "0.23")


def test_a_model_that_does_not_tell_its_groups_is_withheld_however_large():
    said = with_groups(900, 600)
    assert not model_may_leave(said["cox"][0], shown(said), SEER)


def test_a_model_with_a_group_of_few_survivors_is_withheld_and_its_groups_are_counted():
    said = with_groups(710, 600, Male=(500, 300), Female=(210, 205))
    assert not model_may_leave(said["cox"][0], shown(said), SEER)
    rows = {row[1]: row[2:] for row in compared(said, shown(said)).rows}
    assert rows.keys() == {"sex: Male", "sex: Female"}
    said = with_groups(800, 500, Male=(500, 300), Female=(300, 200))
    assert model_may_leave(said["cox"][0], shown(said), SEER)


def test_a_comparison_needs_every_group_seen_to_be_large_with_and_without_the_event():
    def groups(*sizes):
        return [tuple(shown_exactly(size) for size in each) for each in sizes]

    assert may_compare(groups((400, 200), (300, 11)), SEER)
    assert not may_compare(groups((400, 200), (300, 10)), SEER)
    assert not may_compare(groups((400, 200), (300, 290)), SEER)
    assert not may_compare(groups((400, 200)), SEER)
    assert not may_compare([*groups((400, 200)), (shown_exactly(300), HIDDEN)], SEER)


def test_a_test_is_shown_only_with_all_its_counts():
    """The statistic of a chi-squared and two margins give the hidden cells back."""
    said = results()
    table, withheld = characteristics_tests(said, shown(said), SEER)
    assert [row[:2] for row in table.rows] == [("age_at_index_years", "student_t")]
    assert "table1_tests: sex, pearson_chi2" in {each.artefact for each in withheld}


def test_degrees_of_freedom_of_a_hidden_group_stay_inside():
    """n is the degrees of freedom and two."""
    said = results(table1_tests=[comparison("latency_months", "student_t", 1.0)])
    table, (told,) = characteristics_tests(said, shown(said), SEER)
    assert table.rows == () and told.reason == BECAUSE
