"""A short walk of the machine in states.py; `make soak` walks for longer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.states import STEPS, Warehouse


@pytest.mark.slow
def test_any_order_of_events_leaves_what_a_dictionary_would() -> None:
    run_state_machine_as_test(
        Warehouse,
        settings=settings(
            max_examples=4, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck),
            database=None, derandomize=True,
        ),
    )  # fmt: skip
    assert STEPS["steps"] >= 20  # type: ignore[operator]
