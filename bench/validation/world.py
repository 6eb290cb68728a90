"""A registry drawn from a known truth, with exact dates. Nobody in it exists.

Time is in days since 1 January 1975, with fractions; the registry ends with 31 December 2018. Index patients
come evenly over the years. Their second cancer comes at `sir` times the population's rate of their attained
age, sex and race, from the day of the index cancer on; the rate has no trend over the years. Death comes at a
constant hazard that depends on age, sex, race and calendar year of the index cancer, and is multiplied by
`hazard_ratio` from the day of the second cancer on. Other cancers come at a constant rate and change nothing.
The patients' own second cancers are among the registry's cases, as everywhere: its rates rise by up to 1%.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.synthetic.population import AGE_GROUPS, shape_of_population
from samples.synthetic.registry import ASIAN, BLACK, FIRST_YEAR, LAST_YEAR, REGISTRIES, WHITE

YEAR = 365.25
YEAR_STARTS = (
    np.arange(f"{FIRST_YEAR}", f"{LAST_YEAR + 2}", dtype="datetime64[Y]").astype("datetime64[D]")
    - np.datetime64(f"{FIRST_YEAR}-01-01")
).astype(int)
CUTOFF = float(YEAR_STARTS[-1])

RACES = (WHITE, BLACK, ASIAN)
# The second cancer relative to white men of 65 to 69; every five years of age multiply it by exp(0.25).
BY_AGE = np.exp(0.05 * (np.array([0.5, 3, *range(7, 88, 5)]) - 67))
BY_RACE, BY_SEX = np.array([1.0, 1.3, 0.8]), np.array([1.0, 0.75])

MEAN_AGE, SPREAD_OF_AGE, YOUNGEST = 66.0, 11.0, 30.0
OTHER_CANCERS_PER_YEAR, YEARS_BEFORE_INDEX = 0.012, 10
YEARS_ALIVE_DE_NOVO = 3.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What was put in.

    sir            rate of the second cancer among the patients over the population's
    hazard_ratio   what the second cancer does to the hazard of death
    mean_survival  years, of a white man of 66 with his index cancer in 1997
    patients       with the index cancer
    rate           second cancers per person-year among white men of 65 to 69 in the population
    de_novo        expected cases in the population, index patients apart; its size follows
    """

    sir: float = 1.0
    hazard_ratio: float = 1.0
    mean_survival: float = 5.0
    patients: int = 6_000
    rate: float = 0.006
    de_novo: int = 40_000

    @property
    def rates(self) -> np.ndarray:
        """The population's rates per person-year, shape (3 races, 2 sexes, 19 ages)."""
        return self.rate * BY_RACE[:, None, None] * BY_SEX[:, None] * BY_AGE

    @property
    def population(self) -> np.ndarray:
        """Persons, shape (44 years, 9 registries, 3 races, 2 sexes, 19 ages)."""
        shape = shape_of_population()
        size = self.de_novo / float(np.einsum("yrksa,ksa->", shape, self.rates))
        return np.rint(shape * size).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """One row per person with the index cancer, shapes (n,).

    registry    code; race, sex: positions in RACES and (MALE, FEMALE)
    age         years at the index cancer, with fractions
    index, end  days; end is death or the cutoff
    second      day of the second cancer, NaN where none comes by the end
    """

    registry: np.ndarray
    race: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    index: np.ndarray
    second: np.ndarray
    end: np.ndarray
    died: np.ndarray

    @property
    def has_second(self) -> np.ndarray:
        return ~np.isnan(self.second)


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Cancers in no relation to the two: whose (position among the patients), and the day; shapes (m,)."""

    person: np.ndarray
    day: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class DeNovo:
    """The population's own cases of the second cancer, one a person; shapes (m,), as in Patients."""

    registry: np.ndarray
    race: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    day: np.ndarray
    end: np.ndarray
    died: np.ndarray


