"""The whole fault matrix: rows here, tests elsewhere, and what is none of ours."""
# ruff: noqa: E501 -- a table reads best with a fault a line

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.faults import damages, deliveries, misuse, processes, storage

EVERY = "METACHRON_EVERY_FAULT"
"""Set where every row is tried, as `python -m tests.soak faults` does; otherwise one of each kind."""

TABLE = processes.FAULTS + storage.FAULTS + damages.FAULTS + deliveries.FAULTS + misuse.FAULTS

# Faults of whole builds, models and reports, and the test that makes each.
ELSEWHERE = {
    "F09": "tests/pipeline/test_killed_and_run_again.py::test_told_to_end_and_killed_it_ends_the_same",
    "F26": "tests/faults/test_power_loss.py::test_a_power_cut_anywhere_leaves_the_old_release_or_the_new",
    "F63": "tests/landing/test_faults.py::test_a_file_that_changes_while_it_is_read_is_refused",
    "F64": "tests/landing/test_faults.py::test_a_file_that_may_not_be_read_is_refused",
    "F74": "tests/building/test_screening.py::test_each_rule_removes_whom_it_should_and_a_rule_without_work_is_still_a_step",
    "F75": "tests/building/test_screening.py::test_the_first_rule_that_fails_is_the_one_told",
    "F76": "tests/building/test_screening.py::test_eras_hold_patients_cases_and_the_months_after_the_twelfth",
    "F78": "tests/expectations/test_expectations.py::test_planted_defects_fail_their_warnings_and_do_not_block",
    "F79": "tests/analytics/test_hostile_and_empty.py::test_a_study_without_a_single_second_primary_is_reported_and_not_estimated",
    "F80": "tests/estimators/test_bad_input.py::test_a_separated_column_has_no_hazard_ratio",
    "F85": "tests/analytics/test_hostile_and_empty.py::test_hostile_labels_stay_text",
    "F86": "tests/analytics/test_hostile_and_empty.py::test_a_cell_that_a_spreadsheet_would_run_is_quoted",
    "F89": "tests/faults/test_supply_chain.py::test_nothing_of_ours_runs_code_that_data_brought",
    "F90": "tests/publishing/test_query.py::test_nothing_but_the_release_can_be_reached",
    "F92": "tests/disclosure/test_disclose.py::test_one_case_more_is_refused_naming_the_table_and_nothing_leaves",
    "F94": "tests/building/test_lineage.py::test_registry_and_hospital_meet_in_one_model_only",
    "F95": "tests/faults/test_supply_chain.py::test_no_secret_lies_in_the_repository",
    "F97": "tests/pipeline/test_private_run.py::test_a_whole_run_needs_no_network",
    "F98": "tests/pipeline/test_schedule.py::test_the_server_answers_on_loopback_only_with_the_password",
    "F99": "tests/analytics/test_report.py::test_the_page_refers_to_nothing_outside_itself",
}  # fmt: skip

# What cannot happen here, and why.
NOT_OURS = {
    "F19": "one connection writes, in one process: there is no second cursor to conflict with",
}

Row = TypeVar("Row")


def chosen(rows: Sequence[Row], kind: Callable[[Row], object]) -> tuple[Row, ...]:
    """The first row of each kind, or all."""
    return tuple(rows) if EVERY in os.environ else tuple({kind(row): row for row in reversed(rows)}.values())
