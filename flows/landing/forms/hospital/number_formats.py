"""Numbers of a workbook as their format shows them: dates, zeros, percentages; nothing is rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from math import isfinite

GENERAL = "General"
# Their meaning depends on the language of the program; in Chinese, Japanese and Korean they are dates.
EASTERN_DATES = dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd")
EASTERN_TIMES = dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss")
COLOURS_AND_CONDITIONS = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
LITERALS = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LARGEST_WHOLE = 1e15
NO_DAY = 60  # 29 February 1900, which spreadsheets have and calendars do not


def builtin_formats() -> Mapping[int, str]:
    """The formats that a workbook names by number only."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    return {**BUILTIN_FORMATS, **EASTERN_DATES, **EASTERN_TIMES}


@cache
def is_date(code: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return code != GENERAL and bool(is_date_format(code))


@dataclass(frozen=True, slots=True)
class Zeros:
    """What a format adds to the digits of a number.

    template    digits before the point and letters between them, such as 000000 or 000-00-000, or nothing
    decimals    how many are shown at least
    is_percent  whether the number is shown as a percentage
    """

    template: str = ""
    decimals: int = 0
    is_percent: bool = False


@cache
def zeros_of(code: str) -> Zeros:
    section = COLOURS_AND_CONDITIONS.sub("", code.split(";")[0])
    bare = LITERALS.sub("", section)
    if re.search(r"[eE/?@]|General", bare):
        return Zeros()
    shown_zeros = re.match(r"0*", bare.partition(".")[2])
    whole = LITERALS.sub(lambda found: found[1] or found[2] or "", section).partition(".")[0]
    is_somebodys_number = re.fullmatch(r"[^0#,%]*0[0\- ]*0[^0#,%]*", whole)
    return Zeros(whole if is_somebodys_number else "", len(shown_zeros[0]) if shown_zeros else 0, "%" in bare)


def is_number(raw: str) -> bool:
    """Whether a text is a number that a spreadsheet can hold; NaN, INF and 1E400 are none."""
    return NUMBER.fullmatch(raw) is not None and isfinite(float(raw))


def shown(raw: str, code: str, is_1904: bool) -> tuple[str, bool]:
    """A stored number as text, and whether it was made a date."""
    if is_date(code):
        day = as_date(float(raw), code, is_1904)
        if day is not None:
            return day, True
    zeros = zeros_of(code)
    number = plain(raw)
    if zeros == Zeros() or not re.fullmatch(r"-?\d+(\.\d+)?", number):
        return number, False
    if zeros.is_percent:
        number = plain(str(Decimal(number) * 100))
    whole, _, decimals = number.partition(".")
    if zeros.template and not whole.startswith("-"):
        whole = filled(zeros.template, whole)
    decimals = decimals.ljust(zeros.decimals, "0")
    return whole + (f".{decimals}" if decimals else "") + ("%" if zeros.is_percent else ""), False


def filled(template: str, digits: str) -> str:
    """Digits in the places of a template's zeros, from the right; those beyond it stand in front."""
    beyond = max(0, len(digits) - template.count("0"))
    left = iter(
        [digits[: beyond + 1], *digits[beyond + 1 :]] if beyond else digits.rjust(template.count("0"), "0")
    )
    return "".join(next(left) if letter == "0" else letter for letter in template)


def plain(raw: str) -> str:
    """A number as a person would copy it: without a needless .0."""
    if re.fullmatch(r"[+-]?\d+", raw, re.ASCII):
        return str(int(raw))
    value = float(raw)
    return str(int(value)) if value.is_integer() and abs(value) < LARGEST_WHOLE else repr(value)


def as_date(value: float, code: str, is_1904: bool) -> str | None:
    """A count of days as date, date and time, time or duration; None where there is no such date."""
    from openpyxl.styles.numbers import is_timedelta_format
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
    if value < 0 or (not is_1904 and int(value) == NO_DAY):
        return None
    try:
        dated = from_excel(value, epoch, timedelta=is_timedelta_format(code))
    except (OverflowError, ValueError):
        return None
    return iso(dated)


def iso(dated: datetime | date | time | timedelta | None) -> str | None:
    if isinstance(dated, datetime):
        return dated.date().isoformat() if dated.time() == time() else dated.isoformat(sep=" ")
    return dated.isoformat() if isinstance(dated, date) else None if dated is None else str(dated)
