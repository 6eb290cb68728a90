"""Delivered text: its encoding told and made UTF-8, its lines found again by number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from flows.errors import InputRefused
from flows.landing.vault import Content

LONGEST_LINE_BYTES = 1 << 20
BLOCK_BYTES = 1 << 20
UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 text without byte-order mark.

    path      the bytes that are read: the content itself, or a converted copy beside it
    encoding  what it was delivered in: utf-8, cp1252, gb18030
    """

    name: str
    path: Path
    encoding: str
    events: tuple[str, ...] = ()


def as_utf8(content: Content, *, encodings: tuple[str, ...] = ("utf-8", "cp1252")) -> Text:
    """The content as UTF-8, converted if needed; raises InputRefused IN-02 when no encoding fits."""
    with content.path.open("rb") as file:
        start = file.read(64)
    if utf16_of(start):
        raise _wrong_encoding(content, "UTF-16", None)
    if content.is_ascii and encodings[0] in ("utf-8", "ascii"):
        return Text(content.name, content.path, encodings[0])
    has_bom = start.startswith(UTF8_BOM)
    failed_line: int | None = None
    for encoding in encodings:
        failed_line = _first_undecodable_line(content.path, encoding)
        if failed_line is None:
            break
    else:
        raise _wrong_encoding(content, " nor ".join(encodings), failed_line)
    if encoding in ("utf-8", "ascii") and not has_bom:
        return Text(content.name, content.path, encoding)
    events = (("bom_stripped",) if has_bom else ()) + (() if encoding == "utf-8" else (f"from_{encoding}",))
    copy = content.path.with_name(content.path.name + ".utf8")
    with content.path.open("rb") as source, copy.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        if has_bom:
            source.seek(len(UTF8_BOM))
        for block in whole_lines(source):
            target.write(block.decode(encoding).encode())
    return Text(content.name, copy, encoding, events)


def utf16_of(start: bytes) -> str | None:
    """The kind of UTF-16 that a file's first bytes are, marked or not, or None."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    halves = start[: len(start) & ~1]
    is_high, is_low = any(halves[0::2]), any(halves[1::2])
    if len(halves) < 4 or is_high == is_low:
        return None
    return "utf-16-le" if is_high else "utf-16-be"


def _wrong_encoding(content: Content, tried: str, line: int | None) -> InputRefused:
    return InputRefused(
        "IN-02",
        f"The text is not readable as {tried}" if line else f"The text is encoded as {tried}",
        file=content.name,
        line=line,
    )


def _first_undecodable_line(path: Path, encoding: str) -> int | None:
    line = 1
    with path.open("rb") as file:
        for block in whole_lines(file):
            if not block.isascii():
                try:
                    block.decode(encoding)
                except UnicodeDecodeError as error:
                    return line + block.count(b"\n", 0, error.start)
            line += block.count(b"\n")
    return None


def whole_lines(file: IO[bytes], size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks of whole lines. Only a line that is too long, or the last without its end, comes without one."""
    rest = b""
    while block := file.read(size):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block
            if len(rest) > LONGEST_LINE_BYTES:
                yield rest
                rest = b""
    if rest:
        yield rest


def first_line(text: Text) -> bytes:
    """The first line without its ending; raises InputRefused IN-03 or IN-05 when it cannot be one."""
    with text.path.open("rb") as file:
        line = file.readline(LONGEST_LINE_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    if b"\r" in line:
        raise refused_line("IN-03", text, 1)
    if len(line) > LONGEST_LINE_BYTES:
        raise refused_line("IN-05", text, 1)
    return line


def refused_line(code: str, text: Text, line: int, byte: int = 0) -> InputRefused:
    """The refusal of a line that no text of records may have."""
    what = {
        "IN-03": "A line ends in a bare carriage return",
        "IN-04": f"There is a control character (byte {byte:#04x}) that text cannot hold",
        "IN-05": f"A line is longer than {LONGEST_LINE_BYTES:,} bytes",
        "IN-06": "A quotation mark is left open, or stands inside an unquoted field",
        "IN-07": "The last line has no line end, so the file was cut off",
    }[code]
    return InputRefused(code, what, file=text.name, line=line)


def mixed_line_ends(text: Text, n_returns: int, n_lines: int) -> InputRefused:
    """The refusal of a file in which some lines end in CR LF and others in LF."""
    return InputRefused(
        "IN-03",
        f"{n_returns:,} of {n_lines:,} lines end in CR LF and the others in LF",
        file=text.name,
        remedy="The file was edited or joined from parts; ask for it again.",
    )


def lines_at(text: Text, numbers: list[int]) -> dict[int, str]:
    """The text of some physical lines, without line ends."""
    wanted = set(numbers)
    lines: dict[int, str] = {}
    if not wanted:
        return lines
    last = max(wanted)
    with text.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number in wanted:
                lines[number] = line.rstrip(b"\r\n").decode()
            if number >= last:
                break
    return lines


def without_lines(text: Text, numbers: set[int]) -> Text:
    """A copy that lacks some physical lines; they are the caller's to account for."""
    copy = text.path.with_name(text.path.name + ".kept")
    with text.path.open("rb") as source, copy.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        target.writelines(line for number, line in enumerate(source, start=1) if number not in numbers)
    return replace(text, path=copy)
