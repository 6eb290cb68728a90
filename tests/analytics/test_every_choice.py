"""No choice between two sentences can be turned round without a test that fails.

Every module of `analytics.render` and `analytics.questions` is walked, and the summary on one screen. Whoever
adds a choice adds a test of both its verdicts to test_both_verdicts.py or to another of `HOLDERS`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import analytics.questions
import analytics.render
from tests.analytics import (
    test_both_verdicts,
    test_data_quality,
    test_few_events,
    test_figures_said,
    test_files_said,
    test_guardrails,
    test_multiplicity,
    test_parametric_survival,
    test_questions_said,
    test_sensitivity_shown,
    test_tidy,
    test_words,
)
from tests.analytics.chosen_words import cases, not_found, not_held

WALKED = (
    "analytics.summary",
    *(
        found.name
        for package in (analytics.render, analytics.questions)
        for found in walk_packages(package.__path__, f"{package.__name__}.")
        if not found.ispkg
    ),
)
HOLDERS = (
    test_both_verdicts,
    test_figures_said,
    test_files_said,
    test_questions_said,
    test_parametric_survival,
    test_words,
    test_few_events,
    test_sensitivity_shown,
    test_multiplicity,
    test_guardrails,
    test_data_quality,
    test_tidy,
)


def test_every_choice_between_sentences_is_held(results):
    unseen = not_held(map(import_module, WALKED), cases(HOLDERS, results=results))
    assert not unseen, "turned round unseen:\n" + "\n".join(unseen)


def test_every_choice_between_sentences_is_found():
    assert not_found(map(import_module, WALKED)) == []
