"""What both pages are made with: their templates, their style and the one script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import escape

from analytics.render.cells import unbroken

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page", "contents", "answer", "figures", "tables", "numbers", "person_time", "phone", "print")
"""In this order: what comes later wins."""

SCRIPTS = ("open", "contents", "curves", "printed_numbers", "numbers", "exact_limits", "person_time", "close")
"""Parts of one function, which "open" begins and "close" ends."""


def make_environment() -> Environment:
    """Templates in which everything is escaped and nothing may be missing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_string"] = css_string
    environment.filters["unbroken"] = unbroken
    # A page whose numbers can be pressed puts its own filter here.
    environment.filters["numbered"] = escape
    return environment


def css_string(text: str) -> str:
    """A text as a CSS string: whatever is no letter, digit or plain blank as its code point."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


def style() -> str:
    return _joined("styles", STYLES, ".css")


def script() -> str:
    return _joined("scripts", SCRIPTS, ".js")


def _joined(folder: str, names: tuple[str, ...], suffix: str) -> str:
    parts = ((TEMPLATES / folder / f"{name}{suffix}").read_text(encoding="utf-8") for name in names)
    return "".join(parts).strip()
