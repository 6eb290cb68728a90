"""Results with the paper's printed margins and made-up everything else. Nobody in them exists.

Rows are frozen: a test changes one by `dataclasses.replace`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields, replace
from functools import cache
from typing import Any

from analytics.results.characteristics import LevelCount, NumericSummary
from analytics.results.cohort import Cohort, DefinitionCount, ScreeningStep
from analytics.results.competing import CompetingAnalysis, CompetingStratum, FineGray
from analytics.results.competing import IncidenceCurve as IncidenceSteps
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.document import Results
from analytics.results.guardrails import GroupCount, ModelCard
from analytics.results.hospital import HospitalCase, Institution
from analytics.results.ids import NAIVE, AnswerId, Block, CompetingId, CoxId, SurvivalId, alone
from analytics.results.incidence import EraIncidence, LatencyPoint, LatencySummary
from analytics.results.population import StandardisedIncidence
from analytics.results.published import PrintedNumber
from analytics.results.run import Data, Run
from analytics.results.statistical_tests import LatencyTest, StatisticalTest, Table1Test
from analytics.results.survival import RiskTable, StepCurve, SurvivalAnalysis, SurvivalStratum
from tests.analytics.empty_results import NOTHING, STUDY, results_of_nobody

ERA_1, ERA_2 = "1975-2002", "2003-2018"
SHA = "5" * 64

TABLE_1 = {
    "sex": {"Male": (35067, 10), "Female": (29544, 8)},
    "race": {"White": (49117, 12), "Black": (11296, 5), "Other": (3974, 1)},
    "marital_status": {"Married": (36886, 12), "Other": (23843, 4)},
    "era": {ERA_1: (31981, 8), ERA_2: (32630, 10)},
    "chemotherapy": {"Yes": (40197, 16), "No/Unknown": (24414, 2)},
}
STEPS = (45812, 3, 3, 0, 7, 4, 2)
CASE_TEXT = "t(4;14) in one patient only"
OF_THE_STUDY = replace(
    STUDY,
    name="mm_sall",
    title="Second leukaemia after myeloma",
    index_label="multiple myeloma",
    index_short_label="MM",
    second_label="acute lymphoblastic leukaemia",
    second_short_label="ALL",
)
NO_HOSPITAL = Institution(0, None, 0, None, None, None, NOTHING, None, None, (), (), ())


def results(**changes: Any) -> Results:
    """All results; `changes` replace fields."""
    made = results_of_nobody(
        study=OF_THE_STUDY,
        run=Run("1", "", 0.0, "0.2.0+3f9c0a7be512", {}, (delivery(SHA),), "r0123456789ab"),
        data=Data(True, ()),
        attrition=attrition(64_629),
        cohort=Cohort(64_629, 18, 64_611),
        definitions=(DefinitionCount("primary", True, 18), DefinitionCount("broad", False, 21)),
        table1=table1(TABLE_1),
        table1_numeric=(
            numeric("age_at_index_years", "without", 64_611, 68.06),
            numeric("age_at_index_years", "with", 18, 57.94),
            numeric("latency_months", "with", 9, 58.5),
        ),
        table1_tests=(
            comparison("sex", "pearson_chi2", 0.0119),
            comparison("age_at_index_years", "student_t", 3.69),
        ),
        eras=(
            era(ERA_1, 31_989, 8, 99_620.7, at_risk=24_108),
            era(ERA_2, 32_640, 10, 90_092.2, at_risk=25_003),
        ),
        incidence_overall=era("all", 64_629, 18, 189_712.9, at_risk=49_111),
        latency_tests=(LATENCY_TEST,),
        latency_points=(LatencyPoint(ERA_1, 19.0, None),),
        survival=(
            analysis(SurvivalId.FROM_INDEX, {"all": (64_629, 50_512)}),
            analysis(SurvivalId.BY_SECOND, {"without": (64_611, 50_498), "with": (18, 14)}),
            analysis(SurvivalId.BY_ERA, {ERA_1: (31_989, 31_426), ERA_2: (32_640, 19_086)}),
            analysis(SurvivalId.FROM_SECOND, {"all": (18, 14)}, origin="second"),
        ),
        cox=(
            model(alone("sex"), 18, 14, [("sex", "Male", "Female")]),
            model(NAIVE, 64_629, 50_512, [("second_primary", "with", "without")]),
        ),
        competing=(first_events({ERA_1: (24_108, 8, 23_540), ERA_2: (25_003, 10, 12_080)}),),
        sir=(
            incidence({}, 18, 189_712.9),
            incidence({"from": "diagnosis"}, 18, 240_715.5),
            incidence({"sex": "Female"}, 8, 90_557.8),
            incidence({"sex": "Male"}, 10, 99_155.1),
            incidence({"attained_age": "under 60"}, 7, 60_000.0),
            incidence({"attained_age": "60-89"}, 9, 129_000.0),
            incidence({"attained_age": "90-94"}, 2, 700.0),
            incidence({"attained_age": "95+"}, 0, 12.9),
        ),
        institution=replace(NO_HOSPITAL, n_index=1_529, n_second=3, cases=(CASE,)),
        contrasts=(Contrast("?", "?", "conventional", "?", 125.0, NOTHING, None, AnswerId(Block.INCIDENCE)),),
        published=(PrintedNumber("Abstract", "cases", "18", 18.0, "agrees", None),),
    )
    return replace(made, **changes)


CASE = HospitalCase(
    **dict.fromkeys(field.name for field in fields(HospitalCase))
    | {"patient_id": "HOSP-77", "fish": CASE_TEXT}
)
LATENCY_TEST = LatencyTest("student_t", 0.66, 16.0, 0.52)


def delivery(sha256: str) -> dict[str, Any]:
    """A delivery, as a manifest says it."""
    return {"path": "made_up.txt", "sha256": sha256, "is_synthetic": True}


def of_delivery(said: Results, sha256: str) -> Results:
    """The same results, from another delivery."""
    return replace(said, run=replace(said.run, inputs=(delivery(sha256),)))


def table1(counts: dict[str, dict[str, tuple[int, int]]]) -> tuple[LevelCount, ...]:
    return tuple(
        LevelCount(
            variable,
            level,
            n_without=without,
            denominator_without=sum(n for n, _ in levels.values()),
            n_with=second,
            denominator_with=sum(n for _, n in levels.values()),
        )
        for variable, levels in counts.items()
        for level, (without, second) in levels.items()
    )


def attrition(n_index: int) -> tuple[ScreeningStep, ...]:
    """The screening steps, from the cohort backwards."""
    left, steps = n_index, []
    for at, removed in reversed(list(enumerate(STEPS, start=1))):
        steps.append(ScreeningStep(at, f"rule {at}", "", left + removed, removed, left))
        left += removed
    return tuple(steps[::-1])


def numeric(variable: str, group: str, n: int, mean: float) -> NumericSummary:
    return NumericSummary(variable, group, n, mean, sd=9.37, median=59.0, min=44.125, max=72.125)


def comparison(variable: str, name: str, statistic: float, p_value: float | None = 0.91) -> Table1Test:
    return Table1Test(variable, name, statistic, 1.0, p_value)


def era(
    name: str, n_index: int, n_second: int, person_years: float, *, at_risk: int = 0, observed: int = 0
) -> EraIncidence:
    """at_risk, observed: of the corrected cohort; by default it has the second primaries of the published."""
    return EraIncidence(
        name,
        n_index,
        n_second,
        n_second / n_index,
        NOTHING,
        LatencySummary(n_second, 74.5, 19.0, None, None, None),
        person_years,
        None,
        NOTHING,
        n_index_at_risk=at_risk or n_index,
        observed=observed or n_second,
    )


def analysis(id: SurvivalId, groups: dict[str, tuple[int, int]], origin: str = "index") -> SurvivalAnalysis:
    logrank = StatisticalTest("logrank", 5.6, 1.0, 0.0178)
    return SurvivalAnalysis(
        id,
        origin,
        tuple(
            SurvivalStratum(
                level,
                n,
                events,
                34.0,
                {},
                None,
                curve(n, events),
                RiskTable((0.0, 60.0, 120.0), (n, n // 3, n // 9)),
            )
            for level, (n, events) in groups.items()
        ),
        (logrank,) if len(groups) > 1 else (),
    )


@cache
def curve(n: int, events: int) -> StepCurve:
    """Deaths thinning out over 240 months, nobody censored before the end."""
    steps: list[tuple[float, float, float, float]] = []
    dead = 0
    for month in range(1, 241):
        by_now = round(events * (1 - math.exp(-month / 50)) / (1 - math.exp(-240 / 50)))
        if by_now > dead:
            steps.append((float(month), 1 - by_now / n, n - dead, by_now - dead))
            dead = by_now
    return step_curve(steps)


def step_curve(steps: Iterable[tuple[float, float, float, float]]) -> StepCurve:
    """Of rows of time, survival, people at risk and events."""
    time, survival, at_risk, events = (tuple(each) for each in zip(*steps, strict=True))
    unknown = (None,) * len(time)
    return StepCurve(time, survival, unknown, unknown, unknown, at_risk, events)


def incidence_curve(steps: Iterable[tuple[float, float, float, float]]) -> IncidenceSteps:
    """Of rows of time, incidence, people at risk and events."""
    time, cif, at_risk, events = (tuple(each) for each in zip(*steps, strict=True))
    unknown = (None,) * len(time)
    return IncidenceSteps(time, cif, unknown, unknown, unknown, at_risk, events, cif)


def model(
    id: CoxId,
    n: int,
    events: int,
    compared: list[tuple[str, str, str | None]],
    groups: Iterable[GroupCount] = (),
) -> CoxAnalysis:
    """A model that tells the sizes of its groups, where there are any given."""
    terms = tuple(
        CoxTerm(variable, level, reference, -0.7, 0.61, 0.478449, (0.143829, 1.58), 0.2293)
        for variable, level, reference in compared
    )
    card = ModelCard("adequate", (), (), None, (), tuple(groups), ())
    return CoxAnalysis(
        id, "death", "efron", None, n, events, 0, terms=terms, card=card if card.groups else None
    )


def first_events(
    groups: dict[str, tuple[int, int, int]], id: CompetingId = CompetingId.BY_ERA
) -> CompetingAnalysis:
    """Of each group the people, the second primaries and the deaths before one."""
    strata = tuple(competing(level, *sizes) for level, sizes in groups.items())
    return CompetingAnalysis(id, strata, StatisticalTest("gray", None, None, 0.5), FineGray())


def competing(
    level: str, n: int, seconds: int, deaths: int, steps: IncidenceSteps | None = None
) -> CompetingStratum:
    curve_of = steps or incidence_curve([(60.0, 0.0002, n, seconds)])
    return CompetingStratum(level, n, seconds, deaths, curve_of, {}, {}, {})


def incidence(stratum: dict[str, str], observed: int, person_years: float) -> StandardisedIncidence:
    return StandardisedIncidence(
        stratum, observed, 2.5325, person_years, observed / 2.5325, NOTHING, None, None
    )
