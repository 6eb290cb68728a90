"""The stateful machine for many more steps."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.states import STEPS, Warehouse

EXAMPLES = int(os.environ.get("METACHRON_SOAK_WALKS", "60"))


def soak() -> str:
    run_state_machine_as_test(
        Warehouse,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return (
        f"{STEPS['steps']:,} steps, {STEPS['kills']} of them killed, "
        f"{len(STEPS['states'])} distinct states, failures 0"  # type: ignore[arg-type]
    )
