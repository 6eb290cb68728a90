"""How often the synthetic people get each cancer but myeloma and acute lymphoblastic leukaemia.

`data/incidence.csv` has rates per 100,000 White person-years at eight ages, rounded to what SEER's registries
have seen since 1975, and how the rates of Black and of other people compare. `data/second_cancer_ratios.csv`
says after which first cancers another one is more frequent than in everybody: these are the true ratios.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from samples.synthetic.kinds import kinds, rows_of
from samples.synthetic.population import AGE_GROUPS
from samples.synthetic.registry import BLACK, MALE, WHITE

KNOTS = (5, 20, 30, 45, 55, 65, 75, 85)
# Rates are read off between the knots on a log scale, where nought has no place.
LEAST = 1e-3
OLDEST = 96
SEXES = ("male", "female")


@cache
def cancers() -> tuple[str, ...]:
    """The cancers that have rates, in the order of every array here."""
    return tuple(dict.fromkeys(row["cancer"] for row in rows_of("incidence.csv")))


@cache
def rates() -> np.ndarray:
    """Malignant cancers per person-year, shape (cancers, 2 sexes, 3 races, 19 ages)."""
    stops = np.array([*AGE_GROUPS[1:], OLDEST])
    middle = (np.array(AGE_GROUPS) + stops) / 2
    table = np.zeros((len(cancers()), 2, 3, len(AGE_GROUPS)))
    for row in rows_of("incidence.csv"):
        at_knots = np.log(np.maximum([float(row[f"at_{age}"]) for age in KNOTS], LEAST))
        by_age = np.exp(np.interp(middle, KNOTS, at_knots)) / 1e5
        by_race = np.array([1, float(row["black"]), float(row["other"])])
        table[cancers().index(row["cancer"]), SEXES.index(row["sex"])] = by_race[:, None] * by_age
    return table


@cache
def ratios() -> np.ndarray:
    """How much more often each cancer comes after each other one, shape (first cancers, second cancers).

    The same cancer a second time is not counted but where the file has it; all else is as in everybody.
    """
    table = 1 - np.eye(len(cancers()))
    for row in rows_of("second_cancer_ratios.csv"):
        table[cancers().index(row["first"]), cancers().index(row["second"])] = float(row["ratio"])
    return table


@cache
def shares_of_kinds() -> np.ndarray:
    """Which part of each cancer is of each kind, shape (cancers, kinds)."""
    table = kinds()
    return np.array([np.where(np.array(table.cancer) == name, table.share, 0.0) for name in cancers()])


@cache
def cancer_of_kind() -> np.ndarray:
    """Position of each kind's cancer, -1 where it has no rate; shape (kinds,)."""
    return np.array([cancers().index(name) if name in cancers() else -1 for name in kinds().cancer])


def kinds_of(rng: np.random.Generator, cancer: np.ndarray) -> np.ndarray:
    """A kind of each cancer."""
    edges = np.cumsum(shares_of_kinds(), axis=1)
    # The last edge is 1, and a draw below it, but for rounding.
    edges[:, -1] = 1.0
    return np.argmax(rng.random(len(cancer))[:, None] < edges[cancer], axis=1)


def race_at(race: np.ndarray) -> np.ndarray:
    """Position 0 White, 1 Black, 2 other; the few of unknown race have White people's rates."""
    return np.select([race == BLACK, np.isin(race, [WHITE, 9])], [1, 0], 2)


def sex_at(sex: np.ndarray) -> np.ndarray:
    return np.where(sex == MALE, 0, 1)


def months_at_ages(birth: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When each person enters each age group, and the months spent in it; both of shape (people, 19)."""
    first = birth[:, None] + 12 * np.array(AGE_GROUPS)
    stop = birth[:, None] + 12 * np.array([*AGE_GROUPS[1:], 200])
    opens = np.maximum(first, start[:, None])
    return opens, np.maximum(np.minimum(stop, end[:, None]) - opens, 0.0)
