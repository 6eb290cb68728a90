"""Each sentence that has two verdicts stands under its own, and the other one does not.

test_every_choice.py walks the code for choices that no test holds.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from analytics.disclosure.cells import HIDDEN, PrintedCount, print_exactly
from analytics.disclosure.public import PublicResults, PublicTable, Withheld
from analytics.questions.adjustment import adjustment
from analytics.questions.analysis import nobody_had_second
from analytics.questions.contrasts import _frequency, adjustment_words
from analytics.questions.cox_rows import fit
from analytics.questions.deliveries import SECOND, Deliveries, _absent, _unanswered
from analytics.questions.parametric_survival import KEY, Misfit, SmoothSurvival
from analytics.questions.registry import ANALYSES
from analytics.render.figures.canvas import draw
from analytics.render.figures.diagrams import FLOW
from analytics.render.lookup import first, the
from analytics.render.page import cards, difference, methods, quality, sections
from analytics.render.place_words import _field_words, _latency, _variant
from analytics.render.public_words import answer, citation, rule
from analytics.render.tables.checklists import SECTIONS, Item, _answer
from analytics.render.tables.cohort import _latency_tests, table1
from analytics.render.tables.cross_checks import cross_checks, second_opinion
from analytics.render.tables.data_quality import audit_in_a_line, rejected_rows, unmet
from analytics.render.tables.eras import _heading, _incidence
from analytics.render.tables.guardrails import shrunken
from analytics.render.tables.hazards import _deaths_behind
from analytics.render.tables.hospital import _expected, _ratio, second_not_looked_for
from analytics.render.tables.models import _by, contrasts, survival
from analytics.render.tables.parametric_survival import describe_fit, parametric_survival
from analytics.render.tables.population import _tested
from analytics.render.tables.sensitivity import sensitivity, setting_label
from analytics.render.words import CANNOT_TELL, LIMITED, SOLID, Answer, answers
from analytics.results.characteristics import UnknownCount
from analytics.results.cox import CoxAnalysis
from analytics.results.cross_checks import (
    CROSSING,
    EVERY_ANALYSIS,
    LIFELINES,
    NO_MAXIMUM,
    NOT_COMPARED,
    CrossCheck,
)
from analytics.results.eras import EqualWindow, EraAtHorizon, EraInWindow, FairEras, Horizon
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, UNADJUSTED, CompetingId, SurvivalId
from analytics.results.incidence import EraRatio, Ratio
from analytics.results.population import IncidenceRatioTest, StandardisedIncidence
from analytics.results.quality import DataQuality, PrintedCounts, RejectedRows
from analytics.results.sensitivity import Sensitivity, Variant
from analytics.results.states import NotDelivered
from analytics.results.statistical_tests import LatencyTest
from analytics.summary import _fitted, one_screen
from analytics.warehouse.study import CodeRange, Source
from tests.analytics.empty_results import STUDY, results_of_nobody
from tests.analytics.test_few_events import ARM, eras_of
from tests.analytics.test_sensitivity_shown import numbers
from tests.analytics.test_words import A_AND_B, FEW, MANY, SIR, model

WHY = "Nothing to compare with."
NO_SIR = replace(SIR[0], sir=None, sir_ci=(None, None), state="not_estimable", reason=WHY)


def holds(text: object, *said: str, never: tuple[str, ...] = ()) -> None:
    """Each of these words stands in a text, and none of the others."""
    assert [words for words in said if words not in str(text)] == []
    assert [words for words in never if words in str(text)] == []


def frequency(observed: int, whole: StandardisedIncidence, *, people: int | None = None) -> Answer:
    """What the first screen says of so many cases."""
    nobody = results_of_nobody().incidence_overall
    overall = replace(
        nobody,
        n_index=1000,
        n_second=observed if people is None else people,
        observed=observed,
        rate_per_100k=10.0 * observed,
        rate_ci=(1.0, 90.0),
    )
    found = first(
        answers(results_of_nobody(study=A_AND_B, incidence_overall=overall, sir=(whole,))), about="incidence"
    )
    assert found
    return found


def ratio_to_population(limits: tuple[float, float], *, without: float = 0.0) -> StandardisedIncidence:
    return replace(SIR[0], sir_ci=limits, person_years_without_reference=without)


# The first screen


@pytest.mark.parametrize(("observed", "whole", "trust", "why"), [
    (30, ratio_to_population((1.2, 8.8)), SOLID, "30 cases; the interval excludes 1."),
    (30, ratio_to_population((0.1, 0.8)), SOLID, "30 cases; the interval excludes 1."),
    (30, ratio_to_population((0.6, 8.8)), CANNOT_TELL,
     "The confidence interval contains 1: these data are compatible with no difference."),
    (10, ratio_to_population((1.2, 8.8)), SOLID, "10 cases; the interval excludes 1."),
    (9, ratio_to_population((1.2, 8.8)), LIMITED, "It rests on 9 cases."),
    (5, ratio_to_population((1.2, 8.8)), LIMITED, "It rests on 5 cases."),
    (4, ratio_to_population((1.2, 8.8)), CANNOT_TELL, "It rests on 4 cases."),
    (30, ratio_to_population((1.2, 8.8), without=30.0), LIMITED,
     "30 cases; the interval excludes 1. 23% of person-years have no rate."),
    (5, NO_SIR, LIMITED, f"There is no ratio to the population: {WHY}"),
    (4, NO_SIR, CANNOT_TELL, f"There is no ratio to the population: {WHY}"),
    (0, NO_SIR, CANNOT_TELL, "Without a case only an upper limit is known, here the exact 97.5%."),
])  # fmt: skip
def test_how_often_is_trusted_by_its_cases_and_its_interval(observed, whole, trust, why):
    said = frequency(observed, whole)
    assert (said.trust, said.why) == (trust, why)


def test_no_case_has_an_upper_limit_and_a_case_an_estimate():
    none = "No case: at most 90.0 per 100,000 person-years"
    assert frequency(0, NO_SIR).data == f"{none}."
    assert frequency(0, ratio_to_population((0.0, 8.8))).data == f"{none}; SIR at most 8.80."
    holds(
        frequency(3, NO_SIR).data, "3 cases, 30.0 (1.0 to 90.0) per", never=("SIR", "No case", "Conventional")
    )
    holds(frequency(3, SIR[0]).data, "; SIR 3.00 (0.60 to 8.80)", never=("at most",))
    holds(frequency(3, SIR[0], people=2).data, "Conventional: 2 of 1,000, after exclusions for later events")


def of_eras(observed: tuple[int, int], limits=(0.5, 3.0), windows: tuple[EqualWindow, ...] = ()) -> Answer:
    results = eras_of(observed, observed)
    ratios = tuple(
        EraRatio(row.label, "late", "early", row.estimate, limits, 0.5, "exact") for row in results.era_ratios
    )
    results = replace(
        results, study=A_AND_B, era_ratios=ratios, fair_eras=FairEras((), windows, None), sir=SIR
    )
    found = first(answers(results), about="eras")
    assert found
    return found


def window(seen: tuple[int, int], p: float | None) -> EqualWindow:
    eras = tuple(EraInWindow("era", 100, n, 0, 30.0, 1000.0, None, (None, None)) for n in seen)
    rate = Ratio("rate", "late", "early", 0.9, (0.01, 70.6), 1.0, "exact")
    return EqualWindow(120, 2000, eras, rate, p)


@pytest.mark.parametrize(("observed", "limits", "trust", "why"), [
    ((4, 90), (1.2, 3.0), CANNOT_TELL, "There are too few second primaries (4 and 90) to compare eras."),
    ((5, 90), (1.2, 3.0), LIMITED, "It rests on 5 cases in the smaller era."),
    ((90, 9), (1.2, 3.0), LIMITED, "It rests on 9 cases in the smaller era."),
    ((10, 90), (1.2, 3.0), SOLID, "The interval excludes 1, at equal age and time since the first cancer."),
    ((10, 90), (0.2, 0.9), SOLID, "The interval excludes 1, at equal age and time since the first cancer."),
    ((10, 90), (0.9, 3.0), CANNOT_TELL,
     "The confidence interval contains 1: these data are compatible with no difference."),
])  # fmt: skip
def test_a_change_between_eras_is_trusted_by_its_cases_and_its_interval(observed, limits, trust, why):
    said = of_eras(observed, limits)
    assert (said.trust, said.why) == (trust, why)
    holds(said.data, *(["Not compared."] if observed[0] == 4 else ["late against early, at equal age"]))


@pytest.mark.parametrize(("seen", "p", "is_said"), [
    ((5, 5), 0.4, True), ((4, 90), 0.4, False), ((5, 5), None, False),
])  # fmt: skip
def test_latency_within_a_window_is_told_of_enough_cases(seen, p, is_said):
    assert (
        "latency within 10 years P = 0.400" in of_eras((10, 10), windows=(window(seen, p),)).data
    ) == is_said


@pytest.mark.parametrize(("cases_no", "why"), [
    (9, "No/Unknown includes treated patients, and the smaller group has 9 cases."),
    (10, "No/Unknown includes treated patients."),
])  # fmt: skip
def test_a_small_group_of_the_recorded_treatment_is_counted(cases_no, why, results):
    bounds = results.misclassification
    grid = tuple(replace(cell, odds_ratio=3.0, impossible=()) for cell in bounds.grid)
    draws = tuple(replace(row, odds_ratio=3.0, interval=(1.5, 9.0)) for row in bounds.draws)
    bounds = replace(bounds, cases_no_unknown=cases_no, cases_yes=30, grid=grid, draws=draws)
    said = first(answers(replace(results, misclassification=bounds, multiplicity=())), about="chemotherapy")
    assert (said.trust, said.why) == (LIMITED, why)


# One screen of a terminal


def test_the_screen_says_what_was_not_delivered_and_whether_anybody_exists(results):
    holds(
        one_screen(results),
        "SYNTHETIC DATA: nobody below exists.",
        "cohort             64,629 with MM, of whom 18",
        "9.5 (5.6 to 15.0) per 100,000 person-years",
        "18/2.52 = 7.14 (4.23 to 11.3); 5.58 counted from diagnosis",
        never=("not delivered", "nobody is left out", "conventional       "),
    )
    real = replace(results, data=replace(results.data, is_synthetic=False))
    holds(one_screen(real), "cohort", never=("SYNTHETIC", "nobody below exists"))
    nobody = replace(results, cohort=replace(results.cohort, n_index=None))
    holds(one_screen(nobody), "registry           not delivered: see", never=("with MM", "9.5"))
    unasked = replace(results, cohort=replace(results.cohort, n_second=None))
    holds(one_screen(unasked), "64,629 with MM; later ALL: not delivered", never=("of whom 18 later had",))
    others = replace(results.incidence_overall, observed=17)
    holds(
        one_screen(replace(results, incidence_overall=others)),
        "corrected          17 later had ALL: nobody is",
        "conventional       64,629 with MM, of whom 18",
        never=("cohort             ",),
    )
    unknown = replace(results.incidence_overall, rate_per_100k=None)
    holds(one_screen(replace(results, incidence_overall=unknown)), never=("rate  ",))


@pytest.mark.parametrize(("observed", "line"), [
    (3, "3 observed; expected not estimable (see the SIR section)"),
    (None, "observed/expected  not estimable (see the SIR section)"),
])  # fmt: skip
def test_the_screen_has_a_ratio_to_the_population_or_why_there_is_none(results, observed, line):
    without = replace(results, sir=(replace(NO_SIR, observed=observed), *results.sir[1:]))
    holds(one_screen(without), line, never=("7.14",))
    alone = replace(results, sir=results.sir[:1])
    holds(one_screen(alone), "7.14 (4.23 to 11.3)", never=("counted from diagnosis",))


def test_the_screen_says_of_the_hospital_what_its_files_say(results):
    hospital = results.institution
    holds(one_screen(results), "3 of 1,529, 7.04 times the registry's proportion")
    for looked_for, said in ((False, "ALL: not looked for"), (None, "ALL: not stated whether looked for")):
        unasked = replace(hospital, n_second=None, second_is_looked_for=looked_for)
        holds(one_screen(replace(results, institution=unasked)), said, never=("of 1,529",))
    alone = replace(results, institution=replace(hospital, registry_ratio=None))
    holds(one_screen(alone), "3 of 1,529", never=("times the registry's",))


def test_the_screen_compares_eras_of_enough_cases(results):
    holds(
        one_screen(results),
        "last/first era   1.50 (0.52 to 4.45) the rate, same age",
        "within 120; P = 0.945",
    )
    few = tuple(replace(row, observed=4) for row in results.eras)
    holds(
        one_screen(replace(results, eras=few)),
        "too few second primaries (4 and 4)",
        never=("the rate, same",),
    )
    none = tuple(replace(row, estimate=None) for row in results.era_ratios)
    holds(one_screen(replace(results, era_ratios=none)), never=("last/first era",))
    *others, last = results.fair_eras.windows
    gone = replace(last, eras=tuple(replace(era, latency_median=None) for era in last.eras))
    unequal = replace(results, fair_eras=replace(results.fair_eras, windows=(*others, gone)))
    holds(one_screen(unequal), never=("latency, months",))


def test_the_screen_has_a_median_or_that_it_is_not_reached(results):
    def with_median(analysis, median):
        strata = tuple(replace(stratum, median=median) for stratum in analysis.strata)
        return replace(analysis, strata=strata)

    holds(one_screen(results), "from ALL               18  (10.0 to 73.0)", never=("not reached  (",))
    unreached = tuple(with_median(analysis, None) for analysis in results.survival)
    holds(one_screen(replace(results, survival=unreached)), "from ALL           not reached  (10.0 to 73.0)")


@pytest.mark.parametrize(("firth", "plain", "line"), [
    (MANY, MANY, "Firth 9.00 (1.50 to 60.0); conventional 12.0"),
    (FEW, FEW, "Firth 9.00 (1.50 to 60.0); conventional 12.0; too few events"),
    (MANY, FEW, "Firth 9.00 (1.50 to 60.0); conventional 12.0, too few events"),
    (FEW, MANY, "Firth 9.00 (1.50 to 60.0), too few events; conventional 12.0"),
])  # fmt: skip
def test_the_screen_says_which_of_two_ratios_rests_on_too_few_deaths(firth, plain, line):
    cox = (
        model(FIRTH, 9.0, (1.5, 60.0), firth, "chemotherapy"),
        model(TOGETHER, 12.0, (1.6, 99.0), plain, "chemotherapy"),
    )
    text = " ".join(one_screen(results_of_nobody(study=A_AND_B, cox=cox, sir=SIR)).split())
    assert f"HR no/unk. chemo {line} printed" in text.replace(" audit", " printed")


def test_the_screen_has_no_ratio_of_a_treatment_that_was_not_delivered():
    absent = NotDelivered("chemotherapy", "Not delivered.", "Deliver it.")
    holds(one_screen(results_of_nobody(sir=SIR, not_delivered=(absent,))), "HR no/unk. chemo   not delivered")
    holds(one_screen(results_of_nobody(sir=SIR)), never=("chemo",))


@pytest.mark.parametrize(
    ("card", "ending"), [(MANY, "adjusted, P = 0.010"), (FEW, "adjusted, too few events")]
)
def test_a_hazard_ratio_on_the_screen_has_a_p_or_too_few_events(card, ending):
    screen = one_screen(results_of_nobody(cox=(model(ADJUSTED, 2.0, (1.5, 2.5), card),), sir=SIR))
    assert f"HR of B 2.00 (1.50 to 2.50) from diagnosis on, {ending} audit" in " ".join(screen.split())


def test_lines_that_the_screen_has_no_room_for_are_counted():
    assert _fitted(["line"] * 23, ["foot"]).splitlines() == [*["line"] * 23, "foot"]
    *kept, more, foot = _fitted(["line"] * 24, ["foot"]).splitlines()
    assert (len(kept), more, foot) == (22, "2 more lines stand in the report.", "foot")


# The public report


def public(
    *tables: PublicTable, withheld: tuple[Withheld, ...] = (), synthetic: bool = False
) -> PublicResults:
    return PublicResults("A study", synthetic, "seer11", 11, tables, (), withheld, "1")


def rows_of(name: str, *rows: tuple) -> PublicTable:
    return PublicTable(name, name, (), rows)


def test_the_public_answer_has_each_number_or_that_it_is_not_shown():
    many, people = print_exactly(18), print_exactly(64_629)
    holds(
        answer(public(rows_of("eras", ("all", people, many))), STUDY),
        "18 of 64,629 adults with A developed B 12 months",
        never=("is not shown", "How many"),
    )
    holds(
        answer(public(rows_of("eras", ("all", people, HIDDEN))), STUDY),
        "How many of 64,629 adults with A developed B is not shown",
        never=("per 100,000",),
    )
    holds(
        answer(public(rows_of("sir", (None, None, many, 2.52))), STUDY),
        "18 cases of B were observed where the population's rates give 2.52",
        never=("is not shown",),
    )
    hidden = rows_of("sir", (None, None, HIDDEN, 2.52))
    holds(answer(public(hidden), STUDY), "How much more often B occurs than in the population is not shown")
    assert answer(public(hidden, withheld=(Withheld("sir"),)), STUDY) == ()


@pytest.mark.parametrize(("median", "hazard", "said", "never"), [
    (18, None, "median survival after B is 18 months.", "hazard ratio"),
    (None, 2.3, "the adjusted hazard ratio of death is about 2.3 (95% confidence interval about 1.4 to 3.9).",
     "median survival"),
    (None, None, "How long patients live after B is not shown", "median survival"),
])  # fmt: skip
def test_the_public_answer_says_how_long_they_live_or_that_it_is_not_shown(median, hazard, said, never):
    after = rows_of("survival", (SurvivalId.FROM_SECOND, "all", 18, 14, median))
    ratios = rows_of("cox", (str(ADJUSTED), "", "", hazard, 1.4, 3.9))
    holds(answer(public(after, ratios), STUDY), said, never=(never,))
    assert answer(public(ratios) if hazard is None else public(), STUDY) == ()


def test_rounding_and_made_up_data_are_said_where_they_are():
    rounded = rows_of("eras", ("all", PrintedCount(20, 18, 22, 5)))
    holds(rule(public(rounded)), "A count after ~ is rounded to a multiple of 5, so")
    holds(
        rule(public(rows_of("eras", ("all", print_exactly(20))))), "Counts from 1 to 10", never=("rounded",)
    )
    assert citation(public(synthetic=True), "n").endswith("metachron 1. Synthetic data.")
    assert citation(public(), "n").endswith("metachron 1.")


# Cards and sentences on the difference


def test_a_card_has_an_estimate_or_why_not(results):
    rate, whole, hazard, after = cards.cards(results)
    assert (rate.limits, rate.aside, whole.aside) == ("95% CI 5.6 to 15.0", "18 cases", "18 over 2.52")
    assert hazard.limits == "95% CI 1.38 to 3.93" and after.value == "18"
    others = replace(results.incidence_overall, observed=17)
    assert cards.cards(replace(results, incidence_overall=others))[0].aside == (
        "17 cases; conventional 18 of 64,629"
    )
    none = replace(results.incidence_overall, observed=0, rate_ci=(0.0, 2.0))
    assert cards.cards(replace(results, incidence_overall=none))[0].limits == "at most 2.0, exact 97.5% limit"
    unknown = replace(results.incidence_overall, rate_per_100k=None)
    assert "person-years" not in cards.cards(replace(results, incidence_overall=unknown))[0].name
    for observed, aside in ((3, "3 observed"), (None, "")):
        card = cards.cards(replace(results, sir=(replace(NO_SIR, observed=observed),)))[1]
        assert (card.value, card.aside) == ("not estimable", aside)


@pytest.mark.parametrize(
    ("card", "limits"), [(MANY, "95% CI 1.50 to 2.50"), (FEW, "95% CI 1.50 to 2.50; too few events")]
)
def test_a_card_says_that_its_ratio_rests_on_too_few_events(card, limits):
    cox = (model(ADJUSTED, 2.0, (1.5, 2.5), card), model(NAIVE, 0.5, (0.3, 0.8)))
    assert cards.cards(results_of_nobody(cox=cox, sir=SIR))[1].limits == limits
    assert len(cards.cards(results_of_nobody(cox=cox[:1], sir=SIR))) == 1


def test_a_card_says_that_a_median_is_not_reached(results):
    assert len(cards.cards(replace(results, survival=()))) == 3
    after = the(results.survival, id=SurvivalId.FROM_SECOND)
    unreached = replace(after, strata=tuple(replace(stratum, median=None) for stratum in after.strata))
    assert cards.cards(replace(results, survival=(unreached,)))[-1].value == "not reached"


def test_grouping_by_later_cancer_is_biased_by_immortal_time_where_it_flatters():
    def said(*cox, **held) -> str:
        return difference.differences(results_of_nobody(cox=cox, sir=SIR, **held))["survival"]

    adjusted, naive = model(ADJUSTED, 2.0, (1.5, 2.5)), model(NAIVE, 0.5, (0.3, 0.8))
    holds(
        said(adjusted, naive),
        "multiplies the hazard of death by 2.00 (1.50 to 2.50). Conventional",
        "0.50.",
        never=("not adjusted", "biased", "too few", "Simulated"),
    )
    crude = model(UNADJUSTED, 1.8, (1.0, 3.0))
    holds(said(adjusted, naive, crude), " (1.80 not adjusted)", "0.50, biased by immortal time.")
    holds(said(adjusted, naive, replace(crude, terms=(replace(crude.terms[0], hr=0.4),))), never=("biased",))
    holds(
        said(model(ADJUSTED, 2.0, (1.5, 2.5), FEW), naive),
        "The adjusted ratio rests on too few deaths (2 deaths of 3 (B: with), fewer than 5).",
    )


def test_simulations_without_an_effect_are_told_where_there_are_some(results):
    said = difference.differences(results)
    holds(said["survival"], "Simulated without any effect of ALL, that grouping gives 0.39")
    holds(said["latency"], "by 23 months or more in 26%.", "later median is the shorter in 57% of 200")
    bands = results.null_bands
    silent = replace(
        bands,
        immortal_time=replace(bands.immortal_time, share_significant=None),
        latency=replace(bands.latency, share_later_shorter=None),
    )
    said = difference.differences(replace(results, null_bands=silent))
    holds(said["survival"], never=("Simulated",))
    holds(said["latency"], never=("one constant hazard",))
    gap = replace(bands.latency.difference, observed=9.0)
    longer = replace(bands, latency=replace(bands.latency, difference=gap))
    said = difference.differences(replace(results, null_bands=longer))
    holds(said["latency"], "the shorter in 57% of 200 simulations.", never=("or more in",))


def test_the_difference_of_latencies_is_told_of_windows_with_enough_cases(results):
    holds(difference.differences(results)["latency"], "Within 10 years, the median is 51 months in 2003-2018")
    few = tuple(
        replace(window, eras=tuple(replace(era, n_second=4) for era in window.eras))
        for window in results.fair_eras.windows
    )
    said = difference.differences(replace(results, fair_eras=replace(results.fair_eras, windows=few)))
    holds(said["latency"], "Conventional, as observed", never=("Within",))


def test_numbers_that_the_paper_prints_ten_times_too_large_are_told(results):
    words = "The paper prints the proportions of people ten times too large."
    holds(difference.differences(results)["incidence"], words)
    holds(difference.differences(replace(results, published=()))["incidence"], never=(words,))


@pytest.mark.parametrize(("firth", "plain", "said"), [
    (FEW, FEW, "conventional 12.0 (1.60 to 99.0), both on too few deaths (2 deaths of 3"),
    (MANY, FEW, "conventional 12.0 (1.60 to 99.0), on too few deaths (2 deaths of 3"),
    (MANY, MANY, "conventional 12.0 (1.60 to 99.0). No/unknown includes"),
    (MANY, None, "with Firth's penalty. No/unknown includes"),
])  # fmt: skip
def test_the_ratio_of_a_treatment_says_which_rests_on_too_few_deaths(firth, plain, said, results):
    other = model(TOGETHER, 12.0, (1.6, 99.0), plain or MANY, "chemotherapy")
    cox = (
        model(FIRTH, 9.0, (1.5, 60.0), firth, "chemotherapy"),
        other if plain else replace(other, terms=()),
    )
    holds(difference.differences(results_of_nobody(cox=cox, sir=SIR))["after"], said, never=("with a prior",))
    holds(difference.differences(results)["after"], "4.22 (0.93 to 19.2) with a prior of 1/10 to 10;")


def test_a_share_is_of_those_event_free_where_counting_begins_later(results):
    holds(difference.differences(results)["competing"], "Of those event-free at month 12, by ten years 40 in")
    everybody, *others = results.competing
    early = (replace(everybody, from_months=0), *others)
    holds(
        difference.differences(replace(results, competing=early))["competing"], "By ten years 40 in 100,000"
    )


def test_no_case_is_no_ratio_to_the_population():
    none = replace(SIR[0], observed=0, sir=0.0, sir_ci=(0.0, 3.7))
    holds(
        difference.differences(results_of_nobody(sir=(none,)))["sir"],
        "No case was seen",
        "at most 3.70 times",
    )
    some = replace(SIR[0], excess_per_10k=0.8)
    holds(difference.differences(results_of_nobody(sir=(some,)))["sir"], "3 were seen", never=("No case",))


# Methods and what the data cannot show

ALL_SECTIONS = {analysis.section: WHY for analysis in ANALYSES}


def test_the_methods_tell_what_was_done_and_nothing_else(results):
    nobody = results_of_nobody(sir=(NO_SIR,))
    conventional = ("Pearson's chi-squared", "Kaplan-Meier curves", "Cox regression with Breslow ties")
    primary = (
        "against the population, observed",
        "between eras, the ratio of rates",
        "for death after the second",
        "for cumulative incidence",
        "for latency, equal windows",
    )
    beside = (
        "exact confidence intervals of proportions",
        "the time-dependent model without adjustment",
        "Gray's test",
        "Fisher's exact and",
        "Firth's penalised",
        "log-log confidence intervals",
        "normal priors",
        "tests of proportional hazards",
        "eras compared at fixed",
        "recorded chemotherapy corrected",
        "Weibull and log-normal models",
        "grouping by later second cancer and unequal follow-up would",
        "Holm's adjustment",
    )
    for write, phrases in (
        (methods._conventional, conventional),
        (methods._primary, primary),
        (methods._beside, beside),
    ):
        holds(write(results, {}), *phrases)
        assert write(nobody, ALL_SECTIONS) == ""
    one_era = replace(results, eras=results.eras[:1])
    holds(methods._beside(one_era, {}), "of what grouping by later second cancer would", never=("unequal",))


def test_the_methods_follow_the_conventions_of_the_study(results):
    spss = ("as in SPSS 25", "as SPSS computes them")
    holds(methods._conventional(results, {}), *spss, never=("as in R", "on the log-log scale"))
    as_r = replace(results, study=replace(results.study, engine="r"))
    holds(methods._conventional(as_r, {}), "as in R", "on the log-log scale", never=spss)


def test_the_methods_say_who_was_followed():
    here = Source("seer", 1975, 2018, STUDY.study_cutoff)
    there = replace(here, source="institution")
    holds(methods._patients(STUDY, (here,)), "apply to patients with a second cancer only", never=("linked",))
    everybody = replace(STUDY, apply_to_everyone=True)
    holds(
        methods._patients(everybody, (here, there)), "The last two apply to everybody", "No patient is linked"
    )
    broad = replace(STUDY, second_definition="broad_codes")
    holds(methods._patients(broad, (here,)), "B is not defined (the study's definition “broad codes”)")
    holds(methods._patients(STUDY, (here,)), "B is not defined.", never=("the study's definition",))


def test_codes_have_their_sites_and_years():
    def said(**limits) -> str:
        none = dict.fromkeys(CodeRange.__dataclass_fields__)
        cancer = CodeRange(**(none | {"role": "index", "definition": "primary"} | limits))
        return methods._codes(replace(STUDY, cancers=(cancer,)), "index", "primary")

    codes = {"first_histology_code": 9732, "last_histology_code": 9732}
    assert methods._codes(STUDY, "index", "primary") == "not defined"
    assert said(**codes) == "ICD-O-3 9732"
    assert said(**codes, last_year=2000) == "ICD-O-3 9732 in years to 2000"
    assert said(**codes, first_year=2000) == "ICD-O-3 9732 in years from 2000"
    assert said(**codes, first_year=2000, last_year=2009) == "ICD-O-3 9732 in 2000-2009"


@pytest.mark.parametrize(("covariates", "strata", "said"), [
    (("age", "sex"), "era", "adjusted for age and sex, stratified by era"), ((), None, "adjusted"),
    ((), "era", "adjusted, stratified by era"), (("age",), None, "adjusted for age"),
])  # fmt: skip
def test_the_methods_adjust_for_what_the_model_holds(covariates, strata, said):
    fitted = replace(model(ADJUSTED, 2.0, (1.5, 2.5)), adjusted_for=covariates, stratified_by=strata)
    assert methods._adjusted_for(results_of_nobody(cox=(fitted,))) == said
    short = adjustment_words(fitted)
    assert short == (said if covariates else said.replace("adjusted", "adjusted for nothing"))


def test_the_adjustment_set_is_that_of_the_model(results):
    assert methods._adjustment(results).startswith(
        "adjusted for age at index (restricted cubic spline, 4 knots), "
    )
    assert methods._adjustment(results_of_nobody()) == "adjusted for nothing"


def test_what_was_not_done_is_said_once(results):
    assert methods._not_done(results) == ""
    without = replace(results, sir=(NO_SIR, *results.sir[1:]))
    assert methods._not_done(without) == f"Not done: There is no ratio to the population. {WHY}"
    second = NotDelivered("second_cancer", "None asked.", "Ask.")
    assert methods._not_done(replace(without, not_delivered=(second,))) == "Not done: None asked. Ask."
    holds(methods._not_done(replace(results, eras=results.eras[:1])), "There is one era, so that nothing")


def test_what_the_data_cannot_show_follows_what_was_delivered(results):
    said = " ".join(methods.refusals(results))
    real = replace(
        results,
        data=replace(results.data, is_synthetic=False),
        eras=results.eras[:1],
        not_delivered=(NotDelivered("chemotherapy", "None.", "Deliver it."),),
        institution=replace(results.institution, n_index=0),
    )
    phrases = ("these data are synthetic", "That latency became shorter", "That anybody was untreated")
    holds(said, *phrases)
    holds(" ".join(methods.refusals(real)), "lengthens life", never=phrases)
    assert len(methods.refusals(results)) == len(methods.refusals(real)) + 4


# Data quality, the hospital, the paper


def audited(**found) -> DataQuality:
    clean = DataQuality("pass", 9, (), (), None, (), 0, None)
    return replace(clean, **found)


def test_the_audit_is_told_as_it_ended():
    clean = quality.quality(results_of_nobody(data_quality=audited()))
    holds(clean, "checked 9 expectations, and all of them held.", "No row of any delivery was rejected.")
    twice, broken = (RejectedRows("f", reason, "sex", 1) for reason in ("exact_duplicate", "unknown_label"))
    warned = audited(rejected=(twice, broken), printed_counts=PrintedCounts(13, ("18",)))
    holds(
        quality.quality(results_of_nobody(data_quality=warned)),
        "; 1 did not hold.",
        "rejected for 2 reasons",
        "the first copy is counted",
        never=("all of them held", "No row"),
    )
    holds(quality.quality(results_of_nobody(data_quality=audited(rejected=(broken,)))), never=("first copy",))
    rows = unmet(results_of_nobody(data_quality=warned)).rows
    assert [row[0] for row in rows] == ["13 counts are those that the paper prints"]
    assert unmet(results_of_nobody(data_quality=audited(printed_counts=PrintedCounts(13, ())))).rows == ()


def test_the_audit_in_a_line_counts_rejected_rows(results):
    one = replace(results.data.deliveries[0], rows_rejected=2)
    for delivery, said in ((one, "; 2 rows rejected"), (replace(one, rows_rejected=0), "; no row rejected")):
        of = results_of_nobody(data=replace(results.data, deliveries=(delivery,)), data_quality=audited())
        assert audit_in_a_line(of) == f"9 expectations held{said}"


def test_a_rejected_row_has_the_column_that_was_at_fault_or_is_whole():
    rejected = tuple(RejectedRows("listing.txt", "unknown_label", column, 1) for column in ("sex", ""))
    assert rejected_rows(results_of_nobody(data_quality=audited(rejected=rejected))).rows == (
        ("listing.txt", "Unknown label", "sex", "1"),
        ("listing.txt", "Unknown label", "the whole row", "1"),
    )


def test_a_latency_is_of_a_way_of_counting_or_of_an_era():
    assert _latency({"method": "month_and_year"}, STUDY) == "latency from month and year"
    assert _latency({"era": "1975-2002"}, STUDY) == "diagnosed 1975-2002"


def test_the_hospital_says_what_it_looked_for_and_how_far_it_is_from_the_registry(results):
    hospital = results.institution

    def said(**changes) -> str:
        return " ".join(sections._hospital(replace(results, institution=replace(hospital, **changes))))

    holds(said(), "3 of 1,529 of the hospital's patients", "times the registry's", never=("This is no zero",))
    for looked_for, words in ((False, "not looked for: the hospital's"), (None, "not stated whether")):
        text = said(n_second=None, second_is_looked_for=looked_for)
        holds(text.lower(), words, "this is no zero", never=("of the hospital's patients",))
        unasked = replace(hospital, n_second=None, second_is_looked_for=looked_for)
        holds(second_not_looked_for(replace(results, institution=unasked)), words)
    holds(said(comparison=None), never=("times the registry's",))
    apart = "too far apart for either to confirm the other"
    holds(said(registry_ratio=replace(hospital.registry_ratio, ci=(1.2, 9.0))), apart)
    holds(said(registry_ratio=replace(hospital.registry_ratio, ci=(0.9, 9.0))), never=(apart,))


def test_none_seen_in_the_registry_expects_nothing_and_leaves_a_lower_limit(results):
    compared, registry = results.institution.comparison, results.incidence_overall
    assert compared is not None
    assert _expected(replace(registry, n_second=0), compared) == "not estimable"
    assert _expected(registry, compared) != "not estimable"
    none = replace(compared, ratio=replace(compared.ratio, estimate=None, ci=(2.0, None)))
    assert _ratio(none) == "at least 2.00, exact 97.5% limit"
    holds(_ratio(compared), " to ", never=("at least",))


def test_numbers_that_differ_are_expected_to_where_the_data_are_made_up(results):
    words = ("Differences from the warehouse are expected here",)
    holds(sections._printed_numbers(results), *words)
    real = replace(results, data=replace(results.data, is_synthetic=False))
    holds(sections._printed_numbers(real), "printed numbers, from", never=words)
    missing = replace(results.published[0], basis="warehouse", verdict="not_recomputable")
    lost = ("of them because this warehouse does not hold what they need",)
    holds(sections._printed_numbers(replace(results, published=(missing,))), "1 of them", *lost)
    kept = replace(missing, verdict="agrees")
    holds(sections._printed_numbers(replace(results, published=(kept,))), never=lost)


# Words of tables


def test_unknown_levels_are_left_out_of_table_1_where_there_are_some(results):
    line = "Not known, left out above"
    known = tuple(replace(row, n_with=0, n_without=0) for row in results.table1_unknown)
    some = (UnknownCount(results.table1[0].variable, 2, 0),)
    assert line not in {row[0] for row in table1(replace(results, table1_unknown=known)).rows}
    for unknown in (some, (replace(some[0], n_without=0, n_with=1),)):
        assert line in {row[0] for row in table1(replace(results, table1_unknown=unknown)).rows}


def test_tests_of_latencies_as_observed_conclude_nothing():
    made = LatencyTest("student_t", 1.0, 16.0, 0.04)
    holds(
        _latency_tests(results_of_nobody(latency_tests=(made,))),
        "Student's t P 0.040 (conventional)",
        "nothing is concluded",
    )
    none = replace(made, p_value=None, state="not_estimable", reason=WHY)
    holds(_latency_tests(results_of_nobody(latency_tests=(none,))), WHY, never=("nothing is concluded",))


def test_a_horizon_has_a_difference_or_is_beyond_the_follow_up():
    plain = Horizon(120, (), None, (None, None))
    assert _heading(plain, None) == "By 10 years"
    assert _heading(replace(plain, difference=2e-5, difference_ci=(1e-5, 3e-5)), None) == (
        "By 10 years: difference 2.0 (1.0 to 3.0) per 100,000"
    )
    row = EraAtHorizon("era", None, (None, None))
    assert _incidence(row) == "beyond follow-up"
    assert _incidence(replace(row, incidence=0.0)) == "none seen"
    holds(_incidence(replace(row, incidence=2e-5, ci=(1e-5, 3e-5))), "2.0 (1.0 to 3.0)")


def test_an_incidence_by_a_horizon_is_beyond_follow_up_or_none_was_seen(results):
    stratum = results.competing[0].strata[0]
    for value, said in ((None, "beyond follow-up"), (0.0, "none seen")):
        assert _by(replace(stratum, at={"60": value}, at_ci={"60": (None, None)}), "60") == said
    holds(_by(stratum, "60"), " to ", never=("none seen", "beyond"))


def test_each_model_heads_its_shrunken_ratios_once(results):
    heads = [row[0] for row in shrunken(results).rows if "before shrinking" in row[0]]
    assert len(heads) == len({row.model for row in results.shrunken}) < len(results.shrunken)


def test_table_2_says_how_many_coefficients_its_deaths_bear(results):
    fitted = the(results.cox, id=TOGETHER)
    assert _deaths_behind(None) == "The multivariable model could not be estimated."
    assert _deaths_behind(replace(fitted, events_per_parameter=None)) == _deaths_behind(None)
    n = len(fitted.terms)
    holds(_deaths_behind(fitted), f"{n} coefficients: ", never=("could",))
    one = replace(fitted.terms[0], card=replace(fitted.terms[0].card, events_per_coefficient=None))
    holds(
        _deaths_behind(replace(fitted, terms=(one, *fitted.terms[1:]))),
        f"{n - 1} of {n} coefficients could be estimated",
    )


def test_curves_of_those_alive_later_say_so_and_dropped_people_are_counted(results):
    table = survival(results)
    titled = [row[0] for row in table.rows if "of those alive at month" in row[0]]
    assert len(titled) == sum(analysis.from_months > 0 for analysis in results.survival) == 1
    lost = "of unknown survival"
    holds(table.footnotes, never=(lost,))
    everybody = the(results.survival, id=SurvivalId.FROM_INDEX)
    for n, words in (
        (1, "1 person of unknown survival is counted elsewhere"),
        (2, "2 people of unknown survival are"),
    ):
        dropped = replace(everybody, strata=(replace(everybody.strata[0], n_dropped=n),))
        holds(survival(replace(results, survival=(dropped,))).footnotes, words)


@pytest.mark.parametrize(("smallest", "is_rough"), [(4.9, True), (5.0, False)])
def test_a_test_on_few_fitted_cases_is_rough(smallest, is_rough):
    test = IncidenceRatioTest("sex", "homogeneity", 5.0, 1.0, 0.02, smallest, method="chi_squared")
    said = _tested(results_of_nobody(sir_tests=(test,)))
    assert any("read that P as rough" in text for text in said) == is_rough
    holds(said, "Chi-squared, for too many outcomes", never=("Tests of homogeneity and trend are exact",))


def test_tables_that_the_code_has_changed_are_named_and_settings_have_their_words():
    own = Variant(None, None, numbers())
    made = Sensitivity("s", "r", "c", "A", "B", (), (own,))
    words = "The code has changed since the release was built"
    holds(sensitivity(made).footnotes, never=(words,))
    holds(sensitivity(replace(made, differing_tables=("marts.x",))).footnotes, words, "marts.x")
    assert setting_label(own) == "As the study defines it"
    assert setting_label(Variant("max_primaries", 3, numbers())) == "Up to 3 primaries"
    assert (
        setting_label(Variant("second_definition", "broad_codes", numbers())) == "Second cancer: broad codes"
    )
    assert setting_label(Variant("other_primaries", "censor", numbers())).startswith(
        "Corrected, follow-up ends"
    )


def test_an_interval_of_simulations_is_no_confidence_interval():
    def said(block: str) -> str:
        return _field_words([("", block), ("", "hr_ci"), ("", "0")], [block, "hr_ci"], {})

    assert said("cox").startswith("95% confidence interval") and said("shrunken").startswith("95% interval")
    assert _variant({"setting": None}, STUDY) == "the study itself"
    assert _variant({"setting": "engine", "value": "r"}, STUDY) == "conventions = r"


@pytest.mark.parametrize(("item", "said"), [
    (Item("1", "Title", "asks", ("table:survival", "figure:flow"), "", ""),
     "Table “Overall survival”. Not in this report: the flow of patients"),
    (Item("1", "Title", "asks", ("figure:flow",), "", ""), "Not in this report: the flow of patients"),
    (Item("1", "Title", "asks", ("table:survival",), "", ""), "Table “Overall survival”"),
    (Item("1", "Title", "asks", (), "Authors.", ""), "Not addressed: Authors."),
    (Item("1", "Title", "asks", ("section:sir",), "", "institution"),
     "Not addressed: no hospital has a patient in this study, so that there is nothing to link"),
    (Item("1", "Title", "asks", ("section:answer",), "", ""), "The answer at the top"),
    (Item("1", "Title", "asks", ("section:methods",), "", ""), f"Section “{SECTIONS['methods']}”"),
])  # fmt: skip
def test_an_item_of_a_checklist_has_its_place_or_what_is_missing(item, said):
    tables = {"survival": survival(results_of_nobody())}
    assert _answer(item, results_of_nobody(), tables, {}) == said


def test_an_item_of_a_checklist_is_answered_by_a_figure_and_by_the_hospital_there_is(results):
    figures = {"flow": draw(FLOW, results)}
    for pointer, needs, said in (
        ("figure:flow", "", "Figure “Flow of patients”"),
        ("section:methods", "institution", f"Section “{SECTIONS['methods']}”"),
    ):
        assert _answer(Item("1", "Title", "asks", (pointer,), "", needs), results, {}, figures) == said


def test_the_contrasts_name_each_measure_and_what_no_effect_would_show(results):
    table = contrasts(results)
    measures = {row[2] for row in table.rows}
    assert {
        "per 100,000 people",
        "per 100,000 person-years",
        "hazard ratio",
        "median months, log-log CI",
        "median months, conventional CI",
    } < measures
    holds(table.footnotes, "No effect: what grouping by later")
    silent = replace(results, null_bands=replace(results.null_bands, immortal_time=None))
    holds(contrasts(silent).footnotes, never=("No effect",))


def checked(**changes) -> CrossCheck:
    made = CrossCheck(
        NAIVE, "", "median", 30.0, 30.0, 0.0, 1e-6, LIFELINES, "0.30", "agrees", 1
    )  # fmt: skip
    return replace(made, **changes)


def test_a_second_opinion_is_counted_or_said_to_be_missing():
    none = checked(verdict=NOT_COMPARED, difference=None, reason="by no rule")
    assert second_opinion(results_of_nobody(cross_checks=(checked(), none))) == (
        "lifelines 0.30 recomputed 1 number; the largest difference is 0; 1 analysis or part not compared"
    )
    assert second_opinion(results_of_nobody(cross_checks=(none,))) == (
        "lifelines 0.30 had nothing to recompute (1 analysis or part not compared)"
    )
    no_maximum = replace(none, reason=NO_MAXIMUM)
    assert second_opinion(results_of_nobody(cross_checks=(checked(difference=None), no_maximum, none))) == (
        "lifelines 0.30 recomputed 1 number; 2 analyses or parts not compared, among them "
        "1 Cox model without a maximum in lifelines"
    )
    silent = results_of_nobody()
    for results, has_line in ((results_of_nobody(cross_checks=(none,)), True), (silent, False)):
        facts = dict(sections._provenance(results).facts)
        assert ("Second program" in facts) == has_line


def test_a_number_computed_twice_has_both_values_or_why_it_was_not_compared():
    compared, unreached, none = cross_checks(
        results_of_nobody(
            cross_checks=(
                checked(), checked(ours=None, theirs=None),
                checked(verdict=NOT_COMPARED, difference=None, reason="by no rule"),
            )
        )
    ).rows[1:]  # fmt: skip
    assert compared[1:3] == ("30", "30") and unreached[1:3] == ("not reached", "not reached")
    assert none[5] == "not compared: by no rule" and "not compared" not in compared[5]
    curves = SurvivalId.AT_LANDMARKS
    same, apart, own = cross_checks(
        results_of_nobody(
            cross_checks=(
                checked(id=curves, what="ratios", at="ratio", n_numbers=4, group="with by 24 months"),
                checked(id=curves, what="curve", at="month 34", difference=1e-9, n_numbers=4),
                checked(id=curves, what="rows", at="rows", software="metachron", reason="derived again"),
            )
        )
    ).rows[1:]  # fmt: skip
    assert same == ("With B by 24 months, ratios", "the same", "the same", "0", "4", "")
    assert apart[:4] == ("Curve (month 34)", "30", "30", "1e-09") and own[5] == "derived again"
    rule, crossing, joint, term = cross_checks(
        results_of_nobody(
            cross_checks=(
                checked(reason="the first such month"),
                checked(what=CROSSING, at="crossing", difference=1e-9, group="with"),
                checked(what="tests", at="P of second_primary", difference=1e-9),
                checked(what="coefficient", group="second_primary: with"),
            )
        )
    ).rows[1:]  # fmt: skip
    assert rule[5] == "the first such month"
    assert crossing[1:4] == ("—", "—", "1e-09")
    assert joint[0] == "Tests (P of B)" and term[0] == "With B, coefficient"
    ratios = cross_checks(
        results_of_nobody(cross_checks=(checked(at="hazard ratio of sex: Male", difference=1e-9),))
    )
    assert ratios.rows[1][0] == "Median (hazard ratio of Sex: Male)"
    heads = [
        cross_checks(results_of_nobody(cross_checks=(checked(id=id),))).rows[0][0]
        for id in (NAIVE, UNADJUSTED, EVERY_ANALYSIS, "made_up", CompetingId.EVERYBODY)
    ]
    assert heads == [
        "Cox model: Grouped by later second cancer, conventional",
        "Cox model: B from its diagnosis on, not adjusted",
        "Every analysis",
        "Made up",
        "Cumulative incidence of B, everybody",
    ]


@pytest.mark.parametrize(("checks", "said"), [
    ((checked(id=SurvivalId.FROM_INDEX, what="Kaplan-Meier curve"),),
     "Kaplan-Meier curves with standard errors, log-log limits, medians and restricted means were computed "
     "a second time by lifelines 0.30, from rows derived anew; the largest difference was 0."),
    ((checked(id=CompetingId.EVERYBODY, what="Aalen-Johansen curve"),),
     "Curves of cumulative incidence were computed a second time by lifelines 0.30, from rows derived anew; "
     "the largest difference was 0."),
    ((checked(id=SurvivalId.BY_ERA, what="log-rank test"), checked(id=UNADJUSTED, what="coefficient")),
     "Unstratified log-rank tests and Cox models with joint Wald tests (B from its diagnosis on, not "
     "adjusted) were computed a second time by lifelines 0.30, from rows derived anew; the largest "
     "difference was 0."),
    ((checked(id=UNADJUSTED, what="coefficient", software="metachron"),
      checked(id=UNADJUSTED, what="coefficient", sample=601)),
     "Cox models with joint Wald tests (B from its diagnosis on, not adjusted, in a sample of 601 people; of "
     "everybody by metachron alone) were computed a second time by lifelines 0.30, from rows derived anew; "
     "the largest difference was 0."),
    ((checked(verdict=NOT_COMPARED, difference=None),), ""),
])  # fmt: skip
def test_the_methods_name_what_was_computed_twice_and_of_whom(checks, said):
    """A model that is not among them is said not to be."""
    assert methods._computed_twice(results_of_nobody(cross_checks=checks)) == said
    models = tuple(CoxAnalysis(id, "death", "efron", None, 9, 9, 0) for id in (UNADJUSTED, ADJUSTED))
    more = methods._computed_twice(results_of_nobody(cross_checks=checks, cox=models))
    has_model = any(check.what == "coefficient" for check in checks)
    assert more == (said and f"{said} No {'other ' if has_model else ''}Cox model was.")


@pytest.mark.parametrize(("changes", "median", "alive", "hazard"), [
    ({}, "20.0 (15.0 to 25.0)", "40.0", "7.0"),
    ({"median_is_extrapolated": True}, "20.0 (15.0 to 25.0), extrapolated", "40.0", "7.0"),
    ({"median": None, "median_ci": (None, None)}, "after 1,200, extrapolated", "40.0", "7.0"),
    ({"followed_months": 59.0}, "20.0 (15.0 to 25.0)", "40.0, extrapolated", "—"),
])  # fmt: skip
def test_what_a_model_says_of_later_months_is_extrapolated(changes, median, alive, hazard):
    row = SmoothSurvival(
        SurvivalId.FROM_INDEX, "all", 90, 60, followed_months=60.0, model="weibull", median=20.0,
        median_ci=(15.0, 25.0), median_is_extrapolated=False, survival_at={"12": 0.7, "60": 0.4},
        kaplan_meier_at={"12": 0.7, "60": 0.4},
        hazard_per_100_person_years={"12": 9.0, "60": 7.0, "120": 6.0},
    )  # fmt: skip
    table = parametric_survival(results_of_nobody(further={KEY: (replace(row, **changes),)}))
    assert [cells[1] for cells in table.rows if cells[0] == "By the model (95% CI)"] == [median]
    assert [cells[1] for cells in table.rows if cells[0] == "Alive by the model, %"][1] == alive
    assert [cells[1] for cells in table.rows if cells[0].startswith("Hazard by the model")][1] == hazard


BY_A_LITTLE = Misfit(1.5, 0.952, 0.942, (0.94, 0.944))
BY_MORE = Misfit(60.25, 0.3, 0.36, (0.33, 0.39))
THERE = ("Month", "Alive by the model there, %", "Alive there, Kaplan-Meier, % (95% CI)")


@pytest.mark.parametrize(("misfits", "said"), [
    ((None, None), "No model leaves Kaplan-Meier's 95% CI."),
    ((BY_A_LITTLE, None),
     "The Weibull model of everybody from A misses Kaplan-Meier most at month 1.5: "
     "95.2% alive, 94.2% (94.0 to 94.4) seen."),
    ((BY_A_LITTLE, BY_MORE),
     "The Weibull model of early from A misses Kaplan-Meier most at month 60.25: "
     "30.0% alive, 36.0% (33.0 to 39.0) seen."),
])  # fmt: skip
def test_a_model_that_leaves_the_interval_of_kaplan_meier_is_named(misfits, said):
    groups = (SurvivalId.FROM_INDEX, "everybody"), (SurvivalId.BY_ERA, "early")
    rows = tuple(
        SmoothSurvival(*group, 90, 60, followed_months=99.0, model="Weibull", misfit=misfit)
        for group, misfit in zip(groups, misfits, strict=True)
    )
    without = SmoothSurvival(SurvivalId.FROM_SECOND, "all", 9, 6, state="not_estimable", reason="Few.")
    assert describe_fit(results_of_nobody(further={KEY: (*rows, without)})) == (said,)
    assert describe_fit(results_of_nobody(further={KEY: (without,)})) == ()
    if misfits[0]:
        after = replace(rows[0], id=SurvivalId.FROM_SECOND, model="log-normal")
        [said_of_it] = describe_fit(results_of_nobody(further={KEY: (after,)}))
        assert said_of_it.startswith("The log-normal model of everybody from B misses Kaplan-Meier most")
    table = parametric_survival(results_of_nobody(further={KEY: (*rows, without)}))
    first, second, third = (row[1:] for row in table.rows if row[0] in THERE)
    if misfits[0]:
        assert (first[0], second[0], third[0]) == ("1.5", "95.2", "94.2 (94.0 to 94.4)")
    else:
        assert (first[0], second[0], third[0]) == ("none", "—", "—")
    assert (first[2], second[2], third[2]) == ("—", "—", "—")


# What models are adjusted for, and what could not be asked


def people(**columns) -> pl.DataFrame:
    given = {
        "age_at_index_years": [50, 60, 70, 80],
        "sex": ["F", "M"] * 2,
        "race": ["White", None] * 2,
        "index_year": [1990, 1991, 2003, 2004],
        "era": ["a", "a", "b", "b"],
    }
    return pl.DataFrame(given | columns)


def test_an_adjustment_says_what_it_holds_and_what_it_left_out():
    assert adjustment(people()).note == (
        "Adjusted for age at index (restricted cubic spline, 4 knots), sex, "
        "race (unknown a level of its own), "
        "calendar year of index (linear); stratified by era of index."
    )
    same = {"sex": ["F"] * 4, "race": ["White"] * 4, "index_year": [1990] * 4, "era": ["a"] * 4}
    two = adjustment(people(**same, age_at_index_years=[50, 50, 60, 60])).note
    assert two.startswith("Adjusted for age at index (linear). Left out: sex (the same in everybody), race (")
    assert adjustment(people(**same, age_at_index_years=[50] * 4)).note.startswith(
        "Adjusted for nothing. Left out"
    )
    assert "race," in adjustment(people(race=["White", "Black"] * 2)).note


def test_hazards_that_drift_are_a_caution():
    """Half of one arm dies first and half last; or both arms at the same times."""
    arm = pl.Series([1.0] * 40 + [0.0] * 40)
    middle = [20.0 + month for month in range(40)]
    crossing = [1.0 + month / 2 for month in range(20)] + [70.0 + month for month in range(20)]
    cautions = [
        fit("m", "death", pl.Series([*months, *middle]), pl.Series([True] * 80), {ARM: arm}).card.cautions
        for months in (crossing, middle)
    ]
    assert cautions == [("hazards are not proportional: each ratio is an average over the follow-up",), ()]


def test_nobody_with_the_second_cancer_is_not_estimable(results):
    assert nobody_had_second(results) == ""
    none = replace(results, cohort=replace(results.cohort, n_second=0))
    assert nobody_had_second(none) == "Not estimable: nobody had ALL."


def test_contrasts_are_those_that_can_be_made(results):
    overall = results.incidence_overall
    assert len(_frequency(overall, results.sir)) == len(_frequency(overall, ())) + 1


def test_a_question_without_an_answer_says_whether_it_was_asked(results):
    rows = _unanswered(replace(results, contrasts=()), Deliveries({}, results.reference_rates))
    assert [row.state for row in rows] == ["not_estimable"] * 2
    assert _unanswered(results, Deliveries({}, results.reference_rates)) == []
    assert _absent(SECOND, STUDY).reason.startswith("No row of anybody delivered has the codes of B")
    assert _absent("chemotherapy", STUDY).reason.endswith("was not delivered.")
