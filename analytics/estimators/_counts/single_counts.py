"""Probabilities of one count, exact enough for counts of any size, and how far the other tail reaches.

The logarithm of the factorial of 10^8 has lost its seventh decimal. Loader's form (2000; R's ``dpois`` and
``dbinom``) keeps deviance and Stirling's error apart and loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, lgamma, log, log1p, pi

# Counts are as likely as the one seen within one part in ten million: R's tolerance.
SAME = 1e-7


def log_poisson(count: int, mean: float) -> float:
    """Log-probability of a Poisson count."""
    if count == 0:
        return -mean
    return -_stirling_error(count) - _deviance(count, mean) - 0.5 * log(2 * pi * count)


def log_binomial(count: int, total: int, share: float) -> float:
    """Log-probability of a binomial count."""
    if count == 0:
        return total * log1p(-share)
    if count == total:
        return total * log(share)
    rest = total - count
    errors = _stirling_error(total) - _stirling_error(count) - _stirling_error(rest)
    deviance = _deviance(count, total * share) + _deviance(rest, total * (1 - share))
    return errors - deviance + 0.5 * log(total / (2 * pi * count * rest))


def other_tail(count: int, mean: float, last: int | None, log_chance: Callable[[int], float]) -> int | None:
    """The count nearest to the mean on its other side and no likelier than ``count``; None: there is none.

    last  the largest possible count; None where there is none
    """
    most = log_chance(count) + SAME
    if count < mean:
        near, far, step = ceil(mean), last, 1
        if far is None:
            far = near + 1
            while log_chance(far) > most:
                far = near + 2 * (far - near)
    else:
        near, far, step = floor(mean), 0, -1
    if log_chance(far) > most:
        return None
    # Chances fall from the mean on: halve the stretch in which they fall to that of the count.
    likely = near - step
    while abs(far - likely) > 1:
        middle = (far + likely) // 2
        likely, far = (middle, far) if log_chance(middle) > most else (likely, middle)
    return far


def _deviance(count: float, mean: float) -> float:
    """count log(count / mean) + mean - count."""
    away = (count - mean) / mean
    return mean * ((1 + away) * log1p(away) - away)


def _stirling_error(count: int) -> float:
    """log(count!) less Stirling's approximation."""
    if count < 16:
        return lgamma(count + 1) - (count + 0.5) * log(count) + count - 0.5 * log(2 * pi)
    return 1 / (12 * count) - 1 / (360 * count**3) + 1 / (1260 * count**5)
