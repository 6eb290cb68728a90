"""What each printed figure must show of its results, read off its SVG: a function a figure, by its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from analytics.disclosure.public import PublicCurve, value_as_text
from analytics.questions.contrasts import CORRECTED, ERA
from analytics.questions.parametric_survival import (
    SHOWN_AT,
    SmoothSurvival,
    hazard_of,
    models_in,
    survival_of,
)
from analytics.render.figures.axes import people_at_risk
from analytics.render.figures.tornado import bars
from analytics.render.formats import count, counted, decimal, months, p_is, ratio, sentence, with_limits
from analytics.render.labels import group_label, level_label, stratum_label, variable_label
from analytics.render.lookup import first, the
from analytics.render.tables.sensitivity import RATIOS
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, CompetingId, Cox, CoxId, SurvivalId
from analytics.results.survival import SurvivalStratum
from analytics.warehouse.study import Study
from tests.analytics.svg_figures import NEAR, Area, Axes, Line, Read, Scale, Text

Limits = tuple[float | None, float | None]
Steps = Sequence[tuple[float, float]]
BESIDE = 3.0
"""Pixels by which the middles of two things on one line may differ: letters differ in height."""


def beside(texts: Sequence[Text], y: float, right_of: float = 0.0) -> list[Text]:
    """The texts on a line, from left to right."""
    found = [text for text in texts if abs(text.y - y) < BESIDE and text.x > right_of]
    return sorted(found, key=lambda text: text.x)


def near(found: np.ndarray, expected: np.ndarray, what: object) -> None:
    assert found.shape == expected.shape, what
    np.testing.assert_allclose(found, expected, rtol=0, atol=NEAR, err_msg=str(what))


# Curves


def legend(figure: Read) -> dict[str, tuple[Line, list[str]]]:
    """By name, the stroke that it stands beside and what else is said there."""
    found = {}
    for stroke in figure.lines:
        name, *about = beside(figure.texts, stroke.points[0, 1], stroke.points[1, 0])
        assert name.is_bold
        found[name.words] = (stroke, [text.words for text in about])
    return found


def curve(figure: Read, axes: Axes, name: str) -> Line:
    """The only line of the look that the legend gives to a name."""
    stroke, _ = legend(figure)[name]
    (line,) = [
        line for line in axes.lines
        if (line.colour, line.dash, line.width) == (stroke.colour, stroke.dash, stroke.width)
    ]  # fmt: skip
    return line


def shown_to(axes: Axes, x: Scale, time: Sequence[float]) -> int:
    """How many steps lie on the axis."""
    assert axes.box
    return sum(x.pixel(month) <= axes.box[2] + NEAR for month in time)


def hold_steps(line: Line, axes: Axes, x: Scale, y: Scale, begins: Steps, steps: Steps) -> None:
    """Level up to each time, from then on at its height: never a slope, never a step before its time."""
    kept = steps[: shown_to(axes, x, [time for time, _ in steps])]
    points = [*begins]
    for time, height in kept:
        points += [(time, points[-1][1]), (time, height)]
    near(line.points, np.array([(x.pixel(at), y.pixel(height)) for at, height in points]), line.colour)


def hold_band(areas: Sequence[Area], colour: str, x: Scale, y: Scale, levels: dict[float, Limits]) -> None:
    """The limits from each time to the next."""
    (area,) = [area for area in areas if area.colour == colour]
    found: dict[float, list[float]] = {}
    for (left, one), (right, other) in pairwise(area.points):
        if abs(one - other) < NEAR < abs(left - right):
            found.setdefault(round(min(left, right), 2), []).append(one)
    for (time, limits), _ in pairwise(levels.items()):
        edges = sorted(found[round(x.pixel(time), 2)])
        near(np.array(edges), np.array(sorted(y.pixel(each) for each in limits if each is not None)), time)


def hold_survival(figure: Read, strata: dict[str, SurvivalStratum], begins: int, test: str = "", *,
                  has_medians: bool = True) -> None:  # fmt: skip
    """Curves, bands, marks of censoring and numbers at risk, each under the name of its group."""
    (axes,) = figure.axes
    x, percent = axes.scale("x"), axes.scale("y")
    y = Scale(100 * percent.slope, percent.start, is_log=False)
    assert set(legend(figure)) == set(strata)
    for name, stratum in strata.items():
        of, line = stratum.curve, curve(figure, axes, name)
        hold_steps(line, axes, x, y, [(begins, 1.0)], list(zip(of.time, of.survival, strict=True)))
        kept = shown_to(axes, x, of.time)
        limits = [
            (at, at) if low is None or high is None else (low, high)
            for at, low, high in zip(of.survival, of.lower, of.upper, strict=True)
        ]
        levels = {float(begins): (1.0, 1.0), **dict(zip(of.time, limits, strict=True))}
        hold_band(axes.areas, line.colour, x, y, dict(list(levels.items())[: kept + 1]))
        heights = {round(x.pixel(at), 2): y.pixel(s) for at, s in zip(of.time, of.survival, strict=True)}
        for mark in (mark for mark in axes.marks if mark.colour == line.colour):
            assert mark.shape == "|" and heights[round(mark.x, 2)] == pytest.approx(mark.y, abs=NEAR)
        about = legend(figure)[name][1]
        assert about == ([median_of(stratum)] if has_medians else []), name
    assert (
        not test
        or beside(figure.texts, 13 + max(line.points[0, 1] for line in figure.lines))[0].words == test
    )
    hold_at_risk(figure, axes, x, {
        name: lambda month, of=stratum: count(people_at_risk(of, month, begins))
        for name, stratum in strata.items()
    })  # fmt: skip


def median_of(stratum: SurvivalStratum) -> str:
    low, high = ("not reached" if each is None else months(each) for each in stratum.median_ci["loglog"])
    median = "not reached" if stratum.median is None else f"{months(stratum.median)} months"
    return f"median {median} (95% CI {low} to {high})"


def hold_at_risk(figure: Read, axes: Axes, x: Scale, people: dict[str, Callable[[int], str | None]]) -> None:
    """Each number under its month, below the name of its group in the colour of its curve.

    people  of each group, how many are printed at a month
    """
    assert [mark.colour for mark in figure.marks] == [curve(figure, axes, name).colour for name in people]
    ticks = sorted(int(label) for _, label in axes.ticks["x"] if label)
    for mark, (name, at) in zip(figure.marks, people.items(), strict=True):
        assert [text.words for text in beside(figure.texts, mark.y, mark.x)] == [name]
        (pitch,) = {round(b.y - a.y, 2) / 2 for a, b in pairwise(figure.marks)} or {11.85}
        numbers = beside(figure.texts, mark.y + pitch)
        # At the right edge a number moves aside to stay on the sheet.
        shown = {min(ticks, key=lambda month, at=text.x: abs(x.pixel(month) - at)): text.words
                 for text in numbers}  # fmt: skip
        assert len(shown) == len(numbers) >= 2
        for month, words in shown.items():
            assert words == at(month), (name, month)


def conventional(figure: Read, results: Results) -> None:
    second, analysis = results.study.second_short_label, the(results.survival, id=SurvivalId.BY_SECOND)
    strata = {f"{stratum.level} {second}": stratum for stratum in analysis.strata}
    assert list(strata) == [f"without {second}", f"with {second}"]
    hold_survival(figure, strata, 0, f"log-rank {p_is(analysis.tests[0].p_value)}")


def corrected(figure: Read, results: Results) -> None:
    """Beside those who had lived to the landmark nearest to the median latency."""
    second, middle = results.study.second_short_label, results.incidence_overall.latency.median
    landmarks = the(results.survival, id=SurvivalId.AT_LANDMARKS).strata
    without = [stratum for stratum in landmarks if stratum.group == "without"]
    distance = {abs((stratum.landmark_months or 0) - (middle or 0)): stratum for stratum in reversed(without)}
    nearest = distance[min(distance)]
    (after,) = the(results.survival, id=SurvivalId.FROM_SECOND).strata
    hold_survival(
        figure,
        {f"without {second}, from month {nearest.landmark_months}": nearest,
         f"with {second}, from its diagnosis": after},
        0,
    )  # fmt: skip


def time_dependent(figure: Read, results: Results) -> None:
    second, analysis = results.study.second_short_label, the(results.survival, id=SurvivalId.FROM_EXPOSURE)
    names = {"without": f"before or without {second}", "with": f"after {second}"}
    strata = {names[stratum.level]: stratum for stratum in analysis.strata}
    begins = analysis.from_months
    hold_survival(figure, strata, begins, f"Mantel-Byar {p_is(analysis.tests[0].p_value)}", has_medians=False)
    (axes,) = figure.axes
    upright = [line for line in axes.lines if np.ptp(line.points[:, 0]) == 0]
    assert [line.points[0, 0] for line in upright] == [pytest.approx(axes.scale("x").pixel(begins), abs=NEAR)]
    assert f"from month {begins}" in {text.words.strip() for text in axes.texts}


def by_era(figure: Read, results: Results) -> None:
    analysis = the(results.survival, id=SurvivalId.BY_ERA)
    test = f"log-rank {p_is(analysis.tests[0].p_value)}" if len(analysis.strata) > 1 else ""
    hold_survival(figure, {stratum.level: stratum for stratum in analysis.strata}, 0, test)


def after_second(figure: Read, results: Results) -> None:
    (stratum,) = the(results.survival, id=SurvivalId.FROM_SECOND).strata
    hold_survival(figure, {f"with {results.study.second_short_label}, conventional cohort": stratum}, 0)


def cumulative_incidence(figure: Read, results: Results) -> None:
    """One minus Kaplan-Meier is the dotted one, and lies above."""
    of = the(results.competing, id=CompetingId.EVERYBODY).strata[0].curve
    (axes,) = figure.axes
    x, y = axes.scale("x"), per_person(axes.scale("y"))
    assert list(legend(figure)) == ["with death competing", "one minus Kaplan-Meier"]
    for name, values in (("with death competing", of.cif), ("one minus Kaplan-Meier", of.one_minus_km)):
        hold_steps(curve(figure, axes, name), axes, x, y, [(0, 0)], list(zip(of.time, values, strict=True)))
    limits = [
        (at if low is None else low, at if high is None else high)
        for at, low, high in zip(of.cif, of.lower, of.upper, strict=True)
    ]
    kept = shown_to(axes, x, of.time)
    levels = {0.0: (0.0, 0.0), **dict(zip(of.time, limits, strict=True))}
    colour = curve(figure, axes, "with death competing").colour
    hold_band(axes.areas, colour, x, y, dict(list(levels.items())[: kept + 1]))


def per_person(scale: Scale) -> Scale:
    """The scale of shares of an axis that is labelled in people of 100,000."""
    return Scale(100_000 * scale.slope, scale.start, is_log=False)


# Models


def parametric_survival(figure: Read, results: Results) -> None:
    """Steps under their model, and its hazard below; dashed after the longest follow-up."""
    alive, below = figure.axes
    x, percent = alive.scale("x"), alive.scale("y")
    y = Scale(100 * percent.slope, percent.start, is_log=False)
    strata = the(results.survival, id=SurvivalId.BY_ERA).strata
    assert alive.box
    assert list(legend(figure)) == [stratum.level for stratum in strata]
    tops = [stroke.points[0, 1] - BESIDE for stroke, _ in legend(figure).values()]
    for stratum, top, bottom in zip(strata, tops, [*tops[1:], alive.box[1] - BESIDE], strict=True):
        stroke, _ = legend(figure)[stratum.level]
        about = " ".join(text.words for text in figure.texts if top < text.y < bottom and not text.is_bold)
        row = the(models_in(results), id=SurvivalId.BY_ERA, level=stratum.level)
        low, high = (decimal(limit) for limit in row.median_ci)
        assert about == f"{row.model} model, median {decimal(row.median)} months (95% CI {low} to {high})"
        steps, *drawn = [line for line in alive.lines if line.colour == stroke.colour]
        assert not steps.dash, "dashes are for what is extrapolated"
        assert (stroke.dash, stroke.width) == (drawn[0].dash, drawn[0].width) != (steps.dash, steps.width)
        (key,) = [mark for mark in figure.marks if abs(mark.y - stroke.points[0, 1]) < BESIDE]
        assert {key.shape} == {mark.shape for mark in alive.marks if mark.colour == stroke.colour}
        hold_steps(steps, alive, x, y, [(0, 1.0)],
                   list(zip(stratum.curve.time, stratum.curve.survival, strict=True)))  # fmt: skip
        hold_model(row, alive, drawn, x, y, 0.0, lambda fit, at: survival_of(fit, np.maximum(at, 1e-9)))
        rates = [line for line in below.lines if line.colour == stroke.colour]
        hold_model(row, below, rates, below.scale("x"), below.scale("y"), 1.0,
                   lambda fit, at: 1200 * hazard_of(fit, at))  # fmt: skip


def hold_model(row: SmoothSurvival, axes: Axes, lines: Sequence[Line], x: Scale, y: Scale, first: float,
               curve: Callable[..., np.ndarray]) -> None:  # fmt: skip
    """A model's line from its first month to the end of the axis: where the data are, then dashed."""
    assert axes.box
    end = (axes.box[2] - x.start) / x.slope
    known, *past = lines
    bounds = [(known, first, min(row.followed_months, end))]
    assert not known.dash and len(past) == (row.followed_months < end)
    bounds += [(line, row.followed_months, end) for line in past if line.dash]
    assert len(bounds) == len(lines)
    for line, begins, ends in bounds:
        at = (line.points[:, 0] - x.start) / x.slope
        assert (at[0], at[-1]) == (pytest.approx(begins, abs=0.01), pytest.approx(ends, abs=0.01))
        heights = [y.pixel(height) for height in curve(row.chosen, at)]
        np.testing.assert_allclose(line.points[:, 1], heights, rtol=0, atol=0.5, err_msg=row.level)
    marks = [mark for mark in axes.marks if mark.colour == known.colour]
    seen = [(mark.x, mark.y) for mark in marks]
    near(
        np.array(seen),
        np.array([(x.pixel(at), y.pixel(curve(row.chosen, at))) for at in np.array(SHOWN_AT) + 0.5]),
        row,
    )


