"""The first screen by hand: what is said follows the primary estimate, and how far it is trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.questions.published_numbers import PAPERS, audit_paper_file
from analytics.render.lookup import first
from analytics.render.words import CANNOT_TELL, HOLDS_ONE, LIMITED, MOST_WORDS, SOLID, answers, shortened
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.guardrails import EvidenceCard
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, CoxId
from analytics.results.population import StandardisedIncidence
from analytics.warehouse.study import Highlight, Paper
from tests.analytics.empty_results import STUDY, results_of_nobody

A_AND_B = replace(STUDY, index_short_label="A", second_short_label="sB")
SIR = (StandardisedIncidence({}, 3, 1.0, 100.0, 3.0, (0.6, 8.8), None, None),)
MANY, SOME, FEW = ("adequate", ()), ("few_events", ("8 deaths of 20 (B: with), fewer than 10",)), (
    "too_few_events", ("2 deaths of 3 (B: with), fewer than 5",)
)  # fmt: skip


def model(id: CoxId, hr: float, limits: tuple[float, float], card=MANY, variable="second_primary"):
    evidence = EvidenceCard(*card, 10.0, False, ())
    level = "No/Unknown" if variable == "chemotherapy" else "with"
    term = CoxTerm(variable, level, None, 0.0, 0.1, hr, limits, 0.01, evidence)
    return CoxAnalysis(id, "death", "efron", None, 100, 50, 0, terms=(term,))


@pytest.mark.parametrize(("limits", "card", "trust", "why"), [
    ((1.8, 4.1), MANY, SOLID, "Enough deaths for this ratio; the interval excludes 1."),
    ((0.2, 0.9), MANY, SOLID, "Enough deaths for this ratio; the interval excludes 1."),
    ((0.9, 4.1), MANY, CANNOT_TELL, HOLDS_ONE),
    ((1.8, 4.1), SOME, LIMITED, "Few events: 8 deaths of 20 (B: with), fewer than 10."),
    ((1.8, 4.1), FEW, CANNOT_TELL, "Few events: 2 deaths of 3 (B: with), fewer than 5."),
])  # fmt: skip
def test_trust_follows_the_events_and_the_interval(limits, card, trust, why):
    said = first(answers(results_of_nobody(
        study=A_AND_B, cox=(model(ADJUSTED, 2.7, limits, card),), sir=SIR)), about="survival")  # fmt: skip
    assert (said.trust, said.why) == (trust, why)


@pytest.mark.parametrize("adjusted", [2.74, 0.61])
def test_the_adjusted_ratio_leads_whichever_way_it_points_and_the_conventional_one_is_second(adjusted):
    cox = (model(ADJUSTED, adjusted, (0.5, 3.0)), model(NAIVE, 0.49, (0.3, 0.8)))
    said = first(answers(results_of_nobody(study=A_AND_B, cox=cox, sir=SIR)), about="survival").data
    assert said.startswith(f"From sB on the adjusted hazard of death is {adjusted} times (0.50 to 3.00)")
    assert said.endswith("Conventional (grouped by later sB): 0.49.")


def test_the_papers_number_stands_beside_the_conventional_one_where_a_ledger_has_it():
    cox = (
        model(FIRTH, 10.0, (1.8, 77.8), SOME, "chemotherapy"),
        model(TOGETHER, 12.7, (1.6, 99.0), FEW, "chemotherapy"),
    )
    ledger = audit_paper_file(PAPERS / "jia2024.csv", {})
    for published, end in (
        ((), "conventional 12.7."),
        (ledger, "conventional 12.7, the paper prints 13.840."),
    ):
        results = results_of_nobody(study=A_AND_B, cox=cox, sir=SIR, published=published)
        said = first(answers(results), about="treatment_after")
        assert said.data.endswith(end) and said.trust == LIMITED


def test_the_papers_order_comes_first_and_what_it_leaves_out_comes_after():
    highlights = (Highlight("eras", "more often"), Highlight("age", "the young"))
    study = replace(A_AND_B, paper=Paper("A", "T", "J", 2024, "10.1000/x", highlights))
    said = answers(results_of_nobody(study=study, sir=SIR))
    assert [(answer.about, answer.paper) for answer in said] == [
        ("eras", "more often"), ("age", "the young"), ("chemotherapy", ""), ("survival", ""),
        ("treatment_after", ""), ("incidence", ""),
    ]  # fmt: skip


def test_a_reason_is_cut_between_sentences_only():
    long = " ".join(["word"] * MOST_WORDS)
    assert shortened(f"One. {long}.") == "One."
    assert shortened(f"{long}.") == f"{long}."
    assert shortened(f"{long} more.") == "Why stands in the section on it."
