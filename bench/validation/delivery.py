"""The drawn people as a registry delivers them: five ordinary shapes, four dialects.

Codes, sequence numbers and words are those of `samples.synthetic`; what is decided here is only who and what
is in the files. Survival is completed months, days over 365.24 / 12, as SEER counts them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from bench.validation.world import CUTOFF, RACES, YEAR_STARTS, Truth, de_novo, other_cancers, patients
from samples.synthetic import listing, naaccr
from samples.synthetic.ascii import fixed_files, write_ascii
from samples.synthetic.incidence import rates, shares_of_kinds
from samples.synthetic.kinds import kinds
from samples.synthetic.labels import SYNTHETIC_NOTE
from samples.synthetic.population import shape_of_population
from samples.synthetic.population_file import NO_COUNTY, NO_STATE, ORIGIN_NOT_APPLICABLE
from samples.synthetic.records import NO_SURVIVAL, Records, in_order, records_of
from samples.synthetic.registry import (
    FEMALE,
    FIRST_YEAR,
    KNOWN,
    MALE,
    MARRIED,
    REGISTRIES,
    SINGLE,
    UNKNOWN,
    WIDOWED,
    Registry,
    people,
    tumors,
)

DAYS_PER_MONTH = 365.24 / 12
SURVIVAL_UNKNOWN, TREATED = 0.02, 0.6
TABS = listing.Shape()
REGISTRY_NAMES = {
    1501: "San Francisco-Oakland SMSA - 1975+",
    1502: "Connecticut - 1975+",
    1520: "Metropolitan Detroit - 1975+",
    1521: "Hawaii - 1975+",
    1522: "Iowa - 1975+",
    1523: "New Mexico - 1975+",
    1525: "Seattle (Puget Sound) - 1975+",
    1526: "Utah - 1975+",
    1527: "Atlanta (Metropolitan) - 1975+",
}
STATES = "SEER registry (with CA and GA as whole states)"
THREE = (1502, 1522, 1525)
NOT_SEER = 99
# The nation is so many times the nine registries.
NATION = 10
MYELOMA, LEUKEMIAS = "C421 9732", ("C421 9835", "C421 9836", "C421 9837")


def records(truth: Truth, seed: int) -> Records:
    """Everybody's tumours as rows of the registry."""
    rng = np.random.default_rng([seed, 14])
    found = patients(truth, rng)
    others, cases = other_cancers(found, rng), de_novo(truth, rng)
    n, ill = len(found.index), np.flatnonzero(found.has_second)
    who = people(
        sex=np.array([MALE, FEMALE])[np.concatenate([found.sex, cases.sex])],
        race=np.array(RACES)[np.concatenate([found.race, cases.race])],
        birth=np.concatenate([months(found.index) - 12 * found.age, months(cases.day) - 12 * cases.age]),
        end=months(np.concatenate([found.end, cases.end])),
        dead=np.concatenate([found.died, cases.died]),
        tag=np.repeat(["index", "de novo"], [n, len(cases.day)]),
    )
    person = np.concatenate([np.arange(n), ill, others.person, n + np.arange(len(cases.day))])
    number = numbers_of_kinds()
    kind = np.concatenate(
        [
            np.full(n, number[MYELOMA]),
            rng.choice([number[name] for name in LEUKEMIAS], len(ill)),
            usual_kinds(found.sex[others.person], rng),
            rng.choice([number[name] for name in LEUKEMIAS], len(cases.day)),
        ]
    )
    rows = tumors(
        person=person,
        diagnosed=months(np.concatenate([found.index, found.second[ill], others.day, cases.day])),
        kind=kind,
        chemo=rng.random(len(person)) < TREATED,
        survival=np.where(rng.random(len(person)) < SURVIVAL_UNKNOWN, UNKNOWN, KNOWN),
        marital=rng.choice([SINGLE, MARRIED, WIDOWED], len(person)),
    )
    made = records_of(Registry(who, rows), seed)
    counted = np.floor((day_of(made.end) - day_of(made.diagnosed)) / DAYS_PER_MONTH).astype(int)
    registry = np.concatenate([found.registry, cases.registry])[made.person]
    known = made.survival_months != NO_SURVIVAL
    return in_order(replace(made, registry=registry, survival_months=np.where(known, counted, NO_SURVIVAL)))


def numbers_of_kinds() -> dict[str, int]:
    """Position of each kind by its site and histology."""
    table = kinds()
    return {
        f"{site} {code}": at for at, (site, code) in enumerate(zip(table.site, table.histology, strict=True))
    }


