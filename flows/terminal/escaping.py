"""Text for a terminal: names and values come from files, and may hold what moves the cursor or hides words.

Control characters, the marks that turn the direction of writing, and bytes that are no text (surrogates) are
shown as escapes. Failures, answers and progress all pass through here.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any


def escape(text: str, *, kept: str = "") -> str:
    """The text with every character that a screen would not simply show as an escape, but for those kept."""
    if text.isprintable():
        return text
    return "".join(letter if is_shown(letter) or letter in kept else repr(letter)[1:-1] for letter in text)


def is_shown(letter: str) -> bool:
    """Python counts the spaces of other scripts as unprintable; they do no harm."""
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


def is_unicode(text: str) -> bool:
    """Whether every letter is one; bytes of another encoding come as surrogates, which nothing can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def escape_lines(text: str) -> str:
    """The same for a text of several lines."""
    return escape(text, kept="\n\t")


def as_json(facts: Any) -> str:
    """One line of JSON in which the same characters are written as JSON's own escapes."""
    text = json.dumps(facts, ensure_ascii=False, default=str)
    if text.isprintable():
        return text
    return "".join(letter if is_shown(letter) else json.dumps(letter)[1:-1] for letter in text)
