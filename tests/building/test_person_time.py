"""Person-time against popEpi, against a walk through each person's life, and against itself."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow
import pytest

from analytics.estimators.rates import sir_homogeneity
from tests.building.raw_fixture import RawFile, dbt, first_of_two, leukaemia, myeloma, query
from tests.evidence import ask_r

pytestmark = pytest.mark.slow

TICKS_PER_YEAR = 219_144
BANDS = [12, 24, 60, 120, 180, 240]
YEAR = 365 * 366  # a day is 366 or 365 ticks, so that every date is a whole number of them


def ticks(date: str) -> int:
    """Calendar time as popEpi counts it: the year and the share of its own days that has passed."""
    day = dt.date.fromisoformat(date)
    days_in_year = dt.date(day.year, 12, 31).timetuple().tm_yday
    return day.year * YEAR + (day.timetuple().tm_yday - 1) * YEAR // days_in_year


@dataclass(frozen=True)
class SplitTwice:
    """Two cohorts in cells of person-time: ours to be read, and popEpi's files beside them."""

    ours: duckdb.DuckDBPyConnection
    folder: Path

    def rows(self, sql: str) -> list[tuple]:
        return self.ours.execute(sql.replace("{folder}", str(self.folder))).fetchall()


@pytest.fixture(scope="module")
def split_twice(tmp_path_factory) -> Iterator[SplitTwice]:
    """The cohorts of popEpi and relsurv; what stands for the race of a person is the cohort's name."""
    folder = tmp_path_factory.mktemp("popepi")
    ask_r(Path(__file__).with_name("ask_popepi.R"), folder)
    build = folder / "build.duckdb"
    with (folder / "persons.csv").open() as file:
        persons = []
        for number, row in enumerate(csv.DictReader(file)):
            born, entered, left = (ticks(row[date]) for date in ("bi_date", "dg_date", "ex_date"))
            spans = (YEAR, entered, entered - born, left - entered)
            persons.append((number, row["sex"], row["cohort"], *spans, row["died"] == "1"))
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema intermediate")
        connection.execute("create schema study")
        connection.execute(
            "create table intermediate.int_follow_up_clocked (patient_id varchar, sex varchar, race varchar,"
            " era varchar, chemotherapy_index varchar, ticks_per_year bigint, origin_tick bigint,"
            " age_tick bigint, exit_tick bigint, has_second_cancer boolean)"
        )
        columns = ("number", "sex", "race", "ticks_per_year", "origin_tick", "age_tick", "exit_tick", "died")
        rows = pyarrow.table(dict(zip(columns, zip(*persons, strict=True), strict=True)))
        connection.register("persons", rows)
        connection.execute(
            "insert into intermediate.int_follow_up_clocked select number, sex, race, null, null,"
            " ticks_per_year, origin_tick, age_tick, exit_tick, died from persons"
        )
        connection.execute(
            "create table study.study_time_bands as select * from (values (0, 11), (12, 23), (24, 59),"
            " (60, 119), (120, 239), (240, null)) as bands (first_months, last_months)"
        )
    dbt("run", RawFile(folder / "raw.duckdb").close(), build, select="int_person_time_split")
    with duckdb.connect(str(build), read_only=True) as connection:
        yield SplitTwice(connection, folder)


def test_every_cell_is_popepis(split_twice):
    """Of the ages 1 to 99. Who dies on a boundary counts in the later cell here, there in the earlier."""
    ours = split_twice.rows(
        "select race, sex::integer, calendar_year, attained_age_years, band_first_months // 12,"
        f" person_ticks / {YEAR}, observed from intermediate.int_person_time_split"
        " where attained_age_years between 1 and 99"
    )
    theirs = split_twice.rows(
        "select cohort, sex, year, agegroup, fot, pyrs, died from '{folder}/cells.csv' where pyrs > 1e-9"
    )
    lived = [{cell[:5]: cell[5] for cell in cells if cell[5]} for cells in (ours, theirs)]
    assert len(lived[1]) > 8_000 and lived[0].keys() == lived[1].keys()
    assert lived[0] == pytest.approx(lived[1], rel=1e-9, abs=1e-9)
    here, there = (Counter({cell[:5]: cell[6] for cell in cells}) for cells in (ours, theirs))
    ((on_a_boundary,),) = split_twice.rows(
        "select count(*) from intermediate.int_follow_up_clocked where has_second_cancer and"
        f" ((origin_tick + exit_tick) % {YEAR} = 0 or (age_tick + exit_tick) % {YEAR} = 0"
        f" or (exit_tick % {YEAR} = 0 and exit_tick // {YEAR} in (1, 2, 5, 10, 20)))"
    )
    assert on_a_boundary == 11 and here.total() == there.total() > 2_000
    assert (here - there).total() <= on_a_boundary


