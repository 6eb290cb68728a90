"""How fast deliveries land, as ratios inside one run.

    python -m bench.readers                                          a million records, median of 3
    python -m bench.readers --records 5000000 --repeats 5            the figures of docs/performance.md
    python -m bench.readers --records 20000000 --repeats 1 --ours    time and memory alone

Listing      our load (hash, keep, count, check, land, number, reconcile) against DuckDB's bare `read_csv` of
             the same 30-column file with the same columns and no checks, both into a database file.
Fixed width  our load against two ways without checks: numpy slices of a memory map through Arrow, the
             fastest way known here, and DuckDB's own substr over one wide column.
Memory       the peak of the process that lands; run with other --records to see how it grows.

Ways take turns, each in a process of its own, and a ratio is the median of the ratios of the turns: what else
the machine does then falls on all of them. CPU seconds are of the process alone, so they vary less.
"""
# ruff: noqa: E501 -- the table of columns reads best with one a line

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from flows.home import Home
from flows.landing import land, raw_database
from samples import synthetic as synth

FIELDS = Path(synth.__file__).parent / "data" / "ascii_fields.csv"
RECORD_LENGTH = 366
DATABASE = "Incidence - SEER Research Plus Data, 9 Registries, Nov 2020 Sub (1975-2018) - bench"
# Header -> SQL of its text for row i; the shares are roughly those of a registry.
LISTING = {
    "Patient ID": "lpad((i // 2)::varchar, 8, '0')",
    "Record number recode": "lpad((i % 2 + 1)::varchar, 2, '0')",
    "Sequence number": "['1st of 2 or more primaries', '2nd of 2 or more primaries'][1 + i % 2]",
    "First malignant primary indicator": "['Yes', 'No'][1 + i % 2]",
    "Total number of in situ/malignant tumors for patient": "'02'",
    "Total number of benign/borderline tumors for patient": "'00'",
    "Primary by international rules": "['Yes', 'No'][1 + i % 2]",
    "Year of diagnosis": "(1975 + (hash(i) % 44)::bigint)::varchar",
    "Age recode with single ages and 85+": "lpad(((hash(i, 1) % 85)::bigint)::varchar, 2, '0') || ' years'",
    "Age recode with <1 year olds": "['60-64 years', '65-69 years', '85+ years'][1 + (hash(i, 2) % 3)::bigint]",
    "Sex": "['Male', 'Female'][1 + (i // 2) % 2]",
    "Race recode (White, Black, Other)": "['White', 'White', 'Black', 'Unknown'][1 + (hash(i, 3) % 4)::bigint]",
    "Race recode (W, B, AI, API)": "['White', 'White', 'Black', 'Unknown'][1 + (hash(i, 3) % 4)::bigint]",
    "Origin recode NHIA (Hispanic, Non-Hisp)": "'Non-Spanish-Hispanic-Latino'",
    "Marital status at diagnosis": "['Married (including common law)', 'Widowed', 'Unknown'][1 + (hash(i, 4) % 3)::bigint]",
    "Primary Site - labeled": "['C42.1-Bone marrow', 'C50.4-Upper-outer quadrant of breast'][1 + (hash(i, 5) % 2)::bigint]",
    "Site recode ICD-O-3/WHO 2008": "['Myeloma', 'Breast', 'Prostate'][1 + (hash(i, 6) % 3)::bigint]",
    "Histologic Type ICD-O-3": "(9700 + (hash(i, 7) % 200)::bigint)::varchar",
    "Behavior code ICD-O-3": "'Malignant'",
    "Grade (thru 2017)": "['Unknown', 'B-cell; pre-B; B-precursor'][1 + (hash(i, 8) % 2)::bigint]",
    "Diagnostic Confirmation": "'Positive histology'",
    "Type of Reporting Source": "'Hospital inpatient/outpatient or clinic'",
    "Chemotherapy recode (yes, no/unk)": "['Yes', 'No/Unknown'][1 + (hash(i, 9) % 2)::bigint]",
    "Radiation recode": "['None/Unknown', 'Beam radiation'][1 + (hash(i, 10) % 2)::bigint]",
    "Survival months": "lpad(((hash(i, 11) % 500)::bigint)::varchar, 4, '0')",
    "Survival months flag": "'Complete dates are available and there are more than 0 days of survival'",
    "Vital status recode (study cutoff used)": "['Alive', 'Dead'][1 + (hash(i, 12) % 2)::bigint]",
    "COD to site recode": "['Alive', 'Myeloma', 'Diseases of Heart'][1 + (hash(i, 13) % 3)::bigint]",
    "SEER cause-specific death classification": "'Alive or dead of other cause'",
    "Data note (synthetic)": "'SYNTHETIC, no patient'",
}


