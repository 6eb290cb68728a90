"""How long do they live after the index cancer, with and without a second primary? (Figure 1)

Conventional: groups formed by later second cancer, and by era. Whoever has a second primary had to live
long enough to get it, so that grouping favours them (immortal time). Beside it, of the corrected cohort:
landmarks, where only the second primaries known by the landmark form the group and the clock restarts; and
the second primary as a time-dependent exposure, as curves (Simon & Makuch 1984), a test (Mantel & Byar 1974)
and a Cox model, crude and adjusted. Curves and test begin where enough people are exposed to be compared:
before that month the exposed curve would be flat because nobody is on it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from analytics.estimators.survival import Landmark, landmark, logrank, mantel_byar, simon_makuch
from analytics.questions.adjustment import adjustment
from analytics.questions.analysis import FOLLOW_UP, Analysis, Origin, nobody_died
from analytics.questions.cox_rows import Covariate, fit
from analytics.questions.estimable import estimate
from analytics.questions.rows import CORRECTED, DEATHS, FOLLOWED, INTERVALS, PEOPLE, both
from analytics.questions.survival_strata import describe, tested, ticks_to
from analytics.results.cox import CoxAnalysis
from analytics.results.ids import ADJUSTED, NAIVE, UNADJUSTED, Cox, SurvivalId, at_landmark
from analytics.results.statistical_tests import StatisticalTest
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum
from analytics.warehouse.study import Study

LOST, LOST_CORRECTED = f"not {FOLLOWED}", f"is_at_risk and not {FOLLOWED}"
AT_LANDMARK = "start_months <= {months} and stop_months > {months}"
BY_LANDMARK = "coalesce(has_second_cancer and latency_months <= {months}, false)"
FROM_START = "stop_months > {from_months}"
KNOWN_AT_ADJUSTMENT = "age_at_index_years is not null and index_year is not null and era is not null"
DEATHS_IN_THE_END = {"n": "", "events": f"patient_id in (select patient_id from {INTERVALS} where died)"}
GROUPS = {"with": "has_second_primary", "without": "not has_second_primary"}
EXPOSED = {"with": "exposed", "without": "not exposed"}

CURVES = (
    *(
        origin
        for id, level, group in (
            (SurvivalId.FROM_INDEX, "all", ""),
            *((SurvivalId.BY_SECOND, level, group) for level, group in GROUPS.items()),
            (SurvivalId.BY_ERA, "{level}", "era = {level}"),
        )
        for place in [f"survival[id={id}].strata[level={level}]"]
        for origin in (
            Origin(f"{place}.n_dropped", PEOPLE, PEOPLE, both(LOST, group), {"": ""}),
            Origin(place, PEOPLE, PEOPLE, both(FOLLOWED, group), DEATHS),
        )
    ),
    *(
        origin
        for level, exposed in EXPOSED.items()
        for place in [f"survival[id={SurvivalId.AT_LANDMARKS}].strata[level={level} by {{months}} months]"]
        for lost in [BY_LANDMARK if level == "with" else f"not ({BY_LANDMARK})"]
        for origin in (
            Origin(f"{place}.n_dropped", CORRECTED, CORRECTED, both(LOST_CORRECTED, lost), {"": ""}),
            Origin(place, INTERVALS, INTERVALS, both(AT_LANDMARK, exposed), DEATHS_IN_THE_END),
        )
    ),
    *(
        origin
        for level, exposed in EXPOSED.items()
        for place in [f"survival[id={SurvivalId.FROM_EXPOSURE}].strata[level={level}]"]
        for lost in ["has_second_cancer" if level == "with" else ""]
        for origin in (
            Origin(f"{place}.n_dropped", CORRECTED, CORRECTED, both(LOST_CORRECTED, lost), {"": ""}),
            Origin(place, INTERVALS, INTERVALS, both(FROM_START, exposed), DEATHS),
        )
    ),
    Origin(f"survival[id={SurvivalId.FROM_EXPOSURE}]", INTERVALS, INTERVALS, FROM_START),
    Origin(f"survival[id={SurvivalId.AT_LANDMARKS}]", INTERVALS, INTERVALS),
    *(
        Origin(f"survival[id={id}]", PEOPLE, PEOPLE, FOLLOWED)
        for id in (SurvivalId.FROM_INDEX, SurvivalId.BY_SECOND, SurvivalId.BY_ERA)
    ),
)
AT_A_LANDMARK = f"{Cox.LANDMARK}:{{months}}"
MODELS = (
    *(
        Origin(
            f"cox[id={model}].card.groups[variable=second_primary,level={level}]",
            table,
            table,
            both(rows, group),
            counts,
        )
        for model, table, rows, groups, counts in (
            (NAIVE, PEOPLE, FOLLOWED, GROUPS, DEATHS),
            (AT_A_LANDMARK, INTERVALS, AT_LANDMARK, EXPOSED, DEATHS_IN_THE_END),
            (UNADJUSTED, INTERVALS, "", EXPOSED, DEATHS),
            (ADJUSTED, INTERVALS, KNOWN_AT_ADJUSTMENT, EXPOSED, DEATHS),
        )
        for level, group in groups.items()
    ),
    *(
        Origin(
            f"cox[id={ADJUSTED}].card.groups[variable={column},level={{level}}]",
            INTERVALS,
            INTERVALS,
            f"{KNOWN_AT_ADJUSTMENT} and coalesce({column}, 'Unknown') = {{level}}",
            DEATHS,
        )
        for column in ("sex", "race")
    ),
    Origin(f"cox[id={NAIVE}].n_dropped", PEOPLE, PEOPLE, LOST, {"": ""}),
    *(
        Origin(f"cox[id={model}].n_dropped", CORRECTED, CORRECTED, LOST_CORRECTED, {"": ""})
        for model in (AT_A_LANDMARK, UNADJUSTED, ADJUSTED)
    ),
    Origin(f"cox[id={NAIVE}]", PEOPLE, PEOPLE, FOLLOWED, DEATHS),
    Origin(f"cox[id={AT_A_LANDMARK}]", INTERVALS, INTERVALS, AT_LANDMARK, DEATHS_IN_THE_END),
    Origin(f"cox[id={UNADJUSTED}]", INTERVALS, INTERVALS, "", DEATHS),
    Origin(f"cox[id={ADJUSTED}]", INTERVALS, INTERVALS, KNOWN_AT_ADJUSTMENT, DEATHS),
)

ANALYSIS = Analysis(
    section="survival",
    title="Survival after {index}",
    question="Does {second} shorten survival?",
    keys=("survival", "contrasts"),
    needs=FOLLOW_UP,
    why_empty=lambda results: nobody_died(
        results, SurvivalId.FROM_INDEX, results.study.index_short_label
    ),
    origins=(
        ("Conventional curves, eras", "marts.index_patients",
         "select * from marts.index_patients where is_followed"),
        ("Landmarks, time-dependent exposure", "marts.survival_intervals",
         "select * from marts.survival_intervals"),
    ),
    numbers=(*CURVES, *MODELS),
)  # fmt: skip

WITHOUT, WITH = "without", "with"


def survival_after_index(
    index_patients: pl.DataFrame, corrected: pl.DataFrame, intervals: pl.DataFrame, study: Study
) -> tuple[SurvivalAnalysis, ...]:
    """All analyses whose clock starts at, or after a landmark from, the index cancer.

    index_patients  of the conventional cohort; corrected: of the corrected one, with `intervals` of those
                    whose survival is known
    """
    by_second = pl.when("has_second_primary").then(pl.lit(WITH)).otherwise(pl.lit(WITHOUT))
    eras = tuple(era.era for era in study.eras)
    lost = count_without_interval(corrected)
    return (
        _by(SurvivalId.FROM_INDEX, index_patients, pl.lit("all"), ("all",), study),
        _by(SurvivalId.BY_SECOND, index_patients, by_second, (WITHOUT, WITH), study,
            note="Conventional: grouped from the index cancer by later second cancer (immortal time)."),
        _by(SurvivalId.BY_ERA, index_patients, pl.col("era"), eras, study),
        _landmarks(intervals, lost, study),
        _time_dependent(intervals, lost, study),
    )  # fmt: skip


def models_after_index(
    index_patients: pl.DataFrame, corrected: pl.DataFrame, intervals: pl.DataFrame, study: Study
) -> tuple[CoxAnalysis, ...]:
    """The hazard ratio of a second primary: naive, by landmark, time-dependent, and that adjusted."""
    known = index_patients.filter("is_followed")
    unknown, lost = index_patients.height - known.height, count_without_interval(corrected).height
    second = Covariate("second_primary", WITH, WITHOUT, whose=study.second_short_label)
    models = [
        fit(NAIVE, "death from index", known["survival_months"], known["died"],
            {second: known["has_second_primary"]}, ties="breslow", n_lost=unknown,
            note="Conventional: grouped by later second cancer."),
    ]  # fmt: skip
    for months in study.landmarks:
        alive = _alive_at(intervals, months)
        models.append(
            fit(at_landmark(months), f"death after {months} months", pl.Series(alive.durations),
                pl.Series(alive.events), {second: pl.Series(alive.exposed)}, n_lost=lost),
        )  # fmt: skip
    outcome = "death from index, second primary as time-dependent exposure"
    exposed, adjusted = {second: intervals["exposed"]}, adjustment(intervals)
    start, stop, died = (intervals[name] for name in ("start_months", "stop_months", "died"))
    models.append(
        fit(ADJUSTED, outcome, stop, died, exposed | adjusted.columns,
            entry=start, n_lost=lost, strata=adjusted.strata, note=adjusted.note,
            adjusted_for=adjusted.adjusted_for, stratified_by=adjusted.stratified_by,
            asked=second.variable),
    )  # fmt: skip
    models.append(
        fit(UNADJUSTED, outcome, stop, died, exposed, entry=start, n_lost=lost,
            note="Not adjusted."),
    )  # fmt: skip
    return tuple(models)


def count_without_interval(corrected: pl.DataFrame) -> pl.DataFrame:
    """Those of the corrected cohort whose survival is unknown, so that they have no interval."""
    return corrected.filter(pl.col("is_at_risk") & ~pl.col("is_followed"))


def _by(
    id: SurvivalId,
    index_patients: pl.DataFrame,
    group_by: pl.Expr,
    levels: tuple[str, ...],
    study: Study,
    note=None,
) -> SurvivalAnalysis:
    """Curves by group; whoever's survival is unknown is counted in the group that loses them."""
    grouped = index_patients.with_columns(group=group_by)
    people, lost = grouped.filter("is_followed"), grouped.filter(~pl.col("is_followed"))
    months, died = people["survival_months"].to_numpy(), people["died"].to_numpy()
    group = people["group"].to_numpy()
    inside = {level: group == level for level in levels}
    tau = min((float(months[g].max()) for g in inside.values() if g.any()), default=None)
    strata = [
        describe(level, months[g], died[g], ticks=ticks_to(months.max(initial=0)), tau=tau,
                 flat=study.median_of_flat_stretch, n_dropped=_count(lost["group"] == level))
        for level, g in inside.items()
    ]  # fmt: skip
    tests = () if len(levels) < 2 else (tested(estimate(logrank, months, died, group), "logrank"),)
    return SurvivalAnalysis(id, "index", _present(strata), tests, note=note)


