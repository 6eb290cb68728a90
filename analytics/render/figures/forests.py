"""Ratios with their limits on one logarithmic scale."""

from __future__ import annotations

from analytics.bias.band import Band
from analytics.questions.contrasts import CORRECTED, ERA
from analytics.render.figures.axes import ratio_axis
from analytics.render.figures.canvas import (
    BLUE,
    GREEN,
    MUTED,
    ORANGE,
    PURPLE,
    STAMP,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
)
from analytics.render.figures.estimates import (
    Estimate,
    EstimateRow,
    Key,
    Panel,
    Sign,
    keys_height,
    paint_keys,
)
from analytics.render.formats import between, decimal, ratio, sentence, with_limits
from analytics.render.labels import level_label, stratum_label, variable_label
from analytics.render.lookup import first, the
from analytics.render.tables.hazards import has_too_few_events, hazard_ratio, same_term
from analytics.render.tables.models import estimator
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxTerm
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, AnswerId, Block, Cox, CoxId
from analytics.results.population import StandardisedIncidence

HAZARD = "Hazard ratio (log scale)"
LOWER_HIGHER = ("lower hazard", "higher hazard")
HR = "HR (95% CI)"


def with_keys(title: str, alt: str, panel: Panel, keys: tuple[Key, ...], rows: list[Row], remark: str = ""):
    """A drawing of a panel below what its signs stand for."""

    def height(width: float, points: float) -> float:
        return keys_height(keys, width, points) + panel.height(width, points)

    def paint(sheet: Sheet) -> None:
        panel.paint(sheet, paint_keys(sheet, keys, STAMP))

    return Drawing(title, alt, height, paint, tuple(rows), remark)


FITS = {
    "Firth": (Sign("D", BLUE), "together, Firth"),
    "alone": (Sign("o", PURPLE), "alone, conventional"),
    "together": (Sign("s", ORANGE), "together, conventional"),
}


def forest(results: Results) -> Drawing:
    """Table 2 as a picture: Firth's estimate of each level, then the conventional ones."""
    study = results.study
    models = {model.id: model for model in results.cox}
    together = models[TOGETHER]
    rows = []
    for id, model in models.items():
        if id.kind is not Cox.ALONE:
            continue
        for term in model.terms:
            fits = {
                "Firth": same_term(models[FIRTH], term),
                "alone": term,
                "together": same_term(together, term),
            }
            rows.append((variable_label(study, term.variable), term, fits))
    title = f"Hazard of death after {study.second_label}"
    drawn = [row for _, _, fits in rows for row in fits.values() if row and row.hr is not None]
    axis = ratio_axis([row.hr for row in drawn], [row.hr_ci for row in drawn])
    panel = Panel(
        tuple(
            EstimateRow(
                variable,
                tuple(
                    Estimate(row.hr, row.hr_ci, _sign(FITS[label][0], row), (hazard_ratio(row),))
                    for label, row in fits.items()
                    if row
                ),
                note=f"{level_label(term.level)} against {level_label(term.reference)}",
                is_strong=True,
            )
            for variable, term, fits in rows
        ),
        axis, HAZARD, (HR,), LOWER_HIGHER,
    )  # fmt: skip
    words = "; ".join(
        f"{variable}, {level_label(term.level)}: "
        + ", ".join(
            f"{label} {hazard_ratio(row)}{' (too few events)' if has_too_few_events(row) else ''}"
            for label, row in fits.items()
        )
        for variable, term, fits in rows
    )
    data: list[Row] = [
        {"variable": variable, "level": term.level, "reference": term.reference,
         "estimator": FITS[label][1], "hazard_ratio": row.hr, "lower": row.hr_ci[0], "upper": row.hr_ci[1],
         "has_too_few_events": has_too_few_events(row)}
        for variable, term, fits in rows for label, row in fits.items() if row
    ]  # fmt: skip
    return with_keys(title, f"{title}. {words}.", panel, tuple(FITS.values()), data)


def _sign(sign: Sign, row: CoxTerm) -> Sign:
    return Sign(sign.marker, sign.colour, hollow=bool(has_too_few_events(row)))


FOREST = ReportFigure(
    "forest",
    "after",
    forest,
    made_of=("cox",),
    caption="Arrow heads leave the axis. Hollow and dotted: too few deaths, shown "
    "because it is usual. Firth's estimates draw unlikely extremes inwards.",
    when=lambda results: any(
        term.hr is not None for model in results.cox if model.id.kind is Cox.ALONE for term in model.terms
    ),
    has_narrow=True,
)

PRIMARY = Sign("o", BLUE)
GROUPED = Sign("s", ORANGE)
NOT_ADJUSTED = Sign("^", PURPLE)
NO_EFFECT = Sign("", MUTED, is_band=True)


