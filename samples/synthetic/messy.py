"""The same population delivered the worst way that is still acceptable.

The file is gzip under a .txt name, comma-separated with every cell quoted, headed, LF, cp1252,
its dictionary in no numerical order, two headers of other releases, a column nobody knows.
Inside: labels that drift and lead with blanks, blank cells, benign tumours in a numbering
of their own, sequence errors, rows delivered twice, damaged lines that must be rejected, and
the people of `data/messy_cases.csv`, who sit on the edges of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samples.synthetic.chance import stream
from samples.synthetic.kinds import kinds, rows_of
from samples.synthetic.listing import Shape, Table, dictionary, encoded, quoted, session_text
from samples.synthetic.records import NO_SURVIVAL, Records, in_order
from samples.synthetic.registry import year_of

STEM = "seer9_plus_messy"
SHAPE = Shape(delimiter=",", header=True, quoted=True, line_end="\n", gzipped=True, encoding="cp1252")
REMARK = "Registry remark (user-defined)"
REMARKS = ("", "", "", "überprüft – in Ordnung", "coded before 2001’s change")
BASE_OF_REMARK = "Sequence number~Year of diagnosis"
OTHER_RELEASES_HEADERS = {"Record number recode": "Record number", "Survival months": "SURVIVAL MONTHS"}

AGE_UNKNOWN, BENIGN_BEHAVIOR = -1, 0
BENIGN, TWO_BENIGN, WRONGLY_ONLY, SEQUENCE_UNKNOWN, DUPLICATED, DAMAGED = 300, 2, 3, 5, 40, 12
FIRST_YEAR_OF_BENIGN_TUMORS = 2004


@dataclass(frozen=True, slots=True)
class Messy:
    """A listing as lines, and what is known to be wrong with it.

    table        every good row, duplicates included, in the order written
    lines        data lines as written, the damaged among them
    damaged      line numbers (the header is line 1) that must be rejected
    """

    table: Table
    lines: list[str]
    damaged: list[int]


def messy_records(records: Records, seed: int) -> Records:
    """The records with an unknown age, sequence errors and benign tumours among them."""
    rng = stream(seed, "messy records")
    spoiled = records.take(np.arange(len(records)))
    spoiled.age[spoiled.tag == "age_unknown"] = AGE_UNKNOWN
    sequence_errors(rng, spoiled)
    return with_benign_tumors(rng, spoiled)


def sequence_errors(rng: np.random.Generator, records: Records) -> None:
    """A few "one primary only" with a second row, and a few unknown; nobody whom a rule is about."""
    others = np.isin(records.tag, ["background", "myeloma"])
    first_of_two = others & (records.n_total == 2) & (records.sequence == 1)
    records.sequence[rng.choice(np.flatnonzero(first_of_two), WRONGLY_ONLY, replace=False)] = 0
    lone_myeloma = (records.tag == "myeloma") & (records.n_total == 1)
    records.sequence[rng.choice(np.flatnonzero(lone_myeloma), SEQUENCE_UNKNOWN, replace=False)] = 99


def with_benign_tumors(rng: np.random.Generator, records: Records) -> Records:
    """Benign tumours of the brain's coverings, in the numbering that starts at 60.

    They go to people without benign tumours, one of the cases among them, all of whose rows
    then say that there is one; the new row is the person's last. Two people have two.
    """
    able = (records.record == records.n_total) & (records.n_benign == 0)
    able &= records.survival_months != NO_SURVIVAL
    able &= year_of(records.diagnosed) >= FIRST_YEAR_OF_BENIGN_TUMORS
    others = np.flatnonzero(able & np.isin(records.tag, ["background", "myeloma"]))
    of_a_case = np.flatnonzero(able & (records.tag == "case"))[:1]
    chosen = np.append(of_a_case, np.sort(rng.choice(others, min(BENIGN, len(others)), replace=False)))
    twice = chosen[:TWO_BENIGN]

    benign = records.take(np.concatenate([chosen, twice]))
    second = np.arange(len(benign)) >= len(chosen)
    benign.record = benign.record + 1 + second
    benign.sequence = np.where(np.isin(benign.person, records.person[twice]), 61 + second, 60)
    benign.kind[:], benign.behavior[:] = kinds().number("meningioma"), BENIGN_BEHAVIOR
    benign.chemo[:], benign.radiation[:], benign.first_malignant[:] = False, 0, False
    benign.attributable[:], benign.other_cause[:] = 9, 9

    whole = in_order(Records.concatenate([records, benign]))
    whole.n_benign[np.isin(whole.person, benign.person)] = 1
    whole.n_benign[np.isin(whole.person, records.person[twice])] = 2
    return whole


def messy_table(clean: Table, seed: int) -> Messy:
    """A listing in other releases' words, some rows twice, none in order, some lines damaged."""
    rng = stream(seed, "messy listing")
    columns = {name: values.copy() for name, values in clean.columns.items()}
    drift(rng, columns)
    note = columns.pop("Data note (synthetic)")
    remark = np.array(REMARKS, dtype=object)[rng.integers(0, len(REMARKS), len(note))]
    columns |= {REMARK: remark, "Data note (synthetic)": note}
    table = Table({OTHER_RELEASES_HEADERS.get(name, name): values for name, values in columns.items()})

    again = rng.choice(len(table), min(DUPLICATED, len(table)), replace=False)
    table = table.take(rng.permutation(np.concatenate([np.arange(len(table)), again])))
    lines, damaged = with_damage(rng, table)
    return Messy(table, lines, damaged)


