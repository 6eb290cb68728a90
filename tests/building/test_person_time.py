"""Person-time against popEpi, against a walk through each person's life, and against itself."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pyarrow
import pytest

from tests.building.raw_fixture import RawFile, dbt, first_of_two, leukaemia, myeloma, query

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
TICKS_PER_YEAR = 219_144
BANDS = [12, 24, 60, 120, 180, 240]
YEAR = 365 * 366  # a day is 366 or 365 ticks, so that every date is a whole number of them


def ticks(date: str) -> int:
    """Calendar time as popEpi counts it: the year and the share of its own days that has passed."""
    day = dt.date.fromisoformat(date)
    days_in_year = dt.date(day.year, 12, 31).timetuple().tm_yday
    return day.year * YEAR + (day.timetuple().tm_yday - 1) * YEAR // days_in_year


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the reference data beside the project are absent")
def test_the_split_of_popepis_cohort_has_its_person_years_and_expected_deaths(tmp_path):
    build = tmp_path / "build.duckdb"
    with (SHARED / "popepi_sire.csv").open() as file:
        persons = [
            (number, row["sex"], YEAR, ticks(row["dg_date"]), ticks(row["dg_date"]) - ticks(row["bi_date"]))
            + (ticks(row["ex_date"]) - ticks(row["dg_date"]),)
            for number, row in enumerate(csv.DictReader(file))
        ]
    connection = duckdb.connect(str(build))
    connection.execute("create schema intermediate")
    connection.execute("create schema study")
    connection.execute(
        "create table intermediate.int_follow_up_clocked (patient_id varchar, sex varchar, race varchar,"
        " era varchar, chemotherapy_index varchar, ticks_per_year bigint, origin_tick bigint,"
        " age_tick bigint, exit_tick bigint, has_second_cancer boolean)"
    )
    columns = ("number", "sex", "ticks_per_year", "origin_tick", "age_tick", "exit_tick")
    rows = pyarrow.table(dict(zip(columns, zip(*persons, strict=True), strict=True)))
    connection.register("persons", rows)
    connection.execute(
        "insert into intermediate.int_follow_up_clocked"
        " select number, sex, null, null, null, ticks_per_year, origin_tick, age_tick, exit_tick, false"
        " from persons"
    )
    connection.execute(
        "create table study.study_time_bands as select * from"
        " (values (0, 119), (120, 239), (240, null)) as bands (first_months, last_months)"
    )
    connection.close()
    dbt("run", RawFile(tmp_path / "raw.duckdb").close(), build, select="int_person_time_split")

    expected = f"""
        select band_first_months, sum(person_ticks) / {YEAR}, sum(person_ticks * haz) / {YEAR}
        from intermediate.int_person_time_split as cells
        left join read_csv('{SHARED / "popepi_popmort.csv"}') as rates
            on cells.sex = rates.sex::varchar
            and cells.calendar_year = rates.year
            and cells.attained_age_years = rates.agegroup
        where attained_age_years between 1 and 99  -- popEpi's breaks, age = 1:100
        group by band_first_months order by band_first_months
    """
    (_, years_to_10, deaths_to_10), (_, years_to_20, deaths_to_20) = query(build, expected)
    assert years_to_10 == pytest.approx(34_445.960506026, rel=1e-12)
    assert deaths_to_10 == pytest.approx(1_214.539675446, rel=1e-9)
    assert years_to_20 == pytest.approx(5_459.957377049, rel=1e-12)
    assert deaths_to_20 == pytest.approx(267.591266072, rel=1e-9)
    assert years_to_10 + years_to_20 == pytest.approx(39_905.9178830752, rel=1e-12)
    assert deaths_to_10 + deaths_to_20 == pytest.approx(1_482.1309415180, rel=1e-9)


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
