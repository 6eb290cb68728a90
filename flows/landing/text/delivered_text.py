"""Delivered text: its encoding told and made UTF-8, its lines found again by number."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from flows.errors import InputRefused
from flows.landing.text.encodings import (
    CALLED,
    GUESSES,
    UTF8_BOM,
    choose,
    is_encoding,
    is_utf8_by_chance,
    utf16_named,
    utf16_of,
)
from flows.landing.vault import Content
from flows.terminal.wording import counted

LONGEST_LINE_BYTES = 1 << 20
BLOCK_BYTES = 1 << 20
LARGEST_SAMPLE_BYTES = 1 << 22
LONGEST_SAMPLE_LINE = 2_000
# Written by DOS at the end of a text.
END_OF_FILE = re.compile(rb"\x1a(?:\r?\n)?\Z")
# The first line of a text in which a spreadsheet program is told what separates its cells.
SEPARATOR = re.compile(r"""(?i)"?sep=.?"?[\t,;|^]*""")
# Letters of no width and no meaning: marks of byte order and of direction, soft hyphens, joiners beside
# nothing that joins.
INVISIBLE = re.compile(
    rb"\xef\xbb\xbf|\xc2\xad|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]"
    rb"|(?<![\x80-\xff])\xe2\x80[\x8c\x8d]|\xe2\x80[\x8c\x8d](?![\x80-\xff])"
)
# Blanks that no program takes for one: a patient number with one would be another patient's.
ODD_BLANKS = re.compile(
    rb"\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80"
)
ODD = re.compile(INVISIBLE.pattern + b"|" + ODD_BLANKS.pattern)
DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
# Encodings in which no letter is a single byte.
WIDE = re.compile(r"(?i)(?:x-)?(?:utf|ucs)[-_]?(?:16|32|2|4)(?!\d)|(?:csUnicode|iso-10646-ucs-[24])")
# Where a program or dictionary was saved; on a Chinese or German machine in other letters than its words.
PATHS = re.compile(rb"(?:[A-Za-z]:[\\/]|\\\\)[^\r\n'\"]*")


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 text without byte-order mark.

    path      the bytes that are read: the content itself, or a converted copy beside it
    encoding  what it was delivered in, as Python calls it: utf-8, cp1252, gb18030
    """

    name: str
    path: Path
    encoding: str
    events: tuple[str, ...] = ()


def as_utf8(
    content: Content,
    *,
    guesses: tuple[str, ...] = ("utf-8", *GUESSES),
    unread: re.Pattern[bytes] | None = None,
) -> Text:
    """The content as UTF-8: by its byte-order mark, by the encoding that was named, else by a guess.

    guesses  the encodings to choose from, the first of which is taken if all bytes decode
    unread   places whose letters carry nothing, such as paths: there, letters beyond ASCII become "?"

    Raises InputRefused IN-02 where no encoding fits, where none reads as words, and where two do.
    """
    with content.path.open("rb") as file:
        start = file.read(64)
        file.seek(max(content.size - 3, 0))
        end_mark = END_OF_FILE.search(file.read())
    encoding = utf16_of(start) or utf16_named(content.encoding)
    if encoding is None and content.is_ascii and not end_mark:
        return Text(content.name, content.path, guesses[0])
    encoding = encoding or encoding_of(content, start, guesses, unread)
    has_bom = start.startswith(UTF8_BOM)
    is_read_as_delivered = encoding in ("utf-8", "ascii") and not (has_bom or end_mark)
    if is_read_as_delivered and not has_match(content.path, ODD) and unread is None:
        return Text(content.name, content.path, encoding)
    copy = content.path.with_name(content.path.name + ".utf8")
    n_invisible = n_odd_blanks = 0
    with copy.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        for block in decoded_blocks(content, encoding, len(UTF8_BOM) if has_bom else 0, unread):
            if not block.isascii():
                block, count = INVISIBLE.subn(b"", block)
                n_invisible += count
                block, count = ODD_BLANKS.subn(b" ", block)
                n_odd_blanks += count
            target.write(block)
        if end_mark:
            target.seek(-len(end_mark[0]), os.SEEK_END)
            target.truncate()
    events = [f"encoding:{CALLED.get(encoding, encoding)}"] if encoding not in ("utf-8", "ascii") else []
    events += ["bom_stripped"] * has_bom + ["end_of_file_mark_removed"] * bool(end_mark)
    events += [f"invisible_letters_removed:{counted(n_invisible, 'invisible letter')}"] if n_invisible else []
    events += [f"odd_blanks_replaced:{counted(n_odd_blanks, 'odd blank')}"] if n_odd_blanks else []
    return Text(content.name, copy, encoding, tuple(events))


def as_document(content: Content) -> Text:
    """An XML document as UTF-8, whatever its declaration still says; raises InputRefused IN-02, IN-28.

    A declaration that stands there in single bytes and names an encoding of wider ones is not true, and said.
    """
    with content.path.open("rb") as file:
        declared = DECLARED.match(file.read(512))
    name = declared[1].decode() if declared else "utf-8"
    if WIDE.match(name):
        text = as_utf8(content)
        return replace(text, events=(f"declared_wrongly:{name}", *text.events))
    if not is_encoding(name):
        raise InputRefused(
            "IN-28",
            "The XML cannot be read: it declares an encoding that there is not",
            file=content.name,
            line=1,
            value=name,
        )
    return as_utf8(replace(content, encoding=content.encoding or name))


