"""The fuzz tests of tests/landing with many more examples: only coded refusals, and no record lost."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from tests.landing import test_fuzz

SECONDS = float(os.environ.get("METACHRON_SOAK_SECONDS", "60"))
AT_ONCE = 12


def soak() -> str:
    tests = [test for name, test in sorted(vars(test_fuzz).items()) if name.startswith("test_")]
    every = [(test, given) for test in tests for given in forms_of(test)]
    counts: Counter[str] = Counter()
    for test, given in every:
        counts[test.__name__.removeprefix("test_")] += tried(test, given, SECONDS / len(every))
    told = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,} inputs, uncoded failures 0, records lost 0 ({told})"


def forms_of(test: Callable[..., Any]) -> list[dict[str, Any]]:
    """What pytest would give a test besides its examples: one form at a time, or nothing."""
    if test is not test_fuzz.test_every_other_form:
        return [{}]
    return [{"form": form} for form in test_fuzz.FORMS]


def tried(test: Callable[..., Any], given: dict[str, Any], seconds: float) -> int:
    """How many examples one test took in a while; each batch has other seeds."""
    until, count = time.monotonic() + seconds, 0

    def counted(*places: Any, **names: Any) -> None:
        nonlocal count
        count += 1
        inner(*places, **names)

    handle = test.hypothesis  # type: ignore[attr-defined]
    inner = handle.inner_test
    handle.inner_test = counted
    test._hypothesis_internal_use_settings = settings(  # type: ignore[attr-defined]
        max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    try:
        while time.monotonic() < until:
            test(**given)
    finally:
        handle.inner_test = inner
    return count
