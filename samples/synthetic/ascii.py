"""SEER's retired fixed-width files: nine by site, and the SAS program that says where each field is.

The layout is that of the custom treatment files of the November 2016 and 2017 submissions
(366 characters, `data/ascii_fields.csv`), carried over to the listing's years and people.
Ages stop at 85 as the listing's do, so that both deliveries tell one story. The only place
for a note is the program: its first comment says that the data are synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samples.synthetic.chance import stream
from samples.synthetic.kinds import kinds, rows_of
from samples.synthetic.labels import SYNTHETIC_NOTE
from samples.synthetic.listing import GRADE_ENDS, TOP_CODED_AGE, age_groups, grade, histology, race_in_three
from samples.synthetic.records import Records, year_and_month
from samples.synthetic.registry import ASIAN, DEATH_CERTIFICATE, RACE_UNKNOWN, year_of

FOLDER = Path("SEER_1975_2018_TEXTDATA/incidence")
DIRECTORY = "yr1975_2018.seer9"
PROGRAM = "read.seer.research.custom.sas"
RECORD_LENGTH = 366
DAMAGED, DUPLICATED = 12, 40
# Which sites each file holds, by the first letters of the site; what fits none is in OTHER.
FILES = {
    "BREAST": ("C50",),
    "COLRECT": ("C18", "C19", "C20"),
    "DIGOTHR": ("C15", "C16", "C17", "C21", "C22", "C23", "C24", "C25", "C26"),
    "FEMGEN": ("C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58"),
    "LYMYLEUK": ("C42", "C77"),
    "MALEGEN": ("C60", "C61", "C62", "C63"),
    "OTHER": (),
    "RESPIR": ("C30", "C31", "C32", "C33", "C34", "C38", "C39"),
    "URINARY": ("C64", "C65", "C66", "C67", "C68"),
}
# Kinds that belong to lymphoma, myeloma and leukaemia wherever they lie.
BLOOD_RECODES = range(33000, 36000)
DETAILED_RACE = {ASIAN: 96, RACE_UNKNOWN: 99}


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One of the nine files: its bytes, how many records, and the lines that are too long."""

    name: str
    content: bytes
    n_records: int
    damaged: list[int]


def codes_of(records: Records) -> dict[str, np.ndarray]:
    """Field name to code, each of shape (rows,): numbers, or bytes for the site."""
    table = kinds()
    year, month = year_and_month(records)
    size = len(records)
    certified = records.survival_flag == DEATH_CERTIFICATE
    detailed = np.array([DETAILED_RACE.get(int(code), int(code)) for code in range(10)])
    return {
        "PUBCSNUM": records.patient_id,
        "REG": records.registry,
        "MAR_STAT": records.marital,
        "RACE1V": detailed[records.race],
        "NHIADE": records.hispanic.astype(int),
        "SEX": records.sex,
        "AGE_DX": np.where(records.age < 0, 999, np.minimum(records.age, TOP_CODED_AGE)),
        "YR_BRTH": np.where(records.age < 0, 0, year_of(records.birth)),
        "SEQ_NUM": records.sequence,
        "MDXRECMP": month,
        "YEAR_DX": year,
        "PRIMSITE": np.array([site.encode() for site in table.site])[records.kind],
        "HISTO3V": histology(records),
        "BEHO3V": records.behavior,
        "GRADE": np.where(year >= GRADE_ENDS, 9, grade(records)),
        "DX_CONF": records.confirmation,
        "REPT_SRC": records.reported_by,
        "REC_NO": records.record,
        "TYPE_FU": np.where(certified, 1, 2),
        "AGE_1REC": age_groups(records),
        "SITERWHO": table.site_recode_code[records.kind],
        "BEHTREND": records.behavior,
        "RAC_RECA": race_in_three(records),
        "RAC_RECY": records.race,
        "ORIGRECB": records.hispanic.astype(int),
        "FIRSTPRM": records.first_malignant.astype(int),
        "CODPUB": records.cause,
        "CODPUBKM": records.cause,
        "STAT_REC": np.where(records.dead, 4, 1),
        "IHSLINK": np.zeros(size, int),
        "VSRTSADX": records.attributable,
        "ODTHCLASS": records.other_cause,
        "INTPRIM": records.international.astype(int),
        "SRV_TIME_MON": records.survival_months,
        "SRV_TIME_MON_FLAG": records.survival_flag,
        "MALIGCOUNT": records.n_total,
        "BENBORDCOUNT": records.n_benign,
        "RADIATNR": records.radiation,
        "RAD_BRNR": np.full(size, 9),
        "RAD_SURG": np.zeros(size, int),
        "CHEMO_RX_REC": records.chemo.astype(int),
    }


