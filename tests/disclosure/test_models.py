from analytics.disclosure.models import model_withheld, test_withheld
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public_tables import characteristics_tests, models
from analytics.disclosure.suppression import protect
from analytics.disclosure.tables import counts_of
from tests.disclosure.made_up import analysis, model, results

SEER = PROFILES["seer11"]
test_withheld.__test__ = False  # the rule on tests, not a test of ours


def test_the_papers_table_2_is_withheld():
    table, withheld = models(results(), SEER)
    assert table.rows == ()
    assert {each.artefact for each in withheld} == {"cox: second_univariate:sex", "cox: index_naive"}


def test_a_ratio_that_would_tell_four_survivors_is_withheld():
    """18 people, 14 deaths: the standard error of the ratio tells the 14."""
    assert model_withheld(results()["cox"][1], results(), SEER) is not None


def test_a_model_of_large_groups_is_shown_to_two_decimals():
    said = results(
        survival=[analysis("os_from_index_by_second", {"without": (5_000, 3_000), "with": (200, 90)})],
        cox=[model("index_naive", 5_200, 3_090, [("second_primary", "with", "without")])],
    )
    table, withheld = models(said, SEER)
    assert withheld == []
    assert table.rows[0][2:] == (0.48, 0.14, 1.58, "0.23")


def test_a_model_that_does_not_tell_its_groups_is_withheld_however_large():
    large = model("second_univariate:sex", 900, 600, [("sex", "Male", "Female")])
    assert "does not tell" in model_withheld(large, results(), SEER)
    groups = [
        {"variable": "sex", "level": "Male", "n": 500, "events": 300},
        {"variable": "sex", "level": "Female", "n": 400, "events": 300},
    ]
    assert model_withheld(large | {"card": {"groups": groups}}, results(), SEER) is None
    groups[1] |= {"n": 310}
    assert model_withheld(large | {"card": {"groups": groups}}, results(), SEER) is not None


def test_a_comparison_needs_every_group_large_with_and_without_the_event():
    assert test_withheld([(400, 200), (300, 11)], SEER) is None
    assert test_withheld([(400, 200), (300, 10)], SEER) is not None
    assert test_withheld([(400, 200), (300, 290)], SEER) is not None


def test_a_chi_squared_is_shown_only_with_its_whole_table():
    """Its statistic and two margins give the hidden cells back."""
    said = results()
    table, withheld = characteristics_tests(said, protect(counts_of(said), SEER).shown, SEER)
    assert [row[:2] for row in table.rows] == [("age_at_index_years", "student_t")]
    assert "table1_tests: sex, pearson_chi2" in {each.artefact for each in withheld}
