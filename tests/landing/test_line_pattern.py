"""The quick count of regular lines: right where it answers, and no answer wherever anything is odd."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.landing.text.delivered_text import LONGEST_LINE_BYTES, Text
from flows.landing.text.line_count import Lines, count_lines
from flows.landing.text.line_pattern import LinePattern

HEADER, ROW = b"a\tb\tc\n", b"1\t\xc3\xa4\t\n"
CELLS = st.text(st.sampled_from('x ä",;'), max_size=3)
MARKS = st.sampled_from(["\t", "\t", "\t", "\n", "\n", "\r\n", "\r", "\0", '"', ""])


def seen(content: bytes, *, size: int = 1 << 19, has_header: bool = True, **how: object) -> Lines | None:
    pattern = LinePattern("\t", 3, **how)  # type: ignore[arg-type]
    for start in range(0, len(content), size):
        pattern.feed(content[start : start + size])
    return pattern.lines(has_header=has_header)


@pytest.mark.parametrize("size", [6, 7, 11, 64, 1 << 19])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_regular_lines_are_counted_however_they_are_cut(size: int, line_end: bytes):
    content = (HEADER + 50 * ROW).replace(b"\n", line_end)
    size += len(line_end) - 1
    said = "crlf" if line_end == b"\r\n" else "lf"
    assert seen(content, size=size) == Lines(50, said, {})
    assert seen(content, size=size, has_header=False) == Lines(51, said, {})


@pytest.mark.parametrize(
    "rows",
    [
        b"",
        b"1\t2\t3",
        ROW + b"stump",
        ROW + b"1\t2\n",
        ROW + b"1\t2\t3\t4\n",
        ROW + b"\n",
        b"1\t2\n3\t4\t5\t6\n",
        ROW + b"1\t2\0\t3\n",
        ROW + b"1\t2\r\t3\n",
        ROW + b"1\t2\t3\r\n",
        ROW + b"x" * (LONGEST_LINE_BYTES + 1) + b"\t2\t3\n",
    ],
)
def test_whatever_is_odd_has_no_answer(rows: bytes):
    assert seen(HEADER + rows) is None


def test_a_return_apart_from_its_line_end_has_no_answer():
    crlf = (HEADER + 3 * ROW).replace(b"\n", b"\r\n")
    assert seen(crlf) is not None
    assert seen(crlf.replace(b"\t\r\n", b"\t\rx\n", 1)) is None


def test_quotes_have_no_answer_where_they_quote():
    content = HEADER + b'1\t"2\t3\n'
    assert seen(content) == Lines(1, "lf", {})
    assert seen(content, is_quoted=True) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELLS, MARKS), max_size=30), st.integers(5, 40), st.booleans())
def test_an_answer_is_the_full_counts_answer(parts: list[tuple[str, str]], size: int, has_header: bool):
    content = HEADER + "".join(cell + mark for cell, mark in parts).encode()
    quick = seen(content, size=max(size, len(HEADER)), has_header=has_header)
    if quick is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        try:
            full = count_lines(
                Text("x", path, "utf-8"), delimiter=b"\t", fields=3, skip_lines=int(has_header)
            )
        except InputRefused as refusal:
            raise AssertionError(f"the quick count overlooked what is wrong: {refusal}") from None
    assert quick == full
