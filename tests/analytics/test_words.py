"""The first screen by hand: what is said follows the primary estimate, and how far it is trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.questions.multiplicity import BETWEEN_LEVELS, WITH_FIRTH
from analytics.questions.published_numbers import PAPERS, audit_paper_file
from analytics.render.lookup import first
from analytics.render.words import CANNOT_TELL, HOLDS_ONE, LIMITED, MOST_WORDS, SOLID, answers, shortened
from analytics.results.characteristics import NumericSummary
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.guardrails import EvidenceCard
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, CoxId
from analytics.results.population import IncidenceRatioTest, StandardisedIncidence
from analytics.results.statistical_tests import AdjustedTest, Table1Test, VariableTest
from analytics.results.statistical_tests import TestFamily as Family
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
    ((1.8, 4.1), FEW, CANNOT_TELL, "Too few events: 2 deaths of 3 (B: with), fewer than 5."),
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
    assert said.endswith("Conventional: grouped by later sB 0.49.")


def test_the_papers_number_stands_beside_the_conventional_one_where_a_ledger_has_it():
    cox = (
        model(FIRTH, 10.0, (1.8, 77.8), SOME, "chemotherapy"),
        model(TOGETHER, 12.7, (1.6, 99.0), FEW, "chemotherapy"),
    )
    model_of_table2 = {"id": TOGETHER, "terms": [
        {"variable": "chemotherapy", "level": "No/Unknown", "reference": "Yes", "hr": 12.7}
    ]}  # fmt: skip
    ledger = audit_paper_file(PAPERS / "jia2024.csv", {"cox": [model_of_table2]})
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


AGES = ("Under 50", "50-59", "60-69")


def with_trend(p: float, p_holm: float | None, ratios: tuple[float, float, float]):
    """Thirty cases, the young at higher risk in Table 1, and a trend of the ratios to the population."""
    rows = [StandardisedIncidence({}, 30, 3.0, 900.0, 10.0, (6.7, 14.3), None, 0.001)]
    rows += [
        StandardisedIncidence({"attained_age": age}, 10, 1.0, 300.0, sir, (1.0, 90.0), None, 0.5)
        for age, sir in zip(AGES, ratios, strict=True)
    ]
    numeric = [
        NumericSummary("age_at_index_years", group, n, 60.0, 9.0, median, 40.0, 80.0)
        for group, n, median in (("with", 30, 59.0), ("without", 900, 69.0))
    ]
    tested = AdjustedTest("attained_age: trend", p, p_holm)
    families = (Family(BETWEEN_LEVELS, 8, 1, 0, (tested,)),) if p_holm is not None else ()
    return results_of_nobody(
        study=A_AND_B, sir=tuple(rows), table1_numeric=tuple(numeric), multiplicity=families,
        table1_tests=(Table1Test("age_at_index_years", "mann_whitney", 5.0, None, 0.0001),),
        sir_tests=(IncidenceRatioTest("attained_age", "trend", 5.0, 1.0, p, 9.0),),
    )  # fmt: skip


@pytest.mark.parametrize(("p", "p_holm", "ratios", "trust", "why"), [
    (0.015, 0.12, (12.0, 10.0, 3.0), CANNOT_TELL,
     "Only a hint: it does not survive Holm's adjustment for 8 tests."),
    (0.015, 0.12, (10.0, 16.0, 3.0), CANNOT_TELL,
     "Only a hint: it does not survive Holm's adjustment for 8 tests. Ratios rise and fall with age."),
    (0.001, 0.008, (10.0, 16.0, 3.0), CANNOT_TELL,
     "The ratio differs by age, without one direction. Ratios rise and fall with age."),
    (0.001, 0.008, (12.0, 10.0, 3.0), LIMITED,
     "Younger patients live longer at risk; against the population the ratio still differs by age."),
])  # fmt: skip
def test_a_trend_counts_only_if_it_survives_the_adjustment_and_goes_one_way(p, p_holm, ratios, trust, why):
    said = first(answers(with_trend(p, p_holm, ratios)), about="age")
    assert (said.trust, said.why) == (trust, why)
    assert f"(Holm, 8 tests: {p_holm:.3f})" in said.data


def test_the_firth_ratio_is_never_solid_and_falls_with_the_adjustment():
    cox = (model(FIRTH, 10.0, (1.8, 77.8), MANY, "chemotherapy"),)
    survives = first(answers(results_of_nobody(study=A_AND_B, cox=cox, sir=SIR)), about="treatment_after")
    assert survives.trust == LIMITED and survives.why.startswith("Whoever died before treatment")
    tested = AdjustedTest("chemotherapy: No/Unknown", 0.01, 0.06)
    family = Family(WITH_FIRTH, 6, 1, 0, (tested,))
    fell = first(
        answers(results_of_nobody(study=A_AND_B, cox=cox, sir=SIR, multiplicity=(family,))),
        about="treatment_after",
    )
    assert (fell.trust, fell.why) == (
        CANNOT_TELL, "Only a hint: it does not survive Holm's adjustment for 6 tests.",
    )  # fmt: skip


def test_a_ratio_that_drifts_over_the_follow_up_is_an_average_and_not_solid():
    drift = (VariableTest("second_primary", "schoenfeld_km", 6.0, 1.0, 0.01),)
    drifting = replace(model(ADJUSTED, 2.7, (1.8, 4.1)), proportional_hazards=drift)
    said = first(answers(results_of_nobody(study=A_AND_B, cox=(drifting,), sir=SIR)), about="survival")
    assert (said.trust, said.why) == (
        LIMITED,
        "The ratio changes over the follow-up: this one is an average.",
    )


def test_deaths_too_few_to_fit_the_model_are_counted_and_no_second_cancers_are_not_those():
    nobody = replace(model(FIRTH, 1.0, (0.5, 2.0)), terms=(), n=0, events=0)
    for fitted, why in (
        (replace(nobody, n=3, events=3), "There are too few deaths (3) to fit the model."),
        (nobody, "There are no second cancers to compare."),
    ):
        said = first(
            answers(results_of_nobody(study=A_AND_B, cox=(fitted,), sir=SIR)), about="treatment_after"
        )
        assert (said.data, said.why) == ("Not estimable.", why)


@pytest.mark.parametrize(("with_second", "why"), [
    (59.0, "Younger patients live longer at risk; against the population no trend is shown."),
    (75.0, "The population's rates differ by age too; against the population no trend is shown."),
])  # fmt: skip
def test_the_reason_of_the_ages_follows_their_direction(with_second, why):
    results = with_trend(0.4, None, (12.0, 10.0, 3.0))
    young, others = results.table1_numeric
    results = replace(results, table1_numeric=(replace(young, median=with_second), others))
    assert first(answers(results), about="age").why == why
