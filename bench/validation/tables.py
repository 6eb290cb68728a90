"""The tables of docs/validation.md that whole runs and marts give; the only place here that rounds."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import Any

from bench.simulation.coverage import Performance
from bench.simulation.tables import bias, markdown, significant
from bench.simulation.tables import coverage as coverage_of
from bench.validation.coverage import Line
from bench.validation.sweeps import Answered
from bench.validation.twin import Finding

FOUND = ("number", "truth", "mean", "bias (Monte Carlo error)")


def whole_runs(lines: Iterable[Line]) -> str:
    """The last three columns count registries."""
    return markdown(
        ("registries", *FOUND, "95% CI holds the truth", "withheld", "refused"),
        (
            (
                each.registries,
                *found(each.found),
                held(each.found),
                str(each.found.n_failed),
                str(each.refused),
            )
            for each in lines
        ),
    )


def coverage(lines: Iterable[Line]) -> str:
    """With the 99% limits of each coverage."""
    return markdown(
        ("registries", *FOUND, "coverage (99% CI)", "failed"),
        (
            (each.registries, *found(each.found), coverage_of(each.found), str(each.found.n_failed))
            for each in lines
        ),
    )


def found(row: Performance) -> tuple[str, ...]:
    target = nan if row.target is None else row.target
    return row.method, significant(target), significant(row.mean), bias(row)


def held(row: Performance) -> str:
    return "-" if row.coverage is None else f"{round(row.coverage * row.n_runs)} of {row.n_runs}"


def shapes(answered: Iterable[Answered]) -> str:
    """One line for each registry and shape: how the run ended, both ratios, and what was said."""
    return markdown(
        ("shape", "registry", "exit", "SIR from month 12", "SIR from diagnosis", "what is said"),
        (
            (run.form, str(run.seed), str(answer["exit"]), *ratios(answer), said(answer))
            for run, answer in answered
        ),
    )


def said(answer: dict[str, Any]) -> str:
    return answer.get("said") or answer.get("kept", {}).get("said") or "-"


def ratios(answer: dict[str, Any]) -> tuple[str, ...]:
    kept = answer.get("kept", {})
    numbers = (kept.get(name, {}) for name in ("SIR from month 12", "SIR from diagnosis"))
    return tuple(
        "-" if each.get("value") is None else "{value:.2f} ({lower:.2f} to {upper:.2f})".format(**each)
        for each in numbers
    )


def against_r(answered: Iterable[Answered]) -> str:
    """One line a listing, and every number that differs."""
    lines, differences = [], []
    for run, answer in answered:
        kept = answer.get("kept", {"n_second": "-", "n": "-", "different": {}})
        counts = (answer["exit"], kept["n_second"], kept["n"], len(kept["different"]))
        lines.append((run.form, str(run.seed), *map(str, counts)))
        differences += [
            f"- {run.form}, registry {run.seed}: {name} is {ours!r}, R says {theirs!r}"
            for name, (ours, theirs) in kept["different"].items()
        ]
    header = ("dialect", "registry", "exit", "second primaries", "numbers asked of R", "different")
    return markdown(header, lines) + "\n\n" + ("\n".join(differences) or "No number differs from R's.")


def in_twin(found: Iterable[Finding]) -> str:
    """One line for each study and scale."""
    return markdown(
        ("study", "scale", "observed", "expected", "SIR", "95% CI", "put there"),
        (
            (
                f"`{each.study}`",
                f"{each.scale:g}",
                f"{each.ratio.observed:,.0f}",
                f"{each.ratio.expected:,.2f}",
                f"{each.ratio.sir:.2f}",
                f"{each.ratio.lower:.2f} to {each.ratio.upper:.2f}",
                "its cases" if each.truth is None else f"{each.truth:g}",
            )
            for each in found
        ),
    )