def fixed_lines(records: Records) -> np.ndarray:
    """Records of 366 characters without line ends, shape (rows, 366), dtype uint8; blank where not known."""
    lines = np.full((len(records), RECORD_LENGTH), ord(" "), np.uint8)
    codes = codes_of(records)
    for field in rows_of("ascii_fields.csv"):
        if field["name"] not in codes:
            continue
        start, width, code = int(field["start"]) - 1, int(field["width"]), codes[field["name"]]
        if code.dtype.kind == "S":
            lines[:, start : start + width] = code.view(np.uint8).reshape(len(code), width)
            continue
        powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
        lines[:, start : start + width] = ord("0") + code.astype(np.int64)[:, None] // powers % 10
    return lines


def file_of(records: Records) -> np.ndarray:
    """Name of the file each record belongs in."""
    table = kinds()
    by_kind = np.array(
        [
            "LYMYLEUK"
            if recode in BLOOD_RECODES
            else next((name for name, sites in FILES.items() if site.startswith(sites)), "OTHER")
            for site, recode in zip(table.site, table.site_recode_code, strict=True)
        ],
        dtype=object,
    )
    return by_kind[records.kind]


def fixed_files(records: Records, *, seed: int, messy: bool = False) -> list[FixedFile]:
    """The nine files; the messy ones hold some records twice and some too long for the layout."""
    rng = stream(seed, "fixed width")
    names, lines = file_of(records), fixed_lines(records)
    line_end = b"\n" if messy else b"\r\n"
    again = np.zeros(len(records), bool)
    broken = np.zeros(len(records), bool)
    if messy:
        chosen = rng.choice(len(records), min(DUPLICATED + DAMAGED, len(records)), replace=False)
        again[chosen[:DUPLICATED]], broken[chosen[DUPLICATED:]] = True, True
    files = []
    for name in FILES:
        here = np.flatnonzero(names == name)
        # A damaged record is a copy with too many characters, right after the record itself.
        each = np.repeat(here, 1 + again[here] + broken[here])
        texts = [bytes(line) for line in lines[each]]
        damaged = np.flatnonzero(broken[each] & (np.diff(each, prepend=-1) == 0))
        for at in damaged:
            texts[at] += b" AND MORE"
        content = b"".join(text + line_end for text in texts)
        files.append(FixedFile(f"{name}.TXT", content, len(texts), (damaged + 1).tolist()))
    return files


def sas_program(*, messy: bool = False) -> bytes:
    """The program shipped with the data. The messy one has every irregularity seen in real ones."""
    lines = [
        f"/* {SYNTHETIC_NOTE}: made by metachron synth in the layout of SEER's custom treatment files */",
        f"filename seer9 './{DIRECTORY}/*.TXT';",
        "",
        "data in;",
        f"  infile seer9 lrecl={RECORD_LENGTH};",
        "  input",
    ]
    fields = rows_of("ascii_fields.csv")
    for number, field in enumerate(fields):
        width = f"$char{field['width']}."
        line = f"    @ {field['start']:<3} {field['name']:<20} {width:<9} /* {field['meaning']} */"
        if messy:
            line = irregular(line, number, last=number == len(fields) - 1)
        lines.append(line)
    lines += [] if messy else ["    ;"]
    return "".join(line + "\r\n" for line in [*lines, "run;"]).encode("ascii")


def irregular(line: str, number: int, *, last: bool) -> str:
    """One of the oddities of the real programs, by turns; the closing semicolon on the last field's line."""
    if last:
        return line + ";"
    oddities = (
        line,
        line.replace("$char", "$Char"),
        line.replace(" */", "*/"),
        line.replace(" */", ""),
        line + "   ",
        line.replace("    @ ", "  @  "),
    )
    return oddities[number % len(oddities)]


def write_ascii(folder: Path, files: list[FixedFile], *, messy: bool = False) -> list[Path]:
    """The directory of nine files and the program above it."""
    directory = folder / FOLDER / DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    program = folder / FOLDER / PROGRAM
    program.write_bytes(sas_program(messy=messy))
    written = [program]
    for file in files:
        path = directory / file.name
        path.write_bytes(file.content)
        written.append(path)
    return written
