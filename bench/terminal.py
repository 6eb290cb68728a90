"""How long a person waits for the terminal: CPU seconds of cold commands, each in a process of its own.

python -m bench.terminal [HOME]     (default: ./var). Read it, do not assert it: a busy machine is slow.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
COMMANDS = (
    ["--help"],
    ["status"],
    ["sql", "select count(*) from marts.index_patients"],
    ["completion", "bash"],
)
GOALS = {"--help": 0.3, "status": 0.5}
REPEATS = 5


def cpu_seconds(words: list[str], home: Path) -> float:
    """User and system time of one command, its children included."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "flows.cli.main", *words],
        cwd=PROJECT,
        env={**os.environ, "METACHRON_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(arguments: Sequence[str] | None = None) -> None:
    home = Path(next(iter(sys.argv[1:] if arguments is None else arguments), "var")).absolute()
    print(f"{'command':<46}{'median s':>9}{'worst s':>9}{'goal s':>8}")
    for words in COMMANDS:
        seconds = sorted(cpu_seconds(words, home) for _ in range(REPEATS))
        goal = GOALS.get(words[0])
        told = f"metachron {words[0]}"
        print(f"{told:<46}{seconds[REPEATS // 2]:>9.2f}{seconds[-1]:>9.2f}{goal if goal else '':>8}")


if __name__ == "__main__":
    main()