def public_curves(figure: Read, curves: Sequence[PublicCurve], study: Study) -> None:
    """The coarse points of the public report, and the counts as shown."""
    (axes,) = figure.axes
    x, y = axes.scale("x"), axes.scale("y")
    is_incidence = isinstance(curves[0].analysis, CompetingId)
    shares = Scale((100_000 if is_incidence else 100) * y.slope, y.start, is_log=False)
    by_name = {group_label(study, each.level): each for each in curves}
    assert list(legend(figure)) == list(by_name)
    for name, each in by_name.items():
        begins = (each.from_months, 0.0 if is_incidence else 1.0)
        steps = list(zip(each.months, each.estimate, strict=True))
        hold_steps(curve(figure, axes, name), axes, x, shares, [begins], steps)
    at_risk = {name: dict(each.at_risk) for name, each in by_name.items() if each.at_risk}
    hold_at_risk(figure, axes, x, {
        name: lambda month, of=of: value_as_text(of.get(month), thousands=",")
        for name, of in at_risk.items()
    })  # fmt: skip


# Estimates

HAZARDS = ("lower hazard", "higher hazard")


@dataclass(frozen=True, slots=True)
class Shown:
    """An estimate: sign is its shape and colour; a band has no arrow heads and no sign but a stroke."""

    value: float | None
    limits: Limits
    sign: tuple[str, str]
    cells: tuple[str, ...]
    is_hollow: bool = False
    is_band: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    estimates: tuple[Shown, ...]
    note: str = ""


