"""Eras compared on equal terms."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.incidence import Ratio

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class EraInWindow:
    """One era inside a window that everybody counted could be followed through.

    n_index, n_second       followed through the window, and their second primaries inside it
    n_second_left_out       second primaries of the era that the window does not hold
    """

    era: str
    n_index: int
    n_second: int
    n_second_left_out: int
    latency_median: float | None
    person_years: float
    rate_per_100k: float | None
    rate_ci: Limits


@dataclass(frozen=True, slots=True)
class EqualWindow:
    """Eras in the same window; last_index_year: the last year whose patients all have it.

    latency_p_value  Mann-Whitney's, first era against last, inside the window
    """

    window_months: int
    last_index_year: int
    eras: tuple[EraInWindow, ...]
    rate_ratio: Ratio | None
    latency_p_value: float | None


@dataclass(frozen=True, slots=True)
class EraAtHorizon:
    """Cumulative incidence with death competing; None where nobody of the era was followed so long."""

    era: str
    incidence: float | None
    ci: Limits


@dataclass(frozen=True, slots=True)
class Horizon:
    """difference: last era minus first, with Wald's limits."""

    months: int
    eras: tuple[EraAtHorizon, ...]
    difference: float | None
    difference_ci: Limits


@dataclass(frozen=True, slots=True)
class PossibleFollowUp:
    """How long an era could be watched, were nobody to die; months."""

    era: str
    longest: int
    median: float


@dataclass(frozen=True, slots=True)
class Truncation:
    """Whether a comparison of latencies must carry a warning, and the sentences of it."""

    applies: bool
    reasons: tuple[str, ...]
    share_not_yet_observable: float | None
    eras: tuple[PossibleFollowUp, ...]


@dataclass(frozen=True, slots=True)
class FairEras:
    """The answer to "is it more common, or does it come sooner, in the later era?".

    reason  why it is empty
    """

    horizons: tuple[Horizon, ...]
    windows: tuple[EqualWindow, ...]
    truncation: Truncation | None
    reason: str | None = None
