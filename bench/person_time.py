"""How fast person-time is split, beside two dull splitters in the same run: `python -m bench.person_time`.

A million made-up persons aged 18-85, followed for up to 40 years (uniform) from a month of 1975-2018, split
by attained age x calendar year x time since diagnosis x sex x race x era x chemotherapy.

Ours         the project's own dbt model, int_person_time_split, in dbt's process: the model's seconds, and
             the process's peak memory and processor seconds, dbt's own start included.
One by one   a walk in plain Python from boundary to boundary of each person, on a sample.
Arrays       every boundary of every person as one row in numpy, sorted and summed, on the same sample.
popEpi       R's lexpand, splitting and summing the same sample, where R and the package are installed; its
             person-years must be ours.

Ratios are of processor seconds a person, which a busy machine stretches less than the clock. The cells of the
sample must be alike in all three to the half-month, or the run fails.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np

from flows.landing import raw_schema

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
MODEL = "int_person_time_split"
DBT = (str(Path(sys.executable).with_name("dbt")),)
TICKS = 24
BANDS = (0, 12, 60, 120)
LONGEST_YEARS = 40
COLUMNS = ("sex", "race", "era", "chemotherapy_index", "origin_tick", "age_tick", "exit_tick")
Cells = dict[tuple[int, ...], int]


def persons(n: int) -> np.ndarray:
    """One row a person, the columns of COLUMNS; groups as codes, times in half-months."""
    random = np.random.default_rng(1)
    year = random.integers(1975, 2019, n)
    return np.column_stack(
        [
            random.integers(0, 2, n),
            random.integers(0, 3, n),
            (year >= 2003).astype(int),
            random.integers(0, 2, n),
            year * TICKS + random.integers(0, 12, n) * 2 + 1,
            random.integers(18, 86, n) * TICKS + TICKS // 2,
            random.integers(0, LONGEST_YEARS * TICKS + 1, n),
        ]
    )


# ---------------------------------------------------------------- ours


def ours(people: np.ndarray) -> tuple[Cells, dict[str, float]]:
    """The model's cells and seconds; processor seconds and peak memory (MB) of the whole process."""
    with tempfile.TemporaryDirectory() as folder:
        build, raw, scratch = (Path(folder, name) for name in ("build.duckdb", "raw.duckdb", "dbt"))
        # Named otherwise than its schema, which dbt looks into for what was loaded.
        with duckdb.connect() as connection:
            connection.execute(f"attach '{raw}' as landed; use landed")
            raw_schema.create(connection)
        write_inputs(build, people)
        environment = os.environ | {
            "METACHRON_BUILD": str(build), "METACHRON_RAW": str(raw), "DBT_PROFILES_DIR": str(PROJECT),
            "DO_NOT_TRACK": "1",
        }  # fmt: skip
        command = [*DBT, "run", "--select", MODEL, "--quiet",
                   "--target-path", str(scratch), "--log-path", str(scratch)]  # fmt: skip
        before = processor_seconds()
        subprocess.run(command, cwd=PROJECT, env=environment, check=True)
        cpu = processor_seconds() - before
        results = json.loads((scratch / "run_results.json").read_text())["results"]
        (ran,) = (result for result in results if result["unique_id"].endswith(f".{MODEL}"))
        with duckdb.connect(str(build), read_only=True) as connection:
            rows = connection.execute(
                "select sex::int, race::int, era::int, chemotherapy_index::int, attained_age_years,"
                f" calendar_year, band_first_months, person_ticks from intermediate.{MODEL}"
                " where person_ticks > 0"
            ).fetchall()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak /= 1024**2 if sys.platform == "darwin" else 1024
    cells = {row[:-1]: row[-1] for row in rows}
    return cells, {"seconds": ran["execution_time"], "cpu": cpu, "peak": peak}


def processor_seconds() -> float:
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_inputs(build: Path, people: np.ndarray) -> None:
    """The two tables that the model reads, as dbt would have left them."""
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema intermediate; create schema study")
        arrays = {name: people[:, at] for at, name in enumerate(COLUMNS)}
        connection.register("people", arrays)
        connection.execute(
            "create table intermediate.int_follow_up_clocked as select sex::varchar as sex,"
            " race::varchar as race, era::varchar as era, chemotherapy_index::varchar as chemotherapy_index,"
            f" {TICKS}::bigint as ticks_per_year, origin_tick, age_tick, exit_tick,"
            " false as has_second_cancer from people"
        )
        ends = [*(first - 1 for first in BANDS[1:]), None]
        connection.execute("create table study.study_time_bands (first_months integer, last_months integer)")
        connection.executemany(
            "insert into study.study_time_bands values (?, ?)", list(zip(BANDS, ends, strict=True))
        )


# ---------------------------------------------------------------- the dull ways


