"""The rest of the registry: other plasma-cell neoplasms, and every other cancer with what comes after it.

First cancers and second ones follow the rates of `incidence`; marital status, treatment and
survival are invented and only plausible.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from samples.synthetic.chance import one_of, shares, shuffled, stream
from samples.synthetic.incidence import (
    cancer_of_kind,
    cancers,
    kinds_of,
    months_at_ages,
    race_at,
    rates,
    ratios,
    sex_at,
)
from samples.synthetic.kinds import kinds
from samples.synthetic.population import AGE_GROUPS, PERSON_YEARS, age_group, shape_of_population
from samples.synthetic.registry import (
    AMERICAN_INDIAN,
    ASIAN,
    BLACK,
    CUTOFF,
    DIVORCED,
    FEMALE,
    FIRST_YEAR,
    IN_SITU,
    LAST_YEAR,
    MALE,
    MALIGNANT,
    MARITAL_UNKNOWN,
    MARRIED,
    RACE_UNKNOWN,
    SEPARATED,
    SINGLE,
    WHITE,
    WIDOWED,
    People,
    Registry,
    Tumors,
    people,
    tumors,
    year_of,
)

# In situ tumours for each malignant one, where the kind has such a form.
IN_SITU_PER_MALIGNANT = 0.15
PLASMA_CELL_PATIENTS = 3_200
# A second cancer is another one from this month on, as registries count.
FIRST_MONTH_OF_SECONDS = 2
OLDEST_AT_DIAGNOSIS, OLDEST = 97, 104
AMERICAN_INDIANS_OF_OTHER = 0.12
LOST_TO_FOLLOW_UP = 0.03
GROWTH_PER_YEAR = 0.012

RACE = {WHITE: 80, BLACK: 10.5, AMERICAN_INDIAN: 0.6, ASIAN: 7.7, RACE_UNKNOWN: 1.2}
MARITAL = {MARRIED: 55, SINGLE: 13, SEPARATED: 1, DIVORCED: 9, WIDOWED: 16, MARITAL_UNKNOWN: 6}


def background_patients(seed: int, scale: float, *, already: Registry) -> Registry:
    """People with any cancer but myeloma and acute lymphoblastic leukaemia, each cancer at its rate.

    already   whose other cancers count towards the rates
    """
    rng = stream(seed, "background patients")
    shape = shape_of_population().sum(axis=1)
    expected = np.einsum("yksa,cksa->cyksa", shape * PERSON_YEARS * scale, rates().transpose(0, 2, 1, 3))
    counts = rng.poisson(expected)
    cancer, year, race, sex, group = np.unravel_index(
        np.repeat(np.arange(counts.size), counts.ravel()), counts.shape
    )
    kind = kinds_of(rng, cancer)
    # For some of those whose cancer has an in situ form there is another person with that.
    chance = np.where(kinds().in_situ_histology[kind] > 0, IN_SITU_PER_MALIGNANT, 0.0)
    again = np.flatnonzero(rng.random(len(kind)) < chance)
    rows = np.concatenate([np.arange(len(kind)), again])
    cancer, kind, year, race, sex, group = (column[rows] for column in (cancer, kind, year, race, sex, group))
    behavior = np.where(np.arange(len(rows)) < len(rows) - len(again), MALIGNANT, IN_SITU)

    stops = np.array([*AGE_GROUPS[1:], OLDEST_AT_DIAGNOSIS])
    starts = np.array(AGE_GROUPS)
    age = starts[group] + (stops - starts)[group] * rng.random(len(rows))
    american_indian = rng.random(len(rows)) < AMERICAN_INDIANS_OF_OTHER
    registry = patients(
        rng,
        sex=np.where(sex == 0, MALE, FEMALE),
        age=age,
        kind=kind,
        race=np.select([race == 0, race == 1, american_indian], [WHITE, BLACK, AMERICAN_INDIAN], ASIAN),
        diagnosed=12.0 * year + 12 * rng.random(len(rows)),
        behavior=behavior,
    )
    seconds = second_cancers(stream(seed, "second cancers"), registry, cancer)
    # What is counted as a second cancer is no first one: the rates are of all.
    counted = malignant_by_cell(Registry(registry.people, seconds)) + malignant_by_cell(already)
    drop = np.minimum(counted / np.maximum(malignant_by_cell(registry), 1), 1.0)
    stays = rng.random(len(rows)) >= drop[cancer, sex, group]
    return people_with(stays, registry.people, Tumors.concatenate([registry.tumors, seconds]))


def plasma_cell_patients(seed: int, scale: float) -> Registry:
    """Plasmacytomas and plasma cell leukaemia: the codes beside myeloma that no study counts as it.

    Soft-tissue plasmacytoma has its code from 2001 and plasma cell leukaemia until 2009.
    """
    rng = stream(seed, "plasma cell patients")
    size = round(PLASMA_CELL_PATIENTS * scale)
    table = kinds()
    bone, soft, leukemia = (
        table.number(name) for name in ("plasmacytoma_bone", "plasmacytoma_soft", "plasma_cell_leukemia")
    )
    sex = shuffled(rng, [MALE, FEMALE], shares([58, 42], size))
    kind = shuffled(rng, [bone, soft, leukemia], shares([60, 25, 15], size))
    age = np.clip(rng.normal(table.mean_age[kind], 12), 18, 98)
    registry = patients(rng, sex=sex, age=age, kind=kind)
    year = year_of(registry.tumors.diagnosed)
    not_yet = (kind == soft) & (year < 2001)
    no_longer = (kind == leukemia) & (year > 2009)
    registry.tumors.kind[not_yet | no_longer] = bone
    return registry


def patients(
    rng: np.random.Generator,
    *,
    sex: np.ndarray,
    age: np.ndarray,
    kind: np.ndarray,
    race: np.ndarray | None = None,
    diagnosed: np.ndarray | None = None,
    median_survival: np.ndarray | None = None,
    behavior: ArrayLike = MALIGNANT,
) -> Registry:
    """People with one cancer each; age in years, with fractions, at its diagnosis.

    Race, time of diagnosis (months since 1975) and median survival (months) are drawn
    or looked up where they are not given.
    """
    size = len(sex)
    if race is None:
        race = np.array(list(RACE))[one_of(rng, list(RACE.values()), size)]
    if diagnosed is None:
        diagnosed = times_of_diagnosis(rng, size)
    marital = np.array(list(MARITAL))[one_of(rng, list(MARITAL.values()), size)]
    marital[age < 18] = SINGLE
    tumor = other_tumors(rng, np.arange(size), diagnosed, kind, marital=marital, behavior=behavior)
    if median_survival is None:
        table = kinds()
        median_survival = table.median_survival_months[kind] * np.exp(-0.02 * (age - table.mean_age[kind]))
        median_survival = median_survival * np.where(tumor.behavior == IN_SITU, 6, 1)
    end, dead = followed(rng, diagnosed, median_survival)
    oldest = diagnosed + 12 * (OLDEST - age)
    dead |= end > oldest
    end = np.minimum(end, oldest)
    return Registry(
        people(sex=sex, race=race, birth=diagnosed - 12 * age, end=end, dead=dead, tag="background"),
        tumor,
    )


def times_of_diagnosis(rng: np.random.Generator, size: int) -> np.ndarray:
    """Months since 1975, a little more in each later year."""
    year = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    drawn = one_of(rng, np.exp(GROWTH_PER_YEAR * (year - FIRST_YEAR)), size)
    return 12.0 * drawn + 12 * rng.random(size)


def followed(
    rng: np.random.Generator, start: np.ndarray, median_survival: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """End of follow-up and whether it was a death, under exponential survival from start."""
    size = len(start)
    lost = rng.random(size) < LOST_TO_FOLLOW_UP
    lost_at = np.where(lost, start + (CUTOFF - start) * rng.random(size), CUTOFF)
    death = start + median_survival / np.log(2) * rng.exponential(size=size)
    return np.minimum(death, lost_at), death <= lost_at


def other_tumors(
    rng: np.random.Generator,
    person: np.ndarray,
    diagnosed: np.ndarray,
    kind: np.ndarray,
    *,
    marital: np.ndarray,
    behavior: ArrayLike = MALIGNANT,
) -> Tumors:
    """Tumours of the given kinds; none of those in situ treated."""
    chemo = (rng.random(len(person)) < kinds().chemo_share[kind]) & (np.asarray(behavior) == MALIGNANT)
    return tumors(
        person=person, diagnosed=diagnosed, kind=kind, behavior=behavior, marital=marital, chemo=chemo
    )


def some_in_situ(rng: np.random.Generator, kind: np.ndarray, share: float) -> np.ndarray:
    """Behaviour of each tumour, the share of them all in situ: those that can be carry it for the others."""
    has_in_situ_form = kinds().in_situ_histology[kind] > 0
    chance = share * len(kind) / max(has_in_situ_form.sum(), 1)
    return np.where(has_in_situ_form & (rng.random(len(kind)) < chance), IN_SITU, MALIGNANT)


def second_cancers(rng: np.random.Generator, registry: Registry, first: np.ndarray) -> Tumors:
    """Further cancers of people with one each; the deaths that they cause end follow-up.

    first   position of each person's cancer in `cancers()`

    Candidates come at everybody's rate times the largest ratio that there is. In order of time each is
    kept with the probability that the person's earlier malignant cancers give it, so that rates are right
    after any history.
    """
    person, table = registry.people, kinds()
    opens, months = months_at_ages(
        person.birth, registry.tumors.diagnosed + FIRST_MONTH_OF_SECONDS, person.end
    )
    sex, race = sex_at(person.sex), race_at(person.race)
    largest = ratios().max(axis=0)
    hazards = rates() * largest[:, None, None, None] / 12
    each = rng.poisson(months * hazards.sum(axis=0)[sex, race])
    who, group = np.divmod(np.repeat(np.arange(each.size), each.ravel()), each.shape[1])
    edges = np.cumsum(hazards[:, sex[who], race[who], group], axis=0)
    cancer = (rng.random(len(who)) * edges[-1] >= edges).sum(axis=0)
    diagnosed = opens[who, group] + rng.random(len(who)) * months[who, group]

    order = np.lexsort((diagnosed, who))
    who, cancer, diagnosed = who[order], cancer[order], diagnosed[order]
    place = np.arange(len(who)) - np.searchsorted(who, who)
    kind = kinds_of(rng, cancer)
    keep = rng.random(len(who)) * largest[cancer]
    lives = table.median_survival_months[kind] / np.log(2) * rng.exponential(size=len(who))
    had = np.zeros((len(person), len(cancers())), bool)
    had[np.arange(len(person)), first] = registry.tumors.behavior == MALIGNANT
    kept = np.zeros(len(who), bool)
    for turn in range(int(place.max(initial=-1)) + 1):
        at = np.flatnonzero(place == turn)
        at = at[diagnosed[at] < person.end[who[at]]]
        at = at[keep[at] < ratio_after(had[who[at]], cancer[at])]
        kept[at], had[who[at], cancer[at]] = True, True
        death = diagnosed[at] + lives[at]
        sooner = death < person.end[who[at]]
        person.end[who[at][sooner]], person.dead[who[at][sooner]] = death[sooner], True
    who, kind, diagnosed = who[kept], kind[kept], diagnosed[kept]
    return other_tumors(rng, who, diagnosed, kind, marital=registry.tumors.marital[who])


def ratio_after(had: np.ndarray, cancer: np.ndarray) -> np.ndarray:
    """The ratio of each cancer to everybody's rate after a history, shape (n,).

    had      earlier malignant cancers, booleans of shape (n, cancers)
    cancer   position of the next one
    Returns  nought if one of them rules it out, else the largest of theirs, else 1
    """
    of_each = np.where(had, ratios()[:, cancer].T, np.nan)
    filled = np.where(had.any(axis=1, keepdims=True), of_each, 1.0)
    return np.where((filled == 0).any(axis=1), 0.0, np.nanmax(filled, axis=1, initial=0.0))


def malignant_by_cell(registry: Registry) -> np.ndarray:
    """How many malignant tumours of cancers with a rate there are, shape (cancers, 2 sexes, 19 ages)."""
    tumor = registry.tumors
    cancer = cancer_of_kind()[tumor.kind]
    counted = np.flatnonzero((cancer >= 0) & (tumor.behavior == MALIGNANT))
    person = tumor.person[counted]
    age = (tumor.diagnosed[counted] - registry.people.birth[person]) // 12
    table = np.zeros((len(cancers()), 2, len(AGE_GROUPS)))
    np.add.at(table, (cancer[counted], sex_at(registry.people.sex[person]), age_group(age)), 1)
    return table


def people_with(stays: np.ndarray, everyone: People, found: Tumors) -> Registry:
    """The people who stay, and their tumours."""
    number = np.cumsum(stays) - 1
    kept = found.take(stays[found.person])
    return Registry(everyone.take(stays), replace(kept, person=number[kept.person]))
