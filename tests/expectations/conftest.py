"""A small registry and hospital in which every expectation holds, built by dbt once, and copies to spoil."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from expectations.audit import audit
from expectations.report import AuditReport
from flows.building import run_dbt
from flows.home import Home
from flows.integrity import ledger
from tests.building.raw_fixture import RawFile, Row, first_of_two, leukaemia, myeloma
from tests.warm_dbt import building_warm

CANARY = "CANARY-PATIENT"
REGISTRIES = (
    *("San Francisco-Oakland SMSA (1973)", "Connecticut (1973)", "Metropolitan Detroit (1973)"),
    *("Hawaii (1973)", "Iowa (1973)", "New Mexico (1973)", "Seattle (Puget Sound) (1974)"),
    *("Utah (1973)", "Metropolitan Atlanta (1975)"),
)


@dataclass(frozen=True, slots=True)
class Files:
    """A build and the raw file it was made from."""

    build: Path
    raw: Path

    def spoil(self, *statements: str) -> None:
        """Change them by SQL: build.schema.table and landed.raw.table."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.build}' as build")
            connection.execute(f"attach '{self.raw}' as landed")
            for statement in statements:
                connection.execute(statement)


def registry_rows() -> list[Row]:
    """352 people with a myeloma over 44 years and nine registries; twelve of them with a later leukaemia, and
    44 with a leukaemia alone."""
    rows: list[Row] = []
    for number in range(352):
        year = 1975 + number % 44
        who: Row = {
            "registry": REGISTRIES[number % 9],
            "year_dx": str(year),
            "age_single": f"{45 + number % 35:02d} years",
            "sex": "Male" if number % 2 else "Female",
            "race3": ("White", "White", "Black", "Other")[number % 4],
            "marital": ("Married (including common law)", "Widowed")[number % 2],
            "chemo": ("Yes", "No/Unknown")[number % 2],
            "vital": ("Dead", "Dead", "Alive")[number % 3],
            "surv_months": f"{min(number % 90 + 1, (2018 - year) * 12 + 1):04d}",
            "data_note": "SYNTHETIC, no patient",
        }
        patient = f"{CANARY}-{number:04d}"
        if number % 44 in (5, 20) and number < 264:
            known = {**who, "surv_months": "0120", "cod": "Miscellaneous Malignant Cancer"}
            code = "9836" if year + 4 < 2010 else "9811"
            rows.append(first_of_two(patient, **known))
            rows.append(
                leukaemia(patient, **{**known, "surv_months": "0072", "hist": code, "year_dx": str(year + 4)})
            )
        else:
            rows.append(myeloma(patient, **who))
        if number < 44:
            alone = {"record_no": "01", "sequence": "One primary only", "n_malignant": "01"}
            code = "9836" if year < 2010 else ("9811", "9837")[year % 2]
            rows.append(leukaemia(f"{CANARY}-L{number:03d}", **{**who, **alone, "hist": code}))
    return rows


def hospital_rows() -> tuple[list[Row], list[Row]]:
    """Twenty patients of one hospital, one of them with a later leukaemia."""
    patients: list[Row] = [
        {
            "patient_key": f"{CANARY}-H{number:02d}",
            "mm_dx_date": f"2012-0{1 + number % 9}-15",
            "birth_date": "1950-01-01",
            "age_mm_years": "62",
            "sex": "Male" if number % 2 else "Female",
            "last_contact_date": "2020-06-30",
            "vital_status": "alive" if number % 2 else "dead",
            "data_note": "SYNTHETIC, no patient",
        }
        for number in range(20)
    ]
    second: Row = {
        "patient_key": f"{CANARY}-H03",
        "histology": "9836/3",
        "behavior": "3",
        "site": "C42.1",
        "sall_dx_date": "2017-05-15",
        "age_sall_years": "67",
        "latency_months": "61",
        "survival_months": "18",
        "vital_status": "dead",
        "data_note": "SYNTHETIC, no patient",
    }
    return patients, [second]


def add_populations(raw: RawFile) -> None:
    """A thousand people of each of nine registries, year, sex, race and age."""
    load_id = raw.add("populations", [], source="reference", role="populations")
    raw.connection.execute(
        "insert into raw.populations (load_id, source_line, year, registry, race, sex, age, population)"
        f" select '{load_id}', row_number() over (), year, code, race, sex, printf('%02d', age), 1000"
        " from unnest(['01', '02', '20', '21', '22', '23', '25', '26', '27']) as registries (code),"
        " range(1975, 2019) as years (year), range(1, 4) as races (race), range(1, 3) as sexes (sex),"
        " range(0, 19) as ages (age)"
    )
    raw.connection.execute(
        "update raw.loads set rows_read = 45144, rows_landed = 45144 where kind = 'populations'"
    )


@pytest.fixture(scope="session")
def good_home(tmp_path_factory) -> Home:
    """A home with the small registry built, as `metachron build` leaves it."""
    home = Home(tmp_path_factory.mktemp("audit") / "home").prepare()
    ledger.begin(home)
    raw = RawFile(home.raw)
    raw.add_tumors(registry_rows())
    raw.add_hospital(*hospital_rows())
    add_populations(raw)
    raw.connection.execute(
        "update raw.loads set first_year = 1975, last_year = 2018, submission_year = 2020, registries = 9,"
        " database_name = 'Incidence - <script>alert(1)</script>' where source = 'seer'"
    )
    raw.close()
    with building_warm():
        run_dbt.build(home)
    return home


@pytest.fixture(scope="session")
def good(good_home) -> Files:
    return Files(good_home.build, good_home.raw)


@pytest.fixture(scope="session")
def good_report(good, tmp_path_factory) -> tuple[AuditReport, Path]:
    """The audit of the unspoiled build, and the folder it wrote into; done once for all tests."""
    out = tmp_path_factory.mktemp("audited")
    return audit(good.build, good.raw, out=out), out


@pytest.fixture
def copy(good, tmp_path) -> Files:
    """The two files again, to be spoiled."""
    return Files(*(Path(shutil.copy(file, tmp_path / file.name)) for file in (good.build, good.raw)))
