"""The fuzz tests of tests/landing with many more examples: only coded refusals, and no record lost.

Every parser has a process of its own, all side by side, for METACHRON_SOAK_SECONDS each.
"""

from __future__ import annotations

import importlib
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from tests import landing

SECONDS = float(os.environ.get("METACHRON_SOAK_SECONDS", "60"))
AT_ONCE = 12
MODULES = sorted(path.stem for path in Path(landing.__file__).parent.glob("test_fuzz*.py"))

Case = tuple[str, str, int]  # module, test, place among what pytest would give it


def cases() -> list[Case]:
    """Every fuzz test of every module, as often as pytest would run it."""
    return [
        (module, name, place)
        for module in MODULES
        for name, test in fuzz_tests(module)
        for place in range(len(given_to(test)))
    ]


def soak() -> str:
    tried_cases = cases()
    with ProcessPoolExecutor(len(tried_cases), get_context("spawn")) as processes:
        ended = list(processes.map(try_case, tried_cases))
    assert not any(wrong for _, wrong in ended), "; ".join(wrong for _, wrong in ended if wrong)
    counts: Counter[str] = Counter()
    for (_, name, _), (number, _) in zip(tried_cases, ended, strict=True):
        counts[name.removeprefix("test_").replace("_", " ")] += number
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return (
        f"{sum(counts.values()):,} inputs, {len(tried_cases)} parsers side by side for {SECONDS:.0f} s, "
        f"uncoded failures 0, records lost 0 ({told})"
    )


def fuzz_tests(module: str) -> list[tuple[str, Callable[..., Any]]]:
    """The tests of a module that hypothesis gives examples."""
    members = vars(importlib.import_module(f"tests.landing.{module}"))
    return [
        (name, test)
        for name, test in sorted(members.items())
        if name.startswith("test_") and hasattr(test, "hypothesis") and test.__module__.endswith(module)
    ]


def given_to(test: Callable[..., Any]) -> list[dict[str, Any]]:
    """What pytest would give a test besides its examples, by its marks; or nothing, once."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return [
        dict(zip([mark.args[0] for mark in marks], values, strict=True))
        for values in product(*(mark.args[1] for mark in marks))
    ]


def try_case(case: Case) -> tuple[int, str]:
    """How many examples a parser took, and what it did wrong; the others go on."""
    module, name, place = case
    test = dict(fuzz_tests(module))[name]
    try:
        return tried(test, given_to(test)[place], SECONDS), ""
    except Exception as wrong:  # whatever a reader stumbles over is what is looked for
        traceback.print_exc()
        return 0, f"{name} {place}: {type(wrong).__name__} {str(wrong)[:200]}"


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
