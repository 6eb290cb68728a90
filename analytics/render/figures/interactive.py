"""What the page's script may draw again: curves to move along, beside the figures that need no script.

The figures stay as they are drawn and are what is printed; where a script may run, `curves.js` puts one chart
in the place of each group of them. Nothing here is estimated: all was computed before, and only curves
enter, never a person. A library of charts would be larger than the whole page and draw nothing on paper or
without a script, so that there is none. The public report has no such data: its curves are those that its
rule lets out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analytics.questions.contrasts import CONVENTIONAL, CORRECTED
from analytics.render.embedded import embedded_json
from analytics.render.figures import axes, survival
from analytics.render.figures.axes import Look, TimeAxis, looks, palette_of
from analytics.render.figures.curves import CENSORING, CUMULATIVE_INCIDENCE
from analytics.render.formats import count, counted, months, p_is
from analytics.render.labels import level_label, names_of
from analytics.render.lookup import first
from analytics.results.document import Results
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import LateEntry, SurvivalAnalysis

# Three more than are shown of each: a value rounded twice can show another last digit.
DIGITS = 6
SHARE_DIGITS = 9
FEW_PEOPLE = 10
"""Fewer in a group, and its curve is said to be one of chance."""


def charts(results: Results) -> list[dict[str, Any]]:
    """One chart for each group of figures: its views, of which one is seen at a time, the first at first.

    Each chart names the figures it stands for. A view has an axis, groups of curves and what to know of it; a
    group has its steps with limits and numbers at risk, time 0 included.
    """
    second = results.study.second_short_label
    drawn = [
        _chart("survival", f"Survival with and without {second}",
               (survival.CONVENTIONAL.id, survival.CORRECTED.id, survival.TIME_DEPENDENT.id),
               _by_second(results)),
        _chart("survival-by-era", "Survival by era", (survival.BY_ERA.id,), _by_era(results)),
        _chart("survival-after-second", f"Survival after {second}",
               (survival.AFTER_SECOND.id,), _after(results)),
        _chart("incidence", f"Cumulative incidence of {second}",
               (CUMULATIVE_INCIDENCE.id,), _incidence(results)),
    ]  # fmt: skip
    return [chart for chart in drawn if chart["views"]]


def embedded(results: Results) -> str:
    """The charts as JSON for the script."""
    return embedded_json(charts(results))


def _chart(id: str, title: str, figures: tuple[str, ...], views: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id, "title": title, "figures": list(figures), "views": views}


def _by_second(results: Results) -> list[dict[str, Any]]:
    """What is read rightly at sight comes first, the time-dependent curves, which few read so, last."""
    study = results.study
    index, second = study.index_label, study.second_short_label
    found = {analysis.id: analysis for analysis in results.survival if analysis.strata}
    views = _from_second_on(results) + _at_landmarks(results)
    if by_later := found.get(SurvivalId.BY_SECOND):
        names = {"without": f"without {second}", "with": f"with {second} later"}
        views.append(
            _survival("Grouped by later second cancer", CONVENTIONAL, by_later, names,
                      f"Months since {study.index_short_label}",
                      axes.survival_axis(results, SurvivalId.BY_SECOND),
                      f"Time starts at {index} and the groups are formed by what happens later: whoever is "
                      f"in the second group could not die before {second} came.")
        )  # fmt: skip
    if exposed := found.get(SurvivalId.FROM_EXPOSURE):
        names = {"without": f"before or without {second}", "with": f"after {second}"}
        views.append(
            _survival("Time-dependent (Simon-Makuch)", CORRECTED, exposed, names,
                      f"Months since {study.index_short_label}",
                      axes.survival_axis(results, SurvivalId.FROM_EXPOSURE),
                      f"Drawn from month {exposed.from_months}, the first with {study.min_at_risk} people "
                      f"with {second} under observation. Others join them on the day of {second}, so that "
                      "the number at risk can rise. Nobody lives along such a curve: it has no median. Not "
                      "adjusted for age.", has_medians=False)
        )  # fmt: skip
    return views


def _from_second_on(results: Results) -> list[dict[str, Any]]:
    """From the second primary on, beside people without it from the nearest landmark on."""
    reset, second = survival.reset_of(results), results.study.second_short_label
    if reset is None:
        return []
    names, x_label = survival.words_of_reset(results, reset)
    return [
        _survival(f"From {second} on", CORRECTED, reset.analysis, names, x_label,
                  axes.landmark_axis(reset.analysis.strata),
                  survival.CORRECTED.caption.format(**names_of(results)))
    ]  # fmt: skip


def _at_landmarks(results: Results) -> list[dict[str, Any]]:
    study, landmarks = results.study, first(results.survival, id=SurvivalId.AT_LANDMARKS)
    if landmarks is None or not landmarks.strata:
        return []
    second, views = study.second_short_label, []
    for month, test in zip(study.landmarks, landmarks.tests, strict=True):
        strata = tuple(s for s in landmarks.strata if s.landmark_months == month)
        if len(strata) < 2:
            continue
        group_names = {"with": f"{second} by month {month}", "without": f"no {second} by then"}
        n_with = min(s.n for s in strata if s.group == "with")
        note = (
            f"Time starts {month} months after {study.index_label}, with those still alive, grouped by what "
            "was known then."
        )
        if n_with < FEW_PEOPLE:
            note += (
                f" Only {counted(n_with, 'person', 'people')} had {second} by then: their curve may lie on "
                "either side by chance."
            )
        views.append(
            _survival(f"Landmark {month} months", CORRECTED,
                      replace(landmarks, strata=strata, tests=(test,)),
                      {s.level: group_names[s.group or ""] for s in strata},
                      f"Months after the landmark at {month} months", axes.landmark_axis(strata), note)
        )  # fmt: skip
    return views


def _by_era(results: Results) -> list[dict[str, Any]]:
    by_era = first(results.survival, id=SurvivalId.BY_ERA)
    if by_era is None or not by_era.strata:
        return []
    names = {s.level: s.level for s in by_era.strata}
    return [
        _survival("By era", CONVENTIONAL, by_era, names, f"Months since {results.study.index_short_label}",
                  axes.survival_axis(results, SurvivalId.BY_ERA), "Everybody, by year of diagnosis.")
    ]  # fmt: skip


def _after(results: Results) -> list[dict[str, Any]]:
    after, study = first(results.survival, id=SurvivalId.FROM_SECOND), results.study
    if after is None or not after.strata:
        return []
    second = study.second_short_label
    return [
        _survival("From diagnosis", survival.AFTER_SECOND.stance, after,
                  {"all": f"with {second}, conventional cohort"}, f"Months since {second}",
                  axes.survival_axis(results, SurvivalId.FROM_SECOND),
                  f"The conventional cohort, from the diagnosis of {second}.")
    ]  # fmt: skip


def _survival(
    label: str, stance: str, analysis: SurvivalAnalysis, names: dict[str, str], x_label: str,
    axis: TimeAxis, note: str, *, has_medians: bool = True,
) -> dict[str, Any]:  # fmt: skip
    groups, begins, palette = [], analysis.from_months, palette_of(analysis.id, len(analysis.strata))
    for stratum, look in zip(analysis.strata, looks(len(analysis.strata), palette), strict=True):
        middle = stratum.median
        median = "median not reached" if middle is None else f"median {months(middle)} months"
        about = [counted(stratum.n, "person", "people"), counted(stratum.events, "death")]
        groups.append(
            _group(names[stratum.level], ", ".join([*about, median] if has_medians else about), look,
                   stratum.curve.time, stratum.curve.survival, (stratum.curve.lower, stratum.curve.upper),
                   1.0, axis.last, (stratum.risk_table.at_risk[0], stratum.curve.at_risk), begins, DIGITS,
                   stratum.curve.late_entry, axes.censored(stratum.curve, axis.last))
        )  # fmt: skip
    test = next((t for t in analysis.tests if t.p_value is not None), None)
    name = "Mantel-Byar" if test and test.test == "mantel_byar" else "log-rank"
    return {
        "label": label, "stance": stance, "note": " ".join(filter(None, (note, CENSORING, axis.remark))),
        "x": x_label,
        "y": "Alive, %", "scale": 100, "digits": 1, "last": axis.last, "tick": axis.tick, "top": 1.0,
        "groups": groups, "test": f"{name} {p_is(test.p_value)}" if test and len(groups) > 1 else "",
    }  # fmt: skip


def _incidence(results: Results) -> list[dict[str, Any]]:
    """With death competing: everybody beside one minus Kaplan-Meier, then the groups."""
    study = results.study
    views: list[dict[str, Any]] = []
    for id, label in (
        (CompetingId.EVERYBODY, "Everybody"),
        (CompetingId.BY_ERA, "By era"),
        (CompetingId.BY_CHEMOTHERAPY, "By chemotherapy"),
    ):
        analysis = first(results.competing, id=id)
        if not analysis or not analysis.strata:
            continue
        axis = axes.incidence_axis(results, id)
        of_levels = looks(len(analysis.strata) + 1, palette_of(id, len(analysis.strata)))
        groups = [
            _group("death competing" if id is CompetingId.EVERYBODY else level_label(s.level),
                   f"{count(s.events)} of {counted(s.n, 'person', 'people')}", look, s.curve.time,
                   s.curve.cif, (s.curve.lower, s.curve.upper), 0.0, axis.last, (s.n, s.curve.at_risk))
            for s, look in zip(analysis.strata, of_levels, strict=False)
        ]  # fmt: skip
        if id is CompetingId.EVERYBODY:
            curve = analysis.strata[0].curve
            groups.append(
                _group("one minus Kaplan-Meier", "too high: it treats the dead as at risk", of_levels[-1],
                       curve.time, curve.one_minus_km, None, 0.0, axis.last)
            )  # fmt: skip
        top = max(
            (value for group in groups for value in (*group["y"], *filter(None, group["high"]))), default=0
        )
        gray = analysis.gray
        views.append({
            "label": label, "stance": CORRECTED,
            "note": " ".join(filter(None, (analysis.note, axis.remark))),
            "x": f"Months since {study.index_short_label}", "y": "Per 100,000 people", "scale": 100_000,
            "digits": 1, "last": axis.last, "tick": axis.tick, "top": top, "groups": groups,
            "test": f"Gray {p_is(gray.p_value)}" if gray and gray.p_value is not None else "",
        })  # fmt: skip
    return views


def _group(
    name: str, about: str, look: Look, time: tuple[float, ...], values: tuple[float, ...],
    limits: tuple[tuple[float | None, ...], tuple[float | None, ...]] | None, start: float, last: float,
    at_risk: tuple[int, tuple[float, ...]] | None = None, begins: int = 0, digits: int = SHARE_DIGITS,
    late: LateEntry | None = None, censored: Sequence[tuple[float, float]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Steps from (begins, start) to the end of the axis.

    limits   of the values, lower and upper; None of a curve without
    at_risk  where it begins and at each step; None of a curve without numbers at risk
    censored  month and height where follow-up ended, to be marked
    late     who enters between the steps, so that the number at risk at a month is none of those at a step
    """
    kept = sum(each <= last for each in time)

    def column(of: Sequence[float | None]) -> list[float | None]:
        return [None if value is None else round(value, digits) for value in of[:kept]]

    lower, upper = limits or ([None] * kept,) * 2
    n, later = at_risk or (None, ())
    after = time[kept] if kept < len(time) else last
    entering = zip(late.time, late.people, strict=True) if late else ()
    return {
        "name": name, "about": about, "colour": look.colour, "dash": list(look.dash),
        "t": [begins, *map(_short, time[:kept])],
        "y": [start, *column(values)], "low": [None, *column(lower)], "high": [None, *column(upper)],
        # With the step after the axis, whose people are still there at its end.
        "n": [n, *(int(people) for people in later[: kept + 1])] if n is not None else [],
        "enter": [[_short(month), people] for month, people in entering if month < after],
        "ends": kept == len(time), "censored": [[_short(at), round(y, digits)] for at, y in censored],
    }  # fmt: skip


def _short(month: float) -> float:
    return int(month) if float(month).is_integer() else month
