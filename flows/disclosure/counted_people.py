"""Who is counted by each number of a public report: for each count a mask over everybody of the release.

Names are those of the counts in analytics.disclosure; what else is told of a count's people has a name that
`also` makes of it: the time that they bring, and their second intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.disclosure.compared import group_keys, groups_of, measured_key, models_with_groups, total_keys
from analytics.disclosure.followup import (
    at_risk_cells,
    first_event_keys,
    stratum_keys,
)
from analytics.disclosure.people import also
from analytics.disclosure.tables import (
    counted_definitions,
    counted_strata,
    definition_key,
    flow_keys,
    sir_key,
)
from analytics.questions.characteristics import CATEGORIES
from analytics.questions.survival_after_second import COLUMNS as OF_MODELS
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.ids import Cox, SurvivalId
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum

Mask = np.ndarray
Columns = Mapping[str, np.ndarray]

AGAIN, TIME = "again", "person-time"
UNKNOWN, ALL = "Unknown", "all"
STARTS = {"": ("from_latency", ALL), "from": ("from_index", ALL)}
"""Strata of everybody, with their level of study_levels."""

TRAITS = frozenset({"sex", "race", "era", "chemotherapy"})
"""Dimensions of the standardised incidence that tell persons apart, and not parts of their follow-up."""

PUBLISHED = ("index", "without", "second")


class Measure(StrEnum):
    """Of what more than a count is told of a group: the values that make its mean, its sum or its curve."""

    AGE_AT_INDEX = "age_at_index_years"
    AGE_AT_SECOND = "age_at_second_years"
    LATENCY = "latency_months"
    SURVIVAL = "survival"
    AFTER_SECOND = "after_second"
    INTERVALS = "intervals"
    FIRST_EVENT = "first_event"
    TIME = "time"


MEASURED = {
    Measure.AGE_AT_INDEX: ("age_at_index_years",),
    Measure.AGE_AT_SECOND: ("age_at_second_years",),
    Measure.LATENCY: ("latency_months",),
    Measure.SURVIVAL: ("months", "died"),
    Measure.AFTER_SECOND: ("months_after_second", "died"),
    Measure.INTERVALS: ("i_exposed_from", "i_end", "i_died"),
    Measure.FIRST_EVENT: ("c_months", "c_first_event"),
    Measure.TIME: ("f_origin_tick", "f_age_tick", "f_exit_tick", "f_second"),
}
"""The columns of each, person by person."""

OF_CURVES = {
    SurvivalId.FROM_SECOND: Measure.AFTER_SECOND,
    SurvivalId.AT_LANDMARKS: Measure.INTERVALS,
    SurvivalId.FROM_EXPOSURE: Measure.INTERVALS,
}
"""Of other curves survival from the index cancer on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The people of one count of the report, and what else is told of them."""

    name: str
    people: Mask
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the standardised incidence: from when to when, and of which ages; None is any."""

    first_months: int
    last_months: int | None
    first_age_years: int | None
    last_age_years: int | None


Groups = Iterator[Counted]
Levels = Mapping[tuple[str, str], Level]


def counted_people(columns: Columns, levels: Levels, results: Results) -> Groups:
    """Each count of the report with its people; columns and levels are those of people_behind."""
    for part in (_screened, _published, _definitions, _corrected):
        yield from part(columns, results)
    yield from _incidence(columns, levels, results)
    for part in (_survival, _first_events, _models):
        yield from part(columns, results)


def _screened(columns: Columns, results: Results) -> Groups:
    """Who came into each step of the two flows, was removed by it and was left."""
    hospital = results.institution
    flows = (
        (results.attrition, "", columns["is_registry"], results.cohort.n_index),
        (hospital.flow, "hospital|", ~columns["is_registry"], hospital.n_index),
    )
    for steps, prefix, who, n_index in flows:
        for at, step in enumerate(steps):
            rule = columns["rule"]
            keys = flow_keys(steps, at, prefix, n_index, f"{prefix}index")
            yield Counted(keys[0], who & (rule >= step.step))
            yield Counted(keys[1], who & (rule == step.step))
            yield Counted(keys[2], who & (rule > step.step))
    eligible = ~columns["is_registry"] & columns["is_eligible"]
    yield Counted("hospital|index", eligible)
    yield Counted("hospital|second", eligible & columns["is_case"])


