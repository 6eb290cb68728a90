"""``python -m bench.simulation``: print the tables of ``docs/validation.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bench.simulation import paper, scenarios, tables
from bench.simulation.coverage import Performance
from bench.simulation.truth import Truth

Rows = tuple[Performance, ...]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.simulation",
        description="Bias and coverage of every estimator on registries whose truth is known.",
        epilog="example: python -m bench.simulation --replicates 200 --seed 1",
    )
    parser.add_argument("--replicates", type=int, default=200, help="registries for each truth (200)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same tables (1)")
    given = parser.parse_args(arguments)
    if given.replicates < 1:
        parser.error("--replicates must be at least 1")
    for title, table in sections(given.replicates, given.seed):
        sys.stdout.write(f"### {title}\n\n{table}\n\n")
        sys.stdout.flush()


def sections(replicates: int, seed: int) -> Iterator[tuple[str, str]]:
    """Title and Markdown of each table, in the order of the page."""
    rows = scenarios.survival(replicates, seed)
    yield (
        f"1. Hazard of death after the second cancer ({_patients(scenarios.OF_SURVIVAL)})",
        _hazards(rows, again=scenarios.repeated(rows, seed)),
    )
    rows = scenarios.few_events(replicates, seed)
    yield (
        f"2. Few events ({_patients(scenarios.OF_FEW_EVENTS)})",
        _hazards(rows, again=scenarios.repeated(rows, seed)),
    )
    rows = scenarios.incidence(replicates, seed)
    yield (
        f"3. How often, and when ({_patients(scenarios.OF_INCIDENCE)})",
        _performance(rows, scenarios.repeated(rows, seed), by="sir", label="true SIR"),
    )
    yield "4. As table 1, in completed months", _hazards(scenarios.whole_months(replicates, seed))
    yield "5. As table 1, with unrecorded frailty", _hazards(scenarios.frailty(replicates, seed))
    yield (
        f"6. The published contrast at the paper's size ({_patients(paper.truth_like_the_paper(1.0))})",
        tables.paper_sized(scenarios.paper_sized(replicates, seed)),
    )
    yield (
        "7. Null bands for the paper's printed contrasts",
        tables.null_bands(*scenarios.null_bands(replicates, seed)),
    )
    yield (
        "8. Chemotherapy, corrected for misclassification",
        tables.correction(scenarios.chemotherapy()),
    )
    as_others, better = scenarios.chemotherapy_draws(seed)
    yield (
        "9. The same by Monte Carlo",
        tables.draws((("as in others", as_others), ("68% to 100%", better))),
    )


def _hazards(rows: Rows, again: Rows = ()) -> str:
    return _performance(rows, again, by="second_cancer_hazard_ratio", label="true hazard ratio")


def _performance(rows: Rows, again: Rows, *, by: str, label: str) -> str:
    return tables.performance(rows, by=by, label=label) + "\n\n" + tables.agreement(rows, again)


def _patients(truth: Truth) -> str:
    return f"{truth.n:,} patients"


if __name__ == "__main__":
    main()
