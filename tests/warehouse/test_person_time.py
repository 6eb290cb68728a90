"""Person-time against popEpi, against a walk through each person's life, and against itself."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow
import pytest

from tests.warehouse.raw_fixture import RawFile, dbt, first_of_two, leukaemia, myeloma, query

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
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
        " age_tick bigint, exit_tick bigint, has_second_primary boolean)"
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


def test_every_cell_is_what_a_walk_through_each_persons_half_months_gives(built):
    persons = query(
        built.build,
        "select sex, race, era, chemotherapy_index, origin_tick, age_tick, exit_tick, has_second_primary"
        " from intermediate.int_follow_up_clocked",
    )
    walked: Counter = Counter()
    events: Counter = Counter()
    for *group, origin, age, exit_tick, has_second_primary in persons:
        for tick in range(exit_tick + 1):
            months = tick // 2
            band = 0 if months < 12 else 12 if months < 60 else 60 if months < 120 else 120
            cell = (*group, (age + tick) // 24, (origin + tick) // 24, band)
            if tick < exit_tick:
                walked[cell] += 1
            elif has_second_primary:
                events[cell] += 1
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
    ((months,),) = query(built.build, "select sum(person_months_at_risk) from marts.second_primaries_by_era")
    assert years * 12 == pytest.approx(months)
    assert observed == 3


def test_without_populations_nothing_is_expected_and_the_cells_say_that_they_are_unmatched(built):
    assert query(built.build, "select count(expected) from marts.person_time") == [(0,)]
    assert query(
        built.build,
        "select observed, expected, observed_unmatched, person_years = person_years_unmatched"
        " from marts.sir where grouping = 'from_latency'",
    ) == [(3, None, 3, True)]


def test_each_grouping_of_the_sir_holds_the_same_events_and_time(built):
    totals = query(
        built.build,
        "select grouping, sum(observed), round(sum(person_years), 9) from marts.sir"
        " where grouping <> 'from_index' group by 1 order by 1",
    )
    assert len(totals) == 7
    assert len({total[1:] for total in totals}) == 1


def test_persons_and_mean_ages_are_those_behind_each_level(built):
    # Follow-up is known for ten, of whom the one with zero months never reaches the twelfth.
    assert query(
        built.build,
        "select grouping, level, persons, mean_age_at_index_years, mean_age_at_second_years from marts.sir"
        " where grouping in ('from_index', 'from_latency', 'months_since_index') order by 1, 2",
    ) == [
        ("from_index", "all", 10, pytest.approx(63.4), 63.0),
        ("from_latency", "all", 9, pytest.approx((8 * 61 + 85) / 9), 63.0),
        ("months_since_index", "12-59 months", 9, pytest.approx((8 * 61 + 85) / 9), 63.0),
        ("months_since_index", "60-119 months", 2, 61.0, 63.0),
    ]


def test_a_population_that_is_the_cohort_itself_has_an_sir_of_one(tmp_path):
    # Everyone is aged 61 at mid-year of 2000 and stays in 2000-2004, ages 60-64: one stratum a sex.
    tumors = [
        myeloma(f"{sex} {n}", sex=sex, surv_months="0036") for sex in ("Male", "Female") for n in range(9)
    ]
    for sex in ("Male", "Female"):
        tumors += [first_of_two(f"case {sex}", sex=sex, surv_months="0030")]
        tumors += [leukaemia(f"case {sex}", sex=sex, surv_months="0006")]
    # After the twelfth month: nine times 24 months and once 12, which is 19 person-years of each sex.
    population = {"year": "2001", "registry": "02", "race": "1", "age": "13", "population": "19"}
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
        ("era", 2, pytest.approx(2.0, abs=1e-12), 38.0, 20, 0),
        ("from_latency", 2, pytest.approx(2.0, abs=1e-12), 38.0, 20, 0),
    ]
