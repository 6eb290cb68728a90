"""The cheapest further counts to hide, so that one star can no longer be bounded narrowly.

An integer program in the manner of Fischetti & Salazar (2001), one star at a time: find two worlds that agree
with every printed count and every sum and differ by a threshold in the star; a printed count may differ from
the truth only if it is hidden as well, at the price of what a reader loses with it.

An outsider may have this program too, and try which counts would have made it hide just these. So the price
does not look at a count's value, and among counts of about one worth a draw decides that only somebody with
the deliveries can repeat.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from analytics.disclosure.attacker import Knowledge
from analytics.disclosure.cells import LARGEST, Cell, Counts, PrintedCount

WORTH = {"cohort": 100.0, "institution": 5.0, "eras": 4.0, "table1": 3.0, "attrition": 2.0, "sir": 2.0}
"""What a reader loses with one count of a table; a count in any other table is worth 1."""

CHANCE = 0.5
"""How far the draw may raise the price of a count."""

FAR = 4
"""Thresholds that a count not printed may be from the truth: far enough, and small numbers solve reliably."""


def cheapest_cover(
    star: str,
    counts: Counts,
    shown: Mapping[str, PrintedCount],
    knowledge: Knowledge,
    threshold: int,
    known: Knowledge,
    draw: str,
) -> set[str]:
    """Printed counts to hide for the sake of `star`; empty if no choice of them is enough.

    knowledge  all an outsider has now; `known`, the part that earlier releases gave, cannot be taken back
    draw       what an outsider does not know, such as a hash of the deliveries
    """
    candidates = [
        key for key, how in shown.items() if how.number and counts.cells[key].public and key != star
    ]
    for reach in (threshold, FAR * threshold):
        chosen = _solve(star, candidates, counts, knowledge, threshold, known, reach, draw)
        if chosen is not None:
            return chosen
    return set()


def _solve(
    star: str,
    candidates: list[str],
    counts: Counts,
    knowledge: Knowledge,
    threshold: int,
    known: Knowledge,
    reach: int,
    draw: str,
) -> set[str] | None:
    """Columns: distances from the truth in the high world, then in the low one, then the switches."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    keys = list(knowledge.ranges)
    at = {key: column for column, key in enumerate(keys)}
    n, n_columns = len(keys), 2 * len(keys) + len(candidates)
    truth = np.array([counts.cells[key].value if key in counts.cells else 0 for key in keys], float)
    low, high = (np.array(end, float) - truth for end in zip(*knowledge.ranges.values(), strict=True))
    is_ours = np.array([key in counts.cells for key in keys])
    low = np.where(is_ours, np.maximum(low, -FAR * threshold), low)
    high = np.where(is_ours, np.minimum(high, FAR * threshold), high)
    rows: list[tuple[dict[int, float], float, float]] = [
        ({at[star]: 1.0, n + at[star]: -1.0}, threshold, np.inf)
    ]
    for world in (0, n):
        for relation in knowledge.rows:
            true = sum(factor * truth[at[key]] for key, factor in relation.terms.items())
            terms = {world + at[key]: float(factor) for key, factor in relation.terms.items()}
            rows.append((terms, relation.lowest - true, relation.highest - true))
        for switch, key in enumerate(candidates, start=2 * n):
            column = world + at[key]
            rows.append(({column: 1.0, switch: reach}, low[at[key]], np.inf))
            rows.append(({column: 1.0, switch: -reach}, -np.inf, high[at[key]]))
    for key in candidates:
        column, before = at[key], known.ranges.get(key, (1, LARGEST))
        low[column] = max(low[column] - reach, before[0] - truth[column], 1 - truth[column])
        high[column] = min(high[column] + reach, before[1] - truth[column])
    matrix = np.zeros((len(rows), n_columns))
    for number, (terms, _, _) in enumerate(rows):
        matrix[number, list(terms)] = list(terms.values())
    cost = np.r_[np.zeros(2 * n), [_worth(counts.cells[key], draw) for key in candidates]]
    is_switch = (np.arange(n_columns) >= 2 * n).astype(float)
    with silenced():
        answer = milp(
            cost,
            constraints=LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows]),
            bounds=Bounds(np.r_[low, low, is_switch[2 * n :] * 0], np.r_[high, high, is_switch[2 * n :]]),
            integrality=is_switch,
            options={"mip_rel_gap": 0.05},
        )
    if answer.x is None:
        return None
    return {key for key, on in zip(candidates, answer.x[2 * n :], strict=True) if on > 0.5}


@contextmanager
def silenced() -> Iterator[None]:
    """The solver prints a line of its own to the process's output now and then, whatever its options say."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def drawn(draw: str, key: str) -> float:
    """A number from 0 to 1 for a count: the same for the same draw, and unlike that of any other count."""
    digest = hashlib.sha256(f"{draw} {key}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _worth(cell: Cell, draw: str) -> float:
    return WORTH.get(cell.table, 1.0) * (1 + CHANCE * drawn(draw, cell.key))