def keys(figure: Read) -> dict[str, tuple[str, str]]:
    """Shape and colour of each sign above the axes, by what it is said to stand for."""
    (box,) = [axes.box for axes in figure.axes]
    assert box
    found = {}
    for mark in (mark for mark in figure.marks if mark.y < box[1]):
        words = beside(figure.texts, mark.y, mark.x)
        assert words and not mark.is_hollow
        found[words[0].words] = (mark.shape, mark.colour)
    return found


def hold_rows(
    figure: Read,
    axes: Axes,
    rows: Sequence[Row],
    *,
    is_log: bool,
    base: float | None = None,
    directions: tuple[str, str] = ("", ""),
) -> None:
    """Each row's name and note, signs, intervals and numbers, from top to bottom; the line at 1.

    base  where the bars begin
    directions  what stands to the left and to the right of 1
    """
    assert axes.box
    left, top, right, bottom = axes.box
    x = axes.scale("x", is_log=is_log)
    texts = [text for text in figure.texts if top < text.y < bottom]
    cells: dict[float, list[Text]] = {}
    for text in sorted((text for text in texts if text.x > right), key=lambda text: (text.y, text.x)):
        at = next((y for y in cells if abs(y - text.y) < BESIDE), text.y)
        cells.setdefault(at, []).append(text)
    estimates = [estimate for row in rows for estimate in row.estimates]
    assert len(cells) == len(estimates)
    words = sorted((text for text in texts if text.x < left), key=lambda text: text.y)
    places = dict(zip(map(id, estimates), cells, strict=True))
    # In one column of a journal a name stands above its estimates, else beside the middle of them.
    drawn, above, is_narrow = 0, top, left < 20
    for row in rows:
        wanted, taken, said = f"{row.name} {row.note}".strip(), [], ""
        while len(said) < len(wanted):
            taken.append(words.pop(0))
            said = " ".join(text.words for text in taken)
        assert said == wanted
        at = [places[id(estimate)] for estimate in row.estimates]
        if is_narrow:
            assert above < taken[0].y < taken[-1].y + BESIDE < at[0], row.name
            above = at[-1]
        else:
            assert np.mean([text.y for text in taken]) == pytest.approx(np.mean(at), abs=BESIDE), row.name
        for estimate in row.estimates:
            y = places[id(estimate)]
            assert tuple(text.words for text in cells[y]) == estimate.cells
            drawn += hold_estimate(axes, x, y, estimate, base)
    left_of, right_of = directions
    if left_of:
        (lower,) = [text for text in figure.texts if text.words == f"← {left_of}"]
        (higher,) = [text for text in figure.texts if text.words == f"{right_of} →"]
        assert is_narrow or lower.x < x.pixel(1) < higher.x
    assert not words and drawn == len(axes.marks), "a mark is nobody's"
    upright = [
        line.points for line in axes.lines if np.ptp(line.points[:, 0]) == 0 < np.ptp(line.points[:, 1])
    ]
    assert len(upright) == (len(rows) if is_log else 0)
    for points in upright:
        assert points[:, 0] == pytest.approx(x.pixel(1), abs=NEAR)
    if is_log and not is_narrow:
        assert sum(np.ptp(points[:, 1]) for points in upright) == pytest.approx(bottom - top, abs=NEAR)


