"""From synthetic files through landing and dbt: the marts hold what was planted, as a dull reader finds."""

from __future__ import annotations

import json

import pytest

from samples.synthetic.truth import FILE_NAME as TRUTH
from tests.building.raw_fixture import query
from tests.layouts.conftest import Delivered
from tests.samples.cohort_by_hand import age, cohort, corrected, read_listing, survival

pytestmark = pytest.mark.slow

LISTING = "seer9_plus_1975_2018.txt"


def test_patient_by_patient_the_marts_are_the_cohort_by_hand(layouts: dict[str, Delivered]) -> None:
    inbox, build = layouts["listing"].inbox, layouts["listing"].build
    by_hand = cohort(read_listing(inbox / LISTING))
    assert query(build, "select n_in from marts.cohort_flow where step = 1") == [(by_hand["persons"],)]
    removed = query(build, "select n_removed from marts.cohort_flow order by step")
    assert [n for (n,) in removed] == list(by_hand["removed"].values())
    patients = query(
        build,
        "select patient_id, age_at_index_years, index_year, survival_months_recorded, latency_months,"
        " second_histology_code, months_after_second from marts.index_patients",
    )
    assert {patient: tuple(facts) for patient, *facts in patients} == {
        patient: (age(index), int(index["Year of diagnosis"]), survival(index), latency)
        + ((second["Histologic Type ICD-O-3"], survival(second) or 0.5) if second else (None, None))
        for patient, (index, second, latency) in by_hand["patients"].items()
    }
    at_risk = query(
        build, "select patient_id, is_at_risk, latency_months from marts.index_patients_corrected"
    )
    by_hand = corrected(read_listing(inbox / LISTING))
    assert {patient: tuple(facts) for patient, *facts in at_risk} == by_hand
    counted = sum(latency is not None and latency >= 12 for _, latency in by_hand.values())
    assert query(build, "select sum(observed) from marts.person_time") == [(counted,)]


@pytest.mark.parametrize(
    ("fixture", "layout"),
    [
        ("messy_layouts", "listing"),
        ("layouts", "ascii"),
        ("layouts", "naaccr"),
        ("messy_layouts", "naaccr"),
    ],
    ids=["messy", "fixed width", "naaccr", "messy naaccr"],
)
def test_a_delivery_gives_what_was_planted_in_it(
    request: pytest.FixtureRequest, fixture: str, layout: str
) -> None:
    delivered: Delivered = request.getfixturevalue(fixture)[layout]
    build = delivered.build
    planted = json.loads((delivered.inbox / TRUTH).read_text(encoding="utf-8"))
    registry, hospital = planted["registry"], planted["institution"]
    steps = query(build, "select rule, n_in, n_removed from marts.cohort_flow order by step")
    assert steps[0][1] == registry["persons"]
    assert steps[1][1] == registry["cohort_flow"]["has an index cancer"]
    assert {rule: removed for rule, _, removed in steps[1:]} == registry["cohort_flow"]["removed"]
    assert query(build, "select count(*), count(second_histology_code) from marts.index_patients") == [
        (registry["n_index"], registry["n_second"])
    ]
    counted = dict(query(build, "select definition, n_second from marts.second_primaries_by_definition"))
    assert counted == registry["n_second_by_definition"]
    assert query(build, "select n_index, n_second from marts.institution_summary") == [
        (hospital["n_index"], hospital["n_second"])
    ]
    assert query(build, "select latency_months from marts.institution_cases order by 1") == [
        (65,),
        (87,),
        (91,),
    ]
    assert (
        query(build, "select count(*) from marts.sir where expected > 0 and observed_unmatched = 0")[0][0]
        > 10
    )
