"""What a waiting person sees: the stage, how far, how fast, how long still. To stderr, never to a log."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TextIO
from unicodedata import east_asian_width

from flows.terminal.escaping import escape

Progress = Callable[[float | None, str], None]

QUIET_SECONDS = 2.0
REDRAW_SECONDS = 0.2
TICK_SECONDS = 1.0
BAR_CELLS = 20
WIDE = 80  # in a narrower window the bar is half as long


def silent(fraction: float | None, text: str) -> None:
    """For callers that show nothing."""


@dataclass(slots=True)
class Course:
    """How far a stage has come; speed is measured since the share last began anew, as with each file."""

    name: str
    started: float
    fraction: float | None = None
    text: str = ""
    began: float = field(init=False)
    began_at: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.started

    def advance(self, fraction: float | None, text: str, now: float) -> None:
        if fraction is None or self.fraction is None or fraction < self.fraction:
            self.began, self.began_at = now, fraction or 0.0
        self.fraction, self.text = fraction, escape(text)

    def line(self, now: float, columns: int = WIDE) -> str:
        """Stage, bar, share, speed, time left, what is done; only the time where no more is known.

        columns  of the window; the line is shorter, for a full one would be broken
        """
        if not self.fraction:
            return cut(f"{self.name:<10}{now - self.started:5.0f} s  {self.text}", columns - 1)
        share = min(self.fraction, 1.0)
        bar = BAR_CELLS if columns >= WIDE else BAR_CELLS // 2
        filled = round(bar * share)
        cells = "#" * filled + "." * (bar - filled)
        speed = (self.fraction - self.began_at) / (now - self.began) if now > self.began else 0.0
        pace = f"{speed:.0%}/s" if speed >= 0.01 else f"{60 * speed:.0%}/min"
        left = f"{pace}  {(1 - share) / speed:.0f} s left" if speed > 0 else ""
        return cut(f"{self.name:<10}[{cells}] {share:4.0%}  {left}  {self.text}", columns - 1)


def cut(text: str, most: int) -> str:
    """The beginning of a text that fills at most so many cells; Chinese letters fill two."""
    ends = list(accumulate(2 if east_asian_width(letter) in "FW" else 1 for letter in text))
    if not ends or ends[-1] <= most:
        return text
    return text[: bisect_right(ends, most - 1)] + "…"


def columns_of(out: TextIO) -> int:
    """How wide a window is now; it may be resized while we draw."""
    try:
        columns = os.get_terminal_size(out.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


@contextmanager
def stage(name: str, stream: TextIO | None = None, *, tells_end: bool = True) -> Iterator[Progress]:
    """Time one stage; on a terminal, draw a line once it has lasted two seconds, and again every second.

    tells_end  False for what is mostly quick: no line at its end, and none left on the screen
    """
    out = stream or sys.stderr
    started = time.monotonic()
    course, ended, drawing = Course(name, started), threading.Event(), threading.Lock()
    is_terminal = out.isatty() and os.environ.get("TERM") != "dumb"
    drawn = started

    def draw(now: float) -> None:
        nonlocal drawn
        with drawing:
            if now - started < QUIET_SECONDS or now - drawn < REDRAW_SECONDS or ended.is_set():
                return
            drawn = now
            write_if_heard(out, "\r\x1b[K" + course.line(now, columns_of(out)))

    def show(fraction: float | None, text: str) -> None:
        if is_terminal:
            now = time.monotonic()
            course.advance(fraction, text, now)
            draw(now)

    def tick() -> None:
        # Somebody who waits wants to see that something lives, also where nothing can be counted.
        while not ended.wait(TICK_SECONDS):
            draw(time.monotonic())

    if is_terminal:
        threading.Thread(target=tick, daemon=True).start()
    failed = True
    try:
        yield show
        failed = False
    finally:
        with drawing:
            ended.set()
        seconds = time.monotonic() - started
        end = f"{name:<10}{'stopped after' if failed else 'done in'} {seconds:.1f} s\n" if tells_end else ""
        start_of_line = "\r\x1b[K" if is_terminal and (tells_end or drawn > started) else ""
        write_if_heard(out, start_of_line + end)


def write_if_heard(out: TextIO, text: str) -> None:
    """Write if anybody listens: work must not stop because a scheduler's worker or a terminal is gone."""
    try:
        out.write(text)
        out.flush()
    except (OSError, ValueError):
        return
