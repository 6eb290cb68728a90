"""``python -m bench.validation``: registries of known truth, as docs/validation.md shows them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.validation import sweeps, tables, twin

Sections = Iterator[tuple[str, str]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.validation",
        description="Registries whose truth is known: whole runs, coverage of the marts, R, and the twin.",
        epilog="example: python -m bench.validation whole-runs --registries 20 --cache /tmp/known",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    subparser = commands.add_parser(
        "whole-runs", help="from delivery to headline, and in five shapes (an hour)"
    )
    subparser.add_argument(
        "--registries", type=at_least_one, default=20, help="for each line (20); a quarter of them by shape"
    )
    subparser.add_argument(
        "--cache", type=Path, required=True, help="folder of answers; a broken sweep goes on there"
    )
    subparser.set_defaults(sections=lambda given: whole_runs(given.registries, given.cache))
    subparser = commands.add_parser(
        "coverage", help="of the report's limits, at the level of the marts (minutes)"
    )
    subparser.add_argument("--registries", type=at_least_one, default=1_000, help="for each line (1,000)")
    subparser.add_argument("--seed", type=int, default=1, help="same seed, same table (1)")
    subparser.set_defaults(sections=lambda given: coverage(given.registries, given.seed))
    subparser = commands.add_parser(
        "against-r", help="fresh listings in four dialects; needs Rscript (minutes)"
    )
    subparser.add_argument("--registries", type=at_least_one, default=24, help="listings (24)")
    subparser.add_argument(
        "--cache", type=Path, required=True, help="folder of answers; a broken sweep goes on there"
    )
    subparser.set_defaults(sections=lambda given: against_r(given.registries, given.cache))
    subparser = commands.add_parser("twin", help="every study in the synthetic twin (ten minutes)")
    subparser.add_argument("--seed", type=int, default=1, help="same seed, same table (1)")
    subparser.set_defaults(sections=lambda given: in_twin(given.seed))
    given = parser.parse_args(arguments)
    for title, table in given.sections(given):
        sys.stdout.write(f"### {title}\n\n{table}\n\n")
        sys.stdout.flush()
    return 0


def at_least_one(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def whole_runs(registries: int, cache: Path) -> Sections:
    runs = sweeps.whole_runs(registries, cache)
    yield "10. Whole runs, from delivery to headline", tables.whole_runs(runs)
    by_shape = sweeps.shapes(max(1, registries // 4), cache)
    yield "11. The same registries in five ordinary shapes", tables.shapes(by_shape)


def coverage(registries: int, seed: int) -> Sections:
    title = f"12. Coverage at the level of the marts ({registries:,} registries a line)"
    yield title, tables.coverage(sweeps.coverage(registries, seed))


def against_r(registries: int, cache: Path) -> Sections:
    listings = sweeps.against_r(registries, cache)
    yield f"13. {registries} fresh listings against R", tables.against_r(listings)


def in_twin(seed: int) -> Sections:
    yield "Every study in the synthetic twin", tables.in_twin(twin.findings(twin.SCALES, seed))


if __name__ == "__main__":
    sys.exit(main())
