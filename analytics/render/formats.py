"""How numbers look. A percentage always travels with its count and its total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

NOTHING = "—"
NOT_REACHED = "not reached"
NONE_SEEN = "none seen"
"""In place of a cumulative incidence of 0, which has no interval: no certainty that there is none."""

STATES = {"not_estimable": "not estimable", "not_delivered": "not delivered"}


class Stated(Protocol):
    """A row that says whether it has a value."""

    @property
    def state(self) -> str: ...


def count(number: int | float | None) -> str:
    """64629 as 64,629."""
    return NOTHING if number is None else f"{number:,.0f}"


def counted(number: int | None, one: str, many: str | None = None) -> str:
    """1 death, 2 deaths; `many` where it does not end in s."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def decimal(number: float | None, digits: int = 1) -> str:
    """Fixed digits after the point, thousands separated, never minus zero."""
    if number is None:
        return NOTHING
    text = f"{number:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def expected(number: float | None) -> str:
    """Expected cases to two decimals; fewer than would be seen there, but some, as less than 0.01."""
    return "<0.01" if number is not None and 0 < number < 0.005 else decimal(number, 2)


def short(number: float | None, digits: int = 1) -> str:
    """A number without needless zeros: 34 stays 34, 74.5 stays 74.5."""
    if number is None:
        return NOTHING
    text = decimal(number, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def ratio(number: float | None) -> str:
    """A ratio to two significant decimals below ten, one above, none above a hundred."""
    if number is None:
        return NOTHING
    size = abs(number)
    return decimal(number, 2 if size < 10 else 1 if size < 100 else 0)


def between(limits: Sequence[float | None] | None, form=ratio, *, missing: str = NOT_REACHED) -> str:
    """Two limits in words: 1.04 to 2.97."""
    if not limits or (limits[0] is None and limits[1] is None):
        return NOTHING
    low, high = (missing if limit is None else form(limit) for limit in limits)
    return f"{low} to {high}"


def with_limits(number: float | None, limits: Sequence[float | None] | None, form=ratio) -> str:
    """1.76 (1.04 to 2.97); a ratio without end still has its lower limit."""
    span = between(limits, form)
    if number is None:
        return f"{NOTHING} ({span})" if limits and limits[0] else NOTHING
    return form(number) if span == NOTHING else f"{form(number)} ({span})"


def excludes_one(limits: Sequence[float | None]) -> bool:
    """Both limits on one side of a ratio of 1."""
    low, high = limits
    return (low is not None and low > 1) or (high is not None and high < 1)


def p_value(number: float | None) -> str:
    """Three decimals; below a thousandth, so said. What is below 0.05 is not rounded up to it: 0.0497."""
    if number is None:
        return NOTHING
    if number < 0.001:
        return "<0.001"
    digits = 4 if 0.0495 <= number < 0.05 else 3
    text = f"{number:.{digits}f}"
    return "<0.05" if text == "0.0500" else text


def or_state(text: str, row: Stated) -> str:
    """The text, or in its place the state of a row that has no value."""
    return STATES.get(row.state, text)


def p_is(number: float | None) -> str:
    """For running text: P = 0.517, P < 0.001."""
    text = p_value(number)
    if text == NOTHING:
        return "P not estimable"
    return f"P < {text[1:]}" if text.startswith("<") else f"P = {text}"


def share(number: int | None, total: int | None, digits: int = 1) -> str:
    """10 of 18 (55.6%); nothing of nobody."""
    if not total or number is None:
        return NOTHING
    return f"{count(number)} of {count(total)} ({100 * number / total:.{digits}f}%)"


def per_100k(proportion: float | None, digits: int = 1) -> str:
    """A proportion of people per 100,000 of them."""
    return NOTHING if proportion is None else decimal(proportion * 100_000, digits)


def months(number: float | None) -> str:
    """Months, to a tenth where they are not whole."""
    return NOTHING if number is None else short(number, 1)


def sentence(text: str) -> str:
    """The text with a capital letter first, the rest untouched; sALL and its like keep their letters."""
    first, *_ = text.split(maxsplit=1) or [""]
    if any(letter.isupper() for letter in first[1:]):
        return text
    return text[:1].upper() + text[1:]
