"""Follow-up cut where an exposure begins, so that nobody is credited with time lived in order to be exposed.

Each person's time before the exposure counts as unexposed, the time after it as exposed: (0, u] and (u,
end]. An exposure at time 0 has no unexposed part; one at or after the end of follow-up never takes effect,
and an event at the very time of the exposure belongs to the unexposed part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import (
    FollowUp,
    follow_up,
    number,
    numbers_or_missing,
    refuse_where,
    same_length,
)


@dataclass(frozen=True, slots=True, eq=False)
class ExposedIntervals:
    """One row per person and state: at risk on (start, stop], event at stop or not; person: position given.

    A start of 0 is the very beginning: whoever dies at time 0 was at risk then, on a row of no length.
    """

    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray
    exposed: np.ndarray
    person: np.ndarray

    def at_risk(self, here: np.ndarray | slice = slice(None)) -> FollowUp:
        """Some rows for curves and tests: those there from the very beginning are at risk at time 0 too."""
        entry = np.where(self.start == 0, -1.0, self.start)
        return FollowUp(self.stop[here], self.event[here], entry[here], None)


def exposed_intervals(
    durations: ArrayLike,
    events: ArrayLike,
    exposed_from: ArrayLike | Sequence[float | None],
    *,
    landmark: float = 0.0,
) -> ExposedIntervals:
    """Cut n people's follow-up at exposed_from, shape (n,): NaN or None where it never came.

    durations, events   as in ``kaplan_meier``, shapes (n,)
    landmark            leave out all time before it, in the unit of the durations; the clock stays as it is
    """
    rows = follow_up(durations, events)
    since = exposure_times(exposed_from, rows.exit)
    cut = (since > 0) & (since < rows.exit)
    at_once = since <= 0
    landmark = number(landmark, "landmark")
    if landmark < 0:
        raise ValueError(f"landmark must not be negative, not {landmark}")
    person = np.arange(len(rows))
    first_stop = np.where(cut, since, rows.exit)
    start = np.concatenate([np.zeros(len(rows)), since[cut]])
    stop = np.concatenate([first_stop, rows.exit[cut]])
    after = (stop > landmark) | (landmark == 0)
    return ExposedIntervals(
        np.maximum(start, landmark)[after],
        stop[after],
        np.concatenate([rows.event & ~cut, rows.event[cut]])[after],
        np.concatenate([at_once, np.ones(int(cut.sum()), bool)])[after],
        np.concatenate([person, person[cut]])[after],
    )


def exposure_times(exposed_from: ArrayLike | Sequence[float | None], exits: np.ndarray) -> np.ndarray:
    """Exposure times as floats, infinity where the exposure never came."""
    since = numbers_or_missing(exposed_from, "exposed_from")
    same_length(durations=exits, exposed_from=since)
    refuse_where(since < 0, "exposed_from", "is negative", since)
    return np.where(np.isnan(since), np.inf, since)