def hold_estimate(axes: Axes, x: Scale, y: float, shown: Shown, base: float | None) -> int:
    """How many marks it has: its own, and an arrow head at each end that its interval leaves by."""
    assert axes.box
    left, right = axes.box[0], axes.box[2]
    marks = [mark for mark in axes.marks if abs(mark.y - y) < BESIDE]
    lines = [line for line in axes.lines if np.abs(line.points[:, 1] - y).max() < BESIDE]
    if shown.value is None:
        assert not marks and not lines
        return 0

    def pixel(value: float | None, instead: float) -> float:
        return instead if value is None or (x.is_log and value <= 0) else x.pixel(value)

    shape, colour = shown.sign
    low, high = pixel(shown.limits[0], left), pixel(shown.limits[1], right)
    spans = {line.width: line for line in lines}
    assert len(spans) == len(lines) == (1 if base is None else 2), y
    span = spans[5 if shown.is_band else 1.4]
    assert bool(span.dash) == shown.is_hollow and span.colour == colour
    near(span.points[:, 0], np.array([max(low, left), min(high, right)]), shown)
    if base is not None:
        near(spans[7].points[:, 0], np.array([x.pixel(base), pixel(shown.value, left)]), shown)
    arrows = [("<", left)] * (low <= left + NEAR and x.is_log) + [(">", right)] * (high >= right - NEAR)
    if shown.is_band:
        arrows, shape = [], "|"
    heads = [mark for mark in marks if mark.shape in "<>"]
    assert [(head.shape, head.colour) for head in heads] == [(arrow, colour) for arrow, _ in arrows]
    near(np.array([head.x for head in heads]), np.array([at for _, at in arrows]), shown)
    signs = [mark for mark in marks if mark.shape not in "<>"]
    is_on_axis = not x.is_log or shown.value > 0
    assert len(signs) == is_on_axis
    for mark in signs:
        assert (mark.shape, mark.colour, mark.is_hollow) == (shape, colour, shown.is_hollow), shown
        assert mark.x == pytest.approx(x.pixel(shown.value), abs=NEAR), shown
    return len(marks)


