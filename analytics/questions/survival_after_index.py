"""How long do they live after the index cancer, with and without a second primary? (Figure 1)

As published: groups formed by what happened later, and by era. Whoever has a second primary had to live
long enough to get it, so that grouping favours them (immortal time). Beside it: landmarks, where only the
second primaries known by the landmark form the group and the clock restarts; and the second primary as a
time-dependent exposure, as curves (Simon & Makuch 1984), a test (Mantel & Byar 1974) and a Cox model.
"""

from __future__ import annotations

import polars as pl

from analytics.estimable import estimate
from analytics.estimators.survival import logrank
from analytics.questions.cox_rows import Covariate, fit
from analytics.questions.survival_strata import describe, tested, ticks_to
from analytics.results import CoxAnalysis, SurvivalAnalysis, SurvivalStratum
from analytics.study import Study

WITHOUT, WITH = "without", "with"
FOLLOWED = pl.col("survival_months").is_not_null() & pl.col("died").is_not_null()


def survival_after_index(
    index_patients: pl.DataFrame, intervals: pl.DataFrame, study: Study
) -> tuple[SurvivalAnalysis, ...]:
    """All analyses whose clock starts at, or after a landmark from, the index cancer."""
    by_second = pl.when("has_second_primary").then(pl.lit(WITH)).otherwise(pl.lit(WITHOUT))
    eras = tuple(era.era for era in study.eras)
    return (
        _by("os_from_index", index_patients, pl.lit("all"), ("all",), study),
        _by("os_from_index_by_second", index_patients, by_second, (WITHOUT, WITH), study,
            note="As published: grouped from time zero by what happened later (immortal time)."),
        _by("os_from_index_by_era", index_patients, pl.col("era"), eras, study),
        _landmarks(index_patients, study),
        _time_dependent(index_patients, intervals, study),
    )  # fmt: skip


def models_after_index(
    index_patients: pl.DataFrame, intervals: pl.DataFrame, study: Study
) -> tuple[CoxAnalysis, ...]:
    """The hazard ratio of a second primary: naive, by landmark, time-dependent, and adjusted."""
    known = index_patients.filter(FOLLOWED)
    n_lost = index_patients.height - known.height
    second = Covariate("second_primary", WITH, WITHOUT)
    models = [
        fit("index_naive", "death from index", known["survival_months"], known["died"],
            {second: known["has_second_primary"]}, ties="breslow", n_lost=n_lost,
            note="As published: grouped by what happened later."),
    ]  # fmt: skip
    for months in study.landmarks:
        alive = _alive_at(known, months)
        models.append(
            fit(f"index_landmark:{months}", f"death after {months} months", alive["after_landmark"],
                alive["died"], {second: alive["by_landmark"]}, n_lost=n_lost),
        )  # fmt: skip
    entry = intervals["start_months"]
    exposed = {second: intervals["exposed"]}
    outcome = "death from index, second primary as time-dependent exposure"
    models.append(
        fit(
            "index_time_dependent", outcome, intervals["stop_months"], intervals["died"], exposed, entry=entry
        )
    )
    adjusted = exposed | {Covariate("age", "per 10 years", None): intervals["age_at_index_years"] / 10}
    for column, variable in (("sex", "sex"), ("era", "era")):
        levels = intervals[column].unique().drop_nulls().sort().to_list()
        for level in levels[:-1] if column == "era" else [x for x in levels if x != "Female"]:
            reference = levels[-1] if column == "era" else "Female"
            adjusted[Covariate(variable, level, reference)] = intervals[column] == level
    models.append(
        fit("index_time_dependent_adjusted", outcome, intervals["stop_months"], intervals["died"],
            adjusted, entry=entry),
    )  # fmt: skip
    return tuple(models)


