"""The synthetic population at risk: the people among whom every cancer of the registry was diagnosed.

Cells are year x registry x race (White, Black, Other) x sex x age in 19 groups. Shapes are
plausible (ages near the 2000 US standard and growing older, growth of one per cent a year);
the size is that of the nine registries, times the scale, so that cases over population are rates as one
knows them: 5.8 myelomas and 1.7 acute lymphoblastic leukaemias per 100,000 person-years.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from samples.synthetic.registry import BLACK, FIRST_YEAR, LAST_YEAR, REGISTRY_SHARES, WHITE

# First year of age of each group: 0, 1-4, 5-9, ..., 80-84, 85+.
AGE_GROUPS = (0, 1, *range(5, 86, 5))
RACE_SHARES = {1: 0.78, 2: 0.12, 3: 0.10}
MALE_PER_FEMALE_BY_AGE = np.interp(AGE_GROUPS, [0, 20, 50, 65, 75, 85], [1.05, 1.03, 0.97, 0.86, 0.72, 0.46])
GROWTH_PER_YEAR = 0.01
# Of SEER's nine registries from 1975 to 2018: 20 million people in the first year, 31 million in the last.
PERSON_YEARS = 1.12e9

# Acute lymphoblastic leukaemia per 100,000 person-years, both sexes. Below 20: United States 2001-2014
# (MMWR 2017;66(36)). From 20: approximate, shaped to "below 1 from 20 to 60, rising to 1.6 at 85+".
LEUKEMIA_RATES = np.array(
    [1.84, 7.52, 3.48, 2.16, 1.70, 1.1, 0.9, 0.8, 0.75, 0.75]
    + [0.8, 0.95, 1.05, 1.2, 1.35, 1.45, 1.5, 1.55, 1.6]
)
MEN_TO_WOMEN = 1.25

# The 2000 US standard population in the same groups, in thousands.
US_2000 = np.array(
    [3795, 15192, 19920, 20057, 19820, 18257, 17722, 19511, 22180]
    + [22479, 19806, 17224, 13307, 10654, 9410, 8726, 7415, 4900, 4259],
    float,
)


def leukemia_rates() -> np.ndarray:
    """Rates per person-year, shape (2 sexes, 19 ages): men then women, in the ratio 1.25 to 1."""
    women = LEUKEMIA_RATES / (0.5 * (1 + MEN_TO_WOMEN)) / 1e5
    return np.stack([women * MEN_TO_WOMEN, women])


@cache
def shape_of_population() -> np.ndarray:
    """Relative person-years, shape (44 years, 9 registries, 3 races, 2 sexes, 19 ages); sums to 1."""
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    size = np.exp(GROWTH_PER_YEAR * (years - FIRST_YEAR))
    # Each year older than 2000 tilts the age pyramid by half a per cent per decade of age.
    tilt = np.exp(0.0005 * np.subtract.outer(years - 2000, np.zeros(19)) * (np.array(AGE_GROUPS) - 40))
    age = tilt * US_2000
    age /= age.sum(axis=1, keepdims=True)
    male = MALE_PER_FEMALE_BY_AGE / (1 + MALE_PER_FEMALE_BY_AGE)
    sex = np.stack([male, 1 - male])
    other = np.add(REGISTRY_SHARES[3], 8 * np.array(REGISTRY_SHARES[4])) / 9
    registry = np.stack([np.array(REGISTRY_SHARES[WHITE], float), REGISTRY_SHARES[BLACK], other])
    registry /= registry.sum(axis=1, keepdims=True)
    race = np.array(list(RACE_SHARES.values()))[:, None] * registry
    cells = np.einsum("y,kr,sa,ya->yrksa", size, race, sex, age)
    return cells / cells.sum()


def person_years(scale: float) -> np.ndarray:
    """The population of a share of the nine registries, in whole persons.

    Returns counts of shape (44 years, 9 registries, 3 races, 2 sexes, 19 ages).
    """
    return np.rint(shape_of_population() * PERSON_YEARS * scale).astype(np.int64)


def age_group(age: np.ndarray) -> np.ndarray:
    """Group number 0 to 18 of an age in years."""
    return np.searchsorted(AGE_GROUPS, age, side="right") - 1
