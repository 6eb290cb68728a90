"""What is said where events are few: nothing is led by a covariate, drawn from one patient, or mixed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from analytics.estimators.comparisons import mann_whitney, welch_t
from analytics.questions.adjustment import adjustment
from analytics.questions.contrasts import _era, _treatment
from analytics.questions.cox_rows import Covariate, fit
from analytics.questions.deliveries import Deliveries, with_states
from analytics.questions.estimable import estimate
from analytics.questions.incidence_by_era import PROPORTION, STRATIFIED, _stratified
from analytics.questions.published_numbers import PAPERS, audit_paper_file
from analytics.questions.survival_after_index import survival_after_index
from analytics.questions.survival_after_second import models_after_second
from analytics.render.figures.forests import _primary_words, era_forest
from analytics.render.formats import counted
from analytics.render.lookup import first
from analytics.render.page.difference import _of_eras, _of_incidence
from analytics.render.tables.cohort import _ratios
from analytics.render.tables.eras import _heading, _primary
from analytics.render.tables.hazards import table2
from analytics.render.tables.models import estimator
from analytics.render.tables.population import _where_counting_starts, standardised, without_rate
from analytics.render.words import _treatment_after
from analytics.results.eras import EqualWindow, EraInWindow, FairEras, Horizon
from analytics.results.ids import FIRTH, AnswerId, Block, SurvivalId
from analytics.results.incidence import Ratio
from analytics.results.population import StandardisedIncidence
from analytics.results.states import ReferenceRates
from analytics.warehouse.study import Era
from tests.analytics.empty_results import STUDY, results_of_nobody

NOBODY = results_of_nobody().incidence_overall

ARM, RARE = Covariate("arm", "new", "old"), Covariate("race", "Unknown", "White")
SITE = Covariate("site", "a", "b")


def test_a_model_that_asks_about_one_variable_is_judged_by_it():
    """One death of one person of unknown race; thirty deaths in each arm."""
    died = pl.Series(([True] * 30 + [False] * 70) * 2)
    months = pl.Series([float(1 + k % 17) if dead else 20.0 for k, dead in enumerate(died)])
    arm = pl.Series([1.0] * 100 + [0.0] * 100)
    rare = pl.Series([1.0] + [0.0] * 199)
    columns = {ARM: arm, RARE: rare}
    whole = fit("m", "death", months, died, columns).card
    asked = fit("m", "death", months, died, columns, asked="arm")
    assert whole.reasons == ("1 death of 1 (race: Unknown), fewer than 5",)
    assert (asked.card.verdict, asked.card.reasons) == ("adequate", ())
    assert {group.variable for group in asked.card.groups} == {"arm"}
    assert asked.terms[1].card.verdict == "too_few_events"


def test_where_counting_starts_is_said_only_of_two_ratios():
    assert _where_counting_starts(0) == ()
    (said,) = _where_counting_starts(12)
    assert "from month 12 on" in said and "no event" not in said


def test_one_against_many_that_are_tied_is_never_below_one_choice_in_29():
    """1 against 28, of which 27 are alike: by enumeration twice 1/29; the normal limit says below .001."""
    one, many = [1.0], [10.0] * 27 + [11.0]
    assert mann_whitney(one, many).p_value < 0.001
    for pair in ((one, many), (many, one)):
        assert mann_whitney(*pair, method="exact_if_few").p_value == pytest.approx(2 / 29)


@pytest.mark.parametrize("seed", range(6))
def test_few_against_several_with_ties_equals_every_choice_listed(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 5, 3).astype(float), rng.integers(1, 6, 9).astype(float)
    both = np.concatenate([a, b])
    ranks = [sum(both < x) + (sum(both == x) + 1) / 2 for x in both]
    sums = [sum(ranks[i] for i in chosen) for chosen in combinations(range(12), 3)]
    seen = sum(ranks[:3])
    tails = sum(s <= seen for s in sums), sum(s >= seen for s in sums)
    expected = min(1.0, 2 * min(tails) / len(sums))
    assert mann_whitney(a, b, method="exact_if_few").p_value == pytest.approx(expected, rel=1e-12)


def window_of(seen: tuple[int, int]) -> EqualWindow:
    ratio = Ratio("rate", "late", "early", 0.9, (0.01, 70.6), 1.0, "exact")
    eras = tuple(EraInWindow("era", 100, n, 0, 30.0, 1000.0, None, (None, None)) for n in seen)
    return EqualWindow(120, 2000, eras, ratio, 1.0)


@pytest.mark.parametrize("seen, few", [((1, 1), True), ((4, 90), True), ((90, 4), True), ((5, 5), False)])
def test_no_evidence_is_drawn_from_eras_of_fewer_than_five_events(seen, few):
    said = _of_eras(results_of_nobody(fair_eras=FairEras((), (window_of(seen),), None)))
    assert (f"too few second primaries ({seen[0]} and {seen[1]}) to compare eras" in said) == few
    assert ("compatible with no difference" in said) == ("0.90 (0.01 to 70.6)" in said) == (not few)


@pytest.mark.parametrize("seen, compared", [((4, 90), False), ((5, 5), True)])
def test_the_table_of_eras_compares_no_latencies_of_fewer_than_five_events(seen, compared):
    horizon = Horizon(120, (), None, (None, None))
    assert ("latency P = " in _heading(horizon, window_of(seen))) == compared


def test_a_stratified_ratio_of_eras_says_why_it_has_no_value():
    nothing = pl.DataFrame({
        "era": ["early", "late"], "months_since_index": ["2-11", "12-59"], "attained_age": ["60-64"] * 2,
        "observed": [1, 1], "person_years": [10.0, 10.0],
    })  # fmt: skip
    ratio = _stratified(nothing, "late", "early")
    assert ratio.estimate is None
    assert ratio.method == ("No stratum holds person-time of both groups: their rates cannot be compared.")


@pytest.mark.parametrize(
    "years, events, said",
    [
        (4.0, 0, ""),
        (28.0, 0, "28% of person-years have no rate"),
        (0.5, 1, "0.5% of person-years and 1 second primary have no rate"),
    ],
)
def test_what_has_no_rate_is_said_in_a_few_words(years, events, said):
    whole = StandardisedIncidence(
        {}, 3, 1.0, 100.0 - years, 3.0, (None, None), None, None,
        person_years_without_reference=years, observed_without_reference=events,
    )  # fmt: skip
    assert without_rate(whole) == said


def test_a_hospital_of_nobody_recomputes_no_printed_number():
    ledger = PAPERS / "jia2024.csv"

    def verdicts(n_index: int) -> set[str]:
        printed_numbers = audit_paper_file(ledger, {"institution": {"n_index": n_index, "n_second": 3}})
        return {number.verdict for number in printed_numbers if number.id in ("070", "071")}

    assert verdicts(0) == {"not_recomputable"}
    assert verdicts(1529) == {"agrees"}


def test_refusals_reach_readers_in_plain_words():
    assert estimate(mann_whitney, [1.0], []).reason == "one of the two groups is empty"
    assert estimate(welch_t, [1.0], [1.0, 2.0]).reason == "a group has one value, which has no variance"


def test_one_is_not_plural():
    assert (counted(1, "death"), counted(0, "death")) == ("1 death", "0 deaths")
    assert counted(1, "person", "people") == "1 person"


def test_one_era_stratifies_nothing():
    rows = pl.DataFrame({"age_at_index_years": [50, 60, 70, 80], "sex": ["F", "M"] * 2, "race": ["White"] * 4,
                         "index_year": [1990, 1991, 1992, 1993], "era": ["1990-1999"] * 4})  # fmt: skip
    assert "stratified" not in adjustment(rows).note
    two = rows.with_columns(era=pl.Series(["1990-1991", "1990-1991", "1992-1993", "1992-1993"]))
    assert "stratified by era of index" in adjustment(two).note


def eras_of(observed: tuple[int, int], people: tuple[int, int]):
    """Two eras with a ratio of rates of 1.5 and of proportions of 0.8."""
    eras = tuple(
        replace(NOBODY, era=era, observed=seen, n_second=n, n_index_at_risk=100)
        for era, seen, n in zip(("early", "late"), observed, people, strict=True)
    )
    ratios = tuple(
        Ratio(label, "late", "early", value, (0.5, 3.0), 0.5, "exact")
        for label, value in ((STRATIFIED, 1.5), (PROPORTION, 0.8))
    )
    return results_of_nobody(eras=eras, era_ratios=ratios)


def test_eras_have_one_count_and_the_conventional_one_is_named():
    few = _of_incidence(eras_of((3, 1), (2, 1)))
    assert few.startswith("There are too few second primaries (3 and 1) to compare eras.")
    assert "(2 and 1)" not in few
    said = _of_incidence(eras_of((9, 8), (4, 8)))
    assert "is 1.50 (0.50 to 3.00) times" in said
    assert "In the conventional cohort there are too few second primaries (4 and 8)" in said


def test_a_ratio_of_eras_says_wherever_it_is_printed_that_it_rests_on_too_few():
    """3 and 1 in person-time, 9 and 8 among people: each ratio is judged by what it divides."""
    results = eras_of((3, 1), (9, 8))
    rows = _era(results.eras, results.era_ratios, FairEras((), (window_of((1, 9)),), None), ())
    results = replace(results, contrasts=tuple(rows))
    assert [estimator(row).endswith(" (too few events)") for row in rows] == [True, True, False]
    notes = _ratios(results)
    assert notes[0].startswith("Primary estimate (too few events): late over early")
    assert notes[1].startswith("Crude: late over early")
    assert _primary(results)[0][0].endswith(" (too few events)")
    assert "rate ratio 0.90 (0.01 to 70.6) (too few events)" in _heading(
        Horizon(120, (), None, (None, None)), window_of((4, 9))
    )
    assert era_forest(results).alt.count("(too few events)") == 2
    assert _primary_words(rows[0]) != _primary_words(rows[2])
    enough = eras_of((9, 8), (9, 8))
    assert not _primary(enough)[0][0].endswith("events)") and "few" not in " ".join(_ratios(enough))


THREE_DEAD = pl.DataFrame({
    "months_after_second": [5.0, 9.0, 30.0], "died": [True] * 3, "is_followed_after_second": [True] * 3,
    "sex": ["Male", "Male", "Female"], "race": ["White", "White", "Black"],
    "age_group_at_second": ["65+", "65+", "18-64"], "era": ["a", "b", "a"],
    "chemotherapy_second": ["Yes", "Yes", "No/Unknown"],
})  # fmt: skip


def test_why_a_model_has_no_ratio_of_chemotherapy_is_one_reason_wherever_it_stands():
    """Of three people sex tells race, age and chemotherapy; Firth's penalty gives ratios of sex and era."""
    study = replace(STUDY, eras=(Era("a", 1975, 1995), Era("b", 1996, 2018)))
    cox = models_after_second(THREE_DEAD, study)
    rows = tuple(_treatment(cox, ()))
    results = with_states(
        results_of_nobody(study=study, cox=cox, contrasts=rows),
        Deliveries({}, ReferenceRates("value", None, None)),
    )
    why = "Chemotherapy: No/Unknown is not estimated, because the other covariates already determine it."
    firth = first(results.contrasts, source=AnswerId(Block.COX, FIRTH))
    assert firth.reason == why == _treatment_after(results)[2]
    notes = [note for note in table2(results).footnotes if "already determine" in note]
    assert notes == [
        "“Together, Firth” and “Together, conventional”: Race: White, age: 18-64, chemotherapy: No/Unknown "
        "are not estimated, because the other covariates already determine them."
    ]


