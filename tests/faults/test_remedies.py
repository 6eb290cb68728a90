"""Every remedy of error_codes.csv is carried out by a test, or needs somebody whom it names."""

# ruff: noqa: E501 -- a table reads best with a test a line

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.errors import CODES
from tests.faults import table
from tests.faults.damages import DAMAGES
from tests.faults.remedies import REMEDIES, Remedy, as_written
from tests.faults.scene import Scene

PROJECT = Path(__file__).resolve().parents[2]

# Faults whose row ends with its remedy: the disk is freed, the other process has ended, the owner runs it again.
ENDS_WITH_ITS_REMEDY = {"LOCK-01", "PERM-01", "PERM-02", "RES-01", "RES-03", "RES-11"}

# Remedies that another test carries out.
ELSEWHERE = {
    "DBT-01": "tests/building/test_provenance.py::test_a_bare_dbt_build_is_whole_and_as_private_and_readable_as_ours",
    "DBT-02": "tests/building/test_bare_dbt.py::test_a_build_goes_into_a_file_of_its_own_and_not_into_the_raw_tables",
    "ENV-01": "tests/test_wheel.py::test_a_tool_that_is_missing_comes_with_the_wheel_installed_again",
    "FGT-03": "tests/faults/test_forget.py::test_a_file_that_somebody_reads_has_to_be_closed_first",
    "HOME-02": "tests/faults/test_evidence.py::test_what_is_in_the_way_of_a_file_of_the_home_is_moved_away_as_advised",
    "OPEN-01": "tests/test_wheel.py::test_the_open_cohorts_come_with_the_command_that_their_refusal_names",
    "PERM-03": "tests/faults/test_evidence.py::test_what_is_open_to_others_is_named_with_the_command_that_shuts_it",
    "POL-02": "tests/disclosure/test_disclose.py::test_a_signed_exception_releases_despite_an_earlier_release",
    "POL-03": "tests/disclosure/test_disclose.py::test_a_threshold_that_no_stars_can_keep_is_refused_and_a_lower_one_is_not",
    "PUB-20": "tests/publishing/test_replacement.py::test_publishing_waits_for_a_person_and_goes_on_when_they_accept",
    "REB-04": "tests/faults/test_new_ledger.py::test_where_no_manifest_stands_up_to_an_older_ledger_the_study_is_asked_for",
    "REL-02": "tests/faults/test_older_home.py::test_an_outward_report_waits_for_a_report_that_the_ledger_knows",
    "REL-04": "tests/faults/test_evidence.py::test_a_lost_record_of_what_left_stops_further_releases_until_it_is_restored",
    "REP-05": "tests/traceability/test_computed_twice.py::test_a_number_that_differs_ends_with_7_until_the_tested_packages_are_back",
    "SEN-03": "tests/traceability/test_sensitivity.py::test_another_definition_under_the_same_name_is_refused_and_the_one_it_was_built_with_is_not",
    "SPK-01": "tests/spark/test_after_refusals.py::test_what_install_spark_installs_is_what_was_missing",
    "SPK-02": "tests/spark/test_after_refusals.py::test_what_install_spark_installs_is_what_was_missing",
    "SPK-03": "tests/spark/test_bad_input.py::test_java_17_is_accepted",
    "SPK-04": "tests/spark/test_after_refusals.py::test_two_versions_of_spark_become_one_either_way",
    "SPK-06": "tests/spark/test_after_refusals.py::test_without_a_master_a_cluster_starts_on_this_machine",
    "SPK-07": "tests/spark/test_after_refusals.py::test_whoever_does_not_speak_spark_is_given_up_and_a_cluster_of_this_version_builds",
    "SPK-08": "tests/spark/test_after_refusals.py::test_whoever_does_not_speak_spark_is_given_up_and_a_cluster_of_this_version_builds",
    "SPK-09": "tests/spark/test_after_refusals.py::test_what_is_too_much_for_a_worker_is_built_with_more_memory_and_on_duckdb",
    "SPK-10": "tests/spark/test_after_refusals.py::test_duckdb_says_which_rule_spark_found_broken",
    "SPK-11": "tests/spark/test_after_refusals.py::test_a_cluster_that_does_not_start_leaves_the_logs_that_tell_why",
    "SPK-12": "tests/spark/test_after_refusals.py::test_the_logs_of_lost_workers_lie_where_they_are_said_to_and_the_same_runs_again",
    "SQL-16": "tests/serving/test_flight_sql.py::test_nothing_is_changed_by_any_message",
    "SRV-01": "tests/pipeline/test_schedule.py::test_a_schedule_that_does_not_start_does_so_as_its_refusals_advise",
    "SRV-02": "tests/pipeline/test_schedule.py::test_a_schedule_that_does_not_start_does_so_as_its_refusals_advise",
    "SRV-03": "tests/pipeline/test_client_settings.py::test_a_second_server_is_refused_until_the_first_is_stopped",
    "SRV-04": "tests/pipeline/test_client_settings.py::test_a_run_is_told_to_the_server_that_is_configured_and_only_then",
    "SRV-07": "tests/pipeline/test_schedule.py::test_a_schedule_that_does_not_start_does_so_as_its_refusals_advise",
    "STU-05": "tests/building/test_bare_dbt.py::test_a_profile_without_our_plugin_builds_no_wrong_study_and_none_that_nobody_checked",
    "TRACE-03": "tests/traceability/test_explain.py::test_only_the_owner_of_the_home_sees_lines",
}  # fmt: skip


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.code)
def test_what_was_refused_goes_on_after_its_remedy(
    remedy: Remedy, scene: Scene, request: pytest.FixtureRequest
) -> None:
    ended = remedy.provoke(scene)
    assert (ended.exit_code, f"{remedy.code}: " in ended.said) == (CODES[remedy.code].exit_code, True), (
        ended.said
    )
    scene.patch.undo()
    request.getfixturevalue("in_little")
    (remedy.mend or as_written)(scene, ended.said)
    again = remedy.again(scene)
    assert again.exit_code == 0, again.said


def carried_out() -> list[set[str]]:
    """Codes by what carries their remedies out."""
    return [
        {remedy.code for remedy in REMEDIES},
        {damage.code for damage in DAMAGES},
        ENDS_WITH_ITS_REMEDY,
        {fault.code for fault in table.TABLE if fault.code.startswith("LAND-")},
        set(ELSEWHERE),
        {row.code for row in CODES.values() if row.kind == "person"},
    ]


def test_the_remedy_of_every_code_is_carried_out() -> None:
    assert set().union(*carried_out()) == set(CODES)


def test_rows_that_end_with_their_remedy_do_go_on() -> None:
    goes_on = {fault.code for fault in table.TABLE if fault.again is not None and fault.after != "damaged"}
    assert goes_on >= ENDS_WITH_ITS_REMEDY


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_test_that_is_named_exists_and_is_about_the_code(code: str) -> None:
    file, _, name = ELSEWHERE[code].partition("::")
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", text, flags=re.MULTILINE), ELSEWHERE[code]
