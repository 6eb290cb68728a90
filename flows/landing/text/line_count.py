"""Lines and fields counted by ourselves, before any reader sees them.

Readers can drop, merge or misread records without saying so; what they are given has been counted here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import SEEK_END, FileIO

import numpy as np

from flows.errors import InputRefused
from flows.landing.text.delivered_text import (
    LONGEST_LINE_BYTES,
    Text,
    mixed_line_ends,
    refused_line,
    whole_lines,
)
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

THREADS = 2
NEWLINE, RETURN, QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Lines:
    """What counting found.

    n_lines      physical lines from the first counted to the last
    line_ending  "crlf" or "lf"
    ragged       physical line number (1-based) -> fields found, for lines with another number of fields
    is_open      whether the last line is whole but for its end
    n_tabs       tabs that separate nothing, but stand in cells
    """

    n_lines: int
    line_ending: str
    ragged: dict[int, int]
    is_open: bool = False
    n_tabs: int = 0

    @property
    def events(self) -> tuple[str, ...]:
        tabs = (f"tabs_replaced:{counted(self.n_tabs, 'tab')}",) if self.n_tabs else ()
        return (*tabs, "last_line_open") if self.is_open else tabs


def count_lines(
    text: Text,
    *,
    delimiter: bytes,
    fields: int,
    is_quoted: bool = False,
    skip_lines: int = 0,
    progress: Progress | None = None,
) -> Lines:
    """Count the fields of every line after the first `skip_lines`, on two threads.

    Raises InputRefused: IN-01 no line, IN-03 line endings, IN-04 control characters, IN-05 line too long,
    IN-06 quotes, IN-07 last line without its end, which may be cut.
    """
    size = text.path.stat().st_size
    if size == 0:
        raise InputRefused("IN-01", "The file is empty", file=text.name)
    n_lines, n_returns, n_tabs, done = skip_lines, 0, 0, 0
    is_open = False
    ragged: dict[int, int] = {}
    with text.path.open("rb", buffering=0) as file, ThreadPoolExecutor(THREADS) as pool:
        for line in range(skip_lines):
            done += len(header := _header(file))
            if not header.endswith(b"\n"):
                raise refused_line("IN-07", text, line + 1)
            n_returns += header.endswith(b"\r\n")
        for block in _in_order(pool, whole_lines(file), delimiter[0], fields, is_quoted):
            if block.trouble is not None:
                code, line, byte = block.trouble
                raise refused_line(code, text, n_lines + line, byte)
            ragged |= {n_lines + line: n_fields for line, n_fields in block.ragged.items()}
            n_lines += block.n_lines
            n_returns += block.n_returns
            n_tabs += block.n_tabs
            is_open |= block.is_open
            done += block.n_bytes
            if progress is not None:
                progress(done / size, f"counting {text.name}")
    if is_open and not ends_whole(text, delimiter):
        raise refused_line("IN-07", text, n_lines)
    if n_returns not in (0, n_lines - is_open):
        raise mixed_line_ends(text, n_returns, n_lines)
    return Lines(n_lines - skip_lines, "crlf" if n_returns else "lf", ragged, is_open, n_tabs)


def ends_whole(text: Text, delimiter: bytes) -> bool:
    """Whether the last cell of a text without its last line end is whole, by its quotes or by other lines.

    It must be a cell that other lines end in and none has more of, or as long as all of theirs.
    """
    with text.path.open("rb") as file:
        others = {line.rstrip(b"\r\n").rsplit(delimiter, 1)[-1] for line in file.readlines(1 << 20)[:-1]}
        file.seek(max(0, file.seek(0, SEEK_END) - LONGEST_LINE_BYTES))
        last = file.read().rsplit(b"\n", 1)[-1].rsplit(delimiter, 1)[-1]
    if len(last) > 1 and last.startswith(b'"') and last.endswith(b'"'):
        return True
    longer = any(each.startswith(last) and each != last for each in others)
    return bool(last) and ((last in others and not longer) or {len(each) for each in others} == {len(last)})


@dataclass(frozen=True, slots=True)
class _Block:
    n_bytes: int
    n_lines: int = 0
    n_returns: int = 0
    ragged: dict[int, int] = field(default_factory=dict)
    trouble: tuple[str, int, int] | None = None  # code, line in the block, byte
    is_open: bool = False
    n_tabs: int = 0


def _header(file: FileIO) -> bytes:
    """The next line of an unbuffered file, which is left at its end."""
    start = file.tell()
    line = file.read(2 * LONGEST_LINE_BYTES)
    line = line[: line.find(b"\n") + 1] or line
    file.seek(start + len(line))
    return line


def _in_order(
    pool: ThreadPoolExecutor, blocks: Iterator[bytes], delimiter: int, fields: int, is_quoted: bool
) -> Iterator[_Block]:
    """Count blocks side by side, a few ahead, and hand them over in the file's order."""
    waiting: deque[Future[_Block]] = deque()
    for block in blocks:
        waiting.append(pool.submit(_count_block, block, delimiter, fields, is_quoted))
        if len(waiting) > 2 * THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _count_block(block: bytes, delimiter: int, fields: int, is_quoted: bool) -> _Block:
    def trouble(code: str, at: int) -> _Block:
        return _Block(len(block), trouble=(code, block.count(b"\n", 0, at) + 1, block[at]))

    codes = np.frombuffer(block, np.uint8)
    newlines = np.flatnonzero(codes == NEWLINE)
    if codes[-1] != NEWLINE:
        if len(block) > LONGEST_LINE_BYTES:
            return trouble("IN-05", len(block) - 1)
        bad = np.flatnonzero((codes < 32) & (codes != NEWLINE) & (codes != RETURN) & (codes != 9))
        if len(bad):
            return trouble("IN-04", int(bad[0]))
        closed = _count_block(block + b"\n", delimiter, fields, is_quoted)
        last = len(newlines) + 1
        is_cut = last in closed.ragged or (closed.trouble is not None and closed.trouble[1] == last)
        if codes[-1] == RETURN or is_cut:
            return trouble("IN-07", len(block) - 1)
        return replace(closed, n_bytes=len(block), is_open=True)
    starts = np.concatenate(([0], newlines[:-1] + 1))
    lengths = newlines - starts
    if lengths.max(initial=0) > LONGEST_LINE_BYTES:
        return trouble("IN-05", int(starts[lengths.argmax()]))
    delimiters = codes == delimiter
    n_returns = block.count(b"\r")
    n_controls = np.count_nonzero(codes < 32)
    n_tabs = np.count_nonzero(delimiters) if delimiter == 9 else block.count(b"\t")
    if n_controls != len(newlines) + n_returns + n_tabs:
        is_bad = (codes < 32) & (codes != NEWLINE) & (codes != RETURN) & (codes != 9)
        return trouble("IN-04", int(np.flatnonzero(is_bad)[0]))
    if n_returns and n_returns != block.count(b"\r\n"):
        is_bare = (codes[:-1] == RETURN) & (codes[1:] != NEWLINE)
        return trouble("IN-03", int(np.flatnonzero(is_bare)[0]))
    n_tabs_in_cells = 0 if delimiter == 9 else n_tabs
    if is_quoted and b'"' in block:
        is_inside, stray = _inside_quotes(codes, newlines, delimiter)
        if stray is not None:
            return trouble("IN-06", stray)
        delimiters &= ~is_inside
        n_tabs_in_cells = n_tabs - (np.count_nonzero(delimiters) if delimiter == 9 else 0)
    n_fields = _delimiters_in_lines(delimiters, starts, fields) + 1
    if fields == 1:  # an empty line of a one-column file is a missing value to us and no line to DuckDB
        n_fields[lengths <= (1 if n_returns else 0)] = 0
    wrong = np.flatnonzero(n_fields != fields)
    ragged = {int(at) + 1: int(n_fields[at]) for at in wrong}
    return _Block(len(block), len(newlines), n_returns, ragged, n_tabs=int(n_tabs_in_cells))


