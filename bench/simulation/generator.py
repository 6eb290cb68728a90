"""A registry drawn from a known truth: numpy only, seeded, no loops over patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.simulation.truth import MONTHS_PER_YEAR, Truth


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """One row per index patient, shapes (n,); months from the index cancer.

    era             position among the truth's eras
    index_date      year and fraction
    latency_months  to the second cancer, NaN where there is none by the end of follow-up
    exit_months, died   end of follow-up and whether it was a death
    """

    era: np.ndarray
    index_date: np.ndarray
    latency_months: np.ndarray
    exit_months: np.ndarray
    died: np.ndarray

    @property
    def has_second(self) -> np.ndarray:
        return ~np.isnan(self.latency_months)

    def __len__(self) -> int:
        return len(self.exit_months)

    def only(self, rows: np.ndarray) -> Registry:
        """The patients at ``rows`` (bool, or positions)."""
        return Registry(*(getattr(self, name)[rows] for name in self.__slots__))


def generate(truth: Truth, seed: int | np.random.SeedSequence | np.random.Generator) -> Registry:
    """Draw one registry. The same truth and seed give the same arrays.

    The second cancer multiplies the patient's own hazard of death from its diagnosis on, so death comes when
    frailty x (H(L) + hr (H(t) - H(L))) reaches a unit exponential, L the latency and H the Weibull hazard.
    """
    rng = np.random.default_rng(seed)
    n = truth.n
    era = rng.choice(len(truth.eras), n, p=[era.share for era in truth.eras])
    first = np.array([era.first_year for era in truth.eras])
    years = np.array([era.last_year - era.first_year + 1 for era in truth.eras])
    scale = np.array([truth.scale(era) for era in truth.eras])[era]
    index_date = first[era] + rng.random(n) * years[era]
    watched = (truth.cutoff_year + 1 - index_date) * MONTHS_PER_YEAR

    reserve = rng.exponential(size=n)
    if truth.frailty_variance:
        reserve /= rng.gamma(1 / truth.frailty_variance, truth.frailty_variance, n)
    latency = truth.min_latency_months + rng.exponential(MONTHS_PER_YEAR / truth.second_cancer_rate, n)
    spent = (latency / scale) ** truth.shape
    ill = reserve > spent
    reserve[ill] = spent[ill] + (reserve[ill] - spent[ill]) / truth.second_cancer_hazard_ratio
    death = scale * reserve ** (1 / truth.shape)

    exit_months = np.minimum(death, watched)
    return Registry(
        era=era,
        index_date=index_date,
        latency_months=np.where(latency < exit_months, latency, np.nan),
        exit_months=exit_months,
        died=death <= watched,
    )


def in_whole_months(registry: Registry) -> Registry:
    """The same registry as one would be delivered: completed months, a survival of 0 counted as 0.5.

    Follow-up that does not outlast the latency ends half a month after it, as the marts do.
    """
    latency = np.floor(registry.latency_months)
    months = np.floor(registry.exit_months)
    months = np.where(months == 0, 0.5, months)
    months = np.where(months <= latency, latency + 0.5, months)
    return Registry(registry.era, registry.index_date, latency, months, registry.died)


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """One row per patient and exposure state, shapes (m,): at risk on (start, stop]."""

    start: np.ndarray
    stop: np.ndarray
    exposed: np.ndarray
    died: np.ndarray
    era: np.ndarray


def exposure_intervals(registry: Registry) -> Intervals:
    """Unexposed up to the second cancer, exposed from it on: the shape of ``marts.survival_intervals``."""
    ill = registry.has_second
    before = np.where(ill, registry.latency_months, registry.exit_months)
    return Intervals(
        start=np.concatenate([np.zeros(len(registry)), registry.latency_months[ill]]),
        stop=np.concatenate([before, registry.exit_months[ill]]),
        exposed=np.concatenate([np.zeros(len(registry), bool), np.ones(int(ill.sum()), bool)]),
        died=np.concatenate([registry.died & ~ill, registry.died[ill]]),
        era=np.concatenate([registry.era, registry.era[ill]]),
    )
