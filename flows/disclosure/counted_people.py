"""Who is counted by each number of a public report: for each count a mask over everybody of the release.

Names are those of the counts in analytics.disclosure; what else is told of a count's people has a name that
`also` makes of it: the time that they bring, and their second intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.ids import Cox
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum

Mask = np.ndarray
Columns = Mapping[str, np.ndarray]
Groups = Iterator[tuple[str, Mask]]

AGAIN, TIME = "again", "person-time"
UNKNOWN, ALL = "Unknown", "all"
PUBLISHED = ("index", "without", "second")
OF_MODELS = {"age": "age_group_at_second", "chemotherapy": "chemotherapy_second"}
"""Variables of models after the second cancer whose column has another name."""


def counted_people(columns: Columns, results: Results) -> dict[str, Mask]:
    """A mask for each count of the report; columns are those of released_people."""
    parts = (_screened, _published, _definitions, _corrected, _incidence, _survival, _first_events, _models)
    return {name: mask for part in parts for name, mask in part(columns, results)}


def measures(name: str) -> str | None:
    """Of what a number of these people is told that is no count: the values that make its mean, sum or curve.

    Names of columns that released_people hashes.
    """
    part = name.partition("|")
    if name.endswith(also("", TIME)):
        return "time"
    if name.endswith(" measured"):
        return part[2].removesuffix(" measured")
    if name.startswith(("survival|os_from_second|", "cox|second_")):
        return "after_second"
    if name.startswith(("survival|os_from_index_by_second_", "cox|index_landmark", "cox|index_time_")):
        return "intervals"
    if name.startswith(("survival|", "cox|")):
        return "survival"
    return "first_event" if name.startswith("competing|") else None


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
            yield keys[0], who & (rule >= step.step)
            yield keys[1], who & (rule == step.step)
            yield keys[2], who & (rule > step.step)
    eligible = ~columns["is_registry"] & columns["is_eligible"]
    yield from (("hospital|index", eligible), ("hospital|second", eligible & columns["is_case"]))


def _published(columns: Columns, results: Results) -> Groups:
    """The published cohort, its levels, and of whom a value is known."""
    index, second = columns["is_published"], columns["second"]
    parts = dict(zip(PUBLISHED, (index, index & ~second, second), strict=True))
    yield from parts.items()
    levels = {(row.variable, row.level) for row in results.table1}
    levels |= {("era", row.era) for row in results.eras}
    for variable, level in sorted(levels):
        is_in = columns[_column(variable)] == level
        for name, part in parts.items():
            yield f"{name}|{variable}={level}", part & is_in
    for variable in {variable for variable, _ in levels}:
        for name, part in parts.items():
            yield f"{name}|{variable} known", part & (columns[_column(variable)] != "")
    for row in results.table1_numeric:
        part = parts["without" if row.group == "without" else "second"]
        yield measured_key(row), part & ~np.isnan(columns[row.variable])


def _definitions(columns: Columns, results: Results) -> Groups:
    for row in counted_definitions(results):
        is_in = _among(columns["definitions"], row.definition)
        yield definition_key(results, row), columns["is_registry"] & is_in


def _among(definitions: np.ndarray, definition: str) -> Mask:
    """Who has a second primary under a definition; `definitions` are the names of those that do, spaced."""
    named = {each for each in np.unique(definitions) if definition in str(each).split(" ")}
    return np.isin(definitions, list(named))


def _corrected(columns: Columns, results: Results) -> Groups:
    """Of the corrected cohort who is watched when second primaries start to count, and who has one."""
    since = results.study.min_latency_months
    risk = columns["c_at_risk"] & (columns["c_months"] >= since)
    for row in (results.incidence_overall, *results.eras):
        is_all = row.era == ALL
        is_in = np.ones(len(risk), bool) if is_all else columns["c_era"] == row.era
        key = "" if is_all else f"|era={row.era}"
        yield f"risk{key}", risk & is_in
        yield f"observed{key}", columns["c_second"] & is_in
        yield also(f"risk{key}", TIME), risk & is_in


def _incidence(columns: Columns, results: Results) -> Groups:
    """Second primaries of each stratum of the ratio, and who brings time to it.

    A level of time or age takes up a part of the follow-up, from one tick to another, as in
    int_persons_at_risk_counted.
    """
    year = columns["f_ticks_per_year"]
    latency = results.study.min_latency_months * year / 12
    for row in counted_strata(results):
        dimension, level = next(iter(row.stratum.items()), ("", ""))
        is_in, first, end = columns["is_clocked"], latency, np.full(len(year), np.inf)
        if dimension == "from":
            first = np.zeros(len(year))
        elif dimension == "attained_age":
            low, high = _years(level)
            first = np.maximum(latency, low * year - columns["f_age_tick"])
            end = (high + 1) * year - columns["f_age_tick"]
        elif dimension == "months_since_index":
            low, high = _years(level.removesuffix(" months"))
            first, end = low * year / 12, (high + 1) * year / 12
        elif dimension:
            column = columns["f_" + _column(dimension)]
            is_in = is_in & (column == ("" if level == UNKNOWN else level))
        stops = columns["f_exit_tick"]
        event = is_in & columns["f_second"] & (first <= stops) & (stops < end)
        key = sir_key(row.stratum)
        yield key, event
        yield also(key, TIME), event | (is_in & (first < stops) & (first < end))


def _survival(columns: Columns, results: Results) -> Groups:
    for analysis in results.survival:
        for stratum in analysis.strata:
            n_key, deaths_key = stratum_keys(analysis.id, stratum.level)
            is_in, months, died = _followed(columns, analysis, stratum)
            yield n_key, is_in
            yield deaths_key, is_in & died
            for month, cell in at_risk_cells(analysis.id, stratum):
                yield cell.key, is_in & (months >= month)


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
    is_in = columns["is_published"] & ~np.isnan(months) & columns["died_known"]
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
    since = results.study.min_latency_months
    known = columns["c_at_risk"] & (columns["c_months"] >= since) & (columns["c_first_event"] != "")
    for analysis in results.competing:
        variable = analysis.id.variable
        for stratum in analysis.strata:
            is_in = known & (columns[f"c_{_column(variable)}"] == stratum.level) if variable else known
            events = (ALL, "second_primary", "death")
            for key, event in zip(first_event_keys(analysis.id, stratum.level), events, strict=True):
                yield key, is_in if event == ALL else is_in & (columns["c_first_event"] == event)


def _models(columns: Columns, results: Results) -> Groups:
    """The people and events of each model and level; whoever has two intervals is counted again."""
    for model in models_with_groups(results):
        rows = _rows_of(columns, model)
        yield from _both(total_keys(model), rows)
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
                yield from _both(group_keys(model, variable, level), parts)


def _both(keys: tuple[str, str], rows: Sequence[tuple[Mask, Mask, str]]) -> Groups:
    """People and events; nobody dies in two intervals."""
    for name, (is_in, _, _) in zip((keys[0], also(keys[0], AGAIN)), rows, strict=False):
        yield name, is_in
    yield keys[1], np.any([is_in & died for is_in, died, _ in rows], axis=0)


def _levels_of(model: CoxAnalysis) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in groups_of(model):
        found.setdefault(group.variable, []).append(group.level)
    return found


def _rows_of(columns: Columns, model: CoxAnalysis) -> list[tuple[Mask, Mask, str]]:
    """Who is in a model and died, once for each kind of interval, with the name of the kind."""
    if not model.id.is_after_index:
        is_in = columns["second"] & ~np.isnan(columns["months_after_second"]) & columns["died_known"]
        for variable in _levels_of(model):
            is_in = is_in & (columns[_column_of_model(variable)] != "")
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
    followed = columns["is_published"] & ~np.isnan(columns["months"]) & columns["died_known"]
    return [(followed, columns["died"], "")]


def _in_level(columns: Columns, model: CoxAnalysis, of: str, variable: str, level: str) -> Mask:
    """Who has a level that a coefficient of a model stands for."""
    if variable == "second_primary":
        if of:
            return np.full(len(columns["is_published"]), of == level)
        month = model.id.landmark_months
        with_second = columns["second"] if month is None else _exposed_by(columns, month)
        return with_second if level == "with" else ~with_second
    if not model.id.is_after_index:
        return columns[_column_of_model(variable)] == level
    return columns[f"i_{variable}"] == ("" if level == UNKNOWN else level)


def _column(variable: str) -> str:
    return CATEGORIES[variable][0] if variable in CATEGORIES else variable


def _column_of_model(variable: str) -> str:
    return OF_MODELS.get(variable) or _column(variable)


def _years(level: str) -> tuple[float, float]:
    """First and last whole number of a level such as 50-59 or 80+."""
    low, dash, high = level.partition("-")
    return float(low.removesuffix("+")), float(high) if dash else np.inf
