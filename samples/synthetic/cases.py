"""The eighteen cases, and the sixteen that look like cases until a rule removes them.

The eighteen follow `data/sall_template18.csv`, an artificial template whose summaries come
close to the published ones; it was found by search and describes no real patient. Seeds move
only identifiers, registry and the code of the leukaemia. The sixteen are `data/removed_cases.csv`,
and more of their like, for the messy delivery, `data/messy_cases.csv`.
"""

from __future__ import annotations

import numpy as np

from samples.synthetic.chance import repeats, stream
from samples.synthetic.kinds import kinds, rows_of
from samples.synthetic.registry import (
    ASIAN,
    BLACK,
    CUTOFF,
    DEATH_CERTIFICATE,
    FEMALE,
    FIRST_YEAR,
    KNOWN,
    MALE,
    MARITAL_UNKNOWN,
    MARRIED,
    UNKNOWN,
    WHITE,
    WIDOWED,
    Registry,
    people,
    tumors,
)

SEX = {"Male": MALE, "Female": FEMALE}
RACE = {"White": WHITE, "Black": BLACK, "Other": ASIAN}
MARITAL = {"Married": MARRIED, "Other": WIDOWED, "Unknown": MARITAL_UNKNOWN}
# Each diagnosis falls a quarter into its month and each death three quarters, so that whole
# months between two diagnoses, and from either to the end, are exactly what the tables say.
DAY_OF_DIAGNOSIS, DAY_OF_END = 0.25, 0.5
YOUNG = (12, 15, 17)


def case_patients(seed: int, files: list[str], scale: float, *, every_case: bool = False) -> list[Registry]:
    """The eighteen, the people on the edges of the rules, and the three young.

    files   of `data`, a person on an edge each row

    Of them all a share is taken evenly or, beyond 1, repeated; with every case, all of them once.
    """
    found = [person for name in files for person in edge_patients(seed, name)]
    found += [*template_patients(seed), *young_patients(seed)]
    times = np.ones(len(found), int) if every_case else repeats(len(found), scale)
    return [person for person, n in zip(found, times, strict=True) for _ in range(n)]


def template_patients(seed: int) -> list[Registry]:
    """The eighteen, each with two tumours."""
    rng = stream(seed, "cases")
    rows = rows_of("sall_template18.csv")
    index = [month_number(row["mm_year"], row["mm_month"]) for row in rows]
    second = [month_number(row["sall_year"], row["sall_month"]) for row in rows]
    return [
        patient(
            rng,
            tag="case",
            sex=SEX[row["sex"]],
            race=RACE[row["race"]],
            marital=MARITAL[row["marital"]],
            birth=birth_between(at, int(row["age_mm"]), then, int(row["age_sall"])),
            end=then + int(row["survival_after_sall_months"]) + DAY_OF_END,
            dead=row["dead"] == "1",
            found=[
                ("myeloma", at, row["chemo_mm"] == "Yes", KNOWN),
                (leukemia_code(rng, then), then, row["chemo_sall"] == "Yes", KNOWN),
            ],
        )
        for row, at, then in zip(rows, index, second, strict=True)
    ]


def edge_patients(seed: int, file_name: str) -> list[Registry]:
    """People with myeloma and then leukaemia, or what looks like it, on the edges of the rules.

    Latency is negative where the leukaemia came first; survival counts from the later of the two.
    """
    rng = stream(seed, file_name)
    people = []
    for row in rows_of(file_name):
        index = month_number(row["mm_year"], row["mm_month"])
        second = index + int(row["latency_months"])
        unknown = row["unknown_survival"]
        tumors_found = [
            (
                row.get("index") or "myeloma",
                index,
                row["chemo_mm"] == "Yes",
                UNKNOWN if unknown == "index" else KNOWN,
            ),
            (
                row.get("second") or leukemia_code(rng, second),
                second,
                row["chemo_second"] == "Yes",
                DEATH_CERTIFICATE if unknown == "second" else KNOWN,
            ),
        ]
        if row["third"]:
            tumors_found.append((row["third"], index + int(row["third_at_months"]), False, KNOWN))
        people.append(
            patient(
                rng,
                tag=row["tag"],
                sex=SEX[row["sex"]],
                race=RACE[row["race"]],
                marital=MARITAL[row["marital"]],
                birth=index - 12 * (int(row["age_mm"]) + 0.5),
                end=max(index, second) + int(row["survival_after_months"]) + DAY_OF_END,
                dead=row["dead"] == "1",
                found=tumors_found,
                unseen_before=int(row.get("unseen_before") or 0),
            )
        )
    return people


def young_patients(seed: int) -> list[Registry]:
    """Three with myeloma before eighteen, who are no part of a study of adults."""
    rng = stream(seed, "young patients")
    return [
        patient(
            rng,
            tag="too_young",
            sex=MALE if age % 2 else FEMALE,
            race=WHITE,
            marital=MARITAL_UNKNOWN,
            birth=at - 12 * (age + 0.5),
            end=min(at + 80, CUTOFF),
            dead=age == YOUNG[0],
            found=[("myeloma", at, True, KNOWN)],
        )
        for age, at in zip(YOUNG, (100.25, 260.25, 470.25), strict=True)
    ]


def patient(
    rng: np.random.Generator,
    *,
    tag: str,
    sex: int,
    race: int,
    marital: int,
    birth: float,
    end: float,
    dead: bool,
    found: list[tuple[str, float, bool, int]],
    unseen_before: int = 0,
) -> Registry:
    """One person; each tumour found is its kind, time, chemotherapy and why survival is missing."""
    kind, diagnosed, chemo, survival = zip(*found, strict=True)
    return Registry(
        people(sex=sex, race=race, birth=[birth], end=[end], dead=dead, unseen_before=unseen_before, tag=tag),
        tumors(
            person=np.zeros(len(found)),
            diagnosed=diagnosed,
            kind=[kinds().number(name) for name in kind],
            marital=marital,
            chemo=chemo,
            survival=survival,
        ),
    )


def month_number(year: str, month: str) -> float:
    """Months since 1975 of a diagnosis in that month."""
    return 12.0 * (int(year) - FIRST_YEAR) + int(month) - 1 + DAY_OF_DIAGNOSIS


def birth_between(index: float, age_at_index: int, second: float, age_at_second: int) -> float:
    """A birth at which both ages, in completed years, are as given."""
    earliest = max(index - 12 * (age_at_index + 1), second - 12 * (age_at_second + 1))
    latest = min(index - 12 * age_at_index, second - 12 * age_at_second)
    if earliest >= latest:
        raise ValueError(f"nobody is {age_at_index} and, {second - index} months later, {age_at_second}")
    return (earliest + latest) / 2


def leukemia_code(rng: np.random.Generator, at: float) -> str:
    """A code in use at the time: NOS until 2000, then also B, and from 2010 B with or without BCR-ABL."""
    year = FIRST_YEAR + int(at // 12)
    other = rng.random() < 0.35
    if year < 2001:
        return "all_nos"
    if year < 2010:
        return "all_b" if other else "all_nos"
    return "all_bcr_abl" if other else "all_b_2010"
