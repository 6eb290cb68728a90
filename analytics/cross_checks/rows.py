"""The rows of each analysis, derived again from the marts in SQL of their own.

What an analysis is of stands in the study's definitions; how `analytics.questions` makes its rows is not
looked at. A group is a row's `level`, the unit of time is the month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

from analytics.results.competing import CompetingAnalysis
from analytics.results.cox import CoxAnalysis
from analytics.results.ids import (
    ADJUSTED,
    EFRON,
    FIRTH,
    NAIVE,
    TOGETHER,
    UNADJUSTED,
    CompetingId,
    Cox,
    CoxId,
    SurvivalId,
    alone,
    at_landmark,
)
from analytics.warehouse.marts import Marts

FOLLOWED = """
    select {level} as level, survival_months as months, died
    from marts.index_patients where is_followed order by patient_id
"""
CURVES = {
    SurvivalId.FROM_INDEX: FOLLOWED.format(level="'all'"),
    SurvivalId.BY_SECOND: FOLLOWED.format(level="if(has_second_primary, 'with', 'without')"),
    SurvivalId.BY_ERA: FOLLOWED.format(level="era"),
    SurvivalId.FROM_SECOND: """
        select 'all' as level, months_after_second as months, died
        from marts.second_primaries where is_followed_after_second order by patient_id
    """,
    # Each person's state at the landmark is that of the interval in which the landmark lies.
    SurvivalId.AT_LANDMARKS: """
        with ends as (
            select patient_id, max(stop_months) as stop_months, bool_or(died) as died
            from marts.survival_intervals group by patient_id
        )
        select if(here.exposed, 'with', 'without') || ' by ' || landmark_months || ' months' as level,
            ends.stop_months - landmark_months as months, ends.died,
            landmark_months, here.patient_id, here.exposed
        from study.study_landmarks
        inner join marts.survival_intervals as here
            on here.start_months <= landmark_months and here.stop_months > landmark_months
        inner join ends on here.patient_id = ends.patient_id
        order by landmark_months, here.patient_id
    """,
    # From the first month at which enough exposed people are at risk together, if others are there too.
    SurvivalId.FROM_EXPOSURE: """
        with exposed as (
            select start_months, stop_months from marts.survival_intervals where exposed
        ),
        starts as (select distinct ceil(start_months) as month from exposed),
        enough as (
            select min(starts.month) as month
            from starts
            where (
                select count(*) from exposed
                where exposed.start_months <= starts.month and exposed.stop_months > starts.month
            ) >= (select min_at_risk from study.study)
        )
        select if(exposed, 'with', 'without') as level, stop_months as months, died,
            greatest(start_months, enough.month) as entry
        from marts.survival_intervals cross join enough
        where stop_months > enough.month
        qualify count(distinct exposed) over () > 1
        order by patient_id, start_months
    """,
}
"""Who is on each curve: level, months, died and, where people come later, entry."""

FIRST_EVENTS = """
    select {level} as level, months_to_first_event as months,
        first_event = 'second_primary' as died, first_event = 'death' as other
    from marts.index_patients_corrected
    where is_at_risk_after_latency and first_event_is_known order by patient_id
"""
COMPETING = {
    CompetingId.EVERYBODY: FIRST_EVENTS.format(level="'all'"),
    CompetingId.BY_ERA: FIRST_EVENTS.format(level="era"),
    CompetingId.BY_CHEMOTHERAPY: FIRST_EVENTS.format(level="chemotherapy_index"),
}
"""First events: `died` is the second cancer, `other` a death before it."""

CASE_SERIES = """
    with cases as (
        select 'registry' as level, months_after_second as months, died
        from marts.second_primaries where is_followed_after_second
        union all
        select 'hospital', survival_months_after_second, died
        from marts.institution_cases where is_followed_after_second
    )
    from cases union all select 'pooled', months, died from cases order by all
"""

CONVENTIONAL = """
    select *, survival_months as months from marts.index_patients where is_followed order by patient_id
"""
INTERVALS = """
    select patient_id, start_months as entry, stop_months as months, died, exposed,
        coalesce(sex, 'Unknown') as sex, coalesce(race, 'Unknown') as race, era, index_year,
        age_at_index_years::double as age
    from marts.survival_intervals order by patient_id, start_months
