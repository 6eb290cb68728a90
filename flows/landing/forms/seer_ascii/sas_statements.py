"""SAS programs taken apart into statements of words, texts and signs, in one pass whatever they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What is left open runs to the end of the program, so that no place is looked at twice.
PARTS = (
    r"(?P<comment>/\*(?:[^*]|\*(?!/))*(?:\*/)?)"
    r"|(?P<text>\"(?:[^\"]|\"\")*(?:\"|\Z)|'(?:[^']|'')*(?:'|\Z))(?P<hex>[xX]\b)?"
    r"|(?P<word>[A-Za-z_]\w*|\d+(?:\.\d+)?)"
    r"|(?P<sign>\S)"
)
TOKEN = re.compile(rf"\s*(?:{PARTS})")
# A statement that begins with a star is a remark, in which an apostrophe is one.
COMMENT_OR_TOKEN = re.compile(rf"\s*(?:(?P<remark>\*[^;]*;?)|{PARTS})")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a text without its quotes, or a sign."""

    kind: str
    value: str

    def says(self, word: str) -> bool:
        return self.kind == "word" and self.value.lower() == word


Statement = tuple[Token, ...]


def statements(program: str) -> Iterator[Statement]:
    """Each statement without its semicolon; comments, also those that are a statement, are left out."""
    tokens: list[Token] = []
    place, end = 0, len(program)
    while place < end:
        match = (TOKEN if tokens else COMMENT_OR_TOKEN).match(program, place)
        if match is None:  # blanks at the end
            break
        place = match.end()
        kind, value = match.lastgroup or "", match[0].lstrip()
        if kind in ("comment", "remark"):
            continue
        if kind == "sign" and value == ";":
            if tokens:
                yield tuple(tokens)
            tokens = []
        else:
            tokens.append(read_text(match) if kind in ("text", "hex") else Token(kind, value))
    if tokens:
        yield tuple(tokens)


def read_text(match: re.Match[str]) -> Token:
    quote = match["text"][0]
    inner = match["text"][1:].removesuffix(quote).replace(quote * 2, quote)
    if match["hex"] and re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", inner):
        inner = bytes.fromhex(inner).decode("latin-1")
    return Token("text", inner)