def contrast_forest(results: Results) -> Drawing:
    """The hazard ratio of a second primary under each way of asking."""
    second = results.study.second_short_label
    title = f"Hazard of death with {second} against without, by method"
    contrasts = [
        r
        for r in results.contrasts
        if r.measure == "hazard ratio" and isinstance(r.source.id, CoxId) and r.source.id.is_after_index
    ]
    rows = [_contrast_row(row, results) for row in contrasts]
    null = results.null_bands.immortal_time and results.null_bands.immortal_time.hazard_ratio
    data: list[Row] = [
        {"estimator": row.estimator, "stance": row.stance, "is_primary": row.source.id == ADJUSTED,
         "hazard_ratio": row.estimate, "interval": "95% confidence interval", "lower": row.ci[0],
         "upper": row.ci[1]} for row in contrasts
    ]  # fmt: skip
    words = [f"{estimator(row)} {with_limits(row.estimate, row.ci)}" for row in contrasts]
    if null:
        rows.insert(1, _null_row(second, null))
        words.insert(
            1, f"the same if {second} did nothing, median of simulations {ratio(null.p50)}, 10th to 90th "
            f"percentile {between((null.p10, null.p90))}",
        )  # fmt: skip
        data.insert(
            1, {"estimator": f"the same if {second} did nothing", "stance": "simulated", "is_primary": False,
                "hazard_ratio": null.p50, "interval": "10th to 90th percentile", "lower": null.p10,
                "upper": null.p90},
        )  # fmt: skip
    drawn = [each for row in rows for each in row.estimates]
    panel = Panel(
        tuple(rows), ratio_axis([each.value for each in drawn], [each.limits for each in drawn]),
        HAZARD, (HR,), LOWER_HIGHER,
    )  # fmt: skip
    keys = [
        (PRIMARY, _primary_words(first(contrasts, source=AnswerId(Block.COX, ADJUSTED)))),
        (NOT_ADJUSTED, "corrected, not adjusted"),
        (GROUPED, "conventional: grouped by later second cancer"),
        *([(NO_EFFECT, "no confidence interval: range of simulations")] if null else []),
    ]
    return with_keys(title, f"{title}. {'; '.join(words)}.", panel, tuple(keys), data)


def _contrast_row(row: Contrast, results: Results) -> EstimateRow:
    """The sign says which of three an estimate is: biased, unadjusted, or the one to read."""
    is_primary = row.source.id == ADJUSTED
    sign = PRIMARY if is_primary else GROUPED if row.source.id == NAIVE else NOT_ADJUSTED
    note = f"primary; adjusted for {_set(results)}" if is_primary else row.stance
    too_few = row.verdict == "too_few_events"
    name = _short(row)
    estimate = Estimate(
        row.estimate, row.ci, Sign(sign.marker, sign.colour, hollow=too_few),
        (with_limits(row.estimate, row.ci),),
    )  # fmt: skip
    return EstimateRow(
        sentence(name), (estimate,), f"{note}; too few events" if too_few else note, sign.colour,
        is_primary,
    )  # fmt: skip


def _primary_words(row: Contrast | None) -> str:
    few = row is not None and row.verdict == "too_few_events"
    return "primary, from too few events" if few else "primary: the estimate to read"


def _null_row(second: str, null: Band) -> EstimateRow:
    limits = (null.p10, null.p90)
    estimate = Estimate(null.p50, limits, NO_EFFECT, (f"{ratio(null.p50)} [{between(limits)}]",))
    return EstimateRow(
        f"The same if {second} did nothing", (estimate,), "simulated; median [10th to 90th percentile]"
    )


CONTRASTS = ReportFigure(
    "contrasts",
    "survival",
    contrast_forest,
    made_of=("contrasts", "null_bands", "cox"),
    caption="Below 1 reads as living longer with {second}. "
    "Grey, in square brackets: the 10th to 90th percentile of simulations in this cohort "
    "in which {second} has no effect. Hollow and dotted: too few events.",
    when=lambda results: any(
        isinstance(row.source.id, CoxId) and row.source.id.is_after_index and row.state == "value"
        for row in results.contrasts
    ),
    has_narrow=True,
)


ELSE_CORRECTED = Sign("D", GREEN)


