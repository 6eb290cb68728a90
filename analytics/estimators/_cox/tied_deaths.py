"""Breslow's and Efron's treatment of tied deaths, as sums over terms.

A death time with d deaths contributes terms; each has a multiplier c and a fraction f, and its denominator
D is (risk set's total) - f x (the dying's total). Breslow: one term, c = d, f = 0. Efron: d terms, c = 1
each, f = 0, 1/d, ..., (d - 1)/d. With case weights c carries the mean weight of the dying, as in R.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._cox.risk_sets import RiskSets

# Terms handled at once: their arrays then stay in the processor's cache.
CHUNK = 32_768


@dataclass(frozen=True, slots=True, eq=False)
class TermSums:
    """Sums over the terms of each death time, shapes (k,).

    log: c log D · hazard: c / D · lost: c f / D · square0, square1, square2: c f^j / D^2
    """

    log: np.ndarray
    hazard: np.ndarray
    lost: np.ndarray
    square0: np.ndarray
    square1: np.ndarray
    square2: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """c: multiplier at each death time, (k,); count and begin: how many terms it has, and from where, (k,).

    f: fractions of all m terms in order, (m,); split: True where any is above 0.
    """

    c: np.ndarray
    count: np.ndarray
    begin: np.ndarray
    f: np.ndarray
    split: bool

    @property
    def place(self) -> np.ndarray:
        """Death time of each term, (m,)."""
        return np.repeat(np.arange(len(self.c)), self.count)

    def sums(self, total: np.ndarray, dying: np.ndarray) -> TermSums:
        """Sums over terms; total, dying: relative risk of each risk set and of those dying in it, (k,)."""
        if not self.split:
            hazard, none = self.c / total, np.zeros_like(total)
            return TermSums(self.c * np.log(total), hazard, none, hazard / total, none, none)
        sums = np.empty((6, len(total)))
        start = 0
        while start < len(total):
            stop = max(start + 1, int(np.searchsorted(self.begin, self.begin[start] + CHUNK)))
            self._fill(sums[:, start:stop], slice(start, stop), total, dying)
            start = stop
        return TermSums(*(sums * self.c))

    def _fill(self, sums: np.ndarray, here: slice, total: np.ndarray, dying: np.ndarray) -> None:
        count, begin = self.count[here], self.begin[here] - self.begin[here.start]
        f = self.f[self.begin[here.start] :][: count.sum()]
        denominator = np.repeat(total[here], count) - f * np.repeat(dying[here], count)
        inverse = 1 / denominator
        square = inverse * inverse
        for row, values in enumerate(
            (np.log(denominator), inverse, inverse * f, square, square * f, square * f * f)
        ):
            np.add.reduceat(values, begin, out=sums[row])


def tied_terms(risk: RiskSets, ties: str) -> Terms:
    """The terms of every death time, in order."""
    k = len(risk.times)
    if ties == "breslow" or (risk.deaths == 1).all():
        return Terms(risk.dead_weight, np.ones(k, np.intp), np.arange(k), np.zeros(k), False)
    begin = np.cumsum(risk.deaths) - risk.deaths
    f = (np.arange(risk.deaths.sum()) - np.repeat(begin, risk.deaths)) / np.repeat(risk.deaths, risk.deaths)
    return Terms(risk.dead_weight / risk.deaths, risk.deaths, begin, f, True)
