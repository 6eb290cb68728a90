"""What is true in a simulated registry, and what follows from it without simulating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class Era:
    """Patients diagnosed evenly over whole calendar years: their share of all, and one survival curve."""

    first_year: int
    last_year: int
    share: float
    median_months: float

    @property
    def label(self) -> str:
        return f"{self.first_year}-{self.last_year}"


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything a simulated registry obeys. Times in months from the index cancer, rates per person-year.

    n                           index patients
    second_cancer_hazard_ratio  what the second cancer does to the hazard of death, from its diagnosis on
    sir                         second-cancer rate of the patients over the population's
    background_rate             the population's rate; the patients' is ``sir`` times this, constant from
                                ``min_latency_months`` on and nothing before
    eras                        unequal follow-up: all end on 31 December of ``cutoff_year``
    shape, frailty_variance     Weibull shape, and variance of a gamma frailty of mean 1 (0: none); each era's
                                scale is set so that its median survival is as stated
    """

    n: int
    eras: tuple[Era, ...]
    background_rate: float
    second_cancer_hazard_ratio: float = 1.0
    sir: float = 1.0
    shape: float = 1.0
    frailty_variance: float = 0.0
    min_latency_months: float = 12.0
    cutoff_year: int = 2018

    def __post_init__(self) -> None:
        for name in ("n", "second_cancer_hazard_ratio", "sir", "background_rate", "shape"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}")
        if self.frailty_variance < 0 or self.min_latency_months < 0:
            raise ValueError("frailty_variance and min_latency_months cannot be negative")
        if not self.eras or abs(sum(era.share for era in self.eras) - 1) > 1e-9:
            raise ValueError("the shares of the eras must sum to 1")
        late = [era.label for era in self.eras if era.last_year > self.cutoff_year]
        if late:
            raise ValueError(f"era {late[0]} goes on after the cutoff of {self.cutoff_year}")

    @property
    def second_cancer_rate(self) -> float:
        """Per person-year at risk."""
        return self.sir * self.background_rate

    @property
    def excess_per_10k(self) -> float:
        """Excess absolute risk per 10,000 person-years at risk."""
        return 1e4 * self.background_rate * (self.sir - 1)

    def scale(self, era: Era) -> float:
        """Weibull scale in months at which, with the frailty, half of the era die by its median."""
        return era.median_months / self._hazard_at_median ** (1 / self.shape)

    def survival(self, era: Era, months: np.ndarray) -> np.ndarray:
        """Share alive at ``months`` were there no second cancers; averaged over the frailty."""
        hazard = (np.asarray(months, float) / self.scale(era)) ** self.shape
        if self.frailty_variance:
            return (1 + self.frailty_variance * hazard) ** (-1 / self.frailty_variance)
        return np.exp(-hazard)

    def cumulative_incidence(self, era: Era, months: float) -> float:
        """Share with a second cancer by ``months``, death competing: the integral of hazard times event-free.

        Simpson's rule on 2,000 steps; the integrand is smooth after the minimum latency.
        """
        if months <= self.min_latency_months:
            return 0.0
        hazard = self.second_cancer_rate / MONTHS_PER_YEAR
        at = np.linspace(self.min_latency_months, months, 2_001)
        event_free = self.survival(era, at) * np.exp(-hazard * (at - self.min_latency_months))
        weights = np.ones(len(at))
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        return float(hazard * (at[1] - at[0]) / 3 * (weights @ event_free))

    @property
    def _hazard_at_median(self) -> float:
        """Cumulative hazard of a patient of frailty 1 at the median of all."""
        if self.frailty_variance:
            return (2**self.frailty_variance - 1) / self.frailty_variance
        return float(np.log(2))
