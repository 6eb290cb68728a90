"""What the page's script may draw again: curves to move along, beside the figures that need no script.

The figures stay as they are drawn and are what is printed; where a script may run, `curves.js` puts one chart
in the place of each group of them. Nothing here is estimated: all was computed before, and only curves
enter, never a person. A library of charts would be larger than the whole page and draw nothing on paper or
without a script, so that there is none. The public report has no such data: its curves are those that its
rule lets out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analytics.render.formats import count, counted, months, p_is
from analytics.render.labels import level_label
from analytics.render.lookup import first
from analytics.results.document import Results
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import SurvivalAnalysis
from analytics.warehouse.study import Study

# Three more than are shown of each: a value rounded twice can show another last digit.
DIGITS = 6
SHARE_DIGITS = 9
CONVENTIONAL, CORRECTED = "conventional", "corrected"
COLOURS = ("blue", "orange")
ERA_COLOURS = ("purple", "green")


def charts(results: Results) -> list[dict[str, Any]]:
    """One chart for each group of figures: its views, of which one is seen at a time.

    Each chart names the figures it stands for. A view has an axis, groups of curves and what to know of it; a
    group has its steps with limits and numbers at risk, time 0 included.
    """
    study = results.study
    survival = {analysis.id: analysis for analysis in results.survival if analysis.strata}
    drawn = [
        _chart("survival", ("survival_as_published", "survival_corrected"), _by_second(study, survival)),
        _chart("survival-by-era", ("survival_by_era",), _by_era(study, survival)),
        _chart("survival-after-second", ("survival_after_second",), _after(study, survival)),
        _chart("incidence", ("cumulative_incidence",), _incidence(results)),
    ]
    return [chart for chart in drawn if chart["views"]]


def embedded(results: Results) -> str:
    """The charts as JSON that is safe inside a script element."""
    text = json.dumps(charts(results), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _chart(id: str, figures: tuple[str, ...], views: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id, "figures": list(figures), "views": views}


def _by_second(study: Study, survival: dict[SurvivalId, SurvivalAnalysis]) -> list[dict[str, Any]]:
    """The same people asked in each way: by later second cancer, from the second primary on, at landmarks."""
    index, second = study.index_label, study.second_short_label
    from_index = f"Months since {index}"
    views = []
    if SurvivalId.BY_SECOND in survival:
        names = {"without": f"without {second}", "with": f"with {second} later"}
        views.append(
            _survival("Grouped by later second cancer", CONVENTIONAL, survival[SurvivalId.BY_SECOND], names,
                      from_index,
                      f"Time starts at {index} and the groups are formed by what happens later: whoever is "
                      f"in the second group could not die before {second} came.")
        )  # fmt: skip
    if exposed := survival.get(SurvivalId.FROM_EXPOSURE):
        names = {"without": f"before or without {second}", "with": f"after {second}"}
        views.append(
            _survival(f"From {second} on", CORRECTED, exposed, names, from_index,
                      f"Those alive at month {exposed.from_months}, the first with enough "
                      f"people with {second} to draw a curve; others move to the second group on the day of "
                      f"{second}. Not adjusted for age.")
        )  # fmt: skip
    landmarks = survival.get(SurvivalId.AT_LANDMARKS)
    if landmarks is None:
        return views
    for landmark, test in zip(study.landmarks, landmarks.tests, strict=True):
        strata = tuple(s for s in landmarks.strata if s.landmark_months == landmark)
        group_names = {"with": f"{second} by month {landmark}", "without": f"no {second} by then"}
        names = {s.level: group_names[s.group or ""] for s in strata}
        if len(strata) > 1:
            views.append(
                _survival(f"Landmark {landmark} months", CORRECTED,
                          replace(landmarks, strata=strata, tests=(test,)), names,
                          f"Months after the landmark at {landmark} months",
                          f"Time starts {landmark} months after {index}, with those still alive, grouped by "
                          "what was known then.")
            )  # fmt: skip
    return views


def _by_era(study: Study, survival: dict[SurvivalId, SurvivalAnalysis]) -> list[dict[str, Any]]:
    by_era = survival.get(SurvivalId.BY_ERA)
    if by_era is None:
        return []
    names = {s.level: s.level for s in by_era.strata}
    return [
        _survival("By era", CONVENTIONAL, by_era, names, f"Months since {study.index_label}",
                  "Everybody, by year of diagnosis.", colours=ERA_COLOURS)
    ]  # fmt: skip


def _after(study: Study, survival: dict[SurvivalId, SurvivalAnalysis]) -> list[dict[str, Any]]:
    after = survival.get(SurvivalId.FROM_SECOND)
    if after is None:
        return []
    second = study.second_short_label
    return [
        _survival("From diagnosis", CORRECTED, after, {"all": f"all with {second}"},
                  f"Months since {study.second_label}",
                  "Everybody with a second primary, from its diagnosis.",
                  last=144, tick=24, colours=COLOURS[1:])
    ]  # fmt: skip


def _survival(
    label: str, stance: str, analysis: SurvivalAnalysis, names: dict[str, str], x_label: str, note: str,
    *, last: float = 300, tick: float = 60, colours: tuple[str, ...] = COLOURS,
) -> dict[str, Any]:  # fmt: skip
    groups, begins = [], analysis.from_months
    for stratum, colour in zip(analysis.strata, _looks(colours, len(analysis.strata)), strict=False):
        curve, middle = stratum.curve, stratum.median
        median = "median not reached" if middle is None else f"median {months(middle)} months"
        of = f" of those alive at month {begins}" if begins and middle is not None else ""
        about = f"{counted(stratum.n, 'person', 'people')}, {counted(stratum.events, 'death')}, {median}{of}"
        groups.append(
            _group(names[stratum.level], about, colour, curve.time, curve.survival,
                   (curve.lower, curve.upper), 1.0, last, (stratum.risk_table.at_risk[0], curve.at_risk),
                   begins, DIGITS)
        )  # fmt: skip
    test = next((t for t in analysis.tests if t.p_value is not None), None)
    name = "Mantel-Byar" if test and test.test == "mantel_byar" else "log-rank"
    return {
        "label": label, "stance": stance, "note": note, "x": x_label, "y": "Alive, %", "scale": 100,
        "digits": 1, "last": last, "tick": tick, "top": 1.0, "groups": groups,
        "test": f"{name} {p_is(test.p_value)}" if test and len(groups) > 1 else "",
    }  # fmt: skip


def _incidence(results: Results) -> list[dict[str, Any]]:
    """With death competing: everybody beside one minus Kaplan-Meier, then the groups."""
    study = results.study
    views: list[dict[str, Any]] = []
    for id, label, colours in (
        (CompetingId.EVERYBODY, "Everybody", COLOURS),
        (CompetingId.BY_ERA, "By era", ERA_COLOURS),
        (CompetingId.BY_CHEMOTHERAPY, "By chemotherapy", ("green", "purple")),
    ):
        analysis = first(results.competing, id=id)
        if not analysis or not analysis.strata:
            continue
        groups = [
            _group("death competing" if id is CompetingId.EVERYBODY else level_label(s.level),
                   f"{count(s.events)} of {counted(s.n, 'person', 'people')}", colour, s.curve.time,
                   s.curve.cif, (s.curve.lower, s.curve.upper), 0.0, 252, (s.n, s.curve.at_risk))
            for s, colour in zip(analysis.strata, _looks(colours, len(analysis.strata)), strict=False)
        ]  # fmt: skip
        if id is CompetingId.EVERYBODY:
            curve = analysis.strata[0].curve
            groups.append(
                _group("one minus Kaplan-Meier", "the error: it lets the dead fall ill", "orange", curve.time,
                       curve.one_minus_km, None, 0.0, 252)
            )  # fmt: skip
        top = max(
            (value for group in groups for value in (*group["y"], *filter(None, group["high"]))), default=0
        )
        gray = analysis.gray
        views.append({
            "label": label, "stance": CORRECTED, "note": analysis.note or "",
            "x": f"Months since {study.index_label}", "y": "Per 100,000 people", "scale": 100_000,
            "digits": 1, "last": 252, "tick": 60, "top": top, "groups": groups,
            "test": f"Gray {p_is(gray.p_value)}" if gray and gray.p_value is not None else "",
        })  # fmt: skip
    return views


def _looks(colours: tuple[str, ...], n: int) -> tuple[str, ...]:
    """As many colours as groups; a third and later group takes those left."""
    every = ("blue", "orange", "green", "purple")
    return (*colours, *(colour for colour in every if colour not in colours))[: max(n, 1)]


def _group(
    name: str, about: str, colour: str, time: tuple[float, ...], values: tuple[float, ...],
    limits: tuple[tuple[float | None, ...], tuple[float | None, ...]] | None, start: float, last: float,
    at_risk: tuple[int, tuple[float, ...]] | None = None, begins: int = 0, digits: int = SHARE_DIGITS,
) -> dict[str, Any]:  # fmt: skip
    """Steps from (begins, start) to the end of the axis.

    limits   of the values, lower and upper; None of a curve without
    at_risk  where it begins and at each step; None of a curve without numbers at risk
    """
    kept = sum(each <= last for each in time)

    def column(of: Sequence[float | None]) -> list[float | None]:
        return [None if value is None else round(value, digits) for value in of[:kept]]

    lower, upper = limits or ([None] * kept,) * 2
    n, later = at_risk or (None, ())
    return {
        "name": name, "about": about, "colour": colour,
        "t": [begins, *(int(t) if float(t).is_integer() else t for t in time[:kept])],
        "y": [start, *column(values)], "low": [None, *column(lower)], "high": [None, *column(upper)],
        # With the step after the axis, whose people are still there at its end.
        "n": [n, *(int(people) for people in later[: kept + 1])] if n is not None else [],
        "ends": kept == len(time),
    }  # fmt: skip
