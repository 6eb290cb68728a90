"""The product-limit median and the interval that SPSS prints, by the textbook, in plain Python."""

from __future__ import annotations

from collections import Counter


def spss_median(months: list[float], died: list[bool]) -> tuple[float, float, float]:
    """Median survival and median -/+ 1.96 SE, with the density between the 55th and 45th percentiles.

    A death and a censoring in the same month count in that order.
    """
    deaths, leaving = Counter(m for m, d in zip(months, died, strict=True) if d), Counter(months)
    at_risk, survival, greenwood, steps = len(months), 1.0, 0.0, []
    for month in sorted(leaving):
        if deaths[month]:
            survival *= 1 - deaths[month] / at_risk
            greenwood += deaths[month] / at_risk / max(at_risk - deaths[month], 1)
            steps.append((month, survival, survival * greenwood**0.5))
        at_risk -= leaving[month]
    median, _, error = next(step for step in steps if step[1] <= 0.5)
    upper = [step for step in steps if step[1] >= 0.55][-1]
    lower = next(step for step in steps if step[1] <= 0.45)
    margin = 1.96 * error / ((upper[1] - lower[1]) / (lower[0] - upper[0]))
    return median, median - margin, median + margin
