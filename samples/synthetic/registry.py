"""People and their tumours as columns, in codes that belong to no export format.

Time runs in months since 1 January 1975, twelve equal months a year, with fractions;
the study cutoff, 31 December 2018, is CUTOFF. Whole-month survival is the floor of a
difference, as registries compute it, so latency by survival difference is within a month.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

FIRST_YEAR, LAST_YEAR = 1975, 2018
CUTOFF = 12.0 * (LAST_YEAR - FIRST_YEAR + 1)

MALE, FEMALE = 1, 2
WHITE, BLACK, AMERICAN_INDIAN, ASIAN, RACE_UNKNOWN = 1, 2, 3, 4, 9
SINGLE, MARRIED, SEPARATED, DIVORCED, WIDOWED, MARITAL_UNKNOWN = 1, 2, 3, 4, 5, 9
IN_SITU, MALIGNANT = 2, 3
KNOWN, DEATH_CERTIFICATE, UNKNOWN = 0, 8, 9

REGISTRIES = (1501, 1502, 1520, 1521, 1522, 1523, 1525, 1526, 1527)
# San Francisco, Connecticut, Detroit, Hawaii, Iowa, New Mexico, Seattle, Utah, Atlanta: invented shares
# by race, shaped so that no registry is without any race.
REGISTRY_SHARES = {
    WHITE: (13, 15, 16, 2, 15, 6, 17, 8, 8),
    BLACK: (17, 9, 37, 1, 2, 1, 5, 1, 27),
    AMERICAN_INDIAN: (8, 3, 8, 2, 4, 46, 22, 5, 2),
    ASIAN: (33, 3, 4, 40, 1, 1, 14, 2, 2),
    RACE_UNKNOWN: (16, 15, 18, 5, 10, 8, 16, 5, 7),
}


@dataclass(slots=True)
class Columns:
    """A frame of equal-length arrays."""

    @classmethod
    def concatenate(cls, parts: list[Self]) -> Self:
        return cls(
            **{
                column.name: np.concatenate([getattr(part, column.name) for part in parts])
                for column in fields(cls)
            }
        )

    def take(self, rows: np.ndarray) -> Self:
        """The given rows (positions or booleans), in that order."""
        return type(self)(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


@dataclass(slots=True)
class People(Columns):
    """One row per person.

    sex, race        codes of this module
    birth, end       months; end is death, loss or cutoff, whichever came first
    dead             whether the end is a death
    unseen_before    reportable tumours before the registry's first year, in no row
    tag              why the person was put there; '' for the background
    """

    sex: np.ndarray
    race: np.ndarray
    birth: np.ndarray
    end: np.ndarray
    dead: np.ndarray
    unseen_before: np.ndarray
    tag: np.ndarray


@dataclass(slots=True)
class Tumors(Columns):
    """One row per tumour.

    person      position in People
    diagnosed   months
    kind        position in `kinds()`
    behavior    IN_SITU or MALIGNANT
    marital     status at this diagnosis
    chemo       first course, True for Yes
    survival    KNOWN, or why survival months are missing: DEATH_CERTIFICATE or UNKNOWN
    """

    person: np.ndarray
    diagnosed: np.ndarray
    kind: np.ndarray
    behavior: np.ndarray
    marital: np.ndarray
    chemo: np.ndarray
    survival: np.ndarray


@dataclass(slots=True)
class Registry:
    """Who is in the synthetic registry, and with what."""

    people: People
    tumors: Tumors

    @classmethod
    def joined(cls, parts: list[Registry]) -> Registry:
        """Several groups of people as one; nobody belongs to two."""
        offsets = np.cumsum([0] + [len(part.people) for part in parts])
        return cls(
            People.concatenate([part.people for part in parts]),
            Tumors.concatenate(
                [
                    replace(part.tumors, person=part.tumors.person + offset)
                    for part, offset in zip(parts, offsets[:-1], strict=True)
                ]
            ),
        )


def people(*, sex, race, birth, end, dead, unseen_before=0, tag="") -> People:
    """People of the given columns; scalars hold for everyone."""
    size = len(birth)

    def column(values, dtype) -> np.ndarray:
        return np.broadcast_to(np.asarray(values, dtype), size).copy()

    return People(
        sex=column(sex, np.int8),
        race=column(race, np.int8),
        birth=column(birth, float),
        end=column(end, float),
        dead=column(dead, bool),
        unseen_before=column(unseen_before, np.int8),
        tag=column(tag, object),
    )


def tumors(*, person, diagnosed, kind, behavior=MALIGNANT, marital, chemo, survival=KNOWN) -> Tumors:
    """Tumours of the given columns; scalars hold for every tumour."""
    size = len(person)

    def column(values, dtype) -> np.ndarray:
        return np.broadcast_to(np.asarray(values, dtype), size).copy()

    return Tumors(
        person=column(person, np.int64),
        diagnosed=column(diagnosed, float),
        kind=column(kind, np.int16),
        behavior=column(behavior, np.int8),
        marital=column(marital, np.int8),
        chemo=column(chemo, bool),
        survival=column(survival, np.int8),
    )


def year_of(months: ArrayLike) -> np.ndarray:
    """Calendar year of a time."""
    return (np.asarray(months) // 12).astype(np.int64) + FIRST_YEAR


def whole_months(start: ArrayLike, end: ArrayLike) -> np.ndarray:
    """Completed months from start to end, as a registry counts survival."""
    return np.floor(np.asarray(end) - np.asarray(start)).astype(np.int64)
