"""Small registries that the tests of this folder share."""

from __future__ import annotations

from dataclasses import replace

from bench.simulation.truth import Era, Truth

EARLY, LATE = Era(1975, 2002, 0.5, 26.0), Era(2003, 2018, 0.5, 48.0)
TRUTH = Truth(n=4_000, eras=(EARLY, LATE), background_rate=6e-3)


def with_hazard_ratio(ratio: float, **other) -> Truth:
    return replace(TRUTH, second_cancer_hazard_ratio=ratio, **other)
