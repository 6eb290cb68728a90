"""Two hundred random tables, protected and attacked."""

from __future__ import annotations

from tests.disclosure.test_suppression import (
    SEER,
    attack,
    check_that_a_higher_threshold_reveals_no_more,
    check_that_renamed_levels_hide_as_many,
)


def soak() -> str:
    for seed in range(200):
        check_that_a_higher_threshold_reveals_no_more(seed)
        check_that_renamed_levels_hide_as_many(seed)
    found = attack(range(200))
    protected = sum(width >= SEER.threshold for width in found)
    assert protected == len(found) > 500, f"cells protected {protected}/{len(found)}"
    return f"cells protected {protected}/{len(found)}, narrowest interval {min(found)}"
