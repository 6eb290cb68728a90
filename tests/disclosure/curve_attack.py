"""A reader who knows n and solves a printed curve for its deaths."""

from __future__ import annotations

import numpy as np


def deaths_given_away(n: int, estimate: list[float], *, decimals: int) -> list[tuple[int, int]]:
    """For each printed step, the least and the most deaths that n and the printed curve allow.

    The attack of a reader who knows only n: follow every number that can still be at risk, with the range of
    the true curve that goes with it, forward step by step; drop what cannot be continued, backward. At most
    one death time is supposed between two printed points, which a coarse curve does not keep, so that the
    answer is the attacker's best hope.
    """
    half = 0.5 * 10.0**-decimals
    worlds = [{n: (1.0, 1.0)}]
    moves: list[list[tuple[int, int, int]]] = []
    for printed in estimate:
        after: dict[int, tuple[float, float]] = {}
        made = []
        for before, (low, high) in worlds[-1].items():
            at_risk = np.arange(before, 0, -1)[:, None]
            deaths = np.arange(1, before + 1)[None, :]
            with np.errstate(invalid="ignore"):
                left = 1 - deaths / at_risk
            fits = (deaths <= at_risk) & (low * left <= printed + half) & (high * left >= printed - half)
            for row, column in np.argwhere(fits):
                died, remaining = int(column) + 1, int(at_risk[row, 0]) - int(column) - 1
                made.append((before, died, remaining))
                factor = float(left[row, column])
                ends = max(low * factor, printed - half), min(high * factor, printed + half)
                known = after.get(remaining, ends)
                after[remaining] = (min(known[0], ends[0]), max(known[1], ends[1]))
        worlds.append(after)
        moves.append(made)
    reachable = set(worlds[-1])
    given_away: list[tuple[int, int]] = []
    for made in reversed(moves):
        kept = [(before, died) for before, died, remaining in made if remaining in reachable]
        reachable = {before for before, _ in kept}
        numbers = [died for _, died in kept] or [0, n]
        given_away.append((min(numbers), max(numbers)))
    return given_away[::-1]
