"""Who is in, who is out and by which rule, from landed rows to marts."""

from __future__ import annotations

import pytest

from tests.building.raw_fixture import query

pytestmark = pytest.mark.slow


def test_each_rule_removes_whom_it_should_and_a_rule_without_work_is_still_a_step(built):
    assert query(
        built.build, "select step, rule, n_in, n_removed, n_left from marts.cohort_flow order by 1"
    ) == [
        (1, "has an index cancer", 22, 3, 19),
        (2, "adult at index", 19, 2, 17),
        (3, "second cancer not first", 17, 1, 16),
        (4, "latency known", 16, 1, 15),
        (5, "latency long enough", 15, 1, 14),
        (6, "no third primary", 14, 1, 13),
        (7, "survival known", 13, 1, 12),
    ]


def test_the_first_rule_that_fails_is_the_one_told(built):
    removed = query(
        built.build,
        "select patient_id, first_rule_failed from intermediate.int_patients_screened"
        " where is_selected_definition and source = 'seer' and not is_eligible order by 2, 1",
    )
    assert removed == [
        ("breast cancer", 1),
        ("solitary", 1),
        ("state only", 1),
        ("age unknown", 2),
        ("seventeen", 2),
        ("leukaemia first", 3),
        ("year apart", 4),
        ("eleven", 5),
        ("third primary", 6),
        ("second unknown", 7),
    ]


def test_second_primaries_carry_latency_survival_and_the_second_records_words(built):
    assert query(
        built.build,
        "select patient_id, latency_months, latency_method, latency_is_uncertain, second_histology_code,"
        " age_at_second_years, age_group_at_second, months_after_second, months_to_first_event, died"
        " from marts.second_primaries order by 1",
    ) == [
        ("case", 24, "survival_months", False, "9836", 63, "18-64", 36.0, 24.0, True),
        ("later case", 70, "survival_months", False, "9811", 63, "18-64", 30.0, 70.0, False),
        ("twelve", 12, "survival_months", True, "9836", 63, "18-64", 48.0, 12.0, True),
    ]


def test_unknown_survival_and_unknown_race_stay_in_the_counts(built):
    rows = query(
        built.build,
        "select patient_id, race, marital_status, survival_months, first_event from marts.index_patients"
        " where patient_id in ('survival unknown', 'certificate', 'race unknown', 'zero months') order by 1",
    )
    assert rows == [
        ("certificate", "White", "Married", None, None),
        ("race unknown", None, None, 60.0, "death"),
        ("survival unknown", "White", "Married", None, None),
        ("zero months", "White", "Married", 0.5, "death"),
    ]


def test_a_top_coded_age_stays_and_says_so(built):
    rows = query(
        built.build,
        "select age_at_index_years, age_is_top_coded, era from marts.index_patients"
        " where patient_id = 'top coded'",
    )
    assert rows == [(85, True, "2003-2018")]


def test_the_three_definitions_are_counted_side_by_side(built):
    assert query(built.build, "from marts.second_primaries_by_definition order by 1") == [
        ("broad", False, 3),
        ("primary", True, 3),
        ("site_recode_35011", False, 4),
    ]


def test_eras_hold_patients_cases_and_the_months_after_the_twelfth(built):
    # 1975-2002: 48.5 each of alone, race unknown, burkitt and nodal, 108.5 alive, 12 of case, 0 of twelve.
    assert query(built.build, "from marts.second_primaries_by_era order by 1") == [
        ("1975-2002", 10, 2, 4 * 48.5 + 108.5 + 12),
        ("2003-2018", 2, 1, 58.0 + 48.5),
    ]


def test_the_hospital_goes_by_the_same_rules_and_keeps_its_detail(built):
    assert (
        query(built.build, "select n_in, n_removed from marts.institution_flow order by step")
        == [(3, 1)] + [(2, 0)] * 6
    )
    assert query(built.build, "from marts.institution_summary") == [(2, 1, 2010, 2021, True)]
    assert query(
        built.build,
        "select patient_id, mm_subtype, had_asct, relapsed, relapse_weeks, latency_months, cd10, cigm,"
        " survival_months_after_second, died from marts.institution_cases",
    ) == [("h1", "IgG lambda", "No", "Yes", 2, 65, "+", None, 18.0, True)]


def test_no_registry_mart_holds_a_hospital_patient(built):
    assert query(built.build, "select distinct source from marts.index_patients") == [("seer",)]