def _people(intervals: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each person's end of follow-up, whether it is death, and month of the second cancer (or NaN)."""
    people = (
        intervals.group_by("patient_id")
        .agg(
            pl.col("stop_months").max(),
            pl.col("died").any(),
            exposed_from=pl.col("start_months").filter(pl.col("exposed")).min(),
        )
        .sort("patient_id")
    )
    stop, died, exposed_from = (people[name] for name in ("stop_months", "died", "exposed_from"))
    return stop.to_numpy(), died.to_numpy(), exposed_from.cast(pl.Float64).to_numpy()


def _alive_at(intervals: pl.DataFrame, months: int) -> Landmark:
    """Everybody still under observation after the landmark, grouped by what was known at it."""
    if intervals.is_empty():
        nothing = np.empty(0)
        return Landmark(nothing, nothing, nothing.astype(bool), nothing, 0)
    return landmark(*_people(intervals), at=months)


def _landmarks(intervals: pl.DataFrame, lost: pl.DataFrame, study: Study) -> SurvivalAnalysis:
    """Whoever's survival is unknown might have reached a landmark: each landmark counts them as lost."""
    strata, tests = [], []
    for begins in study.landmarks:
        alive = _alive_at(intervals, begins)
        lost_with = lost.select(pl.sql_expr(BY_LANDMARK.format(months=begins))).to_series()
        months, died, grouped = alive.durations, alive.events, alive.exposed
        tau = min((float(months[g].max()) for g in (grouped, ~grouped) if g.any()), default=None)
        for group, inside, dropped in ((WITHOUT, ~grouped, ~lost_with), (WITH, grouped, lost_with)):
            strata.append(
                describe(f"{group} by {begins} months", months[inside], died[inside],
                         ticks=ticks_to(months.max(initial=0)), tau=tau,
                         landmark_months=begins, group=group, n_dropped=_count(dropped)),
            )  # fmt: skip
        test = tested(estimate(logrank, months, died, grouped), f"logrank at {begins} months")
        note = test.note and test.note.replace("(False)", f"({WITHOUT})").replace("(True)", f"({WITH})")
        tests.append(replace(test, note=note))
    return SurvivalAnalysis(
        SurvivalId.AT_LANDMARKS,
        "index",
        _present(strata),
        tuple(tests),
        note="Months after the landmark; second primaries known by the landmark form the group.",
    )


def _time_dependent(intervals: pl.DataFrame, lost: pl.DataFrame, study: Study) -> SurvivalAnalysis:
    """Both groups from the first month with enough exposed people on; no group where there is none.

    Whoever has no interval is lost to the group without; with a second primary, to the other as well.
    """
    id, second = SurvivalId.FROM_EXPOSURE, study.second_short_label
    least = study.min_at_risk
    begins = first_month_with_exposed(intervals, least)
    if begins is None:
        reason = f"Not estimable: fewer than {least} people with {second} are ever at risk together."
        test = StatisticalTest("mantel_byar", None, None, None, reason)
        return SurvivalAnalysis(id, "index", (), (test,), note=reason)
    people = _people(intervals)
    test = tested(estimate(mantel_byar, *people, landmark=begins), "mantel_byar")
    fitted = estimate(simon_makuch, *people, landmark=begins)
    if fitted.result is None:
        return SurvivalAnalysis(id, "index", (), (test,), note=f"Not estimable: {fitted.reason}.")
    curves = fitted.result
    start, stop, died = curves.intervals.start, curves.intervals.stop, curves.intervals.event
    ticks = ticks_to(stop.max(initial=0))
    ticks = np.concatenate([[float(begins)], ticks[ticks > begins]])
    strata = [
        describe(level, stop[g], died[g], entry=start[g], curve=curve, ticks=ticks, tau=None,
                 begins=begins, n_dropped=dropped)
        for level, g, curve, dropped in (
            (WITHOUT, ~curves.intervals.exposed, curves.unexposed, lost.height),
            (WITH, curves.intervals.exposed, curves.exposed, _count(lost["has_second_cancer"])))
    ]  # fmt: skip
    return SurvivalAnalysis(
        id,
        "index",
        _present(strata),
        (test,),
        note=f"Of those alive at month {begins}, the first with {least} people with {second} under "
        f"observation; later ones enter the group with {second} on the day it is diagnosed. Curves, medians "
        "and test are conditional on that month.",
        from_months=begins,
    )


def first_month_with_exposed(intervals: pl.DataFrame, least: int) -> int | None:
    """The first whole month at which `least` exposed people are at risk together; None if there is none."""
    exposed = intervals.filter(pl.col("exposed")).select(
        entered=pl.col("start_months").ceil().cast(pl.Int64), stop="stop_months"
    )
    for month in exposed["entered"].unique().sort().to_list():
        at_risk = exposed.filter((pl.col("entered") <= month) & (pl.col("stop") > month))
        if at_risk.height >= least:
            return int(month)
    return None


def _count(rows: pl.Series) -> int:
    """How many are true; an unknown is not."""
    return int(rows.fill_null(False).sum())


def _present(strata: list[SurvivalStratum | None]) -> tuple[SurvivalStratum, ...]:
    return tuple(stratum for stratum in strata if stratum is not None)
