"""The three sweeps: what is run, what should come out, and which line is not as it should be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.simulation.coverage import Performance
from bench.validation import rows
from bench.validation.against_r import compare
from bench.validation.coverage import METHODS, Line, incidence_truth, line, performances
from bench.validation.whole_runs import HEADLINES, Results, Run, answer_of, each, headline
from bench.validation.world import Truth

Answered = tuple[Run, dict[str, Any]]
CRUDE = {"crude rate ratio of eras", "crude time-dependent hazard ratio"}
FAR = 3.0
"""Monte Carlo errors that a bias may have; one line in 370 is further by chance."""


def whole_runs(registries: int, cache: Path) -> list[Line]:
    """A line for each truth, form and number."""
    answered = list(each(rows.bias_runs(registries), cache, headline, name="whole_runs"))
    lines = []
    for form, truth in dict.fromkeys((run.form, run.truth) for run, _ in answered):
        answers = [answer for run, answer in answered if (run.form, run.truth) == (form, truth)]
        refused = sum(answer["exit"] != 0 for answer in answers)
        kept = [answer["kept"] for answer in answers if "kept" in answer]
        label, target = f"{rows.name_of(truth)}, {form}", truths(truth)
        for name in HEADLINES:
            numbers = [answer_of(found[name]) for found in kept]
            lines.append(line(label, name, truth, numbers, target[name], refused=refused))
    return lines


def truths(truth: Truth) -> dict[str, float]:
    """What each number of a whole run should be."""
    return {
        "SIR from month 12": truth.sir,
        "SIR from diagnosis": truth.sir,
        "rate ratio of eras": 1.0,
        "crude rate ratio of eras": 1.0,
        "headline hazard ratio": truth.hazard_ratio,
        "crude time-dependent hazard ratio": truth.hazard_ratio,
        "cumulative incidence at 10 years": incidence_truth(truth),
    }


def shapes(registries: int, cache: Path) -> list[Answered]:
    return list(each(rows.shape_runs(registries), cache, headline, name="whole_runs"))


def coverage(registries: int, seed: int) -> list[Line]:
    return list(performances(rows.TRUTHS, METHODS, registries, seed))


def against_r(registries: int, cache: Path) -> list[Answered]:
    return list(each(rows.dialect_runs(registries), cache, asked_of_r, name="against_r"))


def asked_of_r(warehouse: Path, results: Results) -> dict[str, Any]:
    """How many numbers were asked of R, and those that are not R's: name, ours, R's."""
    answer = compare(warehouse, results)
    return {"n": answer.n, "n_second": results["cohort"]["n_second"], "different": answer.different}


def biased(lines: Iterable[Line]) -> list[Line]:
    """Lines whose mean is further than FAR Monte Carlo errors from the truth; crude numbers may be."""
    return [each for each in judged(lines) if each.found.method not in CRUDE and is_far(each.found)]


def judged(lines: Iterable[Line]) -> list[Line]:
    """Lines with an answer in every registry. Where some have none, the others are no fair sample."""
    return [each for each in lines if not each.found.n_failed]


def is_far(performance: Performance) -> bool:
    return abs(performance.bias or 0.0) > FAR * (performance.bias_error or 0.0)


def undercovered(lines: Iterable[Line]) -> list[Line]:
    """Lines the 99% limits of whose coverage do not reach 95%."""
    return [each for each in judged(lines) if (limits := each.found.coverage_limits) and limits.upper < 0.95]


def failed(answered: Sequence[Answered]) -> list[Answered]:
    """Runs that did not end with 0, and those with a number that is not R's."""
    return [(run, a) for run, a in answered if a["exit"] != 0 or a["kept"].get("different")]


def soak() -> str:
    """All of it, as `python -m tests.soak truths` wants it: figures, or AssertionError."""
    with tempfile.TemporaryDirectory() as place:
        runs, listings = whole_runs(20, Path(place)), against_r(24, Path(place))
    covered = coverage(1_000, 1)
    wrong = [f"{each.registries}: {each.found.method}" for each in (*biased(runs), *undercovered(covered))]
    wrong += [f"{run.form}, registry {run.seed}" for run, _ in failed(listings)]
    assert not wrong, "; ".join(wrong)
    numbers = sum(answer["kept"]["n"] for _, answer in listings)
    return (
        f"{len(runs)} lines of whole runs without bias, {len(covered)} lines of coverage that reach 95%, "
        f"{len(listings)} listings of which {numbers:,} numbers are R's"
    )