def test_what_is_expected_of_two_nations_is_what_popepi_expects(split_twice):
    """By years since entry, with the figures that docs/comparison.md prints of the first cohort."""
    ours = split_twice.rows(
        f"""
        select race, band_first_months // 12, sum(person_ticks) / {YEAR}, sum(person_ticks * haz) / {YEAR}
        from intermediate.int_person_time_split as cells
        left join '{{folder}}/rates.csv' as rates
            on cells.race = rates.cohort
            and cells.sex = rates.sex::varchar
            and cells.calendar_year = rates.year
            -- popEpi takes the last age of the table for those who are older.
            and least(cells.attained_age_years, 100) = rates.agegroup
        where attained_age_years between 1 and 99 and person_ticks > 0
        group by all order by 1, 2
        """
    )
    theirs = split_twice.rows(
        "select cohort, fot, sum(pyrs), sum(expected) from '{folder}/cells.csv' group by all order by 1, 2"
    )
    assert [row[:2] for row in ours] == [row[:2] for row in theirs] and len(theirs) == 10
    for place, tolerance in ((2, 1e-12), (3, 1e-9)):
        assert [row[place] for row in ours] == pytest.approx([row[place] for row in theirs], rel=tolerance)
    finland = np.array([row[2:] for row in ours if row[0] == "finland"])
    assert finland[:4].sum(axis=0) == pytest.approx([34_445.960506026, 1_214.539675446], rel=1e-9)
    assert finland.sum(axis=0) == pytest.approx([39_905.9178830752, 1_482.1309415180], rel=1e-9)


@pytest.mark.parametrize("cohort", ["finland", "slovenia"])
def test_ratios_are_as_unlike_as_popepi_finds_them(split_twice, cohort):
    rows = split_twice.rows(
        "select observed, homogeneity, expected from"
        f" (select * exclude (expected) from '{{folder}}/ratios.csv' where cohort = '{cohort}') as ratios"
        " inner join (select fot, sum(expected) as expected from '{folder}/cells.csv'"
        f" where cohort = '{cohort}' group by fot) as cells using (fot)"
    )
    observed, (p_value, *_), expected = zip(*rows, strict=True)
    test = sir_homogeneity(observed, expected, "likelihood_ratio")
    assert test.p_value == pytest.approx(p_value, rel=1e-5)


