"""What was not delivered, and the state of a number.

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
