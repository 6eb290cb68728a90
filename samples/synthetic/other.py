"""The rest of the registry: other cancers, other plasma-cell neoplasms, breast cancer then AML.

Shares, ages and survival are invented and only plausible. One pair is enriched on purpose:
150 acute myeloid leukaemias a year or more after breast cancer, far more than nature has,
so that a study of another pair of cancers has something to count.
"""

from __future__ import annotations

import numpy as np

from samples.synthetic.chance import one_of, shares, shuffled, stream
from samples.synthetic.kinds import kinds
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
    Registry,
    Tumors,
    people,
    tumors,
    year_of,
)

BACKGROUND_PATIENTS = 40_000
BACKGROUND_SECONDS = 260
IN_SITU_SHARE = 0.07
PLASMA_CELL_PATIENTS = 3_200
BREAST_THEN_AML, BREAST_THEN_AML_TOO_SOON = 150, 10
LOST_TO_FOLLOW_UP = 0.03
GROWTH_PER_YEAR = 0.012

RACE = {WHITE: 80, BLACK: 10.5, AMERICAN_INDIAN: 0.6, ASIAN: 7.7, RACE_UNKNOWN: 1.2}
MARITAL = {MARRIED: 55, SINGLE: 13, SEPARATED: 1, DIVORCED: 9, WIDOWED: 16, MARITAL_UNKNOWN: 6}


def background_patients(seed: int, scale: float) -> Registry:
    """People with any cancer but myeloma and acute lymphoblastic leukaemia."""
    rng = stream(seed, "background patients")
    size = round(BACKGROUND_PATIENTS * scale)
    table = kinds()
    sex = shuffled(rng, [MALE, FEMALE], shares([1, 1], size))
    kind = background_kind(rng, sex)
    age = np.clip(rng.normal(table.mean_age[kind], 12), 18, 98)
    registry = patients(rng, sex=sex, age=age, kind=kind, in_situ=IN_SITU_SHARE)

    again = breast_then_aml(stream(seed, "breast then AML"), registry, scale)
    registry.people.tag[again.person] = "breast_then_aml"
    barred = np.isin(np.arange(size), again.person)
    seconds = seconds_of(stream(seed, "second cancers"), registry, round(BACKGROUND_SECONDS * scale), barred)
    registry.tumors = Tumors.concatenate([registry.tumors, again, seconds])
    return registry


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
    in_situ: float = 0.0,
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
    tumor = other_tumors(rng, np.arange(size), diagnosed, kind, marital=marital, in_situ=in_situ)
    if median_survival is None:
        table = kinds()
        median_survival = table.median_survival_months[kind] * np.exp(-0.02 * (age - table.mean_age[kind]))
        median_survival = median_survival * np.where(tumor.behavior == IN_SITU, 6, 1)
    end, dead = followed(rng, diagnosed, median_survival)
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


def background_kind(rng: np.random.Generator, sex: np.ndarray) -> np.ndarray:
    """A kind of cancer for each person, by the shares of their sex."""
    table = kinds()
    kind = np.empty(len(sex), np.int16)
    for code, weights in ((MALE, table.male), (FEMALE, table.female)):
        here = sex == code
        kind[here] = one_of(rng, weights, int(here.sum()))
    return kind


def other_tumors(
    rng: np.random.Generator,
    person: np.ndarray,
    diagnosed: np.ndarray,
    kind: np.ndarray,
    *,
    marital: np.ndarray,
    in_situ: float = 0.0,
) -> Tumors:
    """Tumours of the given kinds; some in situ, where the kind has such a form; none of those treated."""
    table = kinds()
    size = len(person)
    has_in_situ_form = table.in_situ_histology[kind] > 0
    # The share is of all tumours, so those that can be in situ carry it for those that cannot.
    share = in_situ * size / max(has_in_situ_form.sum(), 1)
    behavior = np.where(has_in_situ_form & (rng.random(size) < share), IN_SITU, MALIGNANT)
    chemo = (rng.random(size) < table.chemo_share[kind]) & (behavior == MALIGNANT)
    return tumors(
        person=person, diagnosed=diagnosed, kind=kind, behavior=behavior, marital=marital, chemo=chemo
    )


def breast_then_aml(rng: np.random.Generator, registry: Registry, scale: float) -> Tumors:
    """Acute myeloid leukaemia after invasive breast cancer; ends of follow-up are moved to fit.

    All but a few come 13 months or more after the breast cancer, at most 15 years.
    """
    person, index = registry.people, registry.tumors
    table = kinds()
    breast = np.isin(index.kind, [table.number("breast"), table.number("breast_lobular")])
    eligible = breast & (index.behavior == MALIGNANT) & (person.sex == FEMALE)
    eligible &= (person.end - index.diagnosed > 30) & (index.diagnosed < CUTOFF - 60)
    wanted = round(BREAST_THEN_AML * scale) + round(BREAST_THEN_AML_TOO_SOON * scale)
    able = np.flatnonzero(eligible)
    chosen = np.sort(rng.choice(able, min(wanted, len(able)), replace=False))
    too_soon = np.arange(len(chosen)) < round(BREAST_THEN_AML_TOO_SOON * scale)
    too_soon = rng.permutation(too_soon)
    longest = np.minimum(person.end[chosen] - index.diagnosed[chosen] - 1, 180)
    latency = np.where(
        too_soon,
        rng.uniform(2, 11, len(chosen)),
        13 + (longest - 13) * rng.random(len(chosen)) ** 1.3,
    )
    diagnosed = index.diagnosed[chosen] + latency
    index.chemo[chosen] |= rng.random(len(chosen)) < 0.6
    death = diagnosed + 9 / np.log(2) * rng.exponential(size=len(chosen))
    person.dead[chosen] = death <= CUTOFF
    person.end[chosen] = np.minimum(death, CUTOFF)
    kind = np.where(rng.random(len(chosen)) < 0.75, table.number("aml"), table.number("aml_differentiated"))
    return other_tumors(rng, chosen, diagnosed, kind, marital=index.marital[chosen])


def seconds_of(rng: np.random.Generator, registry: Registry, size: int, barred: np.ndarray) -> Tumors:
    """Second cancers of background patients, at least two months after the first."""
    person, index = registry.people, registry.tumors
    able = np.flatnonzero((person.end - index.diagnosed > 6) & ~barred)
    chosen = np.sort(rng.choice(able, min(size, len(able)), replace=False))
    room = person.end[chosen] - index.diagnosed[chosen] - 2
    diagnosed = index.diagnosed[chosen] + 2 + room * rng.random(len(chosen))
    kind = background_kind(rng, person.sex[chosen])
    return other_tumors(rng, chosen, diagnosed, kind, marital=index.marital[chosen], in_situ=0.05)