def forest(figure: Read, results: Results) -> None:
    """Three fits of each level, told apart by the signs of the key."""
    models = {model.id: model for model in results.cox}
    sign, rows = keys(figure), []
    for term in (term for id, model in models.items() if id.kind is Cox.ALONE for term in model.terms):
        fits = {"together, Firth": models[FIRTH].terms, "alone, conventional": (term,),
                "together, conventional": models[TOGETHER].terms}  # fmt: skip
        estimates = []
        for label, terms in fits.items():
            fit = first(terms, variable=term.variable, level=term.level)
            if fit:
                few = bool(fit.card) and fit.card.verdict in ("too_few_events", "not_estimated")
                words = with_limits(fit.hr, fit.hr_ci) if fit.hr is not None else "not estimable"
                estimates.append(Shown(fit.hr, fit.hr_ci, sign[label], (words,), few))
        note = f"{level_label(term.level)} against {level_label(term.reference)}"
        rows.append(Row(variable_label(results.study, term.variable), tuple(estimates), note))
    assert set(sign) == {"together, Firth", "alone, conventional", "together, conventional"}
    hold_rows(figure, figure.axes[0], rows, is_log=True, directions=HAZARDS)


def contrasts(figure: Read, results: Results) -> None:
    """Every hazard ratio of the second primary, in the sign of its stance, and that of no effect."""
    sign, second = keys(figure), results.study.second_short_label
    asked = [
        row for row in results.contrasts
        if row.measure == "hazard ratio" and isinstance(row.source.id, CoxId) and row.source.id.is_after_index
    ]  # fmt: skip
    short = {"age at index": "age", "calendar year of index": "year"}
    adjusted = [words.partition(" (")[0] for words in the(results.cox, id=ADJUSTED).adjusted_for]
    rows = []
    for row in asked:
        few = row.verdict == "too_few_events"
        name = row.estimator.removeprefix("Cox, ").removesuffix(", not adjusted")
        if row.source.id == ADJUSTED:
            key = "primary, from too few events" if few else "primary: the estimate to read"
            name = "from its diagnosis on, adjusted"
            note = f"primary; adjusted for {', '.join(short.get(word, word) for word in adjusted)}"
        else:
            is_naive = row.source.id == NAIVE
            key = "conventional: grouped by later second cancer" if is_naive else "corrected, not adjusted"
            name = "from its diagnosis on, not adjusted" if name == "the same" else name
            note = row.stance
        shown = Shown(row.estimate, row.ci, sign[key], (with_limits(row.estimate, row.ci),), few)
        rows.append(Row(sentence(name), (shown,), f"{note}; too few events" if few else note))
    band = results.null_bands.immortal_time
    if band:
        null = band.hazard_ratio
        words = f"{ratio(null.p50)} [{ratio(null.p10)} to {ratio(null.p90)}]"
        shown = Shown(null.p50, (null.p10, null.p90), ("", "muted"), (words,), is_band=True)
        rows.insert(1, Row(f"The same if {second} did nothing", (shown,),
                           "simulated; median [10th to 90th percentile]"))  # fmt: skip
    hold_rows(figure, figure.axes[0], rows, is_log=True, directions=HAZARDS)


