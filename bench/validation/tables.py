"""The tables of docs/validation.md that whole runs and marts give; the only place here that rounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import Any

from analytics.simulation.answers import Answer
from analytics.simulation.coverage import Performance
from analytics.simulation.tables import bias, coverage, markdown, significant
from bench.validation.coverage import performance
from bench.validation.rows import TRUTHS
from bench.validation.whole_runs import HEADLINES, Number, Run
from bench.validation.world import Truth

Answered = tuple[Run, dict[str, Any]]


def whole_runs(answered: Sequence[Answered], targets: dict[Truth, dict[str, float]]) -> str:
    """One line for each truth, form and number; the last three columns count registries."""
    header = ("registries", *FOUND, "95% limits hold the truth", "withheld", "refused")
    lines = []
    for form, truth in dict.fromkeys((run.form, run.truth) for run, _ in answered):
        answers = [answer for run, answer in answered if (run.form, run.truth) == (form, truth)]
        kept = [answer["kept"] for answer in answers if "kept" in answer]
        refused = sum(answer["exit"] != 0 for answer in answers)
        for name in HEADLINES:
            row = performance(name, truth, [answer_of(each[name]) for each in kept], targets[truth][name])
            held = "-" if row.coverage is None else f"{round(row.coverage * row.n_runs)} of {row.n_runs}"
            lines.append((f"{name_of(truth)}, {form}", *found(row), held, str(row.n_failed), str(refused)))
    return markdown(header, lines)


def coverages(rows: Iterable[Performance]) -> str:
    """One line for each truth and number, with the 99% limits of the coverage."""
    return markdown(
        ("registries", *FOUND, "coverage (99% limits)", "failed"),
        ((name_of(row.truth), *found(row), coverage(row), str(row.n_failed)) for row in rows),
    )


FOUND = ("number", "truth", "mean", "bias (Monte Carlo error)")


def found(row: Performance) -> tuple[str, ...]:
    target = nan if row.target is None else row.target
    return row.method, significant(target), significant(row.mean), bias(row)


def shapes(answered: Iterable[Answered]) -> str:
    """One line for each registry and shape: how the run ended, both ratios, and what was said."""
    lines = [
        (run.form, str(run.seed), str(answer["exit"]), *ratios(answer), answer.get("said") or "-")
        for run, answer in answered
    ]
    header = ("shape", "registry", "exit", "SIR from month 12", "SIR from diagnosis", "what is said")
    return markdown(header, lines)


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


def answer_of(number: Number) -> Answer:
    return Answer(*(nan if number[key] is None else number[key] for key in ("value", "lower", "upper")))


def name_of(truth: Truth) -> str:
    return next(name for name, each in TRUTHS.items() if each == truth)
