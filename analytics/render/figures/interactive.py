"""What the page's script may draw again: curves to move along, beside the figures that need no script.

The figures stay as they are drawn and are what is printed; where a script may run, `report.js` puts one chart
in the place of each group of them. Nothing here is estimated: all was computed before, and only curves
enter, never a person. A library of charts would be larger than the whole page and draw nothing on paper or
without a script, so that there is none. The outward report has no such data: its curves are those that its
rule lets out.
"""

from __future__ import annotations

import json
from typing import Any

from analytics.render.formats import count, counted, months, p_is
from analytics.render.labels import level_label
from analytics.render.lookup import first

Results = dict[str, Any]
# Three more than are shown of each: a value rounded twice can show another last digit.
DIGITS = 6
SHARE_DIGITS = 9
PUBLISHED, CORRECTED = "published", "corrected"
BY_SECOND, EXPOSED = "os_from_index_by_second", "os_from_index_by_second_time_dependent"
LANDMARKS, BY_ERA, AFTER = "os_from_index_by_second_landmark", "os_from_index_by_era", "os_from_second"
COLOURS = ("blue", "orange")
ERA_COLOURS = ("purple", "green")


def charts(results: Results) -> list[dict[str, Any]]:
    """One chart for each group of figures: its views, of which one is seen at a time.

    Each chart names the figures it stands for. A view has an axis, groups of curves and what to know of it; a
    group has its steps with limits and numbers at risk, time 0 included.
    """
    study = results["study"]
    survival = {analysis["id"]: analysis for analysis in results["survival"] if analysis["strata"]}
    made = [
        _chart("survival", ("survival_as_published", "survival_corrected"), _by_second(study, survival)),
        _chart("survival-by-era", ("survival_by_era",), _by_era(study, survival)),
        _chart("survival-after-second", ("survival_after_second",), _after(study, survival)),
        _chart("incidence", ("cumulative_incidence",), _incidence(results)),
    ]
    return [chart for chart in made if chart["views"]]


