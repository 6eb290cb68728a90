"""`python -m tests.soak [NAME...]`: what takes too long for every test run, each with its figures on a line.

readers   two publishers against four readers for a minute
faults    every fault of the matrix, and every damage to a home mended as `verify` says
kills     every kill point of loading, publishing, going back and forgetting
stages    a run killed after every stage, and every stage told to end while it works
states    the machine of tests/faults/states.py for many more steps
fuzz      the fuzz tests of the readers with many more examples
load      a very large load, killed at ten random moments and run again
tables    two hundred random tables against an attacker who knows their margins
pages     reports of eleven deliveries and studies on four kinds of screen, read by a real browser
report    every number of the whole twin's report and of twenty random cohorts, as R has it
truths    registries of known truth: bias of whole runs, coverage, and 24 listings against R
spark     the unit tests of the models on Spark; needs `make install-spark`
mutations small mistakes drawn at random in five packages; needs cosmic-ray, and says how to get it
verify    every byte position of a small home's small files, and many of the large ones, flipped

Lines of figures begin with the name; docs/reliability.md keeps them.
"""

from __future__ import annotations

import sys

from bench.validation import sweeps
from tests.soak import (
    faults,
    fuzz,
    kills,
    large_load,
    mutations,
    pages,
    readers,
    stages,
    states,
    tables,
    unit_tests_on_spark,
    verified,
    whole_report,
)

ALL = {
    "readers": readers.soak,
    "stages": stages.soak,
    "states": states.soak,
    "fuzz": fuzz.soak,
    "pages": pages.soak,
    "tables": tables.soak,
    "report": whole_report.soak,
    "truths": sweeps.soak,
    "spark": unit_tests_on_spark.soak,
    "verify": verified.soak,
    "faults": faults.soak,
    "kills": kills.soak,
    "load": large_load.soak,
    "mutations": mutations.soak,
}


def main(names: list[str]) -> int:
    unknown = set(names) - ALL.keys()
    if unknown:
        print(f"there is no soak called {', '.join(sorted(unknown))}: {', '.join(ALL)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or ALL:
        try:
            print(f"{name:<9}{ALL[name]()}", flush=True)
        except AssertionError as wrong:
            failed += 1
            print(f"{name:<9}FAILED: {wrong}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