"""
CASES = """
    select *, months_after_second as months
    from marts.second_primaries where is_followed_after_second order by patient_id
"""
AFTER_SECOND = {
    "sex": "sex",
    "race": "race",
    "age": "age_group_at_second",
    "era": "era",
    "chemotherapy": "chemotherapy_second",
}
"""The column of each variable of a model of death after the second cancer."""
FROM_INDEX = {"second_primary": "exposed", "sex": "sex", "race": "race", "index_year": "index_year"}
"""That of each variable of a time-dependent model."""

HORIZONS = (60, 120, 180, 240)
"""Months at which the table of cumulative incidence has rows."""

HARRELL = {4: (0.05, 0.35, 0.65, 0.95), 3: (0.1, 0.5, 0.9)}
"""Quantiles of the study's spline by the number of knots, which is 4 wherever there are as many ages."""

SEED, FEW = 20181231, 500
"""Of the sample of people, and how many of a race are all in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A row a person, or a person's interval: months (n,), died (n,), entry (n,) where people come later.

    other     shape (n,), whose first event is another than the one in `died`, where that is asked
    landmark  month from which these are followed, where there is one
    """

    months: np.ndarray
    died: np.ndarray
    entry: np.ndarray | None = None
    other: np.ndarray | None = None
    landmark: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ModelRows:
    """The rows of a Cox model.

    design   shape (n, p): the printed terms in their order, then a spline's columns
    strata   labels (n,), a baseline hazard for each, or None
    people   ids (n,), by which a sample is drawn
    """

    followed: Followed
    design: np.ndarray
    strata: np.ndarray | None
    people: np.ndarray

    def __len__(self) -> int:
        return len(self.people)

    def loglik_without_covariates(self, ties: str) -> float:
        """The partial log-likelihood where every ratio is 1: of each death, one of those at risk.

        ties  "efron": of d who die together, the second is one of those that the first leaves, and so on;
              "breslow": each is one of all
        """
        labels = (
            np.zeros(len(self)) if self.strata is None else np.unique(self.strata, return_inverse=True)[1]
        )
        total = 0.0
        for label in np.unique(labels):
            here = labels == label
            months, entry = np.sort(self.followed.months[here]), self.followed.entry
            entered = np.zeros(0) if entry is None else np.sort(entry[here])
            times, d = np.unique(self.followed.months[here & self.followed.died], return_counts=True)
            n = len(months) - np.searchsorted(months, times)
            if entry is not None:
                n -= len(entered) - np.searchsorted(entered, times)
            total -= float(np.sum(gammaln(n + 1) - gammaln(n - d + 1) if ties == "efron" else d * np.log(n)))
        return total

    def breslow(self, coef: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, score (p,) and information (p, p) at coefficients (p,), without late entry."""
        latest_first = np.argsort(-self.followed.months, kind="stable")
        months, died = self.followed.months[latest_first], self.followed.died[latest_first]
        x = self.design[latest_first]
        weight = np.exp(x @ coef)
        times, d = np.unique(months[died], return_counts=True)
        at_risk = np.searchsorted(-months, -times, side="right") - 1
        total = np.cumsum(weight)[at_risk]
        mean = np.cumsum(weight[:, None] * x, axis=0)[at_risk] / total[:, None]
        square = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None, :], axis=0)[at_risk]
        square = square / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
        loglik = float((x[died] @ coef).sum() - d @ np.log(total))
        return loglik, x[died].sum(axis=0) - d @ mean, np.einsum("t,tij->ij", d, square)

    def of(self, chosen: frozenset[str]) -> ModelRows:
        """The rows of these people."""
        here = np.array([person in chosen for person in self.people])
        entry = self.followed.entry
        followed = Followed(
            self.followed.months[here], self.followed.died[here], None if entry is None else entry[here]
        )
        return replace(
            self,
            followed=followed,
            design=self.design[here],
            strata=None if self.strata is None else self.strata[here],
            people=self.people[here],
        )


class NotKnown(LookupError):
    """An analysis, or a covariate, that the second programmer was not told of."""


def analyses_of(marts: Marts) -> list[SurvivalId | CompetingId | CoxId]:
    """Every analysis that the study asks for and its people allow; the models are named in `terms_of`."""
    anybody = not marts.query(COMPETING[CompetingId.EVERYBODY]).is_empty()
    landmarks = marts.query("select landmark_months from study.study_landmarks order by all").to_series()
    after_second = _terms_after_second(marts)
    return [
        *CURVES,
        *(COMPETING if anybody else ()),
        *map(alone, after_second),
        *((TOGETHER, EFRON, FIRTH) if after_second else ()),
        *(NAIVE, *map(at_landmark, landmarks.to_list()), ADJUSTED, UNADJUSTED),
    ]


def terms_of(marts: Marts, id: CoxId) -> dict[str, int]:
    """By variable of a model, how many terms it has: one a level but the reference, one of a number or flag.

    Raises NotKnown for a model that is not in this file.
    """
    match id.kind:
        case Cox.ALONE if id.variable in AFTER_SECOND:
            return {id.variable: _terms_after_second(marts).get(id.variable, 0)}
        case Cox.TOGETHER | Cox.EFRON | Cox.FIRTH:
            return _terms_after_second(marts)
        case Cox.ADJUSTED:
            return {"second_primary": 1} | _terms_of_adjustment(marts)
        case Cox.NAIVE | Cox.LANDMARK | Cox.UNADJUSTED:
            return {"second_primary": 1}
    raise NotKnown


def _terms_after_second(marts: Marts) -> dict[str, int]:
    """Of each variable of which more than one level is seen in those followed after the second cancer."""
    cases = marts.query(CASES)
    levels = {name: cases[column].drop_nulls().n_unique() for name, column in AFTER_SECOND.items()}
    return {name: n - 1 for name, n in levels.items() if n > 1}


def _terms_of_adjustment(marts: Marts) -> dict[str, int]:
    """Without the spline of age, which has none; unknown is a level of sex and of race."""
    rows = marts.query(INTERVALS)
    terms = {name: rows[name].n_unique() - 1 for name in ("sex", "race") if not rows.is_empty()}
    terms["index_year"] = int(rows["index_year"].drop_nulls().n_unique() > 1)
    return {name: n for name, n in terms.items() if n}


def curve_rows(marts: Marts, id: SurvivalId) -> dict[str, Followed]:
    """Everybody on the curves of one analysis of survival, by group."""
    return _by_level(marts, CURVES.get(id))


def competing_rows(marts: Marts, analysis: CompetingAnalysis) -> dict[str, Followed]:
    """Those whose first event is known, by group; the event is the second cancer."""
    return _by_level(marts, COMPETING.get(analysis.id))


def case_series_rows(marts: Marts) -> dict[str, Followed]:
    """The registry's second cancers, the hospital's, and both."""
    return _by_level(marts, CASE_SERIES)


def _by_level(marts: Marts, sql: str | None) -> dict[str, Followed]:
    if sql is None:
        raise NotKnown
    rows = marts.query(sql)
    return {
        str(level): _followed(people)
        for (level,), people in rows.partition_by("level", as_dict=True, maintain_order=True).items()
        if level is not None
    }


def _followed(rows: pl.DataFrame) -> Followed:
    def given(name: str, type: type[pl.DataType]) -> np.ndarray | None:
        return rows[name].cast(type).to_numpy() if name in rows.columns else None

    return Followed(
        rows["months"].cast(pl.Float64).to_numpy(),
        rows["died"].cast(pl.Boolean).to_numpy(),
        given("entry", pl.Float64),
        given("other", pl.Boolean),
        int(rows["landmark_months"][0]) if "landmark_months" in rows.columns and rows.height else None,
    )


def model_rows(marts: Marts, model: CoxAnalysis) -> ModelRows:
    """The rows of one model, of the terms that it prints.

    Raises NotKnown for a model, or a covariate, that is not in this file.
    """
    match model.id.kind:
        case Cox.LANDMARK:
            rows = marts.query(CURVES[SurvivalId.AT_LANDMARKS])
            rows = rows.filter(pl.col("landmark_months") == model.id.landmark_months)
            return _designed(rows, model, {"second_primary": "exposed"})
        case Cox.UNADJUSTED:
            return _designed(marts.query(INTERVALS), model, FROM_INDEX)
        case Cox.ADJUSTED:
            return _adjusted(marts.query(INTERVALS), model)
        case Cox.NAIVE:
            return _designed(marts.query(CONVENTIONAL), model, {"second_primary": "has_second_primary"})
        case Cox.ALONE | Cox.TOGETHER | Cox.EFRON | Cox.FIRTH:
            return _designed(marts.query(CASES), model, AFTER_SECOND)
    raise NotKnown


def _adjusted(rows: pl.DataFrame, model: CoxAnalysis) -> ModelRows:
    """With a spline of age and a baseline hazard an era, unless these are the same in everybody."""
    ages = rows["age"].drop_nulls().to_numpy()
    rows = rows.drop_nulls("era")
    spline = np.empty((rows.height, 0))
    if len(np.unique(ages)) > 1:
        rows = rows.drop_nulls("age")
        spline = restricted_cubic_spline(rows["age"].to_numpy(), ages)
    return _designed(rows, model, FROM_INDEX, spline, "era")


def _designed(
    rows: pl.DataFrame,
    model: CoxAnalysis,
    columns: Mapping[str, str],
    spline: np.ndarray | None = None,
    stratified_by: str | None = None,
) -> ModelRows:
    """The rows that are known in every column of the model's terms."""
    if unknown := [term.variable for term in model.terms if term.variable not in columns]:
        raise NotKnown(unknown[0])
    used = [columns[term.variable] for term in model.terms]
    known = rows.select(pl.all_horizontal(pl.col(column).is_not_null() for column in used)).to_series()
    here, kept = known.to_numpy(), rows.filter(known)
    terms = []
    for term, column in zip(model.terms, used, strict=True):
        values = kept[column]
        # A number and a flag are what they are; a level is compared with all others.
        is_level = term.reference is not None and values.dtype != pl.Boolean
        terms.append((values == term.level if is_level else values).cast(pl.Float64).to_numpy())
    design = np.column_stack(terms)
    if spline is not None:
        design = np.column_stack([design, spline[here]])
    strata = kept[stratified_by].to_numpy() if stratified_by else None
    several = strata is not None and len(set(strata.tolist())) > 1
    return ModelRows(_followed(kept), design, strata if several else None, kept["patient_id"].to_numpy())


def restricted_cubic_spline(values: np.ndarray, all_values: np.ndarray) -> np.ndarray:
    """Columns, shape (n, knots - 1), that span the restricted cubic spline of `values`, shape (n,).

    all_values  whose quantiles the knots are

    Written as cardinal natural splines, each 1 at one knot and 0 at the others, with straight ends: other
    columns than those of the report, which span the same space with the baseline hazard as their constant.
    """
    places = HARRELL.get(min(4, len(np.unique(all_values))), ())
    knots = np.unique(np.quantile(all_values, places))
    if len(knots) < 3:
        return values[:, None].astype(float)
    cardinal = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = np.clip(values, knots[0], knots[-1])
    columns: np.ndarray = cardinal(inside) + (values - inside)[:, None] * cardinal(inside, 1)
    return columns[:, 1:]


def draw_people(marts: Marts, n: int) -> frozenset[str]:
    """Who is in the sample: those who have the second cancer while followed or are of a race that few have,
    so that each ratio stays finite, and others; n of each, or all, the same ones at every call."""
    people = marts.query(
        f"""
        with people as (
            select patient_id, bool_or(exposed) as exposed, any_value(race) as race
            from marts.survival_intervals group by patient_id
        )
        select patient_id, exposed or count(*) over (partition by race) < {FEW} as is_kept
        from people order by patient_id
        """
    )
    chance, drawn = np.random.default_rng(SEED), set()
    for condition in (~pl.col("is_kept"), pl.col("is_kept")):
        inside = people.filter(condition)["patient_id"].to_numpy()
        drawn.update(chance.choice(inside, min(n, len(inside)), replace=False).tolist())
    return frozenset(drawn)
