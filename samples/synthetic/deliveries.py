"""Which files a synthetic delivery consists of, by layout and variant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from samples.synthetic.ascii import DIRECTORY, FOLDER, PROGRAM, fixed_files, write_ascii
from samples.synthetic.hospital import (
    MAPPING_FILE,
    PATIENTS_FILE,
    SECONDS_FILE,
    Hospital,
    hospital,
    write_hospital,
)
from samples.synthetic.listing import STEM as LISTING_STEM
from samples.synthetic.listing import Shape, table_of, write_listing
from samples.synthetic.messy import STEM as MESSY_STEM
from samples.synthetic.messy import messy_table, write_messy
from samples.synthetic.messy_hospital import messy_hospital, write_messy_hospital
from samples.synthetic.naaccr import FOLDER as NAACCR_FOLDER
from samples.synthetic.naaccr import documents, write_naaccr
from samples.synthetic.population_file import FILE_NAME as POPULATION_FILE
from samples.synthetic.population_file import write_population
from samples.synthetic.records import Records
from samples.synthetic.redcap import DATA_FILE, DICTIONARY_FILE, LABELS_FILE, export, write_redcap
from samples.synthetic.truth import FILE_NAME as TRUTH_FILE
from samples.synthetic.truth import FileTruth, repeated, truth, write_truth
from samples.synthetic.twin import synthetic_records

VARIANTS = ("clean", "messy")
# What is selected of the registry, and at which scale unless one is asked for: every cancer of the nine
# registries would be four million rows.
CANCERS = {"paper": 1.0, "all": 0.05}
# Whatever a layout and a variant write.
WRITTEN = (
    *(f"{stem}.{ending}" for stem in (LISTING_STEM, MESSY_STEM) for ending in ("txt", "dic", "session.txt")),
    PATIENTS_FILE, SECONDS_FILE, MAPPING_FILE, DATA_FILE, LABELS_FILE, DICTIONARY_FILE,
    str(FOLDER / PROGRAM), str(FOLDER / DIRECTORY / "*.TXT"), f"{NAACCR_FOLDER}/seer9_*.xml*",
    POPULATION_FILE, TRUTH_FILE,
)  # fmt: skip
# In a smaller messy delivery a single damaged line is more than readers accept of a file.
SMALLEST_SCALE, LARGEST_SCALE = {"clean": 0.005, "messy": 0.02}, {"paper": 100.0, "all": 1.0}
Written = tuple[list[Path], list[FileTruth]]


class UnknownDelivery(ValueError):
    """No such layout, variant or selection of cancers is written."""


class OutOfRange(ValueError):
    """A seed or a scale that no delivery is written for."""


def silent(fraction: float, text: str) -> None:
    """For callers that show nothing."""


def write_deliveries(
    folder: Path,
    *,
    seed: int = 1,
    scale: float | None = None,
    layout: str = "listing",
    variant: str = "clean",
    cancers: str = "paper",
    every_case: bool = False,
    progress: Callable[[float, str], None] = silent,
) -> list[Path]:
    """Write the deliveries of a synthetic registry and hospital; the same seed gives the same bytes.

    folder    made if absent; files of the same names are replaced
    seed      any whole number from 0
    scale     share of the nine registries' people, patients and population alike; from CANCERS if None
    layout    one of LAYOUTS: `listing` (SEER*Stat), `ascii` (fixed width), `naaccr` (XML, version 24);
              `redcap` is a listing beside a hospital that keeps its patients in REDCap
    variant   `clean`, or `messy`: everything wrong that must still be accepted
    cancers   `paper`: people with a plasma cell neoplasm or acute lymphoblastic leukaemia, whatever else they
              have; `all`: people with any cancer
    every_case  keeps the paper's cases and all whom a rule removes at any scale; ratios to expected numbers
              are then too high by as much as the scale is below 1
    progress  called with the share done and what is being done

    Returns the files written, in order. Raises UnknownDelivery, and OutOfRange for a seed or scale out of
    range, before anything is written.
    """
    if layout not in LAYOUTS or variant not in VARIANTS or cancers not in CANCERS:
        raise UnknownDelivery(
            f"layout must be one of {', '.join(LAYOUTS)}, variant one of {', '.join(VARIANTS)}"
            f" and cancers one of {', '.join(CANCERS)}"
        )
    scale = CANCERS[cancers] if scale is None else scale
    smallest, largest = SMALLEST_SCALE[variant], LARGEST_SCALE[cancers]
    if seed < 0 or not smallest <= scale <= largest:
        raise OutOfRange(
            f"the seed must not be negative, and the scale of a {variant} delivery lies in {smallest} to"
            f" {largest:g}"
        )
    messy = variant == "messy"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    progress(0.0, "inventing the registry")
    records = synthetic_records(seed, scale, messy=messy, all_cancers=cancers == "all", every_case=every_case)
    hospital_rows = hospital(seed)
    write_registry, write_ward = LAYOUTS[layout]
    progress(0.3, f"writing {len(records):,} tumours")
    written, files = write_registry(folder, records, seed, messy)
    progress(0.9, f"writing {len(hospital_rows.patients):,} patients of the hospital")
    more, more_files = write_ward(folder, hospital_rows, seed, messy)
    population, n_records = write_population(folder, scale, decimals=messy)
    truth_of_files = truth(
        records,
        [*files, *more_files, FileTruth(population.name, "populations", n_records)],
        institution_index=len(hospital_rows.patients),
        institution_second=len(hospital_rows.second_cancers),
        seed=seed,
        scale=scale,
        layout=layout,
        variant=variant,
        cancers=cancers,
        every_case=every_case,
    )
    return [*written, *more, population, write_truth(folder, truth_of_files)]


def listing_files(folder: Path, records: Records, seed: int, messy: bool) -> Written:
    """A SEER*Stat case listing."""
    if not messy:
        paths = write_listing(folder, records, Shape())
        return paths, [FileTruth(paths[0].name, "seer_listing", len(records))]
    spoiled = messy_table(table_of(records), seed)
    paths = write_messy(folder, spoiled)
    again = repeated(spoiled.lines, first=2)
    file_truth = FileTruth(paths[0].name, "seer_listing", len(spoiled.lines), spoiled.damaged, again)
    return paths, [file_truth]


def ascii_files(folder: Path, records: Records, seed: int, messy: bool) -> Written:
    """SEER's fixed-width directory and its SAS program."""
    files = fixed_files(records, seed=seed, messy=messy)
    file_truths = [
        FileTruth(
            str(FOLDER / DIRECTORY / file.name),
            "seer_ascii",
            file.n_records,
            file.damaged,
            repeated(file.content.splitlines(), first=1),
        )
        for file in files
    ]
    return write_ascii(folder, files, messy=messy), file_truths


