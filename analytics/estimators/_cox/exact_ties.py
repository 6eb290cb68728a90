"""The exact partial likelihood for tied deaths: a conditional logistic model at each death time.

The denominator is the sum over all ways to choose d of those at risk: an elementary symmetric polynomial of
the relative risks. The polynomial of a risk set is the product of (1 + r z) over its rows, kept to degree d
together with its first and second derivatives; earlier risk sets contain later ones, so each row is
multiplied in once. Source: Cox 1972; Gail, Lubin & Rubinstein 1981. R's ties = "exact", SAS's ties =
discrete.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.newton import Point
from analytics.estimators._cox.partial_likelihood import PartialLikelihood

# Multiplications one evaluation may cost; about ten seconds.
MOST_WORK = 2e9


# A polynomial's coefficients with their first and second derivatives.
Jets = tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ExactLikelihood:
    """Same rows, columns and offset as the partial likelihood it wraps; no weights."""

    partial: PartialLikelihood

    @property
    def x(self) -> np.ndarray:
        return self.partial.x

    def at(self, coef: np.ndarray) -> Point:
        """Value, score and information at coef, shape (p,)."""
        risk, x = self.partial.risk, self.partial.x
        p, most = x.shape[1], int(risk.deaths.max())
        if len(x) * most * (1 + p) ** 2 > MOST_WORK:
            raise ValueError(f"exact ties with up to {most} deaths at once would take hours: use efron")
        eta = x @ coef + self.partial.offset
        scaled = np.exp(eta - eta.max())
        # With this scale the largest coefficients stay near exp(most): no overflow.
        scale = most / scaled.sum()
        jets = _leaves(scaled * scale, x)

        value, score, information = float(eta[risk.event].sum()), x[risk.event].sum(axis=0), np.zeros((p, p))
        constant = float(np.log(scale) - eta.max())
        for start, stop in zip(risk.blocks[:-1], risk.blocks[1:], strict=True):
            product = _one(p)
            for k in range(stop - 1, start - 1, -1):
                if risk.enters_late:
                    product = _product(_take(jets, (risk.first <= k) & (k < risk.last)), most)
                else:
                    product = _times(product, _product(_take(jets, risk.last - 1 == k), most), most)
                d = int(risk.deaths[k])
                e, e1, e2 = product[0][d], product[1][d], product[2][d]
                if not (np.isfinite(e) and e > 0):
                    if coef.any():
                        # Too far out to be told from 0: the climber halves its step.
                        return Point(-np.inf, score, information)
                    raise ValueError(f"exact ties with {d} deaths at once cannot be computed: use efron")
                mean = e1 / e
                value -= float(np.log(e)) - d * constant
                score = score - mean
                information += e2 / e - np.outer(mean, mean)
        return Point(value, score, information)


def _leaves(r: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each row's r and its derivatives: r, r x, r x x'."""
    return r, r[:, None] * x, r[:, None, None] * x[:, :, None] * x[:, None, :]


def _take(jets: Jets, rows: np.ndarray) -> Jets:
    return tuple(part[rows] for part in jets)


def _one(p: int) -> Jets:
    """The polynomial 1."""
    return np.ones(1), np.zeros((1, p)), np.zeros((1, p, p))


def _product(jets: Jets, most: int) -> Jets:
    """Product of (1 + r z) over rows, to degree most, by halves: every pair of neighbours at once."""
    n, p = jets[1].shape
    if n == 0:
        return _one(p)
    polynomials = tuple(
        np.concatenate([np.full((n, 1) + part.shape[1:], float(i == 0)), part[:, None]], axis=1)
        for i, part in enumerate(jets)
    )
    while len(polynomials[0]) > 1:
        odd = tuple(part[-1:] for part in polynomials) if len(polynomials[0]) % 2 else None
        pairs = len(polynomials[0]) // 2
        left = tuple(part[: 2 * pairs : 2] for part in polynomials)
        right = tuple(part[1 : 2 * pairs : 2] for part in polynomials)
        polynomials = _times_each(left, right, most)
        if odd is not None:
            width = polynomials[0].shape[1] - odd[0].shape[1]
            odd = tuple(np.pad(part, [(0, 0), (0, width)] + [(0, 0)] * (part.ndim - 2)) for part in odd)
            polynomials = tuple(np.concatenate([a, b]) for a, b in zip(polynomials, odd, strict=True))
    return tuple(part[0] for part in polynomials)


def _times(a: Jets, b: Jets, most: int) -> Jets:
    product = _times_each(tuple(part[None] for part in a), tuple(part[None] for part in b), most)
    return tuple(part[0] for part in product)


def _times_each(a: Jets, b: Jets, most: int) -> Jets:
    """Products of polynomials pair by pair, with the product rule for both derivatives."""
    a0, a1, a2 = a
    m, p = len(a0), a1.shape[2]
    degree = min(a0.shape[1] + b[0].shape[1] - 2, most)
    c0, c1, c2 = np.zeros((m, degree + 1)), np.zeros((m, degree + 1, p)), np.zeros((m, degree + 1, p, p))
    for i in range(min(b[0].shape[1], degree + 1)):
        width = min(a0.shape[1], degree + 1 - i)
        to = slice(i, i + width)
        b0, b1, b2 = b[0][:, i, None], b[1][:, None, i], b[2][:, None, i]
        u0, u1, u2 = a0[:, :width], a1[:, :width], a2[:, :width]
        cross = u1[..., :, None] * b1[..., None, :]
        c0[:, to] += u0 * b0
        c1[:, to] += u1 * b0[..., None] + u0[..., None] * b1
        c2[:, to] += u2 * b0[..., None, None] + cross + cross.swapaxes(2, 3) + u0[..., None, None] * b2
    return c0, c1, c2