def patients(truth: Truth, rng: np.random.Generator, *, cutoff: float = CUTOFF) -> Patients:
    """Draw the patients. A later cutoff shows what would have become of those who were still alive."""
    n = truth.patients
    race, sex = rng.choice(3, n, p=(0.75, 0.15, 0.10)), rng.choice(2, n, p=(0.55, 0.45))
    age = np.maximum(rng.normal(MEAN_AGE, SPREAD_OF_AGE, n), YOUNGEST)
    index = rng.random(n) * CUTOFF
    second = index + years_to_second(truth, race, sex, age, rng) * YEAR
    hazard = hazard_of_death(truth, race, sex, age, index)
    reserve = rng.exponential(size=n)
    spent = hazard * (second - index)
    ill = reserve > spent
    reserve[ill] = spent[ill] + (reserve[ill] - spent[ill]) / truth.hazard_ratio
    death = index + reserve / hazard
    end = np.minimum(death, cutoff)
    return Patients(
        registry=registries(race, rng),
        race=race,
        sex=sex,
        age=age,
        index=index,
        second=np.where(second < end, second, np.nan),
        end=end,
        died=death < cutoff,
    )


def hazard_of_death(truth: Truth, race, sex, age, index) -> np.ndarray:
    """Per day. The old die sooner, women, later years and the third race later: all that can confound."""
    years = index / YEAR - (1997 - FIRST_YEAR)
    relative = np.exp(0.04 * (age - MEAN_AGE) - 0.15 * sex - 0.02 * years) * np.array([1.0, 1.2, 0.9])[race]
    return relative / (truth.mean_survival * YEAR)


def years_to_second(truth: Truth, race, sex, age, rng: np.random.Generator) -> np.ndarray:
    """Years until the cumulative rate of attained age has grown by an exponential draw."""
    # The last group goes on for ever; 300 years are more than anybody has.
    edges = np.array([*AGE_GROUPS, 300.0])
    cumulative = np.concatenate([[0.0], np.cumsum(np.diff(edges) * BY_AGE)])
    relative = truth.sir * truth.rate * BY_RACE[race] * BY_SEX[sex]
    until = np.interp(age, edges, cumulative) + rng.exponential(size=len(age)) / relative
    return np.interp(until, cumulative, edges, right=np.inf) - age


def registries(race: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A registry for each person, as the population of the race lives."""
    shares = shape_of_population().sum(axis=(0, 3, 4))
    code = np.empty(len(race), np.int64)
    for at in range(len(RACES)):
        here = race == at
        code[here] = rng.choice(REGISTRIES, int(here.sum()), p=shares[:, at] / shares[:, at].sum())
    return code


def other_cancers(people: Patients, rng: np.random.Generator) -> Others:
    """Poisson processes, from ten years before the index cancer, or the registry's first day, to the end."""
    start = np.maximum(people.index - YEARS_BEFORE_INDEX * YEAR, 0)
    count = rng.poisson((people.end - start) / YEAR * OTHER_CANCERS_PER_YEAR)
    person = np.repeat(np.arange(len(start)), count)
    return Others(person, start[person] + rng.random(len(person)) * (people.end - start)[person])


def de_novo(truth: Truth, rng: np.random.Generator) -> DeNovo:
    """Poisson counts of every cell of the population at the population's rates."""
    count = rng.poisson(truth.population * truth.rates)
    year, registry, race, sex, group = (
        np.repeat(at, count.ravel()) for at in np.indices(count.shape).reshape(5, -1)
    )
    size = len(year)
    width = np.diff([*AGE_GROUPS, 90])
    starts, lengths = YEAR_STARTS[:-1], np.diff(YEAR_STARTS)
    day = starts[year] + rng.random(size) * lengths[year]
    death = day + rng.exponential(YEARS_ALIVE_DE_NOVO * YEAR, size)
    return DeNovo(
        registry=np.array(REGISTRIES)[registry],
        race=race,
        sex=sex,
        age=np.array(AGE_GROUPS)[group] + rng.random(size) * width[group],
        day=day,
        end=np.minimum(death, CUTOFF),
        died=death < CUTOFF,
    )
