"""Lines counted while their file is received: a proof that all have their fields, or no answer.

What is left of regular text when everything but delimiters and control characters is taken away is one
pattern over and over, so one comparison of bytes checks thousands of fields. Whatever does not fit is left
to flows.landing.text.line_count, which looks again and tells what is wrong and where.
"""

from __future__ import annotations

import numpy as np

from flows.landing.text.delivered_text import LONGEST_LINE_BYTES
from flows.landing.text.line_count import NEWLINE, RETURN, Lines

BLANK = 32


class LinePattern:
    """Feed it the bytes of a file in order, in pieces of at most half of a longest line; then ask `lines`."""

    def __init__(self, delimiter: str, fields: int, *, is_quoted: bool = False) -> None:
        # Marks are delimiters, quotes that count, and all control characters.
        self._printed_marks = [mark for mark in delimiter.encode() + b'"' * is_quoted if mark >= BLANK]
        self._line = delimiter.encode() * (fields - 1)
        self._repeated = b""
        self._first = b""
        self._place = 0  # within the pattern
        self._n_marks = self._n_returns = 0
        self._last_byte = 0
        self._open = 0  # most bytes that the line begun last can have so far
        self._is_odd = fields < 2  # an empty line of one field is a missing value to us and no line to DuckDB

    def feed(self, piece: bytes | bytearray) -> None:
        """The next bytes of the file."""
        if self._is_odd:
            return
        if not self._first:
            cut = piece.find(b"\n") + 1
            self._first, piece = bytes(piece[:cut]), piece[cut:]
            self._line += b"\r\n" if self._first.endswith(b"\r\n") else b"\n"
            self._is_odd = not self._first
        marks = self._marks(piece)
        self._is_odd |= self._open + len(piece) > LONGEST_LINE_BYTES
        self._open = len(piece) + (0 if b"\n" in marks else self._open)
        if len(self._repeated) < len(marks) + len(self._line):
            self._repeated = self._line * (len(marks) // len(self._line) + 2)
        self._is_odd |= marks != self._repeated[self._place : self._place + len(marks)]
        self._place = (self._place + len(marks)) % len(self._line)
        self._n_marks += len(marks)
        if self._line.endswith(b"\r\n"):
            is_cut = self._last_byte == RETURN and piece.startswith(b"\n")
            self._n_returns += piece.count(b"\r\n") + is_cut
        self._last_byte = piece[-1] if piece else NEWLINE

    def _marks(self, piece: bytes | bytearray) -> bytes:
        """What is left of a piece without its text. Numpy lets other threads hash and write meanwhile."""
        codes = np.frombuffer(piece, np.uint8)
        is_mark = codes < BLANK
        for mark in self._printed_marks:
            is_mark |= codes == mark
        return codes[np.flatnonzero(is_mark)].tobytes()

    def lines(self, *, has_header: bool) -> Lines | None:
        """The lines after the header, if all are as they should be; None if one is not, or there is none."""
        n_lines = self._n_marks // len(self._line)
        is_crlf = self._line.endswith(b"\r\n")
        is_whole = self._place == 0 and self._last_byte == NEWLINE
        if self._is_odd or not is_whole or self._first.count(b"\r") != is_crlf:
            return None
        if is_crlf and self._n_returns != n_lines:
            return None
        if not has_header:
            if self._marks(self._first) != self._line:
                return None
            n_lines += 1
        return Lines(n_lines, "crlf" if is_crlf else "lf", {}) if n_lines else None