def one_by_one(people: np.ndarray) -> Cells:
    """Walk each person from boundary to boundary: next birthday, next new year, next band, exit."""
    edges = [first * TICKS // 12 for first in BANDS[1:]]
    cells: Counter = Counter()
    for sex, race, era, chemotherapy, origin, age, last in people.tolist():
        now = 0
        while now < last:
            birthday = now + TICKS - (age + now) % TICKS
            new_year = now + TICKS - (origin + now) % TICKS
            band = sum(edge <= now for edge in edges)
            after = min(birthday, new_year, last, *edges[band : band + 1])
            cell = (sex, race, era, chemotherapy, (age + now) // TICKS, (origin + now) // TICKS, BANDS[band])
            cells[cell] += after - now
            now = after
    return dict(cells)


def arrays(people: np.ndarray) -> Cells:
    """All boundaries of all persons at once, sorted within a person; each piece is placed by its start."""
    origin, age, last = people[:, 4:5], people[:, 5:6], people[:, 6:7]
    years = np.arange(LONGEST_YEARS + 1) * TICKS
    bands = np.broadcast_to(np.array(BANDS) * TICKS // 12, (len(people), len(BANDS)))
    bounds = np.concatenate([bands, years + TICKS - age % TICKS, years + TICKS - origin % TICKS], axis=1)
    bounds = np.sort(np.minimum(bounds, last), axis=1)
    bounds = np.concatenate([bounds, last], axis=1)
    start, length = bounds[:, :-1], np.diff(bounds, axis=1)
    person, piece = np.nonzero(length)
    start, length = start[person, piece], length[person, piece]
    band = np.array(BANDS)[np.searchsorted(np.array(BANDS) * TICKS // 12, start, side="right") - 1]
    keys = np.column_stack(
        [people[person, :4], (people[person, 5] + start) // TICKS, (people[person, 4] + start) // TICKS, band]
    )
    cells, inverse = np.unique(keys, axis=0, return_inverse=True)
    ticks = np.bincount(inverse.ravel(), weights=length)
    return {tuple(cell): int(sum_) for cell, sum_ in zip(cells.tolist(), ticks, strict=True)}


# ---------------------------------------------------------------- R's popEpi

LEXPAND = """
suppressMessages({library(popEpi); library(data.table)})
d <- fread(commandArgs(trailingOnly = TRUE)[1])
found <- NULL
used <- system.time(found <- lexpand(d, birth = birth, entry = entry, exit = exit, status = 0,
  age = 0:130, per = 1975:2060, fot = c(0, 1, 5, 10, 50),
  aggre = list(sex, race, era, chemotherapy, age, per, fot)))
cat(sum(used[c("user.self", "sys.self")]), format(sum(found$pyrs), digits = 17), "\\n")
"""


def popepi_seconds(people: np.ndarray) -> float | None:
    """Processor seconds of lexpand alone, reading the file left out; None without R or popEpi."""
    if not shutil.which("Rscript"):
        return None
    followed = people[people[:, 6] > 0]
    entry = followed[:, 4] / TICKS
    times = np.column_stack([entry - followed[:, 5] / TICKS, entry, entry + followed[:, 6] / TICKS])
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "persons.csv", Path(folder) / "lexpand.R"
        header = "sex,race,era,chemotherapy,birth,entry,exit"
        np.savetxt(data, np.column_stack([followed[:, :4], times]), "%.12g", ",", header=header, comments="")
        script.write_text(LEXPAND)
        ran = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True)
    if ran.returncode:
        return None
    seconds, person_years = map(float, ran.stdout.split())
    if not np.isclose(person_years, people[:, 6].sum() / TICKS, rtol=1e-6):
        raise SystemExit("popEpi and the model give different person-years of the sample")
    return seconds


# ---------------------------------------------------------------- measuring


def timed(way: Callable[[np.ndarray], Cells], people: np.ndarray) -> tuple[Cells, float]:
    started = time.process_time()
    cells = way(people)
    return cells, time.process_time() - started


def table(n: int, n_sample: int) -> list[str]:
    """The lines of the report. Raises SystemExit where two ways give different cells."""
    people = persons(n)
    sample = people[:n_sample]
    cells, whole = ours(people)
    in_sample = cells if len(sample) == n else ours(sample)[0]
    mine = 1e6 * whole["cpu"] / n
    lines = [
        f"{n:,} persons, {people[:, 6].sum() / TICKS:,.0f} person-years, {len(cells):,} cells: "
        f"{whole['seconds']:.1f} s by the clock, peak {whole['peak']:,.0f} MB",
        "",
        "| way | persons | CPU seconds | microseconds a person | ours is |",
        "|---|---|---|---|---|",
        f"| ours, the dbt model | {n:,} | {whole['cpu']:.1f} | {mine:.0f} | |",
    ]
    others: dict[str, float | None] = {}
    for name, way in (("one by one, plain Python", one_by_one), ("arrays, numpy", arrays)):
        answer, others[name] = timed(way, sample)
        if answer != in_sample:
            raise SystemExit(f"{name} and the model give different cells of the sample")
    others["popEpi's lexpand, R"] = popepi_seconds(sample)
    for name, seconds in others.items():
        if seconds is None:
            lines.append(f"| {name} | not installed | | | |")
            continue
        theirs = 1e6 * seconds / len(sample)
        lines.append(
            f"| {name} | {len(sample):,} | {seconds:.1f} | {theirs:.0f} | {theirs / mine:.1f} times as fast |"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=50_000)
    given = parser.parse_args(arguments)
    print("\n".join(table(given.persons, min(given.sample, given.persons))))


if __name__ == "__main__":
    main()
