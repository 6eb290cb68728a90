"""Myeloma patients without leukaemia: the published margins exactly, in every seed.

Year, sex, race, marital status, chemotherapy and age are fixed multisets in random order,
so Table 1 of Jia et al. 2024 holds to the patient, unknowns included. Among them are
people known only from a death certificate, people without survival, people with other
cancers before or after, and three whose later lymphoid cancer only looks like leukaemia.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from samples.synthetic.chance import one_of, repeats, shares, shuffled, stream
from samples.synthetic.incidence import kinds_of, months_at_ages, race_at, rates, sex_at
from samples.synthetic.kinds import kinds
from samples.synthetic.lifetimes import myeloma_lifetimes
from samples.synthetic.other import FIRST_MONTH_OF_SECONDS, other_tumors, some_in_situ
from samples.synthetic.population import age_group
from samples.synthetic.registry import (
    AMERICAN_INDIAN,
    ASIAN,
    BLACK,
    CUTOFF,
    DEATH_CERTIFICATE,
    DIVORCED,
    FEMALE,
    FIRST_YEAR,
    KNOWN,
    MALE,
    MARITAL_UNKNOWN,
    MARRIED,
    RACE_UNKNOWN,
    SEPARATED,
    SINGLE,
    UNKNOWN,
    WHITE,
    WIDOWED,
    Registry,
    Tumors,
    people,
    tumors,
)

PATIENTS = 64_611
BY_ERA = {range(1975, 2003): 31_981, range(2003, 2019): 32_630}
GROWTH_PER_YEAR = 0.02708162656946153
SEX = {MALE: 35_067, FEMALE: 29_544}
# "Other" is 3,974; its split between the two recodes is invented.
RACE = {WHITE: 49_117, BLACK: 11_296, AMERICAN_INDIAN: 478, ASIAN: 3_496, RACE_UNKNOWN: 224}
# Not married is 23,843; its split is invented.
MARITAL = {
    MARRIED: 36_886,
    SINGLE: 6_675,
    SEPARATED: 596,
    DIVORCED: 5_245,
    WIDOWED: 11_327,
    MARITAL_UNKNOWN: 3_882,
}
CHEMO = {True: 40_197, False: 24_414}
# Per ten thousand, by first age of the group; the last is open and runs to 96.
AGE = {18: 15, 30: 35, 35: 90, 40: 190, 45: 390, 50: 630, 55: 930, 60: 1240, 65: 1500, 70: 1640, 75: 1530}
AGE |= {80: 1110, 85: 700}
OLDEST = 96

DEATH_CERTIFICATE_ONLY = 350
SURVIVAL_UNKNOWN = 60
EARLIER_TUMORS = 7_729
EARLIER_UNSEEN = 450
# Everybody's rates put 3,324 malignant cancers into these patients' months; with the ratio and those in situ:
AFTER_MYELOMA, LATER_TUMORS = 1.05, 3_713
LOST_TO_FOLLOW_UP = 0.03

IN_SITU_SHARE = 0.06
# Look-alikes: a later lymphoid cancer that the study's definition of leukaemia leaves out.
LOOK_ALIKES = ("lymphoblastic_b_nodal", "lymphoblastic_b_nodal", "burkitt_leukemia")


def myeloma_patients(seed: int, scale: float, *, every_case: bool = False) -> Registry:
    """The comparators of the study, with all their other cancers and their look-alikes."""
    rng = stream(seed, "myeloma patients")
    size = round(PATIENTS * scale)

    def drawn(margin: Mapping) -> np.ndarray:
        return shuffled(rng, list(margin), shares(list(margin.values()), size))

    year = years(rng, size)
    diagnosed = 12.0 * (year - FIRST_YEAR) + 12 * rng.random(size)
    age = shuffled(rng, *ages(size))
    sex, race, marital, chemo = drawn(SEX), drawn(RACE), drawn(MARITAL), drawn(CHEMO).astype(bool)

    # A death certificate knows of no treatment.
    survival = np.full(size, KNOWN)
    untreated, treated = np.flatnonzero(~chemo), np.flatnonzero(chemo)
    survival[rng.choice(untreated, round(DEATH_CERTIFICATE_ONLY * scale), replace=False)] = DEATH_CERTIFICATE
    survival[rng.choice(treated, round(SURVIVAL_UNKNOWN * scale), replace=False)] = UNKNOWN

    lost = rng.random(size) < LOST_TO_FOLLOW_UP
    lost_after = (CUTOFF - diagnosed) * np.where(lost, rng.random(size), 1.0)
    lifetime = myeloma_lifetimes(
        rng,
        diagnosed=diagnosed,
        age=age,
        sex=sex,
        marital=marital,
        chemo=chemo,
        lost_after=lost_after,
        counted=survival == KNOWN,
    )
    dead = lifetime <= lost_after
    # A person not lost is followed to the cutoff itself; adding the difference back could miss it by an ulp.
    end = np.where(dead, diagnosed + lifetime, np.where(lost, diagnosed + lost_after, CUTOFF))
    certified = survival == DEATH_CERTIFICATE
    end[certified], dead[certified] = diagnosed[certified], True

    patients = people(
        sex=sex,
        race=race,
        birth=diagnosed - 12 * (age + 0.02 + 0.96 * rng.random(size)),
        end=end,
        dead=dead,
        unseen_before=unseen_before(rng, diagnosed, round(EARLIER_UNSEEN * scale)),
        tag="myeloma",
    )
    index = tumors(
        person=np.arange(size),
        diagnosed=diagnosed,
        kind=kinds().number("myeloma"),
        marital=marital,
        chemo=chemo,
        survival=survival,
    )
    registry = Registry(patients, index)
    names = np.repeat(LOOK_ALIKES, 1 if every_case else repeats(len(LOOK_ALIKES), scale))
    look_alikes = look_alike_tumors(stream(seed, "look-alikes"), registry, names)
    taken = np.isin(np.arange(size), look_alikes.person) | certified
    registry.people.tag[look_alikes.person] = "look_alike"
    earlier = earlier_tumors(
        stream(seed, "earlier cancers"), registry, round(EARLIER_TUMORS * scale), barred=taken
    )
    later = later_tumors(stream(seed, "later cancers"), registry, round(LATER_TUMORS * scale), barred=taken)
    registry.tumors = Tumors.concatenate([index, look_alikes, earlier, later])
    return registry


def years(rng: np.random.Generator, size: int) -> np.ndarray:
    """Years of diagnosis, growing steadily, with the published total in each era."""
    by_era = shares(list(BY_ERA.values()), size)
    counted = [
        shares(np.exp(GROWTH_PER_YEAR * (np.array(era) - FIRST_YEAR)), int(total))
        for era, total in zip(BY_ERA, by_era, strict=True)
    ]
    return shuffled(rng, [year for era in BY_ERA for year in era], np.concatenate(counted))


def ages(size: int) -> tuple[list[int], np.ndarray]:
    """Single years of age and how many patients have each; even within a group."""
    first = list(AGE)
    last = [*first[1:], OLDEST + 1]
    by_group = shares(list(AGE.values()), size)
    single: list[int] = []
    counts = []
    for start, stop, total in zip(first, last, by_group, strict=True):
        single += range(start, stop)
        counts.append(shares(np.ones(stop - start), int(total)))
    return single, np.concatenate(counts)


def unseen_before(rng: np.random.Generator, diagnosed: np.ndarray, size: int) -> np.ndarray:
    """Earlier cancers from before the registry began: they number the sequence but have no row."""
    unseen = np.zeros(len(diagnosed), np.int8)
    early = np.flatnonzero(diagnosed < 12 * 15)
    unseen[rng.choice(early, min(size, len(early)), replace=False)] = 1
    return unseen


def look_alike_tumors(rng: np.random.Generator, registry: Registry, names: np.ndarray) -> Tumors:
    """Nodal lymphoblastic lymphomas and Burkitt leukaemias, 14 to 40 months after myeloma."""
    person, index = registry.people, registry.tumors
    followed = (
        (person.end - index.diagnosed > 42)
        & (index.survival == KNOWN)
        & (person.unseen_before == 0)
        # 9728 and 9826 were in use from 2001, 9728 until 2009.
        & (index.diagnosed > 12 * 26)
        & (index.diagnosed < 12 * 31)
    )
    chosen = np.sort(rng.choice(np.flatnonzero(followed), len(names), replace=False))
    return tumors(
        person=chosen,
        diagnosed=index.diagnosed[chosen] + rng.uniform(14, 40, len(chosen)),
        kind=[kinds().number(name) for name in names],
        marital=index.marital[chosen],
        chemo=True,
    )


def earlier_tumors(rng: np.random.Generator, registry: Registry, size: int, *, barred: np.ndarray) -> Tumors:
    """Other cancers at least three months before myeloma, inside the registry's years."""
    person, index = registry.people, registry.tumors
    age_months = index.diagnosed - person.birth
    room = np.minimum(index.diagnosed, age_months - 12 * 20) - 3
    able = np.flatnonzero((room > 12) & ~barred)
    chosen = np.sort(rng.choice(able, min(size, len(able)), replace=False))
    diagnosed = index.diagnosed[chosen] - (3 + room[chosen] * rng.random(len(chosen)) ** 1.5)
    group = age_group((diagnosed - person.birth[chosen]) // 12)
    hazards = rates()[:, sex_at(person.sex[chosen]), race_at(person.race[chosen]), group]
    edges = np.cumsum(hazards, axis=0)
    kind = kinds_of(rng, (rng.random(len(chosen)) * edges[-1] >= edges).sum(axis=0))
    behavior = some_in_situ(rng, kind, IN_SITU_SHARE)
    return other_tumors(rng, chosen, diagnosed, kind, marital=index.marital[chosen], behavior=behavior)


def later_tumors(rng: np.random.Generator, registry: Registry, size: int, *, barred: np.ndarray) -> Tumors:
    """Other cancers at least two months after myeloma, where everybody's rates put them.

    Each tumour falls into a person's months in an age group with probability in proportion to the rate
    times the months, so that the total is exact and the pattern is not.
    """
    person, index = registry.people, registry.tumors
    opens, months = months_at_ages(person.birth, index.diagnosed + FIRST_MONTH_OF_SECONDS, person.end)
    months[barred] = 0.0
    hazards = rates()[:, sex_at(person.sex), race_at(person.race)]
    chosen, group = np.divmod(one_of(rng, (months * hazards.sum(axis=0)).ravel(), size), months.shape[1])
    edges = np.cumsum(hazards[:, chosen, group], axis=0)
    kind = kinds_of(rng, (rng.random(size) * edges[-1] >= edges).sum(axis=0))
    diagnosed = opens[chosen, group] + rng.random(size) * months[chosen, group]
    behavior = some_in_situ(rng, kind, IN_SITU_SHARE)
    return other_tumors(rng, chosen, diagnosed, kind, marital=index.marital[chosen], behavior=behavior)