def drift(rng: np.random.Generator, columns: dict[str, np.ndarray]) -> None:
    """Labels of other releases, leading blanks and blank cells, by `data/label_drift.csv`."""
    columns["Sex"] = np.array(["  " + word for word in columns["Sex"]], dtype=object)
    for row in rows_of("label_drift.csv"):
        cells = columns[row["column"]]
        here = np.flatnonzero(cells == row["label"])
        cells[here[rng.random(len(here)) < float(row["share"])]] = row["variant"]


def with_damage(rng: np.random.Generator, table: Table) -> tuple[list[str], list[int]]:
    """Data lines with damaged copies of some rows among them: cells lost or one too many.

    The damaged are copies, so that rejecting them loses nobody.
    """
    rows = list(zip(*(values.tolist() for values in table.columns.values()), strict=True))
    lines = [SHAPE.delimiter.join(map(quoted, row)) for row in rows]
    places = np.sort(rng.choice(len(lines), min(DAMAGED, len(lines)), replace=False))
    damaged = []
    for number, place in enumerate(places):
        row = list(rows[place])
        broken = [row[:-2], row[:5], [*row, "one cell too many"]][number % 3]
        at = int(place) + number
        lines.insert(at, SHAPE.delimiter.join(map(quoted, broken)))
        damaged.append(at + 2)  # after the header, counted from one
    return lines, damaged


def write_messy(folder: Path, messy: Messy) -> list[Path]:
    """Data, dictionary and session text; the row count is of what was exported, damage included."""
    names = list(messy.table.columns)
    data = folder / f"{STEM}.txt"
    header = SHAPE.delimiter.join(map(quoted, names))
    data.write_bytes(encoded([header, *messy.lines], SHAPE))
    beside = folder / f"{STEM}.dic"
    beside.write_bytes(
        in_text_order(dictionary(SHAPE, names, file_name=data.name, bases={REMARK: BASE_OF_REMARK}))
    )
    session = folder / f"{STEM}.session.txt"
    session.write_bytes(session_text(len(messy.lines)))
    return [data, beside, session]


def in_text_order(dictionary: bytes) -> bytes:
    """The dictionary with its variables sorted as text: Var10 before Var2."""
    lines = dictionary.decode(SHAPE.encoding).split("\r\n")
    start = lines.index("[Variables]") + 1
    stop = next(at for at in range(start, len(lines)) if not lines[at].startswith("Var"))
    lines[start:stop] = sorted(lines[start:stop])
    return "\r\n".join(lines).encode(SHAPE.encoding)