def _by(
    id: str, index_patients: pl.DataFrame, group_by: pl.Expr, levels: tuple[str, ...], study: Study, note=None
) -> SurvivalAnalysis:
    """Curves by group; whoever's survival is unknown is counted in the group that loses them."""
    grouped = index_patients.with_columns(group=group_by)
    people, lost = grouped.filter(FOLLOWED), grouped.filter(~FOLLOWED)
    months, died = people["survival_months"].to_numpy(), people["died"].to_numpy()
    group = people["group"].to_numpy()
    inside = {level: group == level for level in levels}
    tau = min((float(months[g].max()) for g in inside.values() if g.any()), default=None)
    strata = [
        describe(level, months[g], died[g], ticks=ticks_to(months.max(initial=0)), tau=tau,
                 flat=_flat(study), n_dropped=_count(lost["group"] == level))
        for level, g in inside.items()
    ]  # fmt: skip
    tests = () if len(levels) < 2 else (tested(estimate(logrank, months, died, group), "logrank"),)
    return SurvivalAnalysis(id, "index", _present(strata), tests, note=note)


def _alive_at(known: pl.DataFrame, months: int) -> pl.DataFrame:
    """Everybody still under observation after the landmark, grouped by what was known at it."""
    return known.filter(pl.col("survival_months") > months).with_columns(
        after_landmark=pl.col("survival_months") - months, by_landmark=_had_second_by(months)
    )


def _had_second_by(months: int) -> pl.Expr:
    return (pl.col("has_second_primary") & (pl.col("latency_months") <= months)).fill_null(False)


def _landmarks(index_patients: pl.DataFrame, study: Study) -> SurvivalAnalysis:
    """Whoever's survival is unknown might have reached a landmark: each landmark counts them as lost."""
    known, lost = index_patients.filter(FOLLOWED), index_patients.filter(~FOLLOWED)
    strata, tests = [], []
    for landmark in study.landmarks:
        alive = _alive_at(known, landmark)
        lost_with = lost.select(_had_second_by(landmark)).to_series()
        months, died = alive["after_landmark"].to_numpy(), alive["died"].to_numpy()
        grouped = alive["by_landmark"].to_numpy()
        tau = min((float(months[g].max()) for g in (grouped, ~grouped) if g.any()), default=None)
        for group, inside, dropped in ((WITHOUT, ~grouped, ~lost_with), (WITH, grouped, lost_with)):
            strata.append(
                describe(f"{group} by {landmark} months", months[inside], died[inside],
                         ticks=ticks_to(months.max(initial=0)), tau=tau, flat=_flat(study),
                         landmark_months=landmark, group=group, n_dropped=_count(dropped)),
            )  # fmt: skip
        tests.append(tested(estimate(logrank, months, died, grouped), f"logrank at {landmark} months"))
    return SurvivalAnalysis(
        "os_from_index_by_second_landmark",
        "index",
        _present(strata),
        tuple(tests),
        note="Months after the landmark; second primaries known by the landmark form the group.",
    )


def _time_dependent(index_patients: pl.DataFrame, intervals: pl.DataFrame, study: Study) -> SurvivalAnalysis:
    """Whoever has no interval is lost to the group without; with a second primary, to the other as well."""
    lost = index_patients.join(intervals, on="patient_id", how="anti")
    start, stop = intervals["start_months"].to_numpy(), intervals["stop_months"].to_numpy()
    died, exposed = intervals["died"].to_numpy(), intervals["exposed"].to_numpy()
    ticks = ticks_to(stop.max(initial=0))
    strata = [
        describe(level, stop[g], died[g], entry=start[g], ticks=ticks, tau=None, flat=_flat(study),
                 n_dropped=dropped)
        for level, g, dropped in (
            (WITHOUT, ~exposed, lost.height), (WITH, exposed, _count(lost["has_second_primary"])))
    ]  # fmt: skip
    return SurvivalAnalysis(
        "os_from_index_by_second_time_dependent",
        "index",
        _present(strata),
        (tested(estimate(logrank, stop, died, exposed, entry=start), "mantel_byar"),),
        note=f"People enter the group with {study.second_short_label} on the day it is diagnosed.",
    )


def _count(rows: pl.Series) -> int:
    """How many are true; an unknown is not."""
    return int(rows.fill_null(False).sum())


def _present(strata: list[SurvivalStratum | None]) -> tuple[SurvivalStratum, ...]:
    return tuple(stratum for stratum in strata if stratum is not None)


def _flat(study: Study) -> str:
    """SPSS takes the first time of a flat stretch, R its middle."""
    return "first" if study.engine.startswith("spss") else "midpoint"