def write_listing(folder: Path, n_records: int) -> Path:
    """A 30-column tab-separated listing with its dictionary."""
    columns = ", ".join(f'{text} as "{header}"' for header, text in LISTING.items())
    data = folder / "export.txt"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {columns} from range({n_records}) as rows(i)) to '{data}' "
            "(delimiter '\t', header true, quote '')"
        )
    names = [f"Var{place}Name={header}" for place, header in enumerate(LISTING, start=1)]
    lines = [
        "[System]", f"Database name={DATABASE}", "[Export Options]", "Variable format=labels",
        "Field delimiter=tab", "Fields with delimiter in quotes=false", "Variable names included=true",
        "[Variables]", *names,
    ]  # fmt: skip
    (folder / "export.dic").write_text("\n".join(lines) + "\n")
    return data


def layout() -> list[tuple[str, int, int]]:
    with FIELDS.open(encoding="utf-8", newline="") as file:
        return [(row["name"], int(row["start"]), int(row["width"])) for row in csv.DictReader(file)]


def write_release(folder: Path, n_records: int) -> Path:
    """One fixed-width file of 366 characters with all fields filled, and its SAS program."""
    (folder / "yr1973_2015.seer9").mkdir(parents=True)
    data = folder / "yr1973_2015.seer9" / "LYMYLEUK.TXT"
    random = np.random.default_rng(1)
    block = min(n_records, 100_000)
    records = random.integers(ord("0"), ord("9") + 1, (block, RECORD_LENGTH + 2), np.uint8)
    records[:, RECORD_LENGTH:] = np.frombuffer(b"\r\n", np.uint8)
    fixed = {"STAT_REC": "1", "MAR_STAT": "2", "SEX": "1", "BEHO3V": "3", "REPT_SRC": "1", "FIRSTPRM": "1",
             "MDXRECMP": "05", "AGE_1REC": "12", "SEQ_NUM": "01", "RAC_RECA": "1", "RAC_RECY": "1", "ORIGRECB": "0",
             "INTPRIM": "1", "VSRTSADX": "0", "ODTHCLASS": "0", "SRV_TIME_MON_FLAG": "1", "RADIATNR": "1",
             "CHEMO_RX_REC": "1", "BEHTREND": "3", "YR_BRTH": "1940", "YEAR_DX": "2001", "DX_CONF": "1", "REC_NO": "01"}  # fmt: skip
    places = {name: (start - 1, width) for name, start, width in layout()}
    for name, value in fixed.items():
        start, width = places[name]
        records[:, start : start + width] = np.frombuffer(value.encode(), np.uint8)
    with data.open("wb") as file:
        for first in range(0, n_records, block):
            numbers = np.arange(first, first + block)
            records[:, :8] = ord("0") + numbers[:, None] // 10 ** np.arange(7, -1, -1) % 10
            file.write(records[: n_records - first].tobytes())
    lines = [
        "filename seer9 './yr1973_2015.seer9/*.TXT';",
        "data in;",
        f"infile seer9 lrecl={RECORD_LENGTH};",
        "input",
        *(f"  @ {start} {name} $char{width}. /* */" for name, start, width in layout()),
        ";",
    ]
    (folder / "read.seer.research.nov2017.sas").write_text("\n".join(lines) + "\n")
    return data


# ---------------------------------------------------------------- the ways compared


def ours(folder: Path, data: Path, work: Path) -> None:
    land.load([folder], Home.at(work / "home"))


def bare_read_csv(folder: Path, data: Path, work: Path) -> None:
    columns = ", ".join(f"'{header}': 'varchar'" for header in LISTING)
    with into(work) as connection:
        connection.execute(
            f"create table listing as from read_csv('{data}', columns = {{{columns}}}, auto_detect = false, "
            "header = true, delim = '\t', quote = '')"
        )