def _delimiters_in_lines(delimiters: np.ndarray, starts: np.ndarray, fields: int) -> np.ndarray:
    """Delimiters in each line. Counted in one byte first, which is faster, and right if the total agrees."""
    if 1 < fields < 256:
        counts = np.add.reduceat(delimiters.view(np.uint8), starts, dtype=np.uint8)
        if (counts == fields - 1).all() and np.count_nonzero(delimiters) == len(starts) * (fields - 1):
            return counts.astype(np.int64)
    return np.add.reduceat(delimiters.view(np.uint8), starts, dtype=np.uint32).astype(np.int64)


def _inside_quotes(codes: np.ndarray, newlines: np.ndarray, delimiter: int) -> tuple[np.ndarray, int | None]:
    """Which bytes lie inside a quoted field, and the first quote that breaks the rules (or None)."""
    is_quote = codes == QUOTE
    is_inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)).view(bool)
    open_lines = np.flatnonzero(is_inside[newlines])
    if len(open_lines):
        return is_inside, int(newlines[open_lines[0]])
    places = np.flatnonzero(is_quote)
    opens = is_inside[places]
    before = np.where(places > 0, codes[places - 1], NEWLINE)
    after = codes[places + 1]  # a line ends after the last quote, so this exists
    may_open = np.isin(before, (delimiter, NEWLINE, QUOTE))
    may_close = np.isin(after, (delimiter, NEWLINE, RETURN, QUOTE))
    stray = places[np.where(opens, ~may_open, ~may_close)]
    return is_inside, int(stray[0]) if len(stray) else None
