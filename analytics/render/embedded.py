"""Data for the page's script."""

from __future__ import annotations

import json
from typing import Any


def embedded_json(value: Any) -> str:
    """Plain values as JSON that is safe inside a script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
