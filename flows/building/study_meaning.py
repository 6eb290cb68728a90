"""What a study definition must say: `STUDY` has the rules of single keys, `RELATIONS` those between keys.

A relation is asked only where the keys that it compares are right.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flows.building.study_rules import (
    Place,
    Problem,
    Rule,
    calendar_date,
    code_range,
    in_order,
    keys,
    list_of,
    must_be_one_of,
    must_be_whole,
    once,
    rising,
    slug,
    text,
    wrong,
    yes_or_no,
)

HISTOLOGY = re.compile(r"([89][0-9]{3})(?:-([89][0-9]{3}))?")
SITE = re.compile(r"(C[0-9]{3})(?:-(C[0-9]{3}))?")
CONVENTIONS = ("spss25",)
OLDEST_YEAR, LATEST_YEAR = 1900, 2100
LONGEST_HISTORY = 10_000
DOI = re.compile(r"10\.[0-9]{4,9}/[A-Za-z0-9./_;()-]+")
HIGHLIGHTS = ("age", "chemotherapy", "survival", "treatment_after", "incidence", "eras")
MOST_WORDS = 25
# The clock of follow-up counts half months (dbt_project/macros/time.sql): less than one of them is none.
HALF_A_MONTH = 0.5


def problems(study: Any) -> list[Problem]:
    """Everything that is wrong with a study, in the order of its rules; nothing if it can be built."""
    place: Place = ("study",)
    found = list(STUDY(place, study))
    for relation, compared in RELATIONS:
        is_wrong = any(is_about(problem.place, place + keys) for problem in found for keys in compared)
        # A key that is misspelt is told under the name it has, and is lacking under its own.
        if not is_wrong and all(has(study, keys) for keys in compared):
            found += relation(place, study)
    return found


def has(study: Any, keys: Place) -> bool:
    """Whether every key on the way to a place stands there."""
    for key in keys:
        if not isinstance(study, Mapping) or key not in study:
            return False
        study = study[key]
    return True


def is_about(place: Place, keys: Place) -> bool:
    """Whether one of two places lies within the other."""
    shorter = min(len(place), len(keys))
    return place[:shorter] == keys[:shorter]


def half_a_month(place: Place, value: Any) -> Iterator[Problem]:
    if isinstance(value, bool) or value != HALF_A_MONTH:
        yield wrong(
            place,
            value,
            f"{HALF_A_MONTH}: the clock counts half months, and a survival of 0 months counts as one of them",
        )


def cutoff(place: Place, value: Any) -> Iterator[Problem]:
    found = list(calendar_date(place, value))
    yield from found
    if not found and int(str(value)[:4]) > date.today().year:
        yield Problem(place, f"is {value}, in a future year: nobody has been followed that long", str(value))


def require_named_definitions(place: Place, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield wrong(place, value, "a mapping of names to lists of cancers")
    elif not value:
        yield Problem(place, "names no definition")
    else:
        for name, cancers in value.items():
            yield from slug((*place, str(name)), name)
            yield from CANCERS((*place, str(name)), cancers)


def doi(place: Place, value: Any) -> Iterator[Problem]:
    if not (isinstance(value, str) and DOI.fullmatch(value)):
        yield wrong(place, value, "a doi such as 10.1016/j.cpt.2024.06.007, without https://doi.org/")


def few_words(place: Place, value: Any) -> Iterator[Problem]:
    """What a reader takes in at a glance."""
    found = list(text()(place, value))
    yield from found
    if not found and len(value.split()) > MOST_WORDS:
        yield Problem(place, f"has {len(value.split())} words; at most {MOST_WORDS} are accepted")


YEAR = must_be_whole(OLDEST_YEAR, LATEST_YEAR)
CANCERS = list_of(
    in_order(
        keys(
            {
                "histology": code_range(
                    HISTOLOGY, "an ICD-O-3 code or range such as 9811-9819, without behaviour"
                )
            },
            {
                "site": code_range(SITE, "a topography code or range such as C420-C421"),
                "first_year": YEAR,
                "last_year": YEAR,
            },
        )
    ),
    at_least=1,
    of="cancers",
)
MONTHS = list_of(must_be_whole(1, 600), of="months")
SOURCE = in_order(
    keys(
        {
            "first_year": YEAR,
            "last_year": YEAR,
            "study_cutoff": cutoff,
            "registries": list_of(must_be_whole(1501, 1599), of="registry codes (none of them means any)"),
        }
    )
)
STUDY = keys(
    {
        "name": slug,
        "title": text(),
        "conventions": must_be_one_of(*CONVENTIONS),
        "history": text(LONGEST_HISTORY, lines=True),
        "index": keys({"label": text(), "short_label": text(), "cancers": CANCERS}),
        "second": keys(
            {
                "label": text(),
                "short_label": text(),
                "definition": text(),
                "definitions": require_named_definitions,
            }
        ),
        "sources": keys({"seer": SOURCE, "institution": SOURCE}),
        "eras": list_of(in_order(keys({"first_year": YEAR, "last_year": YEAR})), at_least=1, of="eras"),
        "settings": keys(
            {
                "min_age_years": must_be_whole(0, 120),
                "min_latency_months": must_be_whole(0, 600),
                "max_primaries": must_be_whole(1, 99),
                "apply_to_everyone": yes_or_no,
                "keep_nonqualifying_second": yes_or_no,
                "zero_survival_months": half_a_month,
                "landmark_months": MONTHS,
                "band_months": MONTHS,
            },
            {"other_primaries": must_be_one_of("ignore", "censor"), "min_at_risk": must_be_whole(1, 1000)},
        ),
    },
    {
        "paper": keys(
            {"authors": text(), "title": text(), "journal": text(), "year": YEAR, "doi": doi},
            {
                "highlights": list_of(
                    keys({"about": must_be_one_of(*HIGHLIGHTS), "says": few_words}),
                    at_least=1,
                    of="highlights",
                )
            },
        )
    },
)


# Relations between keys.


def chosen_definition(place: Place, study: Any) -> Iterator[Problem]:
    second = study["second"]
    if second["definition"] not in second["definitions"]:
        named = ", ".join(second["definitions"])
        yield wrong((*place, "second", "definition"), second["definition"], f"one of the definitions {named}")


def follow_up_of_the_last_year(place: Place, study: Any) -> Iterator[Problem]:
    for source, rules in study["sources"].items():
        cutoff = rules["study_cutoff"]
        if int(str(cutoff)[:4]) < rules["last_year"]:
            yield Problem(
                (*place, "sources", source, "study_cutoff"),
                f"is {cutoff}, before the last year of diagnosis, {rules['last_year']}",
                str(cutoff),
            )


def registries_once(place: Place, study: Any) -> Iterator[Problem]:
    for source, rules in study["sources"].items():
        yield from once((*place, "sources", source, "registries"), rules["registries"])


def eras_in_a_row(place: Place, study: Any) -> Iterator[Problem]:
    """One after the other without a gap, over every year in which the registries' index cancers may fall."""
    eras, registries = study["eras"], study["sources"]["seer"]
    for number, (before, era) in enumerate(itertools.pairwise(eras), start=1):
        if era["first_year"] != before["last_year"] + 1:
            overlaps = before["first_year"] <= era["first_year"] <= before["last_year"]
            how = (
                "overlaps the era before"
                if overlaps
                else "leaves a gap, or is out of order, after the era before"
            )
            yield Problem(
                (*place, "eras", number, "first_year"),
                f"is {era['first_year']} and {how}, which ends in {before['last_year']}",
                str(era["first_year"]),
            )
    first, last = eras[0]["first_year"], eras[-1]["last_year"]
    if first > registries["first_year"] or last < registries["last_year"]:
        yield Problem(
            (*place, "eras"),
            f"are {first}-{last} and do not cover the years of study.sources.seer, "
            f"{registries['first_year']}-{registries['last_year']}",
        )