def _published(columns: Columns, results: Results) -> Groups:
    """The published cohort, its levels, and of whom a value is known."""
    index, second = columns["is_published"], columns["second"]
    parts = dict(zip(PUBLISHED, (index, index & ~second, second), strict=True))
    for name, part in parts.items():
        yield Counted(name, part)
    levels = {(row.variable, row.level) for row in results.table1}
    levels |= {("era", row.era) for row in results.eras}
    for variable, level in sorted(levels):
        is_in = columns[_column(variable)] == level
        for name, part in parts.items():
            yield Counted(f"{name}|{variable}={level}", part & is_in)
    for variable in {variable for variable, _ in levels}:
        for name, part in parts.items():
            yield Counted(f"{name}|{variable} known", part & (columns[_column(variable)] != ""))
    for row in results.table1_numeric:
        part = parts["without" if row.group == "without" else "second"]
        is_known = ~np.isnan(columns[row.variable])
        yield Counted(measured_key(row), part & is_known, Measure(row.variable))


def _definitions(columns: Columns, results: Results) -> Groups:
    for row in counted_definitions(results):
        is_in = np.array([row.definition in under for under in columns["definitions"]], bool)
        yield Counted(definition_key(results, row), columns["is_registry"] & is_in)


def _corrected(columns: Columns, results: Results) -> Groups:
    """Of the corrected cohort who is watched when second primaries start to count, and who has one."""
    risk = columns["c_at_risk_after_latency"]
    for row in (results.incidence_overall, *results.eras):
        is_all = row.era == ALL
        is_in = np.ones(len(risk), bool) if is_all else columns["c_era"] == row.era
        key = "" if is_all else f"|era={row.era}"
        yield Counted(f"risk{key}", risk & is_in)
        yield Counted(f"observed{key}", columns["c_second"] & is_in)
        yield Counted(also(f"risk{key}", TIME), risk & is_in, Measure.TIME)


def _incidence(columns: Columns, levels: Levels, results: Results) -> Groups:
    """Second primaries of each stratum of the ratio, and who brings time to it.

    A level takes up a part of the follow-up, from one tick to another, as in int_persons_at_risk_counted.
    """
    year, age, stops = columns["f_ticks_per_year"], columns["f_age_tick"], columns["f_exit_tick"]
    for row in counted_strata(results):
        dimension, name = next(iter(row.stratum.items()), ("", ""))
        level = levels[STARTS.get(dimension, (dimension, name))]
        is_in = columns["is_clocked"]
        if dimension in TRAITS:
            is_in = is_in & (columns["f_" + _column(dimension)] == ("" if name == UNKNOWN else name))
        first, end = level.first_months * year / 12, np.full(len(year), np.inf)
        if level.last_months is not None:
            end = (level.last_months + 1) * year / 12
        if level.first_age_years is not None:
            first = np.maximum(first, level.first_age_years * year - age)
        if level.last_age_years is not None:
            end = np.minimum(end, (level.last_age_years + 1) * year - age)
        event = is_in & columns["f_second"] & (first <= stops) & (stops < end)
        key = sir_key(row.stratum)
        yield Counted(key, event)
        yield Counted(also(key, TIME), event | (is_in & (first < stops) & (first < end)), Measure.TIME)


def _survival(columns: Columns, results: Results) -> Groups:
    for analysis in results.survival:
        for stratum in analysis.strata:
            n_key, deaths_key = stratum_keys(analysis.id, stratum.level)
            is_in, months, died = _followed(columns, analysis, stratum)
            measure = OF_CURVES.get(analysis.id, Measure.SURVIVAL)
            yield Counted(n_key, is_in, measure)
            yield Counted(deaths_key, is_in & died, measure)
            for month, cell in at_risk_cells(analysis.id, stratum):
                yield Counted(cell.key, is_in & (months >= month), measure)


def _followed(
    columns: Columns, analysis: SurvivalAnalysis, stratum: SurvivalStratum
) -> tuple[Mask, np.ndarray, Mask]:
    """Who is in a curve, to which month, and who died."""
    level = stratum.level
    if (month := stratum.landmark_months) is not None:
        is_in = _alive_at(columns, month) & (_exposed_by(columns, month) == (stratum.group == "with"))
        return is_in, columns["i_end"] - month, columns["i_died"]
    of_second = analysis.origin == "second"
    months = columns["months_after_second" if of_second else "months"]
    is_in = columns["is_followed_after_second" if of_second else "is_followed"]
    if of_second or level == "with":
        is_in = is_in & columns["second"]
    elif level == "without":
        is_in = is_in & ~columns["second"]
    elif level != ALL:
        is_in = is_in & (columns["era"] == level)
    return is_in, months, columns["died"]


def _interval(columns: Columns, *, exposed: bool) -> tuple[Mask, Mask]:
    """Who has an interval with or without a second cancer, and who died in it."""
    has_second = ~np.isnan(columns["i_exposed_from"])
    if exposed:
        return has_second, columns["i_died"] & has_second
    return columns["is_unexposed"], columns["i_died"] & ~has_second


