"""Unmet expectations as annotations of a GitHub job: `python3 deploy/annotate.py var/audit/audit.json`.

Needs nothing but Python, and says so when the run did not come as far as an audit.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def annotations(audit: Path) -> list[str]:
    """A line for each expectation that did not hold; one if there was no audit."""
    try:
        expectations = json.loads(audit.read_text(encoding="utf-8"))["expectations"]
    except (OSError, ValueError, LookupError, TypeError):
        return ["::error title=no audit::The job ended before the audit; its log says where."]
    return [annotation(expectation) for expectation in expectations if expectation["outcome"] != "held"]


def annotation(expectation: dict[str, str]) -> str:
    is_warning = expectation["outcome"] == "failed" and expectation["severity"] == "warning"
    title = in_message(expectation["expectation"]).replace(":", "%3A").replace(",", "%2C")
    return f"::{'warning' if is_warning else 'error'} title={title}::{in_message(expectation['means'])}"


def in_message(text: str) -> str:
    """As GitHub's workflow commands want it: one line, and no sign that ends it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.stdout.write("\n".join(annotations(Path(sys.argv[1]))) + "\n")