def era_ratios(figure: Read, results: Results) -> None:
    """The first corrected one is the primary."""
    sign, rows, primary = keys(figure), [], True
    for row in results.contrasts:
        if row.question != ERA or row.estimate is None:
            continue
        few, is_primary = row.verdict == "too_few_events", primary and row.stance == CORRECTED
        key = "conventional: not corrected for follow-up"
        if row.stance == CORRECTED:
            key = "corrected, not stratified"
        if is_primary:
            key, primary = next(words for words in sign if words.startswith("primary")), False
            assert key == ("primary, from too few events" if few else "primary: the estimate to read")
        note = f"{row.measure}; {'primary' if is_primary else row.stance}{'; too few events' * few}"
        shown = Shown(row.estimate, row.ci, sign[key], (with_limits(row.estimate, row.ci),), few)
        rows.append(Row(sentence(row.estimator), (shown,), note))
    hold_rows(
        figure, figure.axes[0], rows, is_log=True, directions=("less common later", "more common later")
    )


def standardised_incidence(figure: Read, results: Results) -> None:
    study, rows = results.study, []
    for row in (row for row in results.sir if row.sir is not None):
        name = stratum_label(study, row.stratum)
        dimension = next(iter(row.stratum), "from")
        if dimension != "from":
            name = f"{variable_label(study, dimension, table=1)}: {name}"
        sign = ("o", "blue") if row.stratum else ("D", "orange")
        cells = (str(row.observed), decimal(row.expected, 2), with_limits(row.sir, row.sir_ci))
        rows.append(Row(name, (Shown(row.sir, row.sir_ci, sign, cells),)))
    hold_rows(
        figure, figure.axes[0], rows, is_log=True, directions=("fewer than expected", "more than expected")
    )


def incidence(figure: Read, results: Results) -> None:
    """Of people above, of person-years below."""
    everyone = results.incidence_overall
    named = [*((row.era, row) for row in results.eras), ("all years", everyone)]
    shares, rates = [], []
    for name, row in named:
        share, limits = (per_100_000(row.proportion), tuple(map(per_100_000, row.proportion_ci)))
        for rows, value, span, sign in (
            (shares, share, limits, ("s", "orange")), (rates, row.rate_per_100k, row.rate_ci, ("o", "blue")),
        ):  # fmt: skip
            shown = Shown(value, span, sign, (with_limits(value, span, decimal),))
            rows.append(Row(name, (shown,)))
    above, below = figure.axes
    titles = [text.words for text in sorted(figure.texts, key=lambda text: text.y) if text.is_bold
              and text.x < 5 and "SYNTHETIC" not in text.words]  # fmt: skip
    assert titles == ["Conventional: share of people", "Corrected for follow-up, not stratified: rate"]
    labels = [text.words for text in sorted(figure.texts, key=lambda text: text.y)
              if text.words in ("Per 100,000 people", "Per 100,000 person-years")]  # fmt: skip
    assert labels == ["Per 100,000 people", "Per 100,000 person-years"]
    hold_rows(figure, above, shares, is_log=False)
    hold_rows(figure, below, rates, is_log=False)


def per_100_000(share: float | None) -> float | None:
    return None if share is None else 100_000 * share


def fair_eras(figure: Read, results: Results) -> None:
    """Incidence above with its intervals at the horizons; below, the medians of each era."""
    above, below = figure.axes
    x, y = above.scale("x"), per_person(above.scale("y"))
    eras, analysis = [row.era for row in results.eras], the(results.competing, id=CompetingId.BY_ERA)
    assert list(legend(figure)) == eras
    shapes: dict[str, tuple[str, str]] = {}
    beside_horizon = 0
    for era in eras:
        stratum = first(analysis.strata, level=era)
        stroke, _ = legend(figure)[era]
        alike = [line for line in above.lines if line.colour == stroke.colour]
        marks = [mark for mark in above.marks if mark.colour == stroke.colour]
        if stratum is None:
            assert not alike and not marks
            continue
        steps = [line for line in alike if line.width == stroke.width and line.dash == stroke.dash]
        of = stratum.curve
        # The axis is longer than the curves, by the room that intervals take beside the last horizon.
        kept = (len(steps[0].points) - 1) // 2
        whole = list(zip(of.time, of.cif, strict=True))
        hold_steps(steps[0], above, x, y, [(0, 0)], whole[:kept])
        assert all(x.pixel(time) > x.pixel(max(int(label) for _, label in above.ticks["x"] if label))
                   for time, _ in whole[kept:])  # fmt: skip
        spans = [line for line in alike if line.width == 1]
        at = {int(h): (value, stratum.at_ci[h]) for h, value in stratum.at.items() if value is not None}
        known = {month: (value, limits) for month, (value, limits) in at.items() if None not in limits}
        assert len(spans) == len(marks) == len(known)
        for span, mark, (month, (value, limits)) in zip(spans, marks, known.items(), strict=True):
            assert abs(mark.x - x.pixel(month)) <= abs(x.slope) * 2.5 * len(eras)
            assert mark.x == pytest.approx(span.points[0, 0], abs=NEAR) == span.points[1, 0]
            near(
                np.array([mark.y, *span.points[:, 1]]),
                np.array([y.pixel(at) for at in (value, *limits)]),
                era,
            )
            shapes[era] = (mark.shape, mark.colour)
            beside_horizon += 1
    assert beside_horizon == len(above.marks) > 0
    hold_rows(figure, below, list(medians(results, eras, shapes)), is_log=False)


