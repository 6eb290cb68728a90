"""Which registries are drawn: the truths, and how each is delivered."""

from __future__ import annotations

from bench.validation.delivery import DIALECTS, SHAPES
from bench.validation.whole_runs import Run
from bench.validation.world import Truth

# The shorter the survival, the more an uncounted half month weighs; rates keep second cancers frequent.
TRUTHS = {
    "survival 5 years": Truth(),
    "survival 5 years, second cancers at 5 times the rate, hazard ratio 1.8": Truth(
        sir=5, hazard_ratio=1.8, rate=0.002
    ),
    "survival 1 year": Truth(mean_survival=1, rate=0.03),
    "survival half a year": Truth(mean_survival=0.5, rate=0.08, patients=10_000),
}
# Six thousand patients with some forty second cancers.
FEW = Truth(rate=0.002)
BIAS, DAYS = "whole registry", "days delivered"


def bias_runs(registries: int) -> list[Run]:
    """Every truth as the whole registry, the first also with days."""
    runs = [Run(BIAS, truth, seed) for truth in TRUTHS.values() for seed in range(1, registries + 1)]
    return runs + [Run(DAYS, Truth(), seed) for seed in range(1, registries + 1)]


def shape_runs(registries: int) -> list[Run]:
    """The same few registries in every shape."""
    return [Run(shape, Truth(), seed) for shape in SHAPES for seed in range(1, registries + 1)]


def dialect_runs(registries: int) -> list[Run]:
    """Fresh registries, in every dialect by turns."""
    names = list(DIALECTS)
    return [Run(names[at % len(names)], FEW, 1_000 + at) for at in range(registries)]


def name_of(truth: Truth) -> str:
    return next(name for name, each in TRUTHS.items() if each == truth)
