"""A covariate whose effect may bend: restricted cubic splines.

Cubic between the knots, linear beyond the outer ones. Source: Stone & Koo 1985; Harrell 2015, section 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import numbers

# Harrell's quantiles, by the number of knots.
PLACES = {
    3: (0.10, 0.50, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
}


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """columns: the basis at the values given, shape (n, k - 1), the first column the values themselves.

    knots: shape (k,); none where the effect is a straight line, of that first column alone.
    """

    columns: np.ndarray
    knots: np.ndarray

    def at(self, values: ArrayLike) -> np.ndarray:
        """The same basis, with the same knots, at other values of shape (m,)."""
        return _basis(numbers(values, "values"), self.knots)


def natural_spline(values: ArrayLike, *, knots: int = 4) -> Spline:
    """Restricted cubic spline of values, shape (n,), as columns for a regression.

    knots  3, 4 or 5, at Harrell's quantiles: .10 .50 .90; .05 .35 .65 .95; .05 .275 .50 .725 .95

    Columns beside the first are divided by the square of the distance between the outer knots, as by R's
    ``Hmisc::rcspline.eval``, so that all are in the unit of the values. With fewer distinct values than
    knots, or quantiles that coincide, there are fewer knots; with fewer than 3 the first column alone.
    """
    if knots not in PLACES:
        raise ValueError(f"knots must be 3, 4 or 5, not {knots!r}")
    x = numbers(values, "values")
    most = min(knots, len(np.unique(x)))
    places = np.unique(np.quantile(x, PLACES[most])) if most in PLACES else np.zeros(0)
    places = places if len(places) >= 3 else np.zeros(0)
    return Spline(_basis(x, places), places)


def _basis(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    if not len(knots):
        return x[:, None]
    before_last, last = knots[-2:]
    size = last - knots[0]

    def cube(knot: float) -> np.ndarray:
        cubes: np.ndarray = np.maximum(x - knot, 0) ** 3 / size**2
        return cubes

    bends = [
        cube(knot)
        + ((before_last - knot) * cube(last) - (last - knot) * cube(before_last)) / (last - before_last)
        for knot in knots[:-2]
    ]
    return np.column_stack([x, *bends])
