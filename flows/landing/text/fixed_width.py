"""Fixed-width records as text columns: bytes sliced from a memory map, handed to DuckDB through Arrow.

Nothing is parsed, so nothing is bent: each field lands with its blanks and zeros. Records may have lost
trailing blanks on the way; they are padded back. Longer records than the layout allows are rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from flows.errors import InputRefused
from flows.landing.forms.delivery import Reject, identifier, too_many
from flows.landing.text.delivered_text import (
    LONGEST_LINE_BYTES,
    Text,
    mixed_line_ends,
    refused_line,
    whole_lines,
)
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

BATCH_BYTES = 1 << 24
NEWLINE, RETURN, BLANK = 10, 13, 32
OTHER_LAYOUT = "Put the layout of this very release beside it, or ask for the file again."


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the column it lands in, its 1-based first character, its width.

    pieces   (start, width) of the parts that are put together, for a field that is not in one piece
    """

    name: str
    start: int
    width: int
    pieces: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """What counting found: records are at line 1, 2, ... of the file; `rejects` are those that do not fit.

    is_uniform  whether each has as many bytes as the layout has characters
    """

    n_records: int
    is_uniform: bool
    line_ending: str
    rejects: tuple[Reject, ...]
    events: tuple[str, ...] = ()


def count_records(
    text: Text,
    *,
    length: int,
    shortest: int,
    remedy: str = OTHER_LAYOUT,
    progress: Progress | None = None,
) -> Records:
    """Count and check every record of a file whose records should have `length` characters.

    A record of `shortest` to `length` characters is padded with blanks; others are rejected, up to 1%.
    The last may lack its line end if it has all characters.
    Raises InputRefused: IN-01 no record, IN-03 to IN-05 (see text.py), IN-07 cut off, IN-18 too many rejects.
    """
    size = text.path.stat().st_size
    if size == 0:
        raise InputRefused("IN-01", "The file is empty", file=text.name)
    n_lines = n_returns = n_padded = 0
    is_open = False
    is_uniform = True
    odd: list[tuple[int, int, str]] = []
    done = 0
    with text.path.open("rb", buffering=0) as file:
        for block in whole_lines(file, BATCH_BYTES):
            done += len(block)
            if not block.endswith(b"\n"):
                last = block[block.rfind(b"\n") + 1 :]
                if len(last) != length or done != size:
                    code = "IN-05" if len(last) > LONGEST_LINE_BYTES else "IN-07"
                    raise refused_line(code, text, n_lines + 1)
                block += b"\r\n" if b"\r\n" in block or n_returns else b"\n"
                is_uniform, is_open = False, True
            codes = np.frombuffer(block, np.uint8)
            newlines = np.flatnonzero(codes == NEWLINE)
            returns = block.count(b"\r\n")
            refuse_controls(text, codes, len(newlines), returns, n_lines)
            lengths = np.diff(newlines, prepend=-1) - 1
            if returns:
                lengths -= (newlines > 0) & (codes[newlines - 1] == RETURN)
            is_ascii = block.isascii()
            if not is_ascii:
                lengths -= continuation_bytes(codes, newlines)
            is_uniform &= is_ascii and bool((lengths == length).all())
            n_padded += int(np.count_nonzero((lengths >= shortest) & (lengths < length)))
            for place in np.flatnonzero((lengths > length) | (lengths < shortest))[:100_000]:
                first = int(newlines[place - 1]) + 1 if place else 0
                raw = block[first : int(newlines[place])].decode(errors="replace").rstrip("\r")
                odd.append((n_lines + int(place) + 1, int(lengths[place]), raw[:LONGEST_LINE_BYTES]))
            n_lines += len(newlines)
            n_returns += returns
            if progress is not None:
                progress(done / size, f"counting {text.name}")
    if n_returns not in (0, n_lines):
        raise mixed_line_ends(text, n_returns, n_lines)
    if too_many(len(odd), n_lines):
        raise InputRefused(
            "IN-18",
            f"{len(odd):,} of {n_lines:,} records do not have the {length} characters of the layout; "
            f"the first has {odd[0][1]}",
            file=text.name,
            line=odd[0][0],
            remedy=remedy,
        )
    rejects = tuple(
        Reject(line, "record_length", f"{n_bytes} characters instead of {length}", raw)
        for line, n_bytes, raw in odd
    )
    events = [f"padded:{counted(n_padded, 'record')}"] if n_padded else []
    if is_open:
        events.append("last_line_open")
    return Records(n_lines, is_uniform, "crlf" if n_returns else "lf", rejects, tuple(events))


def continuation_bytes(codes: np.ndarray, newlines: np.ndarray) -> np.ndarray:
    """For each line, by how much its bytes of UTF-8 are more than its characters."""
    before = np.concatenate([[0], np.cumsum((codes & 0xC0) == 0x80)])
    return np.diff(before[newlines], prepend=0)


