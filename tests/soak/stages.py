"""A run that is killed after each stage in turn, and each stage told to end while it works."""

from __future__ import annotations

import signal
import tempfile
from itertools import cycle
from pathlib import Path

from tests.pipeline.command import metachron
from tests.pipeline.test_killed_and_run_again import (
    ELSEWHERE,
    HERE,
    STAGES,
    assert_equal,
    killed_after,
    run,
    told_to_end,
)


def soak() -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        inbox, undisturbed = folder / "inbox", folder / "undisturbed"
        killed, told = folder / "killed", folder / "told"
        metachron(folder, "synth", inbox, "--scale", "0.05", "--every-case").check_returncode()
        run(undisturbed, inbox, HERE)

        for stage in STAGES:
            killed_after(stage, killed, inbox)
        run(killed, inbox, ELSEWHERE["report"])
        assert_equal(killed, undisturbed)

        for stage, sent in zip((*STAGES, "report"), cycle((signal.SIGINT, signal.SIGTERM))):
            told_to_end(stage, sent, told, inbox)
            words = (stage, inbox) if stage == "load" else (stage,)
            metachron(told, *words).check_returncode()
        assert_equal(told, undisturbed)
    return (
        f"killed after {len(STAGES)} stages, told to end in {len(STAGES) + 1}: no byte of the report differs"
    )