def has_match(path: Path, pattern: re.Pattern[bytes]) -> bool:
    with path.open("rb") as file:
        return any(not block.isascii() and pattern.search(block) for block in whole_lines(file))


def encoding_of(
    content: Content,
    start: bytes,
    guesses: tuple[str, ...] = ("utf-8", *GUESSES),
    unread: re.Pattern[bytes] | None = None,
) -> str:
    """What a text that is not UTF-16 is encoded in; raises InputRefused IN-02."""
    named = content.encoding
    if named is not None and not start.startswith(UTF8_BOM):
        line = first_undecodable_line(content.path, named, unread)
        if line is not None:
            raise wrong_encoding(content, f"The text is not {named}, in which it is said to be", line)
        return codecs.lookup(named).name
    lines = {guess: first_undecodable_line(content.path, guess, unread) for guess in guesses[:1]}
    if lines[guesses[0]] is None:
        if guesses[0] == "utf-8" and "gb18030" in guesses and not start.startswith(UTF8_BOM):
            refuse_utf8_by_chance(content, unread)
        return guesses[0]
    if start.startswith(UTF8_BOM):
        what = "The text begins with the mark of UTF-8, and goes on as something else"
        raise wrong_encoding(content, what, lines[guesses[0]])
    lines |= {guess: first_undecodable_line(content.path, guess, unread) for guess in guesses[1:]}
    possible = [guess for guess, line in lines.items() if line is None]
    line = max(each for each in lines.values() if each is not None)
    if not possible:
        raise wrong_encoding(content, f"The text is not readable as {' nor '.join(guesses)}", line)
    chosen = choose(sample_of(content.path, unread), possible)
    if chosen is None:
        called = " or ".join(CALLED[guess] for guess in possible)
        unclear = "it does not read as words in it" if len(possible) == 1 else "it is not clear which"
        raise wrong_encoding(content, f"The text could be {called}, and {unclear}", line)
    return chosen


def refuse_utf8_by_chance(content: Content, unread: re.Pattern[bytes] | None) -> None:
    """Raises InputRefused IN-02 for a text of few Chinese characters that decode as UTF-8, too."""
    if is_utf8_by_chance(sample_of(content.path, unread)):
        raise InputRefused(
            "IN-02",
            "The text could be GB18030 or UTF-8, and it is not clear which",
            file=content.name,
            line=first_undecodable_line(content.path, "ascii"),
            remedy="Name it, as in `metachron load PATH --encoding gb18030` (or utf-8), or as the encoding "
            "in its mapping file.",
        )


def encoding_only_named(content: Content) -> str:
    """The encoding that was named for a text, where it would be read in another without; else nothing."""
    if content.encoding is None or content.is_ascii:
        return ""
    with content.path.open("rb") as file:
        start = file.read(64)
    named = codecs.lookup(content.encoding).name
    try:
        guessed = utf16_of(start) or encoding_of(replace(content, encoding=None), start)
    except InputRefused:
        return named
    return named if named != guessed else ""


def decoded_blocks(
    content: Content, encoding: str, skip: int, unread: re.Pattern[bytes] | None
) -> Iterator[bytes]:
    """The text as UTF-8 in blocks of whole lines; raises InputRefused IN-02."""
    if encoding.startswith("utf-16"):
        try:
            with content.path.open(encoding=encoding, newline="") as text:
                while lines := text.readlines(BLOCK_BYTES):
                    yield "".join(lines).encode()
        except UnicodeError:
            with content.path.open("rb") as file:
                begins_so = utf16_of(file.read(64)) is not None
            what = (
                "begins as UTF-16, and goes on as something else"
                if begins_so
                else f"is not {content.encoding}, in which it is said to be"
            )
            raise wrong_encoding(content, f"The text {what}", None) from None
        return
    with content.path.open("rb") as source:
        source.seek(skip)
        for block in whole_lines(source):
            yield (block if unread is None else blanked(block, unread)).decode(encoding).encode()


def sample_of(path: Path, unread: re.Pattern[bytes] | None) -> list[bytes]:
    """What stands around letters beyond ASCII, as far as a guess needs it."""
    sample: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for block in whole_lines(file):
            if not block.isascii():
                lines = (block if unread is None else blanked(block, unread)).split(b"\n")
                sample += (line[:LONGEST_SAMPLE_LINE] for line in lines if not line.isascii())
                size += len(block)
            if size > LARGEST_SAMPLE_BYTES:
                break
    return sample


def blanked(block: bytes, unread: re.Pattern[bytes]) -> bytes:
    return unread.sub(lambda place: re.sub(rb"[\x80-\xff]", b"?", place[0]), block)


def wrong_encoding(content: Content, what: str, line: int | None) -> InputRefused:
    return InputRefused("IN-02", what, file=content.name, line=line)


def first_undecodable_line(path: Path, encoding: str, unread: re.Pattern[bytes] | None = None) -> int | None:
    line = 1
    with path.open("rb") as file:
        for block in whole_lines(file):
            if not block.isascii():
                try:
                    (block if unread is None else blanked(block, unread)).decode(encoding)
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
