"""Printed numbers: what the paper's own numbers contradict, and a language that can do nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.published_numbers.expressions import NotThere, find_value, recompute
from analytics.questions.published_numbers import (
    PAPERS,
    audit_paper_file,
    audit_printed_numbers,
    decimals_of,
    verdict,
)
from analytics.results.json_file import plain
from analytics.warehouse.marts import open_marts
from analytics.warehouse.study import Era, read_study
from tests.analytics.empty_results import results_of_nobody

PAPER = PAPERS / "jia2024.csv"


def test_the_ledger_alone_finds_every_contradiction_within_the_paper():
    by_words = {
        (c.what, c.printed): c.recomputed for c in audit_paper_file(PAPER, {}) if c.verdict == "differs"
    }
    assert by_words["ALL in 1975-2002, per cent", "0.25"] == pytest.approx(100 * 8 / 31_989)
    assert by_words["ALL in 2003-2018, per cent", "0.31"] == pytest.approx(100 * 10 / 32_640)
    assert by_words["race, all levels: without ALL", "64611"] == 64_611 - 224
    assert by_words["marital status, all levels: without ALL", "64611"] == 64_611 - 3_882
    assert by_words["marital status, all levels: with ALL", "18"] == 16
    assert by_words["survival from ALL: lower limit", "0"] == pytest.approx(-3.61)
    assert len(by_words) == 13


@pytest.fixture(scope="module")
def papers_study(warehouse):
    with open_marts(warehouse) as marts:
        return read_study(marts)


def test_the_study_of_the_paper_is_compared_with_it_whatever_it_is_called(papers_study):
    assert len(audit_printed_numbers(results_of_nobody(study=papers_study))) > 100
    assert (
        len(audit_printed_numbers(results_of_nobody(study=replace(papers_study, name="x", title="X")))) > 100
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"min_latency_months": 2},
        {"max_primaries": 3},
        {"other_primaries": "censor"},
        {"second_definition": "site_recode_35011"},
        {"eras": (Era("1975-1994", 1975, 1994), Era("1995-2018", 1995, 2018))},
        {"registries": ()},
        {"cancers": ()},
        {"sources": ()},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_definition_under_the_papers_name_is_compared_with_nothing(papers_study, changed):
    assert papers_study.name == "mm_sall"
    assert audit_printed_numbers(results_of_nobody(study=replace(papers_study, **changed))) == ()


def test_two_untreated_patients_cannot_give_the_limits_of_table_2():
    (number,) = (c for c in audit_paper_file(PAPER, {}) if c.verdict == "impossible")
    assert (number.printed, number.recomputed, number.where) == ("2", 3, "Tables 1 and 2")


@pytest.mark.parametrize(("printed", "expression", "said"), [
    ("2", "at_least(3)", "impossible"), ("3", "at_least(3)", "agrees"), ("2.6", "at_least(2.64)", "agrees"),
    ("2.5", "at_least(2.66)", "impossible"), ("101", "at_most(100)", "impossible"),
    ("99", "at_most(100)", "agrees"), (">0.99", "at_least(1)", "agrees"),
    ("<0.05", "at_least(0.06)", "impossible"), ("3", "2 * at_least(3)", "differs"),
    ("2.6", "at_least(2649 / 1000)", "agrees"), ("2.6", "at_least(2651 / 1000)", "impossible"),
    ("2.6", "at_most(2551 / 1000)", "agrees"), ("2.6", "at_most(2549 / 1000)", "impossible"),
])  # fmt: skip
def test_a_printed_number_beyond_a_bound_is_impossible(printed, expression, said):
    assert verdict(printed, recompute(expression, {})) == said


def test_without_registry_data_numbers_of_the_warehouse_are_not_recomputable():
    printed_numbers = audit_paper_file(PAPER, {})
    assert {c.verdict for c in printed_numbers if c.basis == "warehouse"} == {"not_recomputable"}


def test_identifiers_are_unique_and_every_expression_is_in_the_language(results):
    printed_numbers = audit_paper_file(PAPER, plain(results))
    assert len({c.id for c in printed_numbers}) == len(printed_numbers) >= 110
    lost = [c.id for c in printed_numbers if c.expression and c.verdict == "not_recomputable"]
    assert lost == []


def test_a_wald_p_from_rounded_limits_agrees_within_their_rounding():
    again = recompute("wald_p(0.602, 0.132, 2.748)", {})
    assert verdict("0.513", again) == "agrees"
    assert verdict("0.520", again) == "differs"


@pytest.mark.parametrize(("printed", "value", "said"), [
    ("0.012", 0.01249, "agrees"), ("0.012", 0.01251, "differs"), ("34.0", 34.04, "agrees"),
    ("64629", 64_629, "agrees"), ("<0.001", 0.0009, "agrees"), ("<0.001", 0.001, "differs"),
    (">0.99", 0.991, "agrees"), (">0.99", 0.99, "differs"),
])  # fmt: skip
def test_a_number_agrees_if_the_value_rounds_to_it(printed, value, said):
    assert verdict(printed, recompute(f"{value!r} + 0 * {{x}}", {"x": 0})) == said


def test_decimals_are_those_printed():
    assert [decimals_of(text) for text in ("18", "0.020", "<0.001", "34.0")] == [0, 3, 3, 1]


def test_a_place_is_found_by_fields_and_by_position():
    results = {"eras": [{"era": "1975-2002", "ci": [1.0, 2.0]}, {"era": "2003-2018", "ci": [3.0, None]}]}
    assert find_value("eras[era=2003-2018].ci[0]", results) == 3.0
    with pytest.raises(NotThere):
        find_value("eras[era=2003-2018].ci[1]", results)
    with pytest.raises(NotThere):
        find_value("eras[era=1950].ci[0]", results)


@pytest.mark.parametrize("expression", [
    "__import__('os').system('true')", "open('x')", "(1).__class__", "percent(1, 2, **{})", "2 ** 9",
    "[x for x in y]",
])  # fmt: skip
def test_a_ledger_can_run_nothing_but_its_arithmetic(expression):
    with pytest.raises(ValueError):
        recompute(expression, {})