def test_one_stratum_one_person_and_no_time_are_said_as_such():
    whole = StandardisedIncidence(
        {}, 3, 1.0, 100.0, 3.0, (0.6, 8.8), None, 0.2, persons=9, strata_without_reference=1,
        person_years_without_reference=0.2,
    )  # fmt: skip
    odd = replace(whole, stratum={"chemotherapy": "Yes"}, sir_ci=(1.1, 8.8))
    results = results_of_nobody(sir=(whole, odd), incidence_overall=replace(NOBODY, n_index_at_risk=10))
    said = " ".join(standardised(results).footnotes)
    assert "1 stratum of age" in said and "its less than one person-year and no second primary" in said
    assert "1 person of the 10 at risk has none at all and is in no ratio." in said
    assert "Yes. The interval decides." in said and "excluded in: Yes" not in said


def test_a_landmark_median_of_a_flat_stretch_is_its_middle_and_a_conventional_one_its_start():
    """Two of four die, at 40 and 65.5, the others at 126.5: one half lasts from 65.5 to 126.5."""
    study = replace(STUDY, engine="spss29", landmarks=(0,))
    months = [40.0, 65.5, 126.5, 126.5]
    people = pl.DataFrame({
        "patient_id": ["a", "b", "c", "d"], "survival_months": months, "died": [True] * 4,
        "is_followed": [True] * 4, "is_at_risk": [True] * 4, "has_second_primary": [False] * 4,
        "has_second_cancer": [False] * 4, "latency_months": [None] * 4, "era": ["none"] * 4,
    }, schema_overrides={"latency_months": pl.Float64})  # fmt: skip
    intervals = people.select(
        "patient_id", "died", start_months=pl.lit(0.0), stop_months="survival_months", exposed=pl.lit(False)
    )
    curves = survival_after_index(people, people, intervals, study)
    by_id = {curve.id: curve.strata[0].median for curve in curves if curve.strata}
    assert (by_id[SurvivalId.FROM_INDEX], by_id[SurvivalId.AT_LANDMARKS]) == (65.5, 96.0)


def test_groups_are_named_as_a_clinician_does():
    """Seven deaths of nine with the second cancer; two columns that another one already tells."""
    months = pl.Series([float(k % 7 + 1) for k in range(60)])
    died = pl.Series([True] * 7 + [False] * 2 + [True] * 40 + [False] * 11)
    second = Covariate("second_primary", "with", "without", whose="sALL")
    with_second = pl.Series([1.0] * 9 + [0.0] * 51)
    arm = pl.Series([0.0, 1.0] * 30)
    model = fit("m", "death", months, died, {second: with_second, ARM: arm, RARE: arm, SITE: arm})
    assert model.terms[0].card.reasons == ("7 deaths of 9 (with sALL), fewer than 10",)
    assert (
        "Race: Unknown, site: a are not estimated, because the other covariates already determine them."
        in (model.note or "")
    )
