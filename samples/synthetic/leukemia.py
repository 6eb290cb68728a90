"""Acute lymphoblastic leukaemia without myeloma: the background that expected numbers come from.

Cases are dealt to age and sex so that, together with the leukaemias of the myeloma patients,
cases over population are the published rates, and are then spread evenly over years and races.
"""

from __future__ import annotations

import numpy as np

from samples.synthetic.chance import shares, stream
from samples.synthetic.kinds import kinds
from samples.synthetic.other import AMERICAN_INDIANS_OF_OTHER, patients
from samples.synthetic.population import (
    AGE_GROUPS,
    PERSON_YEARS,
    age_group,
    leukemia_rates,
    shape_of_population,
)
from samples.synthetic.registry import AMERICAN_INDIAN, ASIAN, FEMALE, MALE, Registry, year_of

OLDEST = 96
# The part of all leukaemias that the cases and those on the rules' edges are.
OF_MYELOMA_PATIENTS = 0.002
FIRST_YEAR_OF_LINEAGE_CODES, FIRST_YEAR_OF_GENETIC_CODES = 2001, 2010


def leukemia_patients(seed: int, scale: float, *, already: Registry) -> Registry:
    """Background patients; `already` holds the leukaemias that are in the registry otherwise."""
    rng = stream(seed, "leukemia patients")
    shape = shape_of_population()
    expected = shape.sum(axis=(0, 1, 2)) * PERSON_YEARS * scale * leukemia_rates()
    present = leukemias_by_sex_and_age(already)
    wanted = expected - present
    size = round(expected.sum() * (1 - OF_MYELOMA_PATIENTS))
    counts = shares(np.maximum(wanted, 0).ravel(), size)

    sex_at, group = np.divmod(np.repeat(np.arange(counts.size), counts), len(AGE_GROUPS))
    stops = np.array([*AGE_GROUPS[1:], OLDEST + 1])
    starts = np.array(AGE_GROUPS)
    age = starts[group] + (stops - starts)[group] * rng.random(size)
    year_at, race = np.empty(size, np.int64), np.empty(size, np.int64)
    by_year_and_race = shape.sum(axis=1)
    for cell in np.flatnonzero(counts):
        here = (sex_at * len(AGE_GROUPS) + group) == cell
        spread = by_year_and_race[:, :, cell // len(AGE_GROUPS), cell % len(AGE_GROUPS)].ravel()
        edges = np.cumsum(spread) / spread.sum()
        evenly = (np.arange(counts[cell]) + rng.random()) / counts[cell]
        year_at[here], race[here] = np.divmod(np.searchsorted(edges[:-1], evenly, side="right"), 3)
    race += 1
    other = race == 3
    race[other] = np.where(rng.random(int(other.sum())) < AMERICAN_INDIANS_OF_OTHER, AMERICAN_INDIAN, ASIAN)

    diagnosed = 12.0 * year_at + 12 * rng.random(size)
    median_survival = np.interp(age, [0, 2, 12, 20, 40, 60, 75], [120, 900, 600, 120, 40, 14, 6])
    registry = patients(
        rng,
        sex=np.where(sex_at == 0, MALE, FEMALE),
        age=age,
        kind=leukemia_kind(rng, diagnosed, age),
        race=race,
        diagnosed=diagnosed,
        median_survival=median_survival,
    )
    registry.people.tag[:] = "leukemia"
    return registry


def leukemias_by_sex_and_age(registry: Registry) -> np.ndarray:
    """How many acute lymphoblastic leukaemias there are, shape (2 sexes, 19 ages)."""
    tumor = registry.tumors
    counted = is_leukemia(tumor.kind)
    person = tumor.person[counted]
    age = (tumor.diagnosed[counted] - registry.people.birth[person]) // 12
    table = np.zeros((2, len(AGE_GROUPS)))
    np.add.at(table, (registry.people.sex[person] - 1, age_group(age)), 1)
    return table


def is_leukemia(kind: np.ndarray) -> np.ndarray:
    """Whether each kind is acute lymphoblastic leukaemia by the study's primary definition."""
    return np.array([name.startswith("all_") for name in kinds().name])[kind]


def leukemia_kind(rng: np.random.Generator, diagnosed: np.ndarray, age: np.ndarray) -> np.ndarray:
    """The code in use in the year: NOS until 2000, lineage from 2001, genetics from 2010."""
    table = kinds()
    year, draw = year_of(diagnosed), rng.random(len(diagnosed))
    nos, b, t = table.number("all_nos"), table.number("all_b"), table.number("all_t")
    b_2010, bcr_abl = table.number("all_b_2010"), table.number("all_bcr_abl")
    child = np.where(age < 20, table.number("all_tel_aml"), table.number("all_mll"))
    lineage = np.select([draw < 0.3, draw < 0.85], [nos, b], t)
    genetic = np.select([draw < 0.62, draw < 0.74, draw < 0.84], [b_2010, bcr_abl, child], t)
    return np.select(
        [year < FIRST_YEAR_OF_LINEAGE_CODES, year < FIRST_YEAR_OF_GENETIC_CODES], [nos, lineage], genetic
    )
