"""Where the runs of a simulation lie, and how many reach what was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Band:
    """The 10th, 50th and 90th percentile over the runs that gave a value.

    n                 runs that gave a value; infinity ("not reached") is a value, NaN is none
    p10, p50, p90     NaN where no run gave a value; None in results, which hold neither NaN nor infinity
    observed          what the data showed, None where nothing was asked
    share_as_extreme  share of those runs at least as far from "no difference" as the observed, on its side
    """

    p10: float | None
    p50: float | None
    p90: float | None
    n: int
    observed: float | None = None
    share_as_extreme: float | None = None


def band(values, *, observed: float | None = None, no_difference: float | None = None) -> Band:
    """Summarise one number a run, shape (runs,).

    Percentiles are values that occurred (the inverted distribution function), so that a median survival
    which is not reached may stand among them as infinity. The share needs both ``observed`` and
    ``no_difference``.
    """
    values = np.asarray(values, float)
    values = np.sort(values[~np.isnan(values)])
    if not values.size:
        return Band(np.nan, np.nan, np.nan, 0, observed, None)
    share = None
    if observed is not None and no_difference is not None:
        reached = values >= observed if observed >= no_difference else values <= observed
        share = float(reached.mean())
    p10, p50, p90 = (float(v) for v in np.quantile(values, (0.1, 0.5, 0.9), method="inverted_cdf"))
    return Band(p10, p50, p90, len(values), observed, share)
