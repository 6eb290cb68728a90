"""The messages of Arrow Flight SQL on the wire: protobuf, of which they need numbers and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TYPE = "type.googleapis.com/arrow.flight.protocol.sql."
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
LONGEST_VARINT = 10


class Unreadable(ValueError):
    """Bytes that are not such a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its name and the numbers of its fields; a field that was not given is not there."""

    name: str
    fields: Mapping[int, list[int | bytes]]

    def bytes(self, number: int) -> bytes:
        """The last value of a field of bytes; empty where it was not given."""
        value = self.fields.get(number, [b""])[-1]
        if not isinstance(value, bytes):
            raise Unreadable(f"field {number} of {self.name} is a number")
        return value

    def text(self, number: int) -> str | None:
        """The same as text; None where it was not given, which an empty text is not."""
        return self.bytes(number).decode() if number in self.fields else None

    def texts(self, number: int) -> list[str]:
        return [value.decode() for value in self.fields.get(number, []) if isinstance(value, bytes)]

    def numbers(self, number: int) -> list[int]:
        """A field of many numbers, packed or one by one; what is below zero comes as a very large one."""
        values: list[int] = []
        for value in self.fields.get(number, []):
            values += [value] if isinstance(value, int) else list(varints(value))
        return [value - 2**64 if value >= 2**63 else value for value in values]


def read_command(content: bytes) -> Message | None:
    """The command that a descriptor, ticket or action holds; None for anything else, such as plain SQL.

    Raises Unreadable for a command whose content is none.
    """
    try:
        wrapper = Message("Any", fields_of(content))
        url = wrapper.text(1) or ""
    except ValueError:
        return None
    if not url.startswith(TYPE):
        return None
    return Message(url.removeprefix(TYPE), fields_of(wrapper.bytes(2)))


def write_command(name: str, fields: Mapping[int, bytes]) -> bytes:
    """A message in the wrapper that says what it is."""
    return write_message({1: (TYPE + name).encode(), 2: write_message(fields)})


def write_message(fields: Mapping[int, bytes]) -> bytes:
    return b"".join(
        varint(number << 3 | BYTES) + varint(len(value)) + value for number, value in fields.items()
    )


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def fields_of(content: bytes) -> dict[int, list[int | bytes]]:
    """Every field by its number, in order; raises Unreadable."""
    fields: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(content):
        key, at = read_varint(content, at)
        kind = key & 7
        value: int | bytes
        if kind == VARINT:
            value, at = read_varint(content, at)
        else:
            if kind == BYTES:
                size, at = read_varint(content, at)
            elif kind in (EIGHT_BYTES, FOUR_BYTES):
                size = 8 if kind == EIGHT_BYTES else 4
            else:
                raise Unreadable("an unknown kind of field")
            if at + size > len(content):
                raise Unreadable("a field that ends after the message")
            value, at = content[at : at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def varints(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = read_varint(content, at)
        yield value


def read_varint(content: bytes, at: int) -> tuple[int, int]:
    """The number that begins at a place, and where it ends."""
    value = 0
    for place, byte in enumerate(content[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise Unreadable("a number without an end")
