"""What may be computed from numbers that a paper prints: counts, limits, ratios; no registry data."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from analytics.estimators import comparisons

Z = 1.959963984540054


def percent(count: float, total: float) -> float:
    """count of total, in per cent."""
    return 100 * count / total


def chi_squared(*rows: list[float]) -> float:
    """Pearson's statistic of printed counts, without continuity correction."""
    return comparisons.chi_squared(_table(rows)).statistic


def chi_squared_p(*rows: list[float]) -> float:
    """The P of `chi_squared`."""
    return comparisons.chi_squared(_table(rows)).p_value


def fisher_p(*rows: list[float]) -> float:
    """Fisher's exact P (Freeman-Halton for more than two levels)."""
    return comparisons.fisher_exact(_table(rows)).p_value


def standard_error(lower: float, upper: float) -> float:
    """Of a log ratio, from printed 95% limits."""
    return math.log(upper / lower) / (2 * Z)


def wald_p(ratio: float, lower: float, upper: float) -> float:
    """Two-sided P of a ratio, from its printed 95% limits."""
    return math.erfc(abs(math.log(ratio) / standard_error(lower, upper)) / math.sqrt(2))


def geometric_mean(lower: float, upper: float) -> float:
    """The ratio that a pair of Wald limits belongs to."""
    return math.sqrt(lower * upper)


def median(*values: float) -> float:
    return statistics.median(values)


def age_after(age: float, months: float) -> float:
    """Expected age in years some months after a birthday year that is known only as a whole number."""
    return age + 0.5 + months / 12


def fewest_in_group(n: int, ratio: float, lower: float, upper: float) -> int:
    """The smallest group of n that can give a one-covariate Cox model limits as narrow as those printed.

    The score equation makes the group's expected deaths equal its observed ones, at most k; each risk set
    gives the group a share of at least ratio / (ratio + n - k). So the information is at most
    k (1 - that share), and 1 / SE^2 may not exceed it.
    """
    information = 1 / standard_error(lower, upper) ** 2
    for k in range(1, n):
        if k * (1 - ratio / (ratio + n - k)) >= information:
            return k
    return n


def at_least(value: float) -> float:
    """A bound as the whole of an expression: a printed number below it is impossible."""
    return value


def at_most(value: float) -> float:
    """A bound as the whole of an expression: a printed number above it is impossible."""
    return value


def _table(rows: tuple[list[float], ...]) -> list[list[float]]:
    """One row a level, as the estimators want it; papers' files write one list a group."""
    return [list(level) for level in zip(*rows, strict=True)]


FUNCTIONS: dict[str, Callable[..., float]] = {
    f.__name__: f
    for f in (
        percent, chi_squared, chi_squared_p, fisher_p, wald_p, geometric_mean, median, age_after,
        fewest_in_group, at_least, at_most,
    )
}  # fmt: skip
BOUNDS = frozenset({"at_least", "at_most"})
