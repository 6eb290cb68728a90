"""One proportion: exact and approximate limits, exact p-value."""

from __future__ import annotations

from math import sqrt

from scipy import special

from analytics.estimators._base.arrays import number
from analytics.estimators._base.distributions import normal_quantile, outside
from analytics.estimators._base.results import Interval
from analytics.estimators._counts.single_counts import log_binomial, other_tail


def proportion_interval(
    count: float, total: float, *, level: float = 0.95, method: str = "exact"
) -> Interval:
    """Limits of a proportion, count out of total: whole numbers, 0 <= count <= total, total above 0.

    method  "exact": Clopper & Pearson 1934 · "wilson": Wilson 1927 without continuity correction · "midp":
            exact with half the probability of the count seen
    """
    k, n = _counts(count, total)
    tail, z = outside(level) / 2, normal_quantile(level)
    if method == "exact":
        lower = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
        upper = float(special.betainccinv(k + 1, n - k, tail)) if k < n else 1.0
        return Interval(lower, upper)
    if method == "wilson":
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return Interval(max(middle - half, 0.0), min(middle + half, 1.0))
    if method == "midp":
        return Interval(
            _mid_p_limit(k, n, tail) if k else 0.0, _mid_p_limit(k, n, 1 - tail) if k < n else 1.0
        )
    raise ValueError(f"method must be 'exact', 'wilson' or 'midp', not {method!r}")


def exact_binomial_p(count: float, total: float, share: float) -> float:
    """Two-sided p-value: counts no likelier than the one seen (R's ``binom.test``).

    count, total   as in ``proportion_interval``; share: the proportion held against, between 0 and 1
    """
    k, n, share = *_counts(count, total), number(share, "share")
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}")
    mean = n * share
    if k == mean:
        return 1.0
    edge = other_tail(int(k), mean, int(n), lambda other: log_binomial(other, int(n), share))
    tails = [_tail(k, n, share, below=k < mean)]
    if edge is not None:
        tails.append(_tail(edge, n, share, below=k > mean))
    return min(1.0, sum(tails))


def _tail(k: float, n: float, share: float, *, below: bool) -> float:
    """P(X <= k) or P(X >= k)."""
    if below:
        return float(special.betaincc(k + 1, n - k, share)) if k < n else 1.0
    return float(special.betainc(k, n - k + 1, share)) if k else 1.0


def _mid_p_limit(k: float, n: float, above: float) -> float:
    """The share at which P(X > k) + half P(X = k) equals a probability."""
    from scipy.optimize import brentq

    def mid_tail(share: float) -> float:
        beyond = _tail(k + 1, n, share, below=False) if k < n else 0.0
        return (_tail(k, n, share, below=False) + beyond) / 2

    return float(brentq(lambda share: mid_tail(share) - above, 0, 1, xtol=1e-15, rtol=1e-14))


def _counts(count: float, total: float) -> tuple[float, float]:
    k, n = number(count, "count"), number(total, "total")
    if not (0 <= k <= n and n > 0 and k == int(k) and n == int(n)):
        raise ValueError(f"{count} out of {total} is not a proportion of counts")
    return k, n
