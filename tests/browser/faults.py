"""What is wrong with a page as its reader meets it: words of the machine, places that are empty or cut off,
texts on one another, links to nowhere, one number told in two ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

UNFOLD = """() => {
  for (const each of document.querySelectorAll('details')) each.open = true;
}"""

FIND = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def faults(page: Any) -> list[str]:
    """Each fault once, in words; of what is seen with everything unfolded."""
    page.evaluate(UNFOLD)
    return page.evaluate(FIND)


def faults_in_every_view(page: Any) -> list[str]:
    """Those of the page as it opens, and of each way of asking that it offers."""
    found = faults(page)
    for radio in page.locator(".explorer input[type=radio]").all():
        if radio.is_visible():
            radio.check()
            asked = radio.evaluate("each => each.labels[0].innerText.trim()")
            found += [f"{fault} ({asked})" for fault in page.evaluate(FIND) if fault not in found]
    return found