def embedded(results: Results) -> str:
    """The charts as JSON that is safe inside a script element."""
    text = json.dumps(charts(results), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _chart(id: str, figures: tuple[str, ...], views: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id, "figures": list(figures), "views": views}


def _by_second(study: dict, survival: dict[str, dict]) -> list[dict[str, Any]]:
    """The same people asked in each way: by the future, from the second primary on, at landmarks."""
    index, second = study["index_label"], study["second_short_label"]
    from_index = f"Months since {index}"
    views = []
    if BY_SECOND in survival:
        names = {"without": f"without {second}", "with": f"with {second} later"}
        views.append(
            _survival("Grouped by the future", PUBLISHED, survival[BY_SECOND], names, from_index,
                      f"Time starts at {index} and the groups are formed by what happens later: whoever is "
                      f"in the second group could not die before {second} came.")
        )  # fmt: skip
    if EXPOSED in survival:
        names = {"without": f"before or without {second}", "with": f"after {second}"}
        views.append(
            _survival(f"From {second} on", CORRECTED, survival[EXPOSED], names, from_index,
                      f"Those alive at month {survival[EXPOSED]['from_months']}, the first with enough "
                      f"people with {second} to draw a curve; others move to the second group on the day of "
                      f"{second}. Not adjusted for age.")
        )  # fmt: skip
    landmarks = survival.get(LANDMARKS)
    if landmarks is None:
        return views
    for landmark in study["landmarks"]:
        strata = [s for s in landmarks["strata"] if s["landmark_months"] == landmark]
        tests = [t for t in landmarks["tests"] if f" {landmark} " in t["test"]]
        said = {"with": f"{second} by month {landmark}", "without": f"no {second} by then"}
        names = {s["level"]: said[s["group"]] for s in strata}
        if len(strata) > 1:
            views.append(
                _survival(f"Landmark {landmark} months", CORRECTED, {"strata": strata, "tests": tests},
                          names, f"Months after the landmark at {landmark} months",
                          f"Time starts {landmark} months after {index}, with those still alive, grouped by "
                          "what was known then.")
            )  # fmt: skip
    return views


def _by_era(study: dict, survival: dict[str, dict]) -> list[dict[str, Any]]:
    if BY_ERA not in survival:
        return []
    names = {s["level"]: s["level"] for s in survival[BY_ERA]["strata"]}
    return [
        _survival("By era", PUBLISHED, survival[BY_ERA], names, f"Months since {study['index_label']}",
                  "Everybody, by year of diagnosis.", colours=ERA_COLOURS)
    ]  # fmt: skip


def _after(study: dict, survival: dict[str, dict]) -> list[dict[str, Any]]:
    if AFTER not in survival:
        return []
    second = study["second_short_label"]
    return [
        _survival("From diagnosis", CORRECTED, survival[AFTER], {"all": f"all with {second}"},
                  f"Months since {study['second_label']}",
                  "Everybody with a second primary, from its diagnosis.",
                  last=144, tick=24, colours=COLOURS[1:])
    ]  # fmt: skip


def _survival(
    label: str, stance: str, analysis: dict, names: dict[str, str], x_label: str, note: str,
    *, last: float = 300, tick: float = 60, colours: tuple[str, ...] = COLOURS,
) -> dict[str, Any]:  # fmt: skip
    groups, begins = [], analysis.get("from_months", 0)
    for stratum, colour in zip(analysis["strata"], _looks(colours, len(analysis["strata"])), strict=False):
        curve, middle = stratum["curve"], stratum["median"]
        said = "median not reached" if middle is None else f"median {months(middle)} months"
        of = f" of those alive at month {begins}" if begins and middle is not None else ""
        about = (
            f"{counted(stratum['n'], 'person', 'people')}, {counted(stratum['events'], 'death')}, {said}{of}"
        )
        groups.append(
            _group(names[stratum["level"]], about, colour, curve, "survival", 1.0, last,
                   stratum["risk_table"]["at_risk"][0], begins)
        )  # fmt: skip
    test = next((t for t in analysis["tests"] if t["p_value"] is not None), None)
    name = "Mantel-Byar" if test and test["test"] == "mantel_byar" else "log-rank"
    return {
        "label": label, "stance": stance, "note": note, "x": x_label, "y": "Alive, %", "scale": 100,
        "digits": 1, "last": last, "tick": tick, "top": 1.0, "groups": groups,
        "test": f"{name} {p_is(test['p_value'])}" if test and len(groups) > 1 else "",
    }  # fmt: skip


def _incidence(results: Results) -> list[dict[str, Any]]:
    """With death competing: everybody beside one minus Kaplan-Meier, then the groups."""
    study, views = results["study"], []
    for id, label, colours in (
        ("second_primary", "Everybody", COLOURS),
        ("second_primary_by_era", "By era", ERA_COLOURS),
        ("second_primary_by_chemotherapy", "By chemotherapy", ("green", "purple")),
    ):
        analysis = first(results["competing"], id=id)
        if not analysis or not analysis["strata"]:
            continue
        groups = [
            _group("death competing" if id == "second_primary" else level_label(s["level"]),
                   f"{count(s['events'])} of {counted(s['n'], 'person', 'people')}", colour,
                   s["curve"], "cif", 0.0, 252, s["n"])
            for s, colour in zip(analysis["strata"], _looks(colours, len(analysis["strata"])), strict=False)
        ]  # fmt: skip
        if id == "second_primary":
            wrong = {"time": analysis["strata"][0]["curve"]["time"],
                     "cif": analysis["strata"][0]["curve"]["one_minus_km"]}  # fmt: skip
            groups.append(
                _group("one minus Kaplan-Meier", "the error: it lets the dead fall ill", "orange", wrong,
                       "cif", 0.0, 252)
            )  # fmt: skip
        top = max(
            (value for group in groups for value in (*group["y"], *filter(None, group["high"]))), default=0
        )
        gray = analysis["gray"]
        views.append({
            "label": label, "stance": CORRECTED, "note": analysis["note"] or "",
            "x": f"Months since {study['index_label']}", "y": "Per 100,000 people", "scale": 100_000,
            "digits": 1, "last": 252, "tick": 60, "top": top, "groups": groups,
            "test": f"Gray {p_is(gray['p_value'])}" if gray and gray["p_value"] is not None else "",
        })  # fmt: skip
    return views


def _looks(colours: tuple[str, ...], n: int) -> tuple[str, ...]:
    """As many colours as groups; a third and later group takes those left."""
    every = ("blue", "orange", "green", "purple")
    return (*colours, *(colour for colour in every if colour not in colours))[: max(n, 1)]


def _group(
    name: str, about: str, colour: str, curve: dict, of: str, start: float, last: float, n: int | None = None,
    begins: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Steps from (begins, start) to the end of the axis.

    n  at risk where it begins; none of a curve without numbers at risk
    """
    digits = DIGITS if of == "survival" else SHARE_DIGITS
    kept = sum(time <= last for time in curve["time"])

    def column(key: str) -> list[float | None]:
        values = curve.get(key, [None] * kept)[:kept]
        return [None if value is None else round(value, digits) for value in values]

    # With the step after the axis, whose people are still there at its end.
    at_risk = [int(n) for n in curve.get("at_risk", [])[: kept + 1]]
    return {
        "name": name, "about": about, "colour": colour,
        "t": [begins, *(int(t) if float(t).is_integer() else t for t in curve["time"][:kept])],
        "y": [start, *column(of)], "low": [None, *column("lower")], "high": [None, *column("upper")],
        "n": [n, *at_risk] if n is not None else [],
        "ends": kept == len(curve["time"]),
    }  # fmt: skip
