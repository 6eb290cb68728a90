"""The clean registry shows what the paper prints, in every seed, to a reader who knows only the text."""

from __future__ import annotations

from collections import Counter
from statistics import median

import pytest

from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import age, cohort, read_listing, survival
from tests.samples.survival_by_hand import spss_median

SEEDS = (1, 2, 3, 4, 5)
MARRIED, UNKNOWN = "Married (including common law)", "Unknown"


@pytest.fixture(scope="module", params=SEEDS)
def found(request, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    write_deliveries(folder, seed=request.param)
    rows = read_listing(folder / "seer9_plus_1975_2018.txt")
    return cohort(rows) | {"rows": rows}


def without(found: dict) -> list[dict]:
    return [index for index, second, _ in found["patients"].values() if second is None]


def cases(found: dict) -> list[tuple[dict, dict, int]]:
    return [patient for patient in found["patients"].values() if patient[1] is not None]


def test_the_cohort_is_64611_without_and_18_with(found):
    assert len(found["patients"]) == 64_629
    assert len(cases(found)) == 18


def test_each_rule_removes_the_people_made_for_it(found):
    removed = dict(found["removed"])
    assert found["persons"] - removed.pop("index") == 64_648
    assert removed == {
        "adult": 3,
        "order": 3,
        "latency known": 0,
        "latency long enough": 7,
        "two primaries": 4,
        "survival known": 2,
    }


def test_table_1_counts_of_those_without(found):
    index = without(found)

    def counts(column, name=lambda word: word):
        return Counter(name(row[column]) for row in index)

    assert counts("Sex") == {"Male": 35_067, "Female": 29_544}
    assert counts("Race recode (White, Black, Other)", lambda word: word.split(" (")[0]) == {
        "White": 49_117,
        "Black": 11_296,
        "Other": 3_974,
        UNKNOWN: 224,
    }
    assert counts("Marital status at diagnosis", lambda w: w if w in (MARRIED, UNKNOWN) else "Other") == {
        MARRIED: 36_886,
        "Other": 23_843,
        UNKNOWN: 3_882,
    }
    assert counts("Year of diagnosis", lambda year: year <= "2002") == {True: 31_981, False: 32_630}
    assert counts("Chemotherapy recode (yes, no/unk)") == {"Yes": 40_197, "No/Unknown": 24_414}


def test_table_1_counts_of_the_eighteen(found):
    index = [row for row, _, _ in cases(found)]
    assert Counter(row["Sex"] for row in index) == {"Male": 10, "Female": 8}
    assert Counter(row["Race recode (White, Black, Other)"][:5] for row in index) == {
        "White": 12,
        "Black": 5,
        "Other": 1,
    }
    marital = Counter(row["Marital status at diagnosis"] for row in index)
    assert (marital[MARRIED], marital[UNKNOWN]) == (12, 2)
    assert Counter(row["Chemotherapy recode (yes, no/unk)"] for row in index) == {"Yes": 16, "No/Unknown": 2}


def test_latency_and_ages_of_the_eighteen(found):
    by_era = {True: [], False: []}
    for index, _, latency in cases(found):
        by_era[index["Year of diagnosis"] <= "2002"].append(latency)
    early, late = sorted(by_era[True]), sorted(by_era[False])
    assert (len(early), median(early), early[0], early[-1]) == (8, 74.5, 19, 140)
    assert (len(late), median(late), late[0], late[-1]) == (10, 51.5, 21, 150)
    at_index = [age(index) for index, _, _ in cases(found)]
    at_second = [age(second) for _, second, _ in cases(found)]
    assert (median(at_index), min(at_index), max(at_index)) == (59, 44, 72)
    assert (median(at_second), min(at_second), max(at_second)) == (65, 47, 78)


def test_the_eighteen_live_about_as_long_as_printed(found):
    """Printed: 125 (57.6-192.4) from myeloma and 18 (-3.61-39.61) from leukaemia; the template is close."""
    rows = [(index, second) for index, second, _ in cases(found)]
    died = [row["Vital status recode (study cutoff used)"] == "Dead" for row, _ in rows]
    from_index = spss_median([survival(index) for index, _ in rows], died)
    from_second = spss_median([survival(second) for _, second in rows], died)
    assert sum(died) == 14
    assert from_index == pytest.approx((125, 58.5, 191.5), abs=0.05)
    assert from_second == pytest.approx((18, -3.57, 39.57), abs=0.05)


def test_ages_of_those_without_run_from_18_to_the_top_code(found):
    ages = [age(row) for row in without(found)]
    assert (median(ages), min(ages), max(ages)) == (69, 18, 85)


def test_medians_and_spss_intervals_are_the_printed_ones(found):
    index = [row for row, _, _ in found["patients"].values() if survival(row) is not None]
    eras = {
        (34, 33.5, 34.5): index,
        (26, 25.5, 26.5): [row for row in index if row["Year of diagnosis"] <= "2002"],
        (48, 46.9, 49.1): [row for row in index if row["Year of diagnosis"] >= "2003"],
    }
    for printed, rows in eras.items():
        months = [survival(row) or 0.5 for row in rows]
        died = [row["Vital status recode (study cutoff used)"] == "Dead" for row in rows]
        middle, lower, upper = spss_median(months, died)
        assert middle == printed[0]
        assert (lower, upper) == pytest.approx(printed[1:], abs=0.1)


def test_unknown_survival_is_kept_in_the_counts(found):
    missing = Counter(row["Survival months flag"] for row in without(found) if survival(row) is None)
    assert sorted(missing.values()) == [60, 350]


def test_the_whole_delivery_has_about_98000_tumours_and_says_it_is_synthetic(found):
    assert 98_000 < len(found["rows"]) < 98_800
    assert {row["Data note (synthetic)"] for row in found["rows"]} == {"SYNTHETIC - no patient"}
