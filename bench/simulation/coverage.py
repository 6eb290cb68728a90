"""Bias and coverage of every estimator over registries whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from analytics.estimators.building_blocks import Interval
from analytics.estimators.rates import proportion_interval
from bench.simulation.answers import Answer
from bench.simulation.generator import Registry, generate
from bench.simulation.truth import Truth

# Shares of 200 runs that are taken to agree with a nominal 95%.
AGREES = (0.92, 0.98)


@dataclass(frozen=True, slots=True)
class Method:
    """One estimator under test.

    stance  "corrected" or "published"
    target  the true value of what it estimates, from the truth; None where a published number has no true
            value
    answer  from a registry and its truth
    scale   "ratio": averaged as a logarithm, bias as a share of the target · "difference": averaged as it is
    """

    name: str
    stance: str
    target: Callable[[Truth], float | None]
    answer: Callable[[Registry, Truth], Answer]
    scale: str = "ratio"


@dataclass(frozen=True, slots=True)
class Performance:
    """How one method did under one truth.

    mean      geometric mean for ratios
    bias      mean / target - 1 for ratios, mean - target for differences; None without a target
    bias_error   Monte Carlo standard error of the bias
    coverage  share of runs whose 95% limits hold the target, None for a method without limits or target;
              coverage_limits are exact limits for that share, given the number of runs
    n_runs    runs that gave an estimate; n_failed: those that could not (no exposed death, say)
    """

    method: str
    stance: str
    scale: str
    truth: Truth
    target: float | None
    mean: float
    bias: float | None
    bias_error: float | None
    coverage: float | None
    coverage_limits: Interval | None
    n_runs: int
    n_failed: int

    @property
    def disagrees(self) -> bool:
        """Whether a corrected estimator's coverage lies outside ``AGREES``."""
        if self.stance != "corrected" or self.coverage is None:
            return False
        return not AGREES[0] <= self.coverage <= AGREES[1]


def performances(
    truth: Truth,
    methods: Sequence[Method],
    *,
    replicates: int,
    seed: int | Sequence[int],
    record: Callable[[Registry], Registry] = lambda registry: registry,
) -> tuple[Performance, ...]:
    """Let every method answer on the same ``replicates`` registries of one truth.

    record  what happens to a registry before it is seen, such as ``in_whole_months``
    """
    answers: list[list[Answer]] = [[] for _ in methods]
    for registry in registries(truth, replicates=replicates, seed=seed):
        seen = record(registry)
        for given, method in zip(answers, methods, strict=True):
            given.append(method.answer(seen, truth))
    return tuple(performance_of(m, truth, given) for m, given in zip(methods, answers, strict=True))


def registries(truth: Truth, *, replicates: int, seed: int | Sequence[int]) -> Iterator[Registry]:
    """Independent registries of one truth; the first ones are the same however many are asked for."""
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, not {replicates}")
    return (generate(truth, stream) for stream in np.random.SeedSequence(seed).spawn(replicates))


def performance_of(
    method: Method, truth: Truth, answers: Sequence[Answer], *, level: float = 0.95
) -> Performance:
    """What answers on independent registries of one truth tell of a method; level: of coverage_limits."""
    ratio, target = method.scale == "ratio", method.target(truth)
    given = [a for a in answers if np.isfinite(a.value) and (a.value > 0 or not ratio)]
    values = np.array([log(a.value) if ratio else a.value for a in given])
    mean = spread = float("nan")
    if values.size:
        mean = exp(values.mean()) if ratio else float(values.mean())
    if values.size > 1:
        spread = float(values.std(ddof=1) / np.sqrt(len(values)))
    bias: float | None = None
    error: float | None = None
    if target is not None:
        bias, error = (mean / target - 1, spread * mean / target) if ratio else (mean - target, spread)

    limited = [a for a in given if not (np.isnan(a.lower) and np.isnan(a.upper))]
    coverage = limits = None
    if limited and target is not None:
        hits = sum(not (target < a.lower or target > a.upper) for a in limited)
        coverage, limits = hits / len(limited), proportion_interval(hits, len(limited), level=level)
    return Performance(
        method.name, method.stance, method.scale, truth, target, mean, bias, error, coverage, limits,
        len(given), len(answers) - len(given),
    )  # fmt: skip