def naaccr_files(folder: Path, records: Records, seed: int, messy: bool) -> Written:
    """NAACCR XML, a document per registry."""
    written = documents(records, seed=seed, messy=messy)
    paths = write_naaccr(folder, written)
    file_truths = [
        FileTruth(f"{path.parent.name}/{path.name}", "naaccr_xml", document.n_tumors)
        for path, document in zip(paths, written, strict=True)
    ]
    return paths, file_truths


def hospital_files(folder: Path, hospital_rows: Hospital, seed: int, messy: bool) -> Written:
    """The hospital's own CSV and workbook, with their mapping."""
    if not messy:
        file_truths = [
            FileTruth(PATIENTS_FILE, "hospital_patients", len(hospital_rows.patients)),
            FileTruth(SECONDS_FILE, "hospital_second_cancers", len(hospital_rows.second_cancers)),
        ]
        return write_hospital(folder, hospital_rows), file_truths
    spoiled = messy_hospital(hospital_rows, seed)
    again = repeated(map(tuple, spoiled.patients), first=1)
    file_truths = [
        FileTruth(PATIENTS_FILE, "hospital_patients", len(spoiled.patients) - 1, spoiled.damaged, again),
        FileTruth(SECONDS_FILE, "hospital_second_cancers", len(spoiled.second_cancers) - 1),
    ]
    return write_messy_hospital(folder, spoiled), file_truths


def redcap_files(folder: Path, hospital_rows: Hospital, seed: int, messy: bool) -> Written:
    """The hospital's REDCap export; the messy one shows labels instead of codes."""
    paths = write_redcap(folder, hospital_rows, labels=messy)
    return paths, [FileTruth(paths[0].name, "redcap", len(export(hospital_rows)) - 1)]


# What writes the registry and what writes the hospital.
LAYOUTS = {
    "listing": (listing_files, hospital_files),
    "ascii": (ascii_files, hospital_files),
    "naaccr": (naaccr_files, hospital_files),
    "redcap": (listing_files, redcap_files),
}