def bands_after_the_latency(place: Place, study: Any) -> Iterator[Problem]:
    """The time before the shortest latency is a band of its own."""
    latency, bands = study["settings"]["min_latency_months"], study["settings"]["band_months"]
    here = (*place, "settings", "band_months")
    for number, months in enumerate(bands):
        if months <= latency:
            yield Problem(
                (*here, number),
                f"is {months}, which is not beyond min_latency_months, {latency}: a band must begin after it",
                str(months),
            )
    yield from rising(here, bands)


def landmarks_rise(place: Place, study: Any) -> Iterator[Problem]:
    yield from rising((*place, "settings", "landmark_months"), study["settings"]["landmark_months"])


def highlights_once(place: Place, study: Any) -> Iterator[Problem]:
    highlights = study.get("paper", {}).get("highlights", [])
    seen: list[str] = []
    for number, highlight in enumerate(highlights):
        if (about := highlight["about"]) in seen:
            yield Problem(
                (*place, "paper", "highlights", number, "about"), f"is {about} a second time", about
            )
        seen.append(about)


RELATIONS: tuple[tuple[Rule, tuple[Place, ...]], ...] = (
    (chosen_definition, (("second",),)),
    (follow_up_of_the_last_year, (("sources",),)),
    (registries_once, (("sources",),)),
    (eras_in_a_row, (("eras",), ("sources", "seer"))),
    (bands_after_the_latency, (("settings", "band_months"), ("settings", "min_latency_months"))),
    (landmarks_rise, (("settings", "landmark_months"),)),
    (highlights_once, (("paper",),)),
)
