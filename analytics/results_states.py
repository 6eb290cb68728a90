"""What was not delivered, and how many tests were looked at: frozen rows, keys of results.json.

A number of the results is in one of three states, which its row names: "value"; "not_estimable", asked, but
with no event, one era or one group; "not_delivered", nobody looked. `reason` says why not "value".
"""

from __future__ import annotations

from dataclasses import dataclass

VALUE, NOT_ESTIMABLE, NOT_DELIVERED = "value", "not_estimable", "not_delivered"


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """An item that no delivery holds; reason and remedy are sentences.

    The remedy is empty where the reason says it, as that of the reference rates does.
    """

    item: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """Whether expected counts could be made. note: a sentence on what was set aside in making them."""

    state: str
    reason: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class AdjustedTest:
    """One test of a family; both P values are None where it could not be made."""

    what: str
    p_value: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class TestFamily:
    """Tests looked at together.

    n_tests           those that have a P value: only they are adjusted for
    n_below_05        of these, below 0.05
    n_below_05_holm   of these, below 0.05 after Holm's adjustment
    """

    family: str
    n_tests: int
    n_below_05: int
    n_below_05_holm: int
    tests: tuple[AdjustedTest, ...]
