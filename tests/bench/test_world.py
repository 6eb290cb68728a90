"""The drawn registry against a dull walk of it, person by person and day by day."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.estimators.rates import poisson_interval
from bench.validation import coverage
from bench.validation.world import (
    BY_AGE,
    BY_RACE,
    BY_SEX,
    CUTOFF,
    YEAR,
    Patients,
    Truth,
    de_novo,
    hazard_of_death,
    other_cancers,
    patients,
)

MANY = Truth(sir=5.0, hazard_ratio=3.0, patients=2_000, rate=0.06)
AGES = (0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85)


def drawn(truth: Truth = MANY, seed: int = 3) -> Patients:
    return patients(truth, np.random.default_rng(seed))


def population_rate(truth: Truth, race: int, sex: int, age: float) -> float:
    group = max(number for number, first in enumerate(AGES) if first <= age)
    return truth.rate * BY_RACE[race] * BY_SEX[sex] * BY_AGE[group]


@pytest.mark.parametrize("first_month", [0, 12])
def test_second_cancers_come_at_the_ratio_that_was_put_in(first_month):
    """Expected cancers a step of ten days, each at the rate of the age that day; observed over them is 5."""
    found, step, observed, expected = drawn(), 10.0, 0, 0.0
    start = first_month * YEAR / 12
    for index, second, end, age, race, sex in zip(
        found.index, found.second, found.end, found.age, found.race, found.sex, strict=True
    ):
        stop = end if np.isnan(second) else second
        observed += not np.isnan(second) and second - index >= start
        day = index + start
        while day < stop:
            length = min(step, stop - day)
            expected += length / YEAR * population_rate(MANY, race, sex, age + (day - index) / YEAR)
            day += step
    lower, upper = poisson_interval(observed, 0.99)
    assert observed > 600
    assert lower / expected < 5 < upper / expected


def test_deaths_come_at_the_hazard_that_was_put_in_before_and_after_the_second_cancer():
    found = drawn()
    daily = hazard_of_death(MANY, found.race, found.sex, found.age, found.index)
    ill = found.has_second
    before = np.where(ill, found.second, found.end) - found.index
    after = np.where(ill, found.end - found.second, 0.0)
    for deaths, time, ratio in ((found.died & ~ill, before, 1.0), (found.died & ill, after, 3.0)):
        lower, upper = poisson_interval(int(deaths.sum()), 0.99)
        assert lower < ratio * float((daily * time).sum()) < upper


def test_nobody_is_seen_after_the_cutoff_and_no_second_cancer_before_the_index():
    found = drawn()
    assert (found.end <= CUTOFF).all() and (found.end > found.index).all()
    assert (found.second[found.has_second] >= found.index[found.has_second]).all()
    assert (found.died == (found.end < CUTOFF)).all()


def test_other_cancers_lie_in_the_registrys_time_and_end_with_the_person():
    found = drawn()
    others = other_cancers(found, np.random.default_rng(1))
    assert (others.day >= 0).all() and (others.day <= found.end[others.person]).all()
    years = (found.end - np.maximum(found.index - 10 * YEAR, 0)).sum() / YEAR
    lower, upper = poisson_interval(len(others.day), 0.99)
    assert lower < 0.012 * years < upper


def test_the_populations_own_cases_come_at_its_rates():
    truth = Truth(de_novo=5_000)
    cases = de_novo(truth, np.random.default_rng(1))
    persons = truth.population
    for race in range(3):
        for first, last in ((50, 65), (65, 200)):
            groups = [number for number, age in enumerate(AGES) if first <= age < last]
            here = (cases.race == race) & (cases.age >= first) & (cases.age < last)
            rates = [[population_rate(truth, race, sex, AGES[g]) for g in groups] for sex in (0, 1)]
            expected = (persons[:, :, race][..., groups] * np.array(rates)).sum()
            lower, upper = poisson_interval(int(here.sum()), 0.999)
            assert lower < expected < upper


def test_person_time_of_the_marts_is_that_of_a_walk_by_hours():
    """Cells of time since the index cancer and attained age, filled a small step at a time."""
    truth = Truth(sir=5.0, patients=12, rate=0.02)
    found = coverage.marts(truth, np.random.default_rng(8))
    walked, step = np.zeros_like(found.time), 1 / 2_000
    for person in range(12):
        ill = found.people.has_second[person]
        stop = (found.latency[person] if ill else found.exit[person] + 0.5) / 12
        age = np.floor(found.people.age[person]) + 0.5
        for at in np.arange(step / 2, stop, step):
            band = sum(12 * at >= month for month in coverage.BANDS[1:-1])
            group = max(number for number, first in enumerate(AGES) if first <= age + at)
            walked[person, band, group] += step
    assert np.abs(walked - found.time).max() < 2 * step


def test_second_cancers_stand_in_the_cell_that_their_person_time_ends_in():
    found = coverage.marts(MANY, np.random.default_rng(2))
    for person in np.flatnonzero(found.people.has_second & (found.latency % 6 > 0))[:200]:
        last = np.argwhere(found.time[person] > 0).max(axis=0)
        assert (found.band[person], found.group[person]) == tuple(last)
