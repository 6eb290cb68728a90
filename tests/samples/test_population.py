"""Cases over population are the published rates, so that expected numbers come out as published."""

from __future__ import annotations

from collections import Counter

import pytest

from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import cohort, is_leukemia, read_listing, survival

# Per 100,000 both sexes: the cited rates of childhood and two of the approximate ones after.
PUBLISHED_RATES = {0: 1.84, 1: 7.52, 2: 3.48, 3: 2.16, 4: 1.70, 13: 1.2, 18: 1.6}
GROUPS = ["00 years", "01-04 years", *(f"{a:02d}-{a + 4:02d} years" for a in range(5, 85, 5)), "85+ years"]
STARTS = [0, 1, *range(5, 90, 5), 200]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("population")
    write_deliveries(folder, seed=1)
    return folder


@pytest.fixture(scope="module")
def rows(folder):
    return read_listing(folder / "seer9_plus_1975_2018.txt")


@pytest.fixture(scope="module")
def population(folder) -> Counter:
    """Person-years by sex and age group."""
    people = Counter()
    for line in (folder / "synthetic_populations_19ages.txt").read_bytes().decode().split("\r\n")[:-1]:
        assert len(line) == 26
        people[line[15], int(line[16:18])] += int(line[18:])
    return people


@pytest.fixture(scope="module")
def cases(rows) -> Counter:
    found = [row for row in rows if row["Behavior code ICD-O-3"] == "Malignant" and is_leukemia(row)]
    sexes = {"Male": "1", "Female": "2"}
    return Counter((sexes[r["Sex"]], GROUPS.index(r["Age recode with <1 year olds"])) for r in found)


def test_every_year_registry_race_sex_and_age_is_there_once(folder):
    lines = (folder / "synthetic_populations_19ages.txt").read_text().splitlines()
    assert len({line[:18] for line in lines}) == len(lines) == 44 * 9 * 3 * 2 * 19
    assert {line[:4] for line in lines} == {str(year) for year in range(1975, 2019)}
    assert {line[11:13] for line in lines} == {"01", "02", "20", "21", "22", "23", "25", "26", "27"}


def test_rates_are_the_published_ones(cases, population):
    for group, published in PUBLISHED_RATES.items():
        # Men and women weigh alike in the published figure.
        rate = sum(cases[sex, group] / population[sex, group] for sex in "12") / 2
        assert rate * 1e5 == pytest.approx(published, rel=0.03)


def test_men_have_a_quarter_more_leukaemia_than_women(cases, population):
    rates = {sex: sum(cases[sex, group] / population[sex, group] for group in range(19)) for sex in "12"}
    assert rates["1"] / rates["2"] == pytest.approx(1.25, abs=0.03)


def test_expected_leukaemias_after_myeloma(rows, cases, population):
    """3.235 from diagnosis and 2.531 from month 12, as the calibration had them."""
    expected = {0: 0.0, 12: 0.0}
    for index, _, latency in cohort(rows)["patients"].values():
        if survival(index) is None:
            continue
        stop = latency if latency is not None else survival(index)
        sex = {"Male": "1", "Female": "2"}[index["Sex"]]
        at = 12 * (int(index["Age recode with single ages and 85+"][:2]) + 0.5)
        for start in expected:
            for group in range(19):
                lower, upper = max(at + start, 12 * STARTS[group]), min(at + stop, 12 * STARTS[group + 1])
                if upper > lower:
                    rate = cases[sex, group] / population[sex, group]
                    expected[start] += (upper - lower) / 12 * rate
    assert expected[0] == pytest.approx(3.235, rel=0.02)
    assert expected[12] == pytest.approx(2.531, rel=0.02)