def era_forest(results: Results) -> Drawing:
    """How much more common the second primary is in the last era, under each way of asking."""
    second, eras = results.study.second_short_label, results.eras
    title = f"How common {second} is in {eras[-1].era} against {eras[0].era}, by method"
    contrasts = [row for row in results.contrasts if row.question == ERA and row.estimate is not None]
    primary = next((row for row in contrasts if row.stance == CORRECTED), None)
    rows: list[EstimateRow] = []
    data: list[Row] = []
    for row in contrasts:
        is_primary = row is primary
        sign = PRIMARY if is_primary else ELSE_CORRECTED if row.stance == CORRECTED else GROUPED
        too_few = row.verdict == "too_few_events"
        shown = Sign(sign.marker, sign.colour, hollow=too_few)
        estimate = Estimate(row.estimate, row.ci, shown, (with_limits(row.estimate, row.ci),))
        note = ("primary" if is_primary else row.stance) + ("; too few events" if too_few else "")
        rows.append(
            EstimateRow(
                sentence(row.estimator), (estimate,), f"{row.measure}; {note}", sign.colour, is_primary
            )
        )
        data.append(
            {"estimator": row.estimator, "measure": row.measure, "stance": row.stance,
             "is_primary": is_primary, "ratio": row.estimate, "lower": row.ci[0], "upper": row.ci[1]}
        )  # fmt: skip
    panel = Panel(
        tuple(rows), ratio_axis([row.estimate for row in contrasts], [row.ci for row in contrasts]),
        "Ratio (log scale)", ("Ratio (95% CI)",), ("less common later", "more common later"),
    )  # fmt: skip
    keys = (
        (PRIMARY, _primary_words(primary)),
        (ELSE_CORRECTED, "corrected, not stratified"),
        (GROUPED, "conventional: not corrected for follow-up"),
    )
    words = "; ".join(f"{estimator(row)} {with_limits(row.estimate, row.ci)}" for row in contrasts)
    return with_keys(title, f"{title}. {words}.", panel, keys, data)


ERA_RATIOS = ReportFigure(
    "era_ratios",
    "eras",
    era_forest,
    made_of=("contrasts", "eras"),
    caption="Above 1, {second} is more common in the last era. Hollow and dotted: too few events.",
    when=lambda results: any(row.question == ERA and row.estimate is not None for row in results.contrasts),
    has_narrow=True,
)


def _set(results: Results) -> str:
    """The adjustment set in a word each."""
    model = the(results.cox, id=ADJUSTED)
    short = {"age at index": "age", "calendar year of index": "year"}
    words = [variable_words.partition(" (")[0] for variable_words in model.adjusted_for]
    return ", ".join(short.get(word, word) for word in words)


def _short(row: Contrast) -> str:
    """The estimator in as many words as fit beside the axis; the whole is in the table."""
    name = str(row.estimator).removeprefix("Cox, ").removesuffix(", not adjusted")
    if row.source.id == ADJUSTED:
        return "from its diagnosis on, adjusted"
    return "from its diagnosis on, not adjusted" if name == "the same" else name


def sir_forest(results: Results) -> Drawing:
    """Observed over expected, everybody and by stratum."""
    study = results.study
    rows = [row for row in results.sir if row.sir is not None]
    title = f"{study.second_short_label} observed over expected"

    def name(row: StandardisedIncidence) -> str:
        dimension = next(iter(row.stratum), "from")
        level = stratum_label(study, row.stratum)
        return level if dimension == "from" else f"{variable_label(study, dimension, table=1)}: {level}"

    def estimate(row: StandardisedIncidence) -> Estimate:
        cells = (str(row.observed), decimal(row.expected, 2), with_limits(row.sir, row.sir_ci))
        return Estimate(row.sir, row.sir_ci, Sign("o", BLUE) if row.stratum else Sign("D", ORANGE), cells)

    panel = Panel(
        tuple(EstimateRow(name(row), (estimate(row),), is_strong=not row.stratum) for row in rows),
        ratio_axis([row.sir for row in rows], [row.sir_ci for row in rows]),
        "Observed / expected (log scale)",
        ("O", "E", "SIR (95% CI)"),
        ("fewer than expected", "more than expected"),
    )
    words = "; ".join(f"{name(row)} {with_limits(row.sir, row.sir_ci)}" for row in rows)
    left_out = [name(row) for row in results.sir if row.sir is None]
    remark = f"Not drawn, without a ratio: {'; '.join(left_out)}." if left_out else ""
    if any(row.sir == 0 for row in rows):
        remark = f"Arrow to the left: no case, up to the exact upper confidence limit. {remark}".strip()
    data: list[Row] = [
        {"stratum": name(row), "observed": row.observed, "expected": row.expected, "sir": row.sir,
         "lower": row.sir_ci[0], "upper": row.sir_ci[1]} for row in rows
    ]  # fmt: skip
    return with_keys(title, f"{title}. {words}.", panel, (), data, remark)


STANDARDISED_INCIDENCE = ReportFigure(
    "standardised_incidence",
    "sir",
    sir_forest,
    made_of=("sir",),
    caption="O, observed; E, expected at the population's rates; SIR, their ratio with its exact confidence "
    "interval.",
    when=lambda results: any(row.sir is not None for row in results.sir),
    has_narrow=True,
)