def usual_kinds(sex: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A kind of cancer for each man (0) and woman (1), as often as `samples.synthetic` has it."""
    persons = shape_of_population().sum(axis=(0, 1))
    by_kind = np.einsum("csra,rsa,ck->sk", rates(), persons, shares_of_kinds())
    drawn = np.empty(len(sex), int)
    for at, shares in enumerate(by_kind):
        here = sex == at
        drawn[here] = rng.choice(len(shares), int(here.sum()), p=shares / shares.sum())
    return drawn


# Years of any length count twelve months in `samples.synthetic`; those before 1975 are for births alone.
MONTH_STARTS = 12.0 * np.arange(len(YEAR_STARTS))


def months(days: np.ndarray) -> np.ndarray:
    """Days since 1975 as the months of `samples.synthetic`; the end of the last day is still that day."""
    return np.interp(np.minimum(days, CUTOFF - 1e-3), YEAR_STARTS, MONTH_STARTS)


def day_of(in_months: np.ndarray) -> np.ndarray:
    """The whole day since 1975 that a time of `samples.synthetic` falls on."""
    return np.floor(np.interp(in_months, MONTH_STARTS, YEAR_STARTS)).astype(int)


def whole(folder: Path, truth: Truth, seed: int) -> None:
    """The whole registry and its populations."""
    write_listing(folder, records(truth, seed))
    write_populations(folder, truth)


def index_persons(folder: Path, truth: Truth, seed: int) -> None:
    """All rows of the persons with the index cancer and nobody else's: the commonest export."""
    rows = records(truth, seed)
    write_listing(folder, rows.take(rows.tag == "index"))
    write_populations(folder, truth)


def three_registries(folder: Path, truth: Truth, seed: int) -> None:
    """Three registries in the listing, nine in the populations."""
    rows = records(truth, seed)
    write_listing(folder, rows.take(np.isin(rows.registry, THREE)))
    write_populations(folder, truth)


def national_populations(folder: Path, truth: Truth, seed: int) -> None:
    """The whole registry, and the populations of a nation none of whose rows names a registry."""
    write_listing(folder, records(truth, seed))
    write_populations(folder, truth, national=True)


def days_delivered(folder: Path, truth: Truth, seed: int) -> None:
    """NAACCR XML with the days of diagnosis and last contact, and populations."""
    write_naaccr(folder, records(truth, seed))
    write_populations(folder, truth)


def states(folder: Path, truth: Truth, seed: int) -> None:
    """A listing with California and Georgia as whole states, as SEER*Stat offers it."""
    listing.write_listing(folder, records(truth, seed), TABS, stem="export")
    write_populations(folder, truth)


def fixed_width(folder: Path, truth: Truth, seed: int) -> None:
    """SEER's retired fixed-width files."""
    write_ascii(folder, fixed_files(records(truth, seed), seed=seed))
    write_populations(folder, truth)


def quoted_csv(folder: Path, truth: Truth, seed: int) -> None:
    """A listing with commas, quotes and the names of its variables."""
    shape = listing.Shape(delimiter=",", header=True, quoted=True, line_end="\n")
    write_listing(folder, records(truth, seed), shape)
    write_populations(folder, truth)


Write = Callable[[Path, Truth, int], None]
SHAPES: dict[str, Write] = {
    "whole registry": whole,
    "index persons only": index_persons,
    "three of nine registries": three_registries,
    "national population file": national_populations,
    "days delivered": days_delivered,
}
DIALECTS: dict[str, Write] = {
    "listing, tabs": whole,
    "listing, quoted CSV": quoted_csv,
    "listing, whole states": states,
    "fixed width": fixed_width,
}


def write_listing(folder: Path, rows: Records, shape: listing.Shape = TABS) -> None:
    """A case listing that names each registry."""
    table = listing.table_of(rows)
    table.columns[STATES] = listing.worded(rows.registry, REGISTRY_NAMES)
    table.columns = {
        "SEER registry" if name == STATES else name: cells for name, cells in table.columns.items()
    }
    (folder / "export.txt").write_bytes(listing.encoded(listing.data_lines(table, shape), shape))
    (folder / "export.dic").write_bytes(listing.dictionary(shape, table.columns, file_name="export.txt"))


def write_populations(folder: Path, truth: Truth, *, national: bool = False) -> None:
    """Records of 26 characters: year, place, registry, race, origin, sex, age in 19 groups, persons."""
    counts = truth.population * (NATION if national else 1)
    form = f"{{}}{NO_STATE}{NO_COUNTY}{{:02d}}{{}}{ORIGIN_NOT_APPLICABLE}{{}}{{:02d}}{{:08d}}\r\n"
    lines = [
        form.format(FIRST_YEAR + y, NOT_SEER if national else REGISTRIES[r] - 1500, k + 1, s + 1, a, count)
        for (y, r, k, s, a), count in np.ndenumerate(counts)
    ]
    (folder / "populations.txt").write_text("".join(lines), encoding="ascii", newline="")


def write_naaccr(folder: Path, rows: Records) -> None:
    """One document a registry, with real days: `samples.synthetic.naaccr` counts months of 28."""
    of_person = naaccr.patient_columns(rows) | {"dateOfLastContact": dates(rows.end)}
    of_tumor = naaccr.tumor_columns(rows) | {"dateOfDiagnosis": dates(rows.diagnosed)}
    person = naaccr.items(of_person, naaccr.PATIENT_ITEMS, "    ")
    tumor = naaccr.items(of_tumor, naaccr.TUMOR_ITEMS, "      ")
    for registry in REGISTRIES:
        parts = [naaccr.HEAD.format(note=SYNTHETIC_NOTE, registry=registry, more="")]
        here = np.flatnonzero(rows.registry == registry).tolist()
        for _, mine in groupby(here, key=rows.person.__getitem__):
            first, *more = mine
            tumors = "".join(f"    <Tumor>\n{tumor[row]}    </Tumor>\n" for row in (first, *more))
            parts.append(f"  <Patient>\n{person[first]}{tumors}  </Patient>\n")
        text = "".join([*parts, "</NaaccrData>\n"])
        (folder / f"registry_{registry}.xml").write_text(text, encoding="utf-8")


def dates(in_months: np.ndarray) -> list[str]:
    """YYYYMMDD of times of `samples.synthetic`."""
    days = np.datetime64(f"{FIRST_YEAR}-01-01") + day_of(in_months)
    return [text.replace("-", "") for text in np.datetime_as_string(days).tolist()]
