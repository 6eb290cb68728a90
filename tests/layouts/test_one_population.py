"""The same people as case listing, fixed width and NAACCR XML: the same cohort and the same numbers."""

from __future__ import annotations

import pytest

from tests.layouts.conftest import Delivered

pytestmark = pytest.mark.slow

IN_CODES = ("ascii", "naaccr")
WHERE_IT_STANDS = {"load_id", "source_line", "second_load_id", "second_source_line"}
# The listing writes whole states for registries, and 85+ where the codes have 085 and say no more.
SAID_IN_OTHER_WORDS = {"registry", "age_is_top_coded"}
# Codes carry the month of diagnosis, which a listing lacks: it places person-time in calendar years.
NEEDS_THE_MONTH = ("sir", "person_time", "sir_tests")
RATIO = "standardised incidence ratio"
# Two cases of unknown survival are placed by the month where it is told, else by the year of diagnosis. They
# are in no published analysis, and move the corrected ones a little.
PLACED_BY_THE_MONTH = {
    *("eras", "incidence_overall", "era_ratios", "fair_eras", "competing", "contrasts", "multiplicity"),
    *("survival", "cox", "data_quality"),
}


def without_months(results):
    """The results that do not depend on the month of diagnosis or on the files themselves."""
    kept = {key: value for key, value in results.items() if key not in ("data", "run", *NEEDS_THE_MONTH)}
    kept["contrasts"] = [contrast for contrast in kept["contrasts"] if contrast["measure"] != RATIO]
    return kept


def published(results):
    """Of the keys in PLACED_BY_THE_MONTH, what is of the published cohort."""
    eras = [
        {key: era[key] for key in ("era", "n_index", "n_second", "proportion")} for era in results["eras"]
    ]
    models = [row for row in results["cox"] if row["id"] == "index_naive" or row["id"].startswith("second_")]
    return eras, models, [row for row in results["survival"] if "second_" not in row["id"]]


def test_the_population_is_large_enough_to_differ(layouts: dict[str, Delivered]) -> None:
    cohort = layouts["listing"].results["cohort"]
    assert cohort["n_index"] > 6_000 and cohort["n_second"] == 18
    removing = [rule for _, rule, _, _, removed, _ in layouts["listing"].flow if removed]
    assert len(removing) >= 6


@pytest.mark.parametrize("layout", IN_CODES)
def test_the_same_rules_remove_the_same_number_of_people(layouts: dict[str, Delivered], layout: str) -> None:
    assert layouts[layout].flow == layouts["listing"].flow


@pytest.mark.parametrize("layout", IN_CODES)
def test_patient_by_patient_every_fact_is_the_same(layouts: dict[str, Delivered], layout: str) -> None:
    listed, coded = layouts["listing"].patients, layouts[layout].patients
    assert coded.keys() == listed.keys()
    for column in next(iter(listed.values())).keys() - WHERE_IT_STANDS - SAID_IN_OTHER_WORDS:
        differing = [number for number in listed if listed[number][column] != coded[number][column]]
        assert differing == [], column


@pytest.mark.parametrize("layout", IN_CODES)
def test_what_a_layout_says_in_other_words_is_this_and_no_more(
    layouts: dict[str, Delivered], layout: str
) -> None:
    listed, coded = layouts["listing"].patients, layouts[layout].patients
    registries = {(row["registry"], coded[number]["registry"]) for number, row in listed.items()}
    assert {pair for pair in registries if pair[0] != pair[1]} == {
        ("California", "San Francisco-Oakland SMSA"),
        ("Georgia", "Metropolitan Atlanta"),
    }
    assert not any(row["age_is_top_coded"] for row in coded.values())
    assert {row["age_at_index_years"] for row in listed.values() if row["age_is_top_coded"]} == {85}


@pytest.mark.parametrize("layout", IN_CODES)
def test_every_result_that_needs_no_month_is_equal_to_the_last_digit(
    layouts: dict[str, Delivered], layout: str
) -> None:
    listed, coded = without_months(layouts["listing"].results), without_months(layouts[layout].results)
    assert listed.keys() == coded.keys() and "survival" in listed and "cox" in listed
    assert published(coded) == published(listed)
    for key in listed.keys() - PLACED_BY_THE_MONTH:
        assert coded[key] == listed[key], key


def test_fixed_width_and_naaccr_give_equal_results_in_everything(layouts: dict[str, Delivered]) -> None:
    ascii_files, naaccr = (dict(layouts[layout].results) for layout in IN_CODES)
    ascii_files.pop("data"), naaccr.pop("data")
    assert ascii_files == naaccr


@pytest.mark.parametrize("layout", IN_CODES)
def test_the_month_moves_expected_counts_by_a_few_percent_and_nothing_observed(
    layouts: dict[str, Delivered], layout: str
) -> None:
    listed, coded = layouts["listing"].results["sir"], layouts[layout].results["sir"]
    assert [row["stratum"] for row in coded] == [row["stratum"] for row in listed]
    assert [row["observed"] for row in coded] == [row["observed"] for row in listed]
    for without, given in zip(listed, coded, strict=True):
        assert given["person_years"] == pytest.approx(without["person_years"], rel=1e-3)
        if without["expected"] is not None:
            assert given["expected"] == pytest.approx(without["expected"], rel=0.03)
    assert coded[0]["expected"] != listed[0]["expected"]


def test_dates_alone_give_the_survival_that_the_registry_would_derive(
    layouts: dict[str, Delivered], dates_alone: Delivered
) -> None:
    derived, counted = layouts["naaccr"].patients, dates_alone.patients
    assert derived.keys() <= counted.keys()
    for number, row in derived.items():
        assert counted[number]["died"] == row["died"]
        assert counted[number]["has_second_primary"] == row["has_second_primary"]
        # The synthetic calendar has months of 28 days: a month may be full by one count and not by the other.
        for column in ("survival_months_recorded", "latency_months"):
            if row[column] is not None:
                assert abs(counted[number][column] - row[column]) <= 1


def test_dates_alone_tell_a_survival_that_the_registry_left_unknown(
    layouts: dict[str, Delivered], dates_alone: Delivered
) -> None:
    derived, counted = layouts["naaccr"], dates_alone
    won = [row for number, row in counted.patients.items() if number not in derived.patients]
    unknown = {rule: removed for _, rule, _, _, removed, _ in derived.flow}["survival known"]
    assert 0 < len(won) <= unknown
    assert {row["latency_method"] for row in won} == {"survival_days"}
