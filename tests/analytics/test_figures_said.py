"""What figures say in words, under both verdicts: alternative texts, remarks, notes, legends and charts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.text import Text

from analytics.bias.band import Band
from analytics.disclosure.cells import print_exactly
from analytics.disclosure.public import PublicCurve
from analytics.questions.contrasts import CONVENTIONAL, CORRECTED, SURVIVAL
from analytics.render.figures.axes import TimeAxis
from analytics.render.figures.canvas import Drawing
from analytics.render.figures.curves import _about, survival_figure
from analytics.render.figures.diagrams import MOST_SWIMMERS, flow, swimmer
from analytics.render.figures.fair_eras import OBSERVED, UNCHANGED, _row
from analytics.render.figures.forests import (
    _contrast_row,
    _primary_words,
    _short,
    contrast_forest,
    era_forest,
    forest,
    sir_forest,
)
from analytics.render.figures.interactive import charts
from analytics.render.figures.public_curves import _drawing
from analytics.results.cohort import Cohort, ScreeningStep
from analytics.results.competing import CompetingAnalysis, CompetingStratum, FineGray, IncidenceCurve
from analytics.results.contrasts import Contrast
from analytics.results.guardrails import NullBands
from analytics.results.ids import (
    ADJUSTED,
    FIRTH,
    NAIVE,
    TOGETHER,
    UNADJUSTED,
    AnswerId,
    Block,
    CompetingId,
    CoxId,
    SurvivalId,
    alone,
    at_landmark,
)
from analytics.results.population import StandardisedIncidence
from analytics.results.statistical_tests import StatisticalTest
from analytics.results.survival import RiskTable, StepCurve, SurvivalAnalysis, SurvivalStratum
from tests.analytics.empty_results import STUDY, results_of_nobody
from tests.analytics.test_both_verdicts import holds
from tests.analytics.test_few_events import eras_of
from tests.analytics.test_words import A_AND_B, FEW, MANY, model

NONE = (None, None)


def painted(drawing: Drawing, *, is_synthetic: bool = False) -> str:
    """Every text on the printed figure, in the order in which it is put there."""
    figure = drawing.sheet(174, is_synthetic=is_synthetic).figure
    return " ".join(text.get_text() for text in figure.findobj(Text))


def group(level: str, n: int = 18, **changes) -> SurvivalStratum:
    """14 deaths, a median of 18 months (10 to 73)."""
    curve = StepCurve((18.0,), (0.5,), (None,), (None,), (None,), (float(n),), (14.0,))
    whole = SurvivalStratum(
        level, n, 14, 18.0, {"loglog": (10.0, 73.0)}, None, curve, RiskTable((0.0,), (n,))
    )
    return replace(whole, **changes)


def curves(*strata: SurvivalStratum, begins: int = 0, has_medians: bool = True) -> Drawing:
    return survival_figure(
        "Survival",
        SurvivalAnalysis(SurvivalId.FROM_INDEX, "index", strata, (), from_months=begins),
        {stratum.level: stratum.level for stratum in strata},
        x_label="Months",
        has_medians=has_medians,
    )


# Curves


@pytest.mark.parametrize(("beyond", "said"), [
    (0, ""),
    (1, "Drawn to month 60; 1 person was followed for longer."),
    (1200, "Drawn to month 60; 1,200 people were followed for longer."),
])  # fmt: skip
def test_who_is_followed_beyond_the_axis_is_counted(beyond, said):
    assert TimeAxis(60, 12, beyond).remark == said


@pytest.mark.parametrize(("changes", "said"), [
    ({}, "median 18 months (95% CI 10 to 73)"),
    ({"median_ci": {"loglog": (10.0, None)}}, "median 18 months (95% CI 10 to not reached)"),
    ({"median": None, "median_ci": {"loglog": (73.0, None)}},
     "median not reached (95% CI 73 to not reached)"),
    ({"median": None, "median_ci": {}}, "median not reached (95% CI not reached to not reached)"),
    ({"events": 0, "median": None, "median_ci": {}}, "no deaths"),
])  # fmt: skip
def test_a_legend_has_the_median_with_its_limits_or_that_nobody_died(changes, said):
    assert _about(group("all", **changes)) == said


@pytest.mark.parametrize(("changes", "settings", "ending"), [
    ({}, {}, "all: 18 people, 14 deaths, median 18 months."),
    ({"n": 1, "events": 0, "median": None}, {}, "all: 1 person, 0 deaths, median not reached."),
    ({}, {"begins": 30, "has_medians": False},
     "all: 18 people, 14 deaths. All of it is of those alive at month 30."),
    ({"median": None}, {"has_medians": False}, "all: 18 people, 14 deaths."),
])  # fmt: skip
def test_curves_are_described_by_their_medians_and_by_whom_they_are_of(changes, settings, ending):
    said = curves(group("all", **changes), **settings).alt
    assert said == f"Survival. Survival curves with 95% bands and numbers at risk. {ending}"


def test_a_curve_that_begins_later_says_so_on_its_axes_and_made_up_data_on_the_sheet():
    later = painted(curves(group("all", curve=replace(group("all").curve, time=(40.0,))), begins=30))
    holds(later, "from month 30", "median 18 months", never=("SYNTHETIC DATA",))
    holds(painted(curves(group("all")), is_synthetic=True), "SYNTHETIC DATA", never=("from month",))


# Diagrams

STEPS = (ScreeningStep(1, "adult", "younger than 18", 1000, 100, 900),)
FLOWS = "Flow of patients. 1,000 people in the registry's delivery. Step 1, younger than 18: 100 removed, "


def test_the_flow_ends_in_two_groups_where_somebody_looked_for_the_second_cancer():
    looked = results_of_nobody(attrition=STEPS, cohort=Cohort(900, 8, 892))
    assert flow(looked).alt == f"{FLOWS}900 left. 892 without and 8 with a second primary."
    assert flow(replace(looked, cohort=Cohort(900, None, None))).alt == f"{FLOWS}900 left."
    alone = replace(looked, attrition=(replace(STEPS[0], n_in=1),))
    assert "Flow of patients. 1 person in the registry's delivery." in flow(alone).alt


@pytest.mark.parametrize(("left_out", "said"), [
    (0, ""), (1, "Not drawn: 1 further case."), (2, "Not drawn: 2 further cases."),
])  # fmt: skip
def test_cases_that_have_no_lane_are_counted(results, left_out, said):
    cases = results.institution.cases[:1] * (MOST_SWIMMERS + left_out)
    assert swimmer(replace(results, institution=replace(results.institution, cases=cases))).remark == said


# Ratios


def test_a_forest_says_which_ratios_rest_on_too_few_events():
    three = [
        model(id, 4.0, (1.5, 9.0), card, "chemotherapy")
        for id, card in ((alone("chemotherapy"), MANY), (TOGETHER, FEW), (FIRTH, FEW))
    ]
    assert forest(results_of_nobody(study=A_AND_B, cox=tuple(three))).alt == (
        "Hazard of death after B. Chemotherapy for sB, No/Unknown: Firth 4.00 (1.50 to 9.00) (too few "
        "events), alone 4.00 (1.50 to 9.00), together 4.00 (1.50 to 9.00) (too few events)."
    )


def contrast(id: CoxId, estimator: str, stance: str = CORRECTED, verdict: str = "adequate") -> Contrast:
    source = AnswerId(Block.COX, id)
    return Contrast(
        SURVIVAL, estimator, stance, "hazard ratio", 2.0, (1.2, 3.4), 0.01, source, verdict=verdict
    )


LED = contrast(ADJUSTED, "Cox, second primary as time-dependent exposure, adjusted for age at index and sex")
GROUPED = contrast(NAIVE, "Cox, grouped by later second cancer", CONVENTIONAL)
MODEL = replace(model(ADJUSTED, 2.0, (1.2, 3.4)), adjusted_for=("age at index (linear)", "sex"))


@pytest.mark.parametrize(("row", "name", "note"), [
    (LED, "From its diagnosis on, adjusted", "primary; adjusted for age, sex"),
    (replace(LED, verdict="too_few_events"), "From its diagnosis on, adjusted",
     "primary; adjusted for age, sex; too few events"),
    (GROUPED, "Grouped by later second cancer", "conventional"),
    (contrast(UNADJUSTED, "the same, not adjusted"), "From its diagnosis on, not adjusted", "corrected"),
    (contrast(at_landmark(24), "Cox, landmark at 24 months, not adjusted", verdict="too_few_events"),
     "Landmark at 24 months", "corrected; too few events"),
])  # fmt: skip
def test_each_way_of_asking_has_its_name_its_stance_and_whether_its_events_are_enough(row, name, note):
    made = _contrast_row(row, results_of_nobody(cox=(MODEL,)))
    assert (made.name, made.note) == (name, note)
    assert _short(row) == name[:1].lower() + name[1:]


def test_the_primary_estimate_is_the_one_to_read_if_its_events_are_enough():
    assert _primary_words(LED) == _primary_words(None) == "primary: the estimate to read"
    assert _primary_words(replace(LED, verdict="too_few_events")) == "primary, from too few events"


def test_what_no_effect_would_show_stands_after_the_grouped_ratio_where_it_was_simulated(results):
    asked = replace(results, study=A_AND_B, contrasts=(GROUPED, LED), cox=(MODEL,))
    band = Band(0.293, 0.386, 0.484, 200)
    immortal = replace(results.null_bands.immortal_time, hazard_ratio=band)
    with_band = contrast_forest(replace(asked, null_bands=NullBands(immortal, None)))
    without = contrast_forest(replace(asked, null_bands=NullBands(None, None)))
    grouped = "Cox, grouped by later second cancer 2.00 (1.20 to 3.40); "
    nothing = "the same if sB did nothing, median of simulations 0.39, 10th to 90th percentile 0.29 to 0.48; "
    primary = "Cox, second primary as time-dependent exposure"
    assert f"by method. {grouped}{nothing}{primary}" in with_band.alt
    assert f"by method. {grouped}{primary}" in without.alt
    range_of = "no confidence interval: range of simulations"
    holds(painted(with_band), range_of, "The same if sB did nothing", "0.39 [0.29 to 0.48]")
    holds(painted(without), "primary: the estimate to read", never=(range_of, "did nothing"))


def test_a_ratio_of_eras_has_its_measure_its_stance_and_whether_its_cases_are_enough():
    early_and_late = replace(eras_of((9, 8), (9, 8)), study=A_AND_B)
    primary = Contrast(
        "Is the second primary more common in the last era than in the first?", "rate per person-year",
        CORRECTED, "ratio", 1.5, (0.5, 3.0), 0.5, AnswerId(Block.ERA_RATIOS),
    )  # fmt: skip
    for verdict, note in ((None, "ratio; primary"), ("too_few_events", "ratio; primary; too few events")):
        asked = replace(early_and_late, contrasts=(replace(primary, verdict=verdict),))
        said = painted(era_forest(asked))
        assert note in said and said.count("too few events") == 2 * (verdict is not None)


ALL = StandardisedIncidence({}, 3, 1.0, 100.0, 3.0, (0.6, 8.8), None, None)
NO_CASE = replace(ALL, stratum={"sex": "Male"}, observed=0, sir=0.0, sir_ci=(0.0, 7.4))
NO_RATE = replace(ALL, stratum={"sex": "Female"}, sir=None, sir_ci=NONE)
ARROW = "Arrow to the left: no case, up to the exact upper confidence limit."
NOT_DRAWN = "Not drawn, without a ratio: Sex: Female."


@pytest.mark.parametrize(("rows", "remark"), [
    ((ALL,), ""),
    ((ALL, NO_CASE), ARROW),
    ((ALL, NO_RATE), NOT_DRAWN),
    ((ALL, NO_CASE, NO_RATE), f"{ARROW} {NOT_DRAWN}"),
])  # fmt: skip
def test_a_ratio_of_0_and_one_that_there_is_not_are_explained_below_the_figure(rows, remark):
    assert sir_forest(results_of_nobody(sir=rows)).remark == remark


def test_of_the_latencies_only_those_of_simulations_are_noted_as_such():
    medians = [(50.0, (30.0, 90.0))]
    assert _row(UNCHANGED, ("early",), medians).note == "simulated; median [10th to 90th percentile]"
    assert _row(OBSERVED, ("early",), [(50.0, NONE)]).note == ""
    assert _row("Within 5 years", ("early",), [(50.0, NONE)]).note == ""


# Charts that the script draws


def views(**held) -> dict[str, dict]:
    study = replace(A_AND_B, landmarks=(24,))
    return {view["label"]: view for made in charts(results_of_nobody(study=study, **held))
            for view in made["views"]}  # fmt: skip


PAIR = (group("without", 900), group("with"))
LATER, EXPOSED = "Grouped by later second cancer", "Time-dependent (Simon-Makuch)"


def test_a_chart_has_the_curves_that_there_are_each_with_its_warning():
    by_later = SurvivalAnalysis(SurvivalId.BY_SECOND, "index", PAIR, ())
    exposed = SurvivalAnalysis(SurvivalId.FROM_EXPOSURE, "index", PAIR, (), from_months=30)
    assert views() == views(survival=(replace(by_later, strata=()), replace(exposed, strata=()))) == {}
    both = views(survival=(by_later, exposed))
    assert list(both) == [LATER, EXPOSED]
    assert list(views(survival=(by_later,))) == [LATER] and list(views(survival=(exposed,))) == [EXPOSED]
    holds(
        both[LATER]["note"],
        "Time starts at A and the groups are formed by what happens later: whoever is in the second group "
        "could not die before sB came.",
        never=("no median",),
    )
    holds(
        both[EXPOSED]["note"],
        "Drawn from month 30, the first with 5 people with sB under observation.",
        "Nobody lives along such a curve: it has no median. Not adjusted for age.",
        never=("could not die before",),
    )
    assert [each["name"] for each in both[LATER]["groups"]] == ["without sB", "with sB later"]
    assert [each["name"] for each in both[EXPOSED]["groups"]] == ["before or without sB", "after sB"]


@pytest.mark.parametrize(("n", "said"), [
    (1, " Only 1 person had sB by then: their curve may lie on either side by chance."),
    (9, " Only 9 people had sB by then: their curve may lie on either side by chance."),
    (10, ""),
])  # fmt: skip
def test_a_landmark_with_fewer_than_ten_people_is_left_to_chance(n, said):
    at = [
        replace(each, level=f"{each.level} by 24 months", landmark_months=24, group=each.level)
        for each in (PAIR[0], group("with", n))
    ]
    test = StatisticalTest("logrank at 24 months", 1.0, 1.0, 0.3)
    held = SurvivalAnalysis(SurvivalId.AT_LANDMARKS, "index", tuple(at), (test,))
    note = views(survival=(held,))["Landmark 24 months"]["note"]
    assert note.startswith(
        "Time starts 24 months after A, with those still alive, grouped by what was known then."
        f"{said} Ticks on the curves"
    )


def test_a_group_of_a_chart_has_a_median_or_that_it_is_not_reached():
    for median, said in ((18.0, "median 18 months"), (None, "median not reached")):
        after = SurvivalAnalysis(SurvivalId.FROM_SECOND, "second", (group("all", median=median),), ())
        (shown,) = views(survival=(after,))["From diagnosis"]["groups"]
        assert shown["about"] == f"18 people, 14 deaths, {said}"


def test_one_minus_kaplan_meier_stands_beside_the_incidence_of_everybody_alone():
    column = (0.01,)
    curve = IncidenceCurve((60.0,), column, column, column, column, (100.0,), (1.0,), (0.03,))
    stratum = CompetingStratum("all", 100, 1, 40, curve, {"60": 0.01}, {"60": NONE}, {"60": 0.03})
    whole = CompetingAnalysis(CompetingId.EVERYBODY, (stratum,), None, FineGray())
    eras = tuple(replace(stratum, level=level) for level in ("early", "late"))
    by_era = CompetingAnalysis(CompetingId.BY_ERA, eras, None, FineGray())
    found = views(competing=(whole, by_era))
    assert [(each["name"], each["about"], each["y"][-1]) for each in found["Everybody"]["groups"]] == [
        ("death competing", "1 of 100 people", 0.01),
        ("one minus Kaplan-Meier", "too high: it treats the dead as at risk", 0.03),
    ]
    assert [each["name"] for each in found["By era"]["groups"]] == ["early", "late"]


# The public report


@pytest.mark.parametrize(("id", "estimate", "said"), [
    (SurvivalId.FROM_INDEX, 0.4, "T. Alive, %, at the last month that is shown: all: 40.0 at month 60."),
    (CompetingId.EVERYBODY, 0.0004,
     "T. Per 100,000 people, at the last month that is shown: all: 40.0 at month 60."),
])  # fmt: skip
def test_a_public_curve_is_of_percent_alive_or_of_cases_in_100_000(id, estimate, said):
    curve = PublicCurve(id, "all", (60,), (estimate,), ((0, print_exactly(500)),))
    assert _drawing("T", (curve,), STUDY, ["all"]).alt == said
