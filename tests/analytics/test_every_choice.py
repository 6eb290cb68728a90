"""No choice between two sentences can be turned round without a test that fails.

Whoever adds one adds a test of both its verdicts to test_both_verdicts.py or to another of `HOLDERS`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import analytics.render.page
import analytics.render.tables
from tests.analytics import (
    test_both_verdicts,
    test_data_quality,
    test_few_events,
    test_guardrails,
    test_multiplicity,
    test_sensitivity_shown,
    test_tidy,
    test_words,
)
from tests.analytics.chosen_words import cases, not_held

WALKED = (
    "analytics.render.words",
    "analytics.render.reasons",
    "analytics.render.place_words",
    "analytics.render.public_words",
    "analytics.render.withheld",
    "analytics.summary",
    "analytics.questions.adjustment",
    "analytics.questions.analysis",
    "analytics.questions.model_card",
    *(
        f"{package.__name__}.{found.name}"
        for package in (analytics.render.page, analytics.render.tables)
        for found in iter_modules(package.__path__)
        if not found.ispkg
    ),
)
HOLDERS = (
    test_both_verdicts,
    test_words,
    test_few_events,
    test_sensitivity_shown,
    test_multiplicity,
    test_guardrails,
    test_data_quality,
    test_tidy,
)


def test_every_choice_between_sentences_is_held(results):
    modules = [import_module(name) for name in WALKED]
    unseen = not_held(modules, cases(HOLDERS, results=results))
    assert not unseen, "turned round unseen:\n" + "\n".join(unseen)
