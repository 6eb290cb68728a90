"""Who would get a second cancer if everybody at risk had the same small constant hazard of it?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.estimators.building_blocks import times


def cases_under_constant_hazard(
    exit_months, *, n_second: int, min_latency_months: float, replicates: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each replicate the positions of ``n_second`` people and their latencies, shapes (n_second,).

    exit_months  the cohort's own follow-up from the index cancer, shape (n,)

    A hazard too small to thin the cohort finds each person with a chance proportional to the months spent
    at risk, ``min_latency_months`` to exit, and at a moment uniform among them. Given how many were found,
    that is sampling without replacement by weight: the smallest of exponential variables divided by the
    weights (Efraimidis & Spirakis 2006). Neither survival nor censoring is modelled: both are the cohort's.
    """
    at_risk = times(exit_months, "exit_months") - min_latency_months
    people = np.flatnonzero(at_risk > 0)
    if not 1 <= n_second <= len(people):
        raise ValueError(f"n_second must lie between 1 and the {len(people)} people at risk, not {n_second}")
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, not {replicates}")
    weight = at_risk[people]
    for stream in np.random.SeedSequence(seed).spawn(replicates):
        rng = np.random.default_rng(stream)
        first = np.argpartition(rng.standard_exponential(len(people)) / weight, n_second - 1)[:n_second]
        yield people[first], min_latency_months + rng.random(n_second) * weight[first]
