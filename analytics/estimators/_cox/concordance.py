"""Harrell's concordance: of the pairs whose order is known, the share in which the higher risk died first.

A pair is a death and somebody still at risk just after it, in the same stratum; equal risks count one half,
pairs of tied deaths are left out (R's ``concordance``). Counting is a walk down a binary table: n log n, no
pair is formed. Source: Harrell 1982; error by the infinitesimal jackknife (Therneau & Watson 2015), summed
within clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from analytics.estimators._cox.risk_sets import RiskSets


@dataclass(frozen=True, slots=True)
class Concordance:
    """value = (concordant + tied / 2) / all pairs; NaN without pairs. Weighted counts where rows are."""

    value: float
    std_error: float
    concordant: float
    discordant: float
    tied_risk: float


def concordance(
    risk: RiskSets,
    score: np.ndarray,
    *,
    before: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
) -> Concordance:
    """Concordance of a risk score, shape (n,), with the follow-up in the risk sets.

    before   codes that rank the rows before the score does, shape (n,)
    cluster  codes of rows that depend on each other, shape (n,)
    """
    rank = np.unique(np.round(score, 12), return_inverse=True)[1]
    if before is not None:
        rank = np.unique(before * (rank.max(initial=0) + 1) + rank, return_inverse=True)[1]
    event, w, largest = risk.event, risk.weight, int(rank.max(initial=0))
    # Time as codes: a death at k comes before a censoring that is still at risk at k.
    leaves = 2 * risk.last
    leaves[event] -= 1
    begins = risk.blocks[np.searchsorted(risk.blocks, risk.last - 1, side="right") - 1]
    ends = risk.blocks[np.searchsorted(risk.blocks, risk.last - 1, side="right")]

    # A death at place k meets rows with first <= k that leave after it, within its stratum.
    death = 2 * risk.last[event] - 1
    after = Dominance(leaves, rank, w, largest)
    lower, equal, higher = after.between(death, 2 * ends[event], rank[event])
    if risk.enters_late:
        yet = Dominance(2 * risk.first + 1, rank, w, largest)
        # Entered after the death: first > k, that is 2 first + 1 > 2 (k + 1) = death + 1.
        lower_out, equal_out, higher_out = yet.between(death + 1, 2 * ends[event], rank[event])
        lower, equal, higher = lower - lower_out, equal - equal_out, higher - higher_out
    concordant, tied, discordant = (float(w[event] @ part) for part in (lower, equal, higher))
    pairs = concordant + tied + discordant
    if not pairs > 0:
        return Concordance(float("nan"), float("nan"), concordant, discordant, tied)
    value = (concordant + tied / 2) / pairs

    # Each row's pairs as the survivor: the deaths it outlived while under observation.
    dead = Dominance(death, rank[event], w[event], largest)
    fewer, same, more = dead.between(2 * begins, leaves - 1, rank)
    if risk.enters_late:
        early = dead.between(2 * begins, 2 * risk.first, rank)
        fewer, same, more = fewer - early[0], same - early[1], more - early[2]
    won, drawn, played = more.copy(), same.copy(), fewer + same + more
    won[event] += lower
    drawn[event] += equal
    played[event] += lower + equal + higher
    influence = w * (won + drawn / 2 - value * played) / pairs
    if cluster is not None:
        influence = np.bincount(cluster, influence)
    return Concordance(value, sqrt(float(influence @ influence)), concordant, discordant, tied)


class Dominance:
    """Weighted counts of points (key, rank) with key in a range and rank below, at or above a value.

    A wavelet matrix: the ranks' bits, highest first, each with running totals; a query follows its own bits.
    """

    def __init__(self, key: np.ndarray, rank: np.ndarray, weight: np.ndarray, largest: int) -> None:
        order = np.argsort(key, kind="stable")
        self.keys = key[order]
        rank, weight = rank[order], weight[order]
        self.levels = []
        for bit in range(max(largest.bit_length(), 1) - 1, -1, -1):
            zero = (rank >> bit) & 1 == 0
            split = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
            rank, weight = rank[split], weight[split]
            zeros_before = np.concatenate([[0], np.cumsum(zero)])
            self.levels.append((bit, zeros_before, np.concatenate([[0.0], np.cumsum(weight)])))

    def between(
        self, low: np.ndarray, high: np.ndarray, rank: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weight with low < key <= high and rank below, equal to and above, one answer a query."""
        start = np.searchsorted(self.keys, low, side="right")
        stop = np.maximum(np.searchsorted(self.keys, high, side="right"), start)
        below, above = np.zeros(len(rank)), np.zeros(len(rank))
        for bit, zeros, totals in self.levels:
            start_zero, stop_zero = zeros[start], zeros[stop]
            start_one, stop_one = zeros[-1] + start - start_zero, zeros[-1] + stop - stop_zero
            one = (rank >> bit) & 1 == 1
            below += np.where(one, totals[stop_zero] - totals[start_zero], 0.0)
            above += np.where(one, 0.0, totals[stop_one] - totals[start_one])
            start, stop = np.where(one, start_one, start_zero), np.where(one, stop_one, stop_zero)
        totals = self.levels[-1][2]
        return below, totals[stop] - totals[start], above