def medians(results: Results, eras: list[str], sign: dict[str, tuple[str, str]]) -> Iterator[Row]:
    observed = [the(results.eras, era=era).latency.median for era in eras]
    yield Row("As observed", tuple(
        Shown(value, (value, value), sign[era], (era, months(value)))
        for era, value in zip(eras, observed, strict=True)
    ))  # fmt: skip
    null = results.null_bands.latency
    if null:
        bands = [the(null.eras, era=era).median_months for era in eras]
        yield Row("If nothing changed", tuple(
            Shown(band.p50, (band.p10, band.p90), sign[era],
                  (era, f"{months(band.p50)} [{months(band.p10)} to {months(band.p90)}]"), is_band=True)
            for era, band in zip(eras, bands, strict=True)
        ), "simulated; median [10th to 90th percentile]")  # fmt: skip
    for window in results.fair_eras.windows:
        values = [the(window.eras, era=era).latency_median for era in eras]
        yield Row(f"Within {window.window_months // 12} years", tuple(
            Shown(value, (value, value), sign[era], (era, months(value)), is_hollow=True)
            for era, value in zip(eras, values, strict=True)
        ))  # fmt: skip


def tornado(figure: Read, results: Results) -> None:
    """A bar from the study's own estimate to each; the farthest first."""
    rebuilt = results.sensitivity
    assert rebuilt
    panels = {name: found for name in RATIOS if (found := bars(rebuilt, name))}
    titles = [text.words for text in sorted(figure.texts, key=lambda text: text.y)
              if text.is_bold and text.x < 5]  # fmt: skip
    for axes, (name, (own, *moved)) in zip(figure.axes, panels.items(), strict=True):
        assert RATIOS[name].format(second=rebuilt.second_short_label) in titles
        distances = [abs(np.log(bar.estimate / own.estimate)) if bar.estimate else np.inf for bar in moved]
        assert distances == sorted(distances, reverse=True)
        signs = [("D", "orange"), *[("o", "blue")] * len(moved)]
        rows = [
            Row(bar.setting, (Shown(bar.estimate, bar.limits, sign, (words,)),))
            for bar, sign in zip((own, *moved), signs, strict=True)
            for words in [with_limits(bar.estimate, bar.limits)]
        ]
        assert rows[0].name == "As the study defines it"
        hold_rows(figure, axes, rows, is_log=True, base=own.estimate)


# Boxes, dots and bars


def flow(figure: Read, results: Results) -> None:
    """Who comes on top, who is left below each rule, who was removed beside it, two groups at the end."""
    steps, cohort, second = results.attrition, results.cohort, results.study.second_short_label
    boxes = [
        (
            box,
            " ".join(text.words for text in sorted(figure.texts, key=lambda text: text.y) if box.holds(text)),
        )
        for box in figure.axes[0].areas
    ]
    middle = boxes[0][0].points[:, 0].mean()
    assert boxes[0][1] == f"{count(steps[0].n_in)} people in the registry's delivery"
    beside_rules = [(box, words) for box, words in boxes if box.box[0] > middle and "removed" in words]
    left = [(box, words) for box, words in boxes[1:] if not (box.box[0] > middle and "removed" in words)]
    heights = [box.box[1] for box, _ in (*left[: len(steps)],)]
    assert heights == sorted(heights)
    for step, (removed, reason), (_, words) in zip(steps, beside_rules, left, strict=False):
        assert reason == f"{count(step.n_removed)} removed {sentence(step.reason)}", removed
        last = step is steps[-1]
        assert words == f"{count(step.n_left)} {'eligible' if last else 'left'}"
    for (above, _), (below, _), (removed, _) in zip([boxes[0], *left], left, beside_rules, strict=False):
        assert above.box[3] < removed.points[:, 1].mean() < below.box[1], "a rule stands between its numbers"
    groups = sorted(left[len(steps) :], key=lambda each: each[0].box[0])
    assert [words for _, words in groups] == [
        f"{count(cohort.n_without_second)} without {second}", f"{count(cohort.n_second)} with {second}"
    ]  # fmt: skip
    assert [box.edge for box, _ in groups] == ["muted", "orange"]


