"""Latencies of two eras on equal terms, and a warning where they are not.

A latency is only seen if it ends before the registry's cutoff. An era that is watched for fewer years
therefore shows shorter latencies whatever the biology (right truncation). Two answers: keep only what every
patient of both eras could have shown, and say how far apart the eras' possible follow-up is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.bias.era_order import era_positions
from analytics.estimators.building_blocks import numbers, same_length

MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class EraInWindow:
    """One era inside the common window.

    n_index, n_second   patients who could be followed for the whole window, and their second cancers inside
                        it
    n_index_left_out, n_second_left_out   the others: diagnosed too late, or latency beyond the window
    latency_months      of the second cancers kept, shape (n_second,), in order
    median_months       NaN without any
    """

    era: str
    n_index: int
    n_second: int
    n_index_left_out: int
    n_second_left_out: int
    latency_months: np.ndarray
    median_months: float


@dataclass(frozen=True, slots=True, eq=False)
class CommonWindow:
    """Eras with the same possible follow-up; last_index_year: the last whose patients all have it."""

    window_months: float
    last_index_year: int
    eras: tuple[EraInWindow, ...]


def common_window(
    index_year,
    latency_months,
    eras,
    *,
    order: Sequence[str],
    cutoff: date,
    window_months: float,
) -> CommonWindow:
    """Keep patients who could be followed for ``window_months``, and second cancers before that window's end.

    index_year, eras   one per index patient, shapes (n,)
    latency_months     NaN where there is no second cancer; completed months: one of 60 lies after 60
    cutoff             the last day of follow-up

    The month of diagnosis is not used: a year is kept if even its December patients have the whole window.
    Death is not undone: where survival differs between eras, so does the chance to show a long latency, and
    the rate per person-year remains the comparison to trust.
    """
    year, latency, position = _columns(index_year, latency_months, eras, order)
    if not window_months > 0:
        raise ValueError(f"window_months must be positive, not {window_months}")
    last_year = int((_months_to(cutoff, 1) - window_months) // MONTHS_PER_YEAR)
    has_second = ~np.isnan(latency)
    watched = year <= last_year
    kept = watched & has_second & (np.where(has_second, latency, np.inf) < window_months)

    def era_in_window(k: int, era: str) -> EraInWindow:
        here = position == k
        shown = np.sort(latency[here & kept])
        return EraInWindow(
            era=era,
            n_index=int((here & watched).sum()),
            n_second=len(shown),
            n_index_left_out=int((here & ~watched).sum()),
            n_second_left_out=int((here & has_second & ~kept).sum()),
            latency_months=shown,
            median_months=float(np.median(shown)) if len(shown) else float("nan"),
        )

    return CommonWindow(window_months, last_year, tuple(era_in_window(k, era) for k, era in enumerate(order)))


@dataclass(frozen=True, slots=True)
class EraFollowUp:
    """How long one era could be watched; months.

    longest_observable   from the start of its first year to the cutoff: no latency there can be longer
    median_possible      half of its patients could be watched longer than this, were nobody to die
    """

    era: str
    longest_observable_months: int
    median_possible_months: float


@dataclass(frozen=True, slots=True)
class RightTruncation:
    """Whether a comparison of latencies between the first and the last era carries a warning.

    share_not_yet_observable   mean over the first era's latencies of the share of last-era patients whose
                               possible follow-up is shorter; None without latencies in the first era
    reasons                    sentences, empty where there is nothing to warn of
    """

    eras: tuple[EraFollowUp, ...]
    share_not_yet_observable: float | None
    reasons: tuple[str, ...]

    @property
    def applies(self) -> bool:
        return bool(self.reasons)


def right_truncation(
    index_year, latency_months, eras, *, order: Sequence[str], cutoff: date, tolerated_share: float = 0.05
) -> RightTruncation:
    """Say how far the last era's shorter follow-up could shorten its latencies by itself.

    Warns when, of the last era's patients, more than ``tolerated_share`` could not have shown a typical
    latency of the first, or when the first era shows a latency that the last could not show at all. A
    patient is taken to be diagnosed in the middle of the year. Arguments as in ``common_window``.
    """
    year, latency, position = _columns(index_year, latency_months, eras, order)
    possible = _months_to(cutoff, year + 0.5)
    follow_up = []
    for k, era in enumerate(order):
        here = position == k
        if not here.any():
            raise ValueError(f"nobody belongs to the era {era!r}")
        longest = int(_months_to(cutoff, year[here].min()))
        follow_up.append(EraFollowUp(era, longest, float(np.median(possible[here]))))
    first, last = follow_up[0], follow_up[-1]
    shown = latency[(position == 0) & ~np.isnan(latency)]
    if not len(shown):
        return RightTruncation(tuple(follow_up), None, ())

    watched = np.sort(possible[position == len(order) - 1])
    share = float(np.mean(np.searchsorted(watched, shown, side="left") / len(watched)))
    beyond = int((shown > last.longest_observable_months).sum())
    reasons = []
    if share > tolerated_share:
        reasons.append(
            f"{share:.0%} of the patients of {last.era} could not yet have shown a latency like those of "
            f"{first.era}: half of them could be followed for at most {last.median_possible_months:.0f} "
            f"months, against {first.median_possible_months:.0f}"
        )
    if beyond:
        reasons.append(
            f"{beyond} of {len(shown)} latencies of {first.era} are longer than the "
            f"{last.longest_observable_months} months that anybody of {last.era} could be followed"
        )
    return RightTruncation(tuple(follow_up), share, tuple(reasons))


def _months_to(cutoff: date, moment):
    """Months from a moment (year and fraction, one or many) to the end of the day of the cutoff."""
    into_year = cutoff.month - 1 + cutoff.day / monthrange(cutoff.year, cutoff.month)[1]
    return (cutoff.year - moment) * MONTHS_PER_YEAR + into_year


def _columns(index_year, latency_months, eras, order) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    year, latency = numbers(index_year, "index_year"), np.asarray(latency_months, float)
    position = era_positions(eras, order)
    same_length(index_year=year, latency_months=latency, eras=position)
    bad = latency < 0
    if bad.any():
        raise ValueError(f"latency_months[{int(np.argmax(bad))}] is negative")
    return year, latency, position