def refuse_controls(
    text: Text, codes: np.ndarray, n_newlines: int, n_returns: int, lines_before: int
) -> None:
    is_bad = codes < BLANK
    if np.count_nonzero(is_bad) == n_newlines + n_returns:
        return
    is_bad &= codes != NEWLINE
    is_bad[:-1] &= ~((codes[:-1] == RETURN) & (codes[1:] == NEWLINE))
    at = int(np.flatnonzero(is_bad)[0])
    line = lines_before + int(np.count_nonzero(codes[:at] == NEWLINE)) + 1
    raise refused_line("IN-04", text, line, int(codes[at]))


def batches(
    text: Text, records: Records, fields: Sequence[Field], *, length: int, load_id: str
) -> pa.RecordBatchReader:
    """load_id, source_line and every field as text, in batches of some 16 MB."""
    schema = pa.schema(
        [
            ("load_id", pa.string()),
            ("source_line", pa.int64()),
            *((each.name, pa.string()) for each in fields),
        ]
    )
    rejected = np.array([reject.source_line for reject in records.rejects], np.int64)

    def produced() -> Iterator[pa.RecordBatch]:
        for block in blocks_of_records(text, records, length):
            is_kept = ~np.isin(block.lines, rejected) if len(rejected) else None
            if len(block.lines):
                yield batch(schema, block, is_kept, fields, load_id)
            if lettered := [each for each in block.lettered if each[0] not in rejected]:
                yield batch_of_lettered(schema, lettered, fields, load_id)

    return pa.RecordBatchReader.from_batches(schema, produced())


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of a file.

    lines     of the records in ASCII, which stand in `content` from `stride` to `stride`
    lettered  (line, text) of those with letters beyond ASCII, in which a character is not a byte
    """

    lines: np.ndarray
    content: bytes
    stride: int
    lettered: tuple[tuple[int, str], ...] = ()


def blocks_of_records(text: Text, records: Records, length: int) -> Iterator[Block]:
    """All records in the order of the file, short ones padded."""
    ending = 2 if records.line_ending == "crlf" else 1
    line = 1
    if records.is_uniform:
        stride = length + ending
        step = max(1, BATCH_BYTES // stride) * stride
        with text.path.open("rb") as file:
            while content := file.read(step):
                count = len(content) // stride
                yield Block(np.arange(line, line + count), content, stride)
                line += count
        return
    with text.path.open("rb") as file:
        while raw := file.readlines(BATCH_BYTES):
            numbered = [(line + place, each.rstrip(b"\r\n")) for place, each in enumerate(raw)]
            plain = [(number, each) for number, each in numbered if each.isascii()]
            yield Block(
                np.array([number for number, _ in plain], np.int64),
                b"".join(each[:length].ljust(length) for _, each in plain),
                length,
                tuple(
                    (number, each.decode().ljust(length)) for number, each in numbered if not each.isascii()
                ),
            )
            line += len(raw)


def batch(
    schema: pa.Schema,
    block: Block,
    is_kept: np.ndarray | None,
    fields: Sequence[Field],
    load_id: str,
) -> pa.RecordBatch:
    count, stride = len(block.lines), block.stride
    columns: list[pa.Array] = [
        pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), [load_id]).cast(pa.string()),
        pa.array(block.lines),
    ]
    offsets: dict[int, pa.Buffer] = {}
    for field in fields:
        width = field.width
        if width not in offsets:
            offsets[width] = pa.py_buffer(np.arange(0, width * (count + 1), width, dtype=np.int32))
        if field.pieces:
            records = np.ndarray((count, stride), np.uint8, block.content)
            parts = [records[:, start - 1 : start - 1 + part] for start, part in field.pieces]
            cells = np.concatenate(parts, axis=1)
        else:
            cells = np.ndarray((count,), f"V{width}", block.content, field.start - 1, (stride,)).copy()
        columns.append(pa.Array.from_buffers(pa.string(), count, [None, offsets[width], pa.py_buffer(cells)]))
    whole = pa.RecordBatch.from_arrays(columns, schema=schema)
    return whole if is_kept is None or is_kept.all() else whole.filter(pa.array(is_kept))


def batch_of_lettered(
    schema: pa.Schema, records: Sequence[tuple[int, str]], fields: Sequence[Field], load_id: str
) -> pa.RecordBatch:
    """The same for records in which places must be counted in characters."""
    columns = [
        pa.array([load_id] * len(records), pa.string()),
        pa.array([line for line, _ in records], pa.int64()),
    ]
    for field in fields:
        pieces = field.pieces or ((field.start, field.width),)
        cells = [
            "".join(record[start - 1 : start - 1 + width] for start, width in pieces) for _, record in records
        ]
        columns.append(pa.array(cells, pa.string()))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    text: Text,
    records: Records,
    fields: Sequence[Field],
    *,
    length: int,
    load_id: str,
) -> None:
    """Land every record that is not rejected into raw.<table>."""
    connection.register("incoming", batches(text, records, fields, length=length, load_id=load_id))
    names = ", ".join(["load_id", "source_line", *(identifier(each.name) for each in fields)])
    connection.execute(f"insert into raw.{table} by name select {names} from incoming")
    connection.unregister("incoming")