def latency(figure: Read, results: Results) -> None:
    """A dot a person above the months of its bin, its era's median, and what its follow-up cannot show."""
    (axes,) = figure.axes
    x, eras, study = axes.scale("x"), results.eras, results.study
    assert axes.box
    _, top, right, bottom = axes.box
    each = (bottom - top) / len(eras)
    for at, row in enumerate(eras):
        upper, lower = top + at * each, top + (at + 1) * each
        inside = [text for text in figure.texts if upper < text.y < lower]
        assert [text.words for text in inside if text.x < axes.box[0]] == [row.era]
        marks = [mark for mark in axes.marks if upper < mark.y < lower]
        of_era = [point.latency_months for point in results.latency_points if point.era == row.era]
        expected = Counter(round(x.pixel(3 * round(month / 3)), 1) for month in of_era)
        assert Counter(round(mark.x, 1) for mark in marks) == expected and len(marks) == row.latency.n
        assert len({(round(mark.x, 1), round(mark.y, 1)) for mark in marks}) == len(marks)
        lines = [line.points for line in axes.lines if line.colour == "orange"
                 and upper < line.points[0, 1] < lower]  # fmt: skip
        if row.latency.median is None:
            assert not lines
        else:
            ((start, end),) = lines
            assert start[0] == end[0] == pytest.approx(x.pixel(row.latency.median), abs=NEAR)
            words = f"median {months(row.latency.median)} ({counted(row.latency.n, 'person', 'people')})"
            assert words in {text.words for text in inside}
        dark = [area.box for area in axes.areas if upper < area.points[:, 1].mean() < lower]
        limit = row.longest_observable_latency_months
        if limit is None or x.pixel(limit) >= right:
            assert not dark
        else:
            ((start, _, end, _),) = dark
            assert (start, end) == (pytest.approx(x.pixel(limit), abs=NEAR), pytest.approx(right, abs=NEAR))
    (rule,) = [line.points for line in axes.lines if line.colour == "muted"]
    assert rule[:, 0] == pytest.approx(x.pixel(study.min_latency_months), abs=NEAR)


def swimmer(figure: Read, results: Results) -> None:
    """Months until the second cancer and after it, and at the end the sign of the dead or of the living."""
    (axes,) = figure.axes
    x, second, cases = axes.scale("x"), results.study.second_short_label, results.institution.cases
    assert axes.box
    signs = keys(figure)
    before, after = signs[f"with {results.study.index_short_label}"], signs[f"after {second}"]
    assert len(axes.areas) == 2 * len(cases) and len(figure.marks) == len(signs) + len(cases)
    lanes: dict[float, dict[str, Area]] = {}
    for area in axes.areas:
        lanes.setdefault(round(area.points[:, 1].mean(), 1), {})[area.colour] = area
    assert len({case.died for case in cases}) == 2
    for at, (case, y) in enumerate(zip(cases, sorted(lanes), strict=True), start=1):
        first_months, later = case.latency_months or 0, case.survival_months_after_second or 0
        ends = {before[1]: (0, first_months), after[1]: (first_months, first_months + later)}
        for colour, (start, end) in ends.items():
            left, _, right, _ = lanes[y][colour].box
            near(np.array([left, right]), np.array([x.pixel(start), x.pixel(end)]), case)
        (mark,) = [mark for mark in figure.marks if abs(mark.y - y) < BESIDE]
        assert (mark.shape, mark.colour) == signs["died" if case.died else "alive at last contact"]
        assert 0 < mark.x - x.pixel(first_months + later) < 12
        said = [text.words for text in beside(figure.texts, y, axes.box[0])]
        assert said == [f"{months(case.latency_months)} + {months(case.survival_months_after_second)}"]
        names = [text.words for text in figure.texts if abs(text.y - y) < 12 and text.x < axes.box[0]]
        assert names == [f"Case {at}", f"{case.sex}, {months(case.age_at_index_years)}"]


READERS: dict[str, Callable[[Read, Results], None]] = {
    "flow": flow,
    "incidence": incidence,
    "standardised_incidence": standardised_incidence,
    "latency": latency,
    "fair_eras": fair_eras,
    "era_ratios": era_ratios,
    "survival_conventional": conventional,
    "survival_corrected": corrected,
    "survival_time_dependent": time_dependent,
    "contrasts": contrasts,
    "survival_by_era": by_era,
    "survival_after_second": after_second,
    "forest": forest,
    "parametric_survival": parametric_survival,
    "cumulative_incidence": cumulative_incidence,
    "swimmer": swimmer,
    "sensitivity": tornado,
}
