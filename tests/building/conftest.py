"""One build of a small registry and a small hospital, shared by the tests that only read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.building.raw_fixture import RawFile, Row, dbt, first_of_two, leukaemia, myeloma


@dataclass(frozen=True, slots=True)
class Built:
    """A raw file, the build over it, and dbt's folder with the manifest and the compiled SQL."""

    raw: Path
    build: Path
    target: Path


def small_registry() -> list[Row]:
    """One person for each way through the rules; see the names."""
    return [
        myeloma("alone"),
        myeloma("alive", vital="Alive", surv_months="0120"),
        myeloma("zero months", surv_months="0000"),
        myeloma("survival unknown", surv_months="Unknown", surv_flag="Unknown"),
        myeloma("certificate", surv_months="Unknown", rept_src="Death certificate only"),
        myeloma("top coded", age_single="85+ years", year_dx="2010"),
        myeloma("race unknown", race3="Unknown", marital="Unknown"),
        myeloma("seventeen", age_single="17 years"),
        myeloma("age unknown", age_single="Unknown"),
        myeloma("breast cancer", hist="8500", site="C50.9-Breast, NOS", site_recode="Breast"),
        myeloma("solitary", hist="9731"),
        myeloma("state only", sequence="Only one state registry-defined neoplasm"),
        first_of_two("case"),
        leukaemia("case"),
        first_of_two("later case", year_dx="2008", surv_months="0100", vital="Alive"),
        leukaemia("later case", year_dx="2014", hist="9811", surv_months="0030", vital="Alive"),
        first_of_two("eleven"),
        leukaemia("eleven", surv_months="0049"),
        first_of_two("twelve"),
        leukaemia("twelve", surv_months="0048"),
        leukaemia("leukaemia first", record_no="01", sequence="1st of 2 or more primaries", year_dx="1998"),
        myeloma("leukaemia first", record_no="02", sequence="2nd of 2 or more primaries", n_malignant="02"),
        first_of_two("year apart", surv_months="Unknown"),
        leukaemia("year apart", year_dx="2001", surv_months="Unknown"),
        first_of_two("second unknown"),
        leukaemia("second unknown", surv_months="Unknown"),
        first_of_two("third primary"),
        leukaemia("third primary", n_malignant="03"),
        first_of_two("burkitt"),
        leukaemia("burkitt", hist="9826"),
        first_of_two("nodal"),
        leukaemia("nodal", hist="9837", site="C77.9-Lymph node, NOS", site_recode="NHL - Nodal"),
    ]


def small_hospital() -> tuple[list[Row], list[Row]]:
    """Two patients, one of whom has a leukaemia 65 months later, and one whose diagnosis has no date."""
    common = {"sex": "Female", "isotype": "IgG", "light_chain": "lambda", "vital_status": "Dead"}
    patients = [
        {"patient_key": "h1", "mm_dx_date": "2012-03-20", "age_mm_years": "67", **common}
        | {"last_contact_date": "2019-02-20", "relapse": "Yes", "relapse_duration": "2 weeks", "asct": "No"},
        {"patient_key": "h2", "mm_dx_date": "2015/8", "age_mm_years": "58", **common}
        | {"last_contact_date": "2016-08-20", "fish": "NA"},
        {"patient_key": "h3", "mm_dx_date": "", "age_mm_years": "60", **common},
    ]
    second_cancers = [
        {"patient_key": "h1", "histology": "9811", "behavior": "3", "site": "C421"}
        | {
            "sall_dx_date": "2017-08-20",
            "age_sall_years": "73",
            "latency_months": "65",
            "survival_months": "18",
        }
        | {"cd10": "+", "cigm": "NA", "vital_status": "Dead"},
    ]
    return patients, second_cancers


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Built:
    folder = tmp_path_factory.mktemp("warehouse")
    file = RawFile(folder / "raw.duckdb")
    file.add_tumors(small_registry())
    file.add_hospital(*small_hospital())
    raw, build = file.close(), folder / "build.duckdb"
    dbt("build", raw, build, is_cold=True)
    return Built(raw, build, folder / "dbt")