def numpy_slices(folder: Path, data: Path, work: Path) -> None:
    stride, step = RECORD_LENGTH + 2, 65_536
    schema = pa.schema([(name, pa.string()) for name, _, _ in layout()])
    records = np.memmap(data, np.uint8, "r").reshape(-1, stride)

    def batches():
        for first in range(0, len(records), step):
            block = np.ascontiguousarray(records[first : first + step])
            arrays = []
            for _, start, width in layout():
                offsets = pa.py_buffer(np.arange(0, width * (len(block) + 1), width, dtype=np.int32))
                cells = pa.py_buffer(np.ascontiguousarray(block[:, start - 1 : start - 1 + width]))
                arrays.append(pa.Array.from_buffers(pa.string(), len(block), [None, offsets, cells]))
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    with into(work) as connection:
        incoming = pa.RecordBatchReader.from_batches(schema, batches())
        connection.register("incoming", incoming)
        connection.execute("create table release as from incoming")


def duckdb_substr(folder: Path, data: Path, work: Path) -> None:
    cut = ", ".join(f'substr(line, {start}, {width}) as "{name}"' for name, start, width in layout())
    with into(work) as connection:
        connection.execute(
            f"create table release as select {cut} from read_csv('{data}', columns = {{'line': 'varchar'}}, "
            "auto_detect = false, header = false, delim = '\x1f', quote = '')"
        )


def into(work: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(work / "bare.duckdb"))
    connection.execute(
        f"set threads = {raw_database.THREADS}; set memory_limit = '{raw_database.MEMORY_LIMIT}'"
    )
    return connection


WAYS: dict[str, Callable[[Path, Path, Path], None]] = {
    "ours": ours,
    "bare_read_csv": bare_read_csv,
    "numpy_slices": numpy_slices,
    "duckdb_substr": duckdb_substr,
}
FORMS = {
    "listing": (write_listing, ("ours", "bare_read_csv")),
    "fixed width": (write_release, ("ours", "numpy_slices", "duckdb_substr")),
}


# ---------------------------------------------------------------- measuring


def measured(way: str, folder: Path, data: Path) -> dict[str, float]:
    """Seconds, CPU seconds and peak memory of one way, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        answer = subprocess.run(
            [sys.executable, "-m", "bench.readers", "--one", way, str(folder), str(data), work],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return json.loads(answer.stdout.splitlines()[-1])


def one(way: str, folder: str, data: str, work: str) -> None:
    started = time.monotonic()
    WAYS[way](Path(folder), Path(data), Path(work))
    seconds = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
        )
    )


def table(n_records: int, repeats: int, *, forms: Sequence[str], only_ours: bool) -> list[str]:
    """The lines of the report; the ways take turns, so that a busy machine is busy for all."""
    lines = [
        "| form | way | seconds | CPU seconds | MB/s | ours is | ours in CPU is | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for form in forms:
        write, all_ways = FORMS[form]
        ways = all_ways[:1] if only_ours else all_ways
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root, "in")
            folder.mkdir()
            data = write(folder, n_records)
            runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
            for _ in range(repeats):
                for way in ways:
                    runs[way].append(measured(way, folder, data))
            for way in ways:
                seconds = statistics.median(run["seconds"] for run in runs[way])
                ratio, cpu_ratio = (
                    statistics.median(
                        theirs[what] / own[what] for theirs, own in zip(runs[way], runs["ours"], strict=True)
                    )
                    for what in ("seconds", "cpu")
                )
                lines.append(
                    f"| {form}, {n_records:,} records | {way.replace('_', ' ')} | {seconds:.1f} | "
                    f"{statistics.median(run['cpu'] for run in runs[way]):.1f} | "
                    f"{data.stat().st_size / 1e6 / seconds:.0f} | {ratio:.0%} of its speed | {cpu_ratio:.0%} | "
                    f"{max(run['peak_mb'] for run in runs[way]):,.0f} |"
                )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--form", choices=list(FORMS), help="(default: all)")
    parser.add_argument("--ours", action="store_true", help="without the ways it is compared with")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        one(*given.one)
        return
    forms = [given.form] if given.form else list(FORMS)
    print("\n".join(table(given.records, given.repeats, forms=forms, only_ours=given.ours)))


if __name__ == "__main__":
    main()
