"""Registry records: each tumour with everything a registry derives from the person's others.

Sequence, record number, counts, survival, flags, ages, causes of death. Rows are ordered as
registries order them: registry, patient, sequence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from samples.synthetic.chance import one_of, stream
from samples.synthetic.kinds import kinds
from samples.synthetic.registry import (
    DEATH_CERTIFICATE,
    KNOWN,
    MALIGNANT,
    RACE_UNKNOWN,
    REGISTRIES,
    REGISTRY_SHARES,
    Columns,
    Registry,
    whole_months,
    year_of,
)

# Identifiers are spread over eight digits by a multiplication modulo a prime, so that none repeats.
PRIME, MULTIPLIER = 99_999_989, 48_271_000
NO_SURVIVAL = 9999
# What the myeloma registries have written about how the diagnosis was confirmed: invented shares.
CONFIRMATION = {1: 84, 2: 3, 4: 1, 5: 7, 8: 3, 9: 2}
REPORTED_BY = {1: 92, 3: 4, 4: 3.5, 5: 0.5}
REPORTED_DEAD = {7: 94, 6: 6}
RADIATION_KINDS = {1: 88, 2: 4, 3: 5, 4: 1, 5: 2}
# Causes of death other than cancer, as the recode's five digits: invented shares.
OTHER_CAUSES = {50060: 38, 50080: 9, 50120: 6, 50130: 8, 50050: 5, 50160: 4, 50030: 4, 50210: 4, 50300: 22}
DIED_OF_THE_CANCER = 0.7
# Causes of death are coarser than sites: colon, rectum, Hodgkin and other lymphomas.
CAUSE_OF_SITE = {21043: 21040, 21048: 21040, 21052: 21050, 33011: 33010, 33041: 33040}
SAME_INTERNATIONALLY = {9811, 9812, 9813, 9814, 9826, 9836}


@dataclass(slots=True)
class Records(Columns):
    """One row per tumour; codes are those of the fixed-width files, unless said otherwise.

    patient_id         eight-digit number
    person             position in the registry's people
    n_total            reportable tumours in the person's life, those before the registry included
    sequence           code of this tumour's place among them: 0 the only one, else 1, 2, ...;
                       60 and up for the family of benign tumours; 99 unknown
    record             place among the person's rows, from 1
    diagnosed, birth   months since 1975; month_dx from 1
    age                completed years; -1 unknown
    survival_months    NO_SURVIVAL where unknown; flag as in SEER's survival months flag
    cause              cause of death recode; 0 alive
    attributable       cause-specific class 0, 1 or 9 (not the first tumour); other_cause likewise
    """

    patient_id: np.ndarray
    person: np.ndarray
    registry: np.ndarray
    n_total: np.ndarray
    sequence: np.ndarray
    record: np.ndarray
    first_malignant: np.ndarray
    international: np.ndarray
    n_benign: np.ndarray
    diagnosed: np.ndarray
    birth: np.ndarray
    end: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    race: np.ndarray
    hispanic: np.ndarray
    marital: np.ndarray
    kind: np.ndarray
    behavior: np.ndarray
    confirmation: np.ndarray
    reported_by: np.ndarray
    chemo: np.ndarray
    radiation: np.ndarray
    survival_months: np.ndarray
    survival_flag: np.ndarray
    dead: np.ndarray
    cause: np.ndarray
    attributable: np.ndarray
    other_cause: np.ndarray
    tag: np.ndarray


def records_of(registry: Registry, seed: int) -> Records:
    """The registry's rows, with what follows from a person's other tumours."""
    rng = stream(seed, "records")
    people, tumor, table = registry.people, registry.tumors, kinds()
    order = np.lexsort((tumor.diagnosed, tumor.person))
    tumor = tumor.take(order)
    person, size = tumor.person, len(tumor)

    first_row = np.searchsorted(person, np.arange(len(people)))
    rows = np.bincount(person, minlength=len(people))
    record = np.arange(size) - first_row[person] + 1
    n_total = rows + people.unseen_before
    place = record + people.unseen_before[person]
    malignant = tumor.behavior == MALIGNANT
    malignant_before = np.cumsum(malignant) - malignant
    is_first = malignant & (malignant_before == malignant_before[first_row[person]])

    end, dead = people.end[person], people.dead[person]
    certified = tumor.survival == DEATH_CERTIFICATE
    missing = tumor.survival != KNOWN
    months = np.where(missing, NO_SURVIVAL, whole_months(tumor.diagnosed, end))
    # Two in a hundred dates lack a day; those could be zero days only in the first month.
    dateless = rng.random(size) < 0.02
    flag = np.select([dateless & (months == 0), dateless], [2, 3], 1)
    flag = np.where(missing, tumor.survival, np.where(end - tumor.diagnosed < 1 / 31, 0, flag))

    cause = causes_of_death(rng, registry, tumor.kind, person)[person]
    own = cause == cause_of_kind()[tumor.kind]
    first_of_life = place == 1
    radiated = (rng.random(size) < table.radiation_share[tumor.kind]) & malignant & ~certified
    hist = table.histology[tumor.kind]
    again = np.isin(hist, list(SAME_INTERNATIONALLY)) & (record > 1)
    records = Records(
        patient_id=patient_ids(rng, len(people))[person],
        person=person,
        registry=registries(rng, people.race)[person],
        n_total=n_total[person],
        sequence=np.where(n_total[person] == 1, 0, place),
        record=record,
        first_malignant=is_first & (people.unseen_before[person] == 0),
        international=~again,
        n_benign=(rng.random(len(people)) < 0.004).astype(np.int64)[person],
        diagnosed=tumor.diagnosed,
        birth=people.birth[person],
        end=end,
        age=((tumor.diagnosed - people.birth[person]) // 12).astype(np.int64),
        sex=people.sex[person],
        race=people.race[person],
        hispanic=((rng.random(len(people)) < 0.06) & (people.race != RACE_UNKNOWN))[person],
        marital=tumor.marital,
        kind=tumor.kind,
        behavior=tumor.behavior,
        confirmation=np.where(certified, 9, drawn(rng, CONFIRMATION, size)),
        reported_by=np.where(certified, drawn(rng, REPORTED_DEAD, size), drawn(rng, REPORTED_BY, size)),
        chemo=tumor.chemo,
        radiation=np.where(radiated, drawn(rng, RADIATION_KINDS, size), 0),
        survival_months=months,
        survival_flag=flag,
        dead=dead,
        cause=cause,
        attributable=np.where(first_of_life, (dead & own).astype(int), 9),
        other_cause=np.where(first_of_life, (dead & ~own).astype(int), 9),
        tag=people.tag[person],
    )
    return in_order(records)


def in_order(records: Records) -> Records:
    """By registry, patient and record."""
    return records.take(np.lexsort((records.record, records.patient_id, records.registry)))


def drawn(rng: np.random.Generator, weights: Mapping[int, float], size: int) -> np.ndarray:
    return np.array(list(weights))[one_of(rng, list(weights.values()), size)]


def patient_ids(rng: np.random.Generator, size: int) -> np.ndarray:
    """Eight-digit numbers, none twice, in no order; not stable between seeds, as between submissions."""
    return (1 + rng.permutation(size)) * MULTIPLIER % PRIME


def registries(rng: np.random.Generator, race: np.ndarray) -> np.ndarray:
    """A registry for each person, by race."""
    codes = np.empty(len(race), np.int64)
    for code, weights in REGISTRY_SHARES.items():
        here = race == code
        codes[here] = np.array(REGISTRIES)[one_of(rng, weights, int(here.sum()))]
    return codes


def causes_of_death(
    rng: np.random.Generator, registry: Registry, kind: np.ndarray, person: np.ndarray
) -> np.ndarray:
    """Cause recode of each person: mostly the last of their malignancies; 0 for the living."""
    people = registry.people
    last = np.zeros(len(people), np.int64)
    last[person] = cause_of_kind()[kind]  # rows are in order of diagnosis: the last one stays
    of_cancer = rng.random(len(people)) < DIED_OF_THE_CANCER
    cause = np.where(of_cancer, last, drawn(rng, OTHER_CAUSES, len(people)))
    return np.where(people.dead, cause, 0)


def cause_of_kind() -> np.ndarray:
    """The cause-of-death recode that a death from each kind gets, shape (kinds,)."""
    return np.array([CAUSE_OF_SITE.get(int(code), int(code)) for code in kinds().site_recode_code])


def year_and_month(records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Calendar year and month (1 to 12) of each diagnosis."""
    return year_of(records.diagnosed), (records.diagnosed % 12).astype(np.int64) + 1
