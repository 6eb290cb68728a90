"""The fuzz tests of tests/landing with many more examples: only coded refusals, and no record lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import cycle, repeat
from typing import Any

from hypothesis import HealthCheck, settings

from tests.landing import test_fuzz

SECONDS = float(os.environ.get("METACHRON_SOAK_SECONDS", "60"))
AT_ONCE = 12


def soak() -> str:
    tests = [test for name, test in sorted(vars(test_fuzz).items()) if name.startswith("test_")]
    counts = {test.__name__.removeprefix("test_"): tried(test, SECONDS / len(tests)) for test in tests}
    told = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,} inputs, uncoded failures 0, records lost 0 ({told})"


def tried(test: Callable[..., Any], seconds: float) -> int:
    """How many examples one test took in a while, each of its forms in turn; each batch has other seeds."""
    until, count = time.monotonic() + seconds, 0
    of_forms = test is test_fuzz.test_every_other_form
    forms = cycle({"form": form} for form in test_fuzz.FORMS) if of_forms else repeat({})

    def counted(*given: Any, **named: Any) -> None:
        nonlocal count
        count += 1
        inner(*given, **named)

    handle = test.hypothesis  # type: ignore[attr-defined]
    inner = handle.inner_test
    handle.inner_test = counted
    test._hypothesis_internal_use_settings = settings(  # type: ignore[attr-defined]
        max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    try:
        while time.monotonic() < until:
            test(**next(forms))
    finally:
        handle.inner_test = inner
    return count