def test_every_cell_is_what_a_walk_through_each_persons_life_gives(built):
    persons = query(
        built.build,
        "select sex, race, era, chemotherapy_index, origin_tick, age_tick, exit_tick, has_second_cancer"
        " from intermediate.int_follow_up_clocked",
    )
    walked: Counter = Counter()
    events: Counter = Counter()
    for *group, origin, age, exit_tick, has_second_cancer in persons:
        tick = np.arange(exit_tick + 1)
        months = tick * 12 // TICKS_PER_YEAR
        band = np.array([0, 12, 24, 60, 120, 180, 240])[np.searchsorted(BANDS, months, side="right")]
        cells = np.stack([(age + tick) // TICKS_PER_YEAR, (origin + tick) // TICKS_PER_YEAR, band])
        lived, ticks = np.unique(cells[:, :-1], axis=1, return_counts=True)
        for cell, n in zip(lived.T.tolist(), ticks.tolist(), strict=True):
            walked[(*group, *cell)] += n
        if has_second_cancer:
            events[(*group, *cells[:, -1].tolist())] += 1
    cells = query(
        built.build,
        "select sex, race, era, chemotherapy_index, attained_age_years, calendar_year, band_first_months,"
        " person_ticks, observed from intermediate.int_person_time_split",
    )
    assert {tuple(cell[:-2]): cell[-2] for cell in cells if cell[-2]} == dict(walked)
    assert {tuple(cell[:-2]): cell[-1] for cell in cells if cell[-1]} == dict(events)


def test_the_twelve_first_months_leave_events_and_person_time_alike(built):
    ((years, observed),) = query(
        built.build, "select sum(person_years), sum(observed) from marts.person_time"
    )
    # Five die in month 60 and one is alive in month 120, each taken to the middle of that month; second
    # cancers come at 70, at 24 (three), and at 12 months (two), where the count begins and no time is left.
    assert years * 12 == pytest.approx(5 * 48.5 + 108.5 + 58 + 3 * 12)
    assert observed == 6


def test_without_populations_nothing_is_expected_and_the_cells_say_that_they_are_unmatched(built):
    assert query(built.build, "select count(expected) from marts.person_time") == [(0,)]
    assert query(
        built.build,
        "select observed, expected, observed_unmatched, person_years = person_years_unmatched"
        " from marts.sir where grouping = 'from_latency'",
    ) == [(6, None, 6, True)]


def test_each_grouping_of_the_sir_holds_the_same_events_and_time(built):
    totals = query(
        built.build,
        "select grouping, sum(observed), round(sum(person_years), 9) from marts.sir"
        " where grouping <> 'from_index' group by 1 order by 1",
    )
    assert len(totals) == 7
    assert len({total[1:] for total in totals}) == 1


def test_persons_and_mean_ages_are_those_behind_each_level(built):
    # Fourteen have known follow-up; two do not reach the twelfth month: zero months, and a case at eleven.
    assert query(
        built.build,
        "select grouping, level, persons, mean_age_at_index_years, mean_age_at_second_years from marts.sir"
        " where grouping in ('from_index', 'from_latency', 'months_since_index') order by 1, 2",
    ) == [
        ("from_index", "all", 14, pytest.approx((13 * 61 + 85) / 14), 63.0),
        ("from_latency", "all", 12, pytest.approx((11 * 61 + 85) / 12), 63.0),
        ("months_since_index", "12-59 months", 12, pytest.approx((11 * 61 + 85) / 12), 63.0),
        ("months_since_index", "120+ months", 1, 61.0, None),
        ("months_since_index", "60-119 months", 7, pytest.approx((6 * 61 + 85) / 7), 63.0),
    ]


def test_a_population_that_falls_ill_as_often_as_the_cohort_has_an_sir_of_one(tmp_path):
    # Everyone is aged 61 at mid-year of 2000 and stays in 2000-2004, ages 60-64: one stratum a sex.
    tumors = [
        myeloma(f"{sex} {n}", sex=sex, surv_months="0036") for sex in ("Male", "Female") for n in range(9)
    ]
    for sex in ("Male", "Female"):
        tumors += [first_of_two(f"case {sex}", sex=sex, surv_months="0030")]
        tumors += [leukaemia(f"case {sex}", sex=sex, surv_months="0006")]
        alone = {"sex": sex, "record_no": "01", "sequence": "One primary only", "n_malignant": "01"}
        tumors += [leukaemia(f"de novo {sex} {n}", **alone) for n in range(39)]
    # After the twelfth month: nine times 24.5 months and once 12, which is 19.375 person-years of each sex
    # and one case; forty times that is the population, with forty cases.
    population = {"year": "2002", "registry": "02", "race": "1", "age": "13", "population": "775"}
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors(tumors)
    people = [{**population, "sex": sex} for sex in ("1", "2")]
    file.add("populations", people, source="reference", role="populations")
    raw, build = file.close(), tmp_path / "build.duckdb"
    dbt("run", raw, build)
    assert query(
        build,
        "select grouping, observed, expected, person_years, persons, n_unmatched_cells from marts.sir"
        " where grouping in ('from_latency', 'era') order by 1",
    ) == [
        ("era", 2, pytest.approx(2.0, abs=1e-12), pytest.approx(38.75), 20, 0),
        ("from_latency", 2, pytest.approx(2.0, abs=1e-12), pytest.approx(38.75), 20, 0),
    ]


def test_every_sir_is_a_sum_of_groups(built):
    groups = "from marts.person_time_by_group"
    for grouping, level, *counted in query(
        built.build, "select grouping, level, observed, expected, person_years from marts.sir"
    ):
        column = {"chemotherapy": "chemotherapy_index", "months_since_index": "months_since_index_band"}.get(
            grouping, grouping
        )
        of_level = {"from_index": "true", "from_latency": "counts_second_primaries"}.get(
            grouping, f"counts_second_primaries and {column} = '{level}'"
        )
        (summed,) = query(
            built.build,
            "select sum(observed), sum(expected)::double, sum(person_ticks) / min(ticks_per_year)"
            f" {groups} where {of_level}",
        )
        assert list(summed) == counted, (grouping, level)
