"""A signed exception, read as strictly as a study: each key once, no references, nothing invisible."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import yaml

from analytics.disclosure.profiles import ProfileRefused, SignedException, profile_named
from flows.building.study_file import StrictLoader
from flows.files.given_file import read_given
from flows.terminal.escaping import is_shown

WANTED, MAY_BE = {"name", "reason", "expires", "profile"}, {"despite"}
LEAST_LETTERS = 3


def read_exception(file: Path) -> SignedException:
    """A YAML mapping of name, reason, expires (a date), profile; perhaps `despite`, names between commas.

    Raises UsageError where the file cannot be read (POL-09), ProfileRefused where it is not properly signed.
    """
    content = read_given(file, "signed exception", code="POL-09")
    try:
        document = StrictLoader(content).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ProfileRefused(
            "the exception file is not YAML that metachron accepts: each key once, and no references"
        ) from None
    if not isinstance(document, dict) or document.keys() - MAY_BE != WANTED:
        raise ProfileRefused("an exception file has name, reason, expires and profile, and may have despite")
    for field, text in document.items():
        if not isinstance(text, str) or len(text.strip()) < LEAST_LETTERS:
            raise ProfileRefused(f"`{field}` is empty: an exception is signed by a person and says why")
        if not all(is_shown(letter) for letter in text.replace("\n", "")):
            raise ProfileRefused(f"`{field}` holds invisible characters")
    profile_named(document["profile"])
    return SignedException(
        document["name"].strip(),
        document["reason"].strip(),
        _day(document["expires"]),
        document["profile"],
        hashlib.sha256(content).hexdigest(),
        tuple(each.strip() for each in document["despite"].split(",")) if "despite" in document else (),
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ProfileRefused("`expires` is a date, such as 2026-12-31")
    return day