def _alive_at(columns: Columns, month: float) -> Mask:
    return columns["has_interval"] & (columns["i_end"] > month)


def _exposed_by(columns: Columns, month: float) -> Mask:
    return columns["i_exposed_from"] <= month


def _first_events(columns: Columns, results: Results) -> Groups:
    known = columns["c_at_risk_after_latency"] & columns["c_first_event_is_known"]
    for analysis in results.competing:
        variable = analysis.id.variable
        for stratum in analysis.strata:
            is_in = known & (columns[f"c_{_column(variable)}"] == stratum.level) if variable else known
            events = (ALL, "second_primary", "death")
            for key, event in zip(first_event_keys(analysis.id, stratum.level), events, strict=True):
                has_event = is_in if event == ALL else is_in & (columns["c_first_event"] == event)
                yield Counted(key, has_event, Measure.FIRST_EVENT)


def _models(columns: Columns, results: Results) -> Groups:
    """The people and events of each model and level; whoever has two intervals is counted again."""
    for model in models_with_groups(results):
        rows, measure = _rows_of(columns, model), _measure_of(model)
        yield from _both(total_keys(model), rows, measure)
        for variable, levels in _levels_of(model).items():
            for at, level in enumerate(levels):
                is_last = at == len(levels) - 1
                parts = []
                for is_in, died, of in rows:
                    inside = [_in_level(columns, model, of, variable, each) for each in levels[:-1]]
                    of_level = (
                        ~np.any([np.zeros(len(is_in), bool), *inside], axis=0) if is_last else inside[at]
                    )
                    parts.append((is_in & of_level, died, of))
                yield from _both(group_keys(model, variable, level), parts, measure)


def _measure_of(model: CoxAnalysis) -> Measure:
    if not model.id.is_after_index:
        return Measure.AFTER_SECOND
    return Measure.SURVIVAL if model.id.kind is Cox.NAIVE else Measure.INTERVALS


def _both(keys: tuple[str, str], rows: Sequence[tuple[Mask, Mask, str]], measure: Measure) -> Groups:
    """People and events; nobody dies in two intervals."""
    for name, (is_in, _, _) in zip((keys[0], also(keys[0], AGAIN)), rows, strict=False):
        yield Counted(name, is_in, measure)
    yield Counted(keys[1], np.any([is_in & died for is_in, died, _ in rows], axis=0), measure)


def _levels_of(model: CoxAnalysis) -> dict[str, list[str]]:
    levels: dict[str, list[str]] = {}
    for group in groups_of(model):
        levels.setdefault(group.variable, []).append(group.level)
    return levels


def _rows_of(columns: Columns, model: CoxAnalysis) -> list[tuple[Mask, Mask, str]]:
    """Who is in a model and died, once for each kind of interval, with the name of the kind."""
    if not model.id.is_after_index:
        is_in = columns["is_followed_after_second"]
        for variable in _levels_of(model):
            is_in = is_in & (columns[OF_MODELS[variable]] != "")
        return [(is_in, columns["died"], "")]
    if model.id.kind in (Cox.ADJUSTED, Cox.UNADJUSTED):
        adjusted = " ".join(model.adjusted_for)
        known = np.ones(len(columns["is_published"]), bool)
        if "age at index" in adjusted:
            known &= ~np.isnan(columns["i_age"])
        if "calendar year" in adjusted:
            known &= ~np.isnan(columns["i_year"])
        kinds = {"without": False, "with": True}
        rows = {kind: _interval(columns, exposed=exposed) for kind, exposed in kinds.items()}
        return [(known & is_in, died, kind) for kind, (is_in, died) in rows.items()]
    if model.id.landmark_months is not None:
        return [(_alive_at(columns, model.id.landmark_months), columns["i_died"], "")]
    return [(columns["is_followed"], columns["died"], "")]


def _in_level(columns: Columns, model: CoxAnalysis, of: str, variable: str, level: str) -> Mask:
    """Who has a level that a coefficient of a model stands for."""
    if variable == "second_primary":
        if of:
            return np.full(len(columns["is_published"]), of == level)
        month = model.id.landmark_months
        with_second = columns["second"] if month is None else _exposed_by(columns, month)
        return with_second if level == "with" else ~with_second
    if not model.id.is_after_index:
        return columns[OF_MODELS[variable]] == level
    return columns[f"i_{variable}"] == ("" if level == UNKNOWN else level)


def _column(variable: str) -> str:
    return CATEGORIES[variable][0] if variable in CATEGORIES else variable
