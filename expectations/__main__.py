"""Audit a build by hand: python -m expectations var/build.duckdb var/raw.duckdb --out var/audit

Exit code 0: may be published (perhaps with warnings); 4: may not; 2: no such file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

EXIT_CODES = {"pass": 0, "warn": 0, "fail": 4}
WRITTEN = {"audit.json", "data_quality.html", "junit.xml", "history.jsonl", "great_expectations.json"}


def may_be_written(out: Path) -> bool:
    """Whether a folder is new, empty, or holds an earlier audit and nothing else."""
    if not out.exists():
        return True
    names = {file.name for file in out.iterdir()} if out.is_dir() else {""}
    return not names or "history.jsonl" in names <= WRITTEN


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m expectations", description="Audit a build.")
    parser.add_argument("build", type=Path)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args(argv)
    if not arguments.build.exists():
        parser.error(f"there is no build {arguments.build}")

    from expectations.audit import audit

    if not may_be_written(arguments.out):
        parser.error(f"{arguments.out} holds something else than an audit; name a new folder")
    report = audit(arguments.build, arguments.raw, out=arguments.out)
    for expectation in report.expectations:
        if expectation.outcome != "held":
            what = f"{expectation.expectation} ({expectation.table})"
            print(f"{expectation.severity}: {expectation.outcome}: {what}")
    print(
        f"{report.verdict}: {len(report.with_outcome('held'))} of {report.n_expectations} expectations held"
    )
    return EXIT_CODES[report.verdict]


if __name__ == "__main__":
    sys.exit(main())
