"""Two hundred random tables, protected and attacked."""

from __future__ import annotations

from tests.disclosure.test_suppression import SEER, attack


def soak() -> str:
    found = attack(range(200))
    protected = sum(width >= SEER.threshold for width in found)
    assert protected == len(found) > 500, f"cells protected {protected}/{len(found)}"
    return f"cells protected {protected}/{len(found)}, narrowest interval {min(found)}"
