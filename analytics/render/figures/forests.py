"""Ratios with their limits on one logarithmic scale."""

from __future__ import annotations

from analytics.render.figures.axes import RatioAxis, ratio_axis
from analytics.render.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    SHADE,
    Drawing,
    ReportFigure,
    beside,
)
from analytics.render.formats import decimal, ratio, with_limits
from analytics.render.labels import level_label, stratum_label, variable_label
from analytics.render.lookup import the
from analytics.render.tables.hazards import has_too_few_events, same_term
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxTerm
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, AnswerId, Block, Cox, CoxId
from analytics.results.population import StandardisedIncidence

MARKS = {"Firth": ("D", BLUE), "alone": ("o", PURPLE), "together": ("s", ORANGE)}


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

    def paint(figure) -> None:
        axes = figure.add_axes((0.30, 0.12, 0.67, 0.78))
        for at, (variable, term, fits) in enumerate(rows):
            if at % 2 == 0:
                axes.axhspan(at - 0.5, at + 0.5, color=SHADE, linewidth=0, zorder=0)
            text = f"{level_label(term.level)} / {level_label(term.reference)}"
            beside(axes, at - 0.14, variable, fontweight="bold", fontsize=8)
            beside(axes, at + 0.2, text, color=MUTED, fontsize=7.5)
            for shift, (label, row) in zip((-0.25, 0.0, 0.25), fits.items(), strict=True):
                _whisker(axes, at + shift, row and row.hr, row and row.hr_ci, *MARKS[label],
                         axis=axis, hollow=has_too_few_events(row))  # fmt: skip
        _ratio_axis(axes, axis, "lower hazard  ←  hazard ratio (log scale)  →  higher hazard", len(rows))
        names = {
            "Firth": "together, Firth",
            "alone": "alone, conventional",
            "together": "together, conventional",
        }
        for x, (label, (mark, colour)) in zip((0.0, 0.27, 0.60), MARKS.items(), strict=True):
            axes.plot([x + 0.01], [1.045], marker=mark, color=colour, transform=axes.transAxes, clip_on=False)
            axes.text(x + 0.035, 1.045, names[label], transform=axes.transAxes, va="center", fontsize=8)

    words = "; ".join(
        f"{variable}, {level_label(term.level)}: "
        + ", ".join(
            f"{label} {_said(row)}{' (too few events)' if has_too_few_events(row) else ''}"
            for label, row in fits.items()
        )
        for variable, term, fits in rows
    )
    return Drawing(title, f"{title}. {words}.", (6.4, 0.62 * len(rows) + 1.1), paint)


FOREST = ReportFigure(
    "forest",
    "after",
    forest,
    made_of=("cox",),
    caption="Arrow heads leave the axis. Hollow and dotted: too few deaths, shown "
    "because it is usual. Firth's estimates draw unlikely extremes inwards.",
    when=lambda results: any(model.id.kind is Cox.ALONE and model.terms for model in results.cox),
    has_raster=True,
)


def contrast_forest(results: Results) -> Drawing:
    """The hazard ratio of a second primary under each way of asking."""
    rows = [
        r
        for r in results.contrasts
        if r.measure == "hazard ratio" and isinstance(r.source.id, CoxId) and r.source.id.is_after_index
    ]
    second = results.study.second_short_label
    title = f"Hazard of death with {second} against without, by method"
    null = results.null_bands.immortal_time and results.null_bands.immortal_time.hazard_ratio
    if rows and null:
        rows.insert(
            1,
            Contrast(
                question=rows[0].question,
                estimator=f"The same if {second} did nothing",
                stance="null",
                measure="hazard ratio",
                estimate=null.p50,
                ci=(null.p10, null.p90),
                p_value=None,
                source=AnswerId(Block.NULL_BANDS),
            ),
        )
    axis = ratio_axis([row.estimate for row in rows], [row.ci for row in rows])
    looks = {"conventional": ("s", ORANGE), "corrected": ("o", BLUE), "null": ("d", MUTED)}

    def paint(figure) -> None:
        axes = figure.add_axes((0.43, 0.17, 0.34, 0.74))
        for at, row in enumerate(rows):
            below = {"conventional": ("conventional", ORANGE)}.get(row.stance)
            if row.source.id == ADJUSTED:
                below = (_set(results), BLUE)
            if row.verdict == "too_few_events":
                below = ("too few events", MUTED)
            if row.source.id == NAIVE or row.stance == "null":
                axes.axhspan(at - 0.5, at + 0.5, color=SHADE, linewidth=0, zorder=0)
            name = _short(row)
            beside(axes, at - (0.13 if below else 0), name[:1].upper() + name[1:], fontsize=8)
            if below:
                beside(axes, at + 0.22, below[0], fontsize=7.5, color=below[1])
            _whisker(axes, at, row.estimate, row.ci, *looks[row.stance], axis=axis,
                     hollow=row.verdict == "too_few_events")  # fmt: skip
            beside(axes, at, with_limits(row.estimate, row.ci), side="right", fontsize=8)
        _ratio_axis(axes, axis, "lower hazard  ←  hazard ratio (log scale)  →  higher hazard", len(rows))

    words = "; ".join(f"{row.estimator} {with_limits(row.estimate, row.ci)}" for row in rows)
    return Drawing(title, f"{title}. {words}.", (6.4, 0.36 * len(rows) + 0.9), paint)


CONTRASTS = ReportFigure(
    "contrasts",
    "survival",
    contrast_forest,
    made_of=("contrasts", "null_bands", "cox"),
    caption="The hazard ratio of {second} under each method; below 1 reads as living longer. "
    "Orange: conventional. Blue: corrected. Grey: the 10th to 90th percentile of simulations in this cohort "
    "in which {second} has no effect.",
    when=lambda results: any(
        isinstance(row.source.id, CoxId) and row.source.id.is_after_index and row.state == "value"
        for row in results.contrasts
    ),
    has_raster=True,
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
    axis = ratio_axis([row.sir for row in rows], [row.sir_ci for row in rows])
    title = f"{study.second_short_label} observed over expected"

    def name(row: StandardisedIncidence) -> str:
        dimension = next(iter(row.stratum), "from")
        level = stratum_label(study, row.stratum)
        return level if dimension == "from" else f"{variable_label(study, dimension, table=1)}: {level}"

    def cells(row: StandardisedIncidence) -> tuple[str, str, str]:
        return str(row.observed), decimal(row.expected, 2), with_limits(row.sir, row.sir_ci)

    def paint(figure) -> None:
        height = figure.get_size_inches()[1]
        axes = figure.add_axes((0.335, 0.45 / height, 0.33, (height - 0.85) / height))
        for at, row in enumerate(rows):
            whole = not row.stratum
            beside(axes, at, name(row), fontsize=8, fontweight="bold" if whole else "normal")
            _whisker(
                axes,
                at,
                row.sir,
                row.sir_ci,
                "D" if whole else "o",
                ORANGE if whole else BLUE,
                axis=axis,
            )
            for right, text in zip(COLUMN_ENDS, cells(row), strict=True):
                _in_column(axes, at, text, right)
        for right, text in zip(COLUMN_ENDS, ("O", "E", "SIR (95% CI)"), strict=True):
            _in_column(axes, -1, text, right, fontweight="bold")
        _ratio_axis(axes, axis, "fewer than expected  ←  O / E (log scale)  →  more than expected", len(rows))

    words = "; ".join(f"{name(row)} {with_limits(row.sir, row.sir_ci)}" for row in rows)
    left_out = [name(row) for row in results.sir if row.sir is None]
    remark = f"Not drawn, without a ratio: {'; '.join(left_out)}." if left_out else ""
    if any(row.sir == 0 for row in rows):
        remark = f"Arrow to the left: no case, up to the exact upper confidence limit. {remark}".strip()
    return Drawing(title, f"{title}. {words}.", (6.4, 0.27 * len(rows) + 1.1), paint, remark)


COLUMN_ENDS = (22, 58, 144)
"""Points from the axes to where a column of numbers ends."""


def _in_column(axes, y: float, text: str, right: float, **look) -> None:
    axes.annotate(text, (1, y), xycoords=axes.get_yaxis_transform(), xytext=(right, 0),
                  textcoords="offset points", ha="right", va="center", fontsize=7.5,
                  annotation_clip=False, **look)  # fmt: skip


STANDARDISED_INCIDENCE = ReportFigure(
    "standardised_incidence",
    "sir",
    sir_forest,
    made_of=("sir",),
    caption="O, observed; E, expected at the population's rates; SIR, their ratio with its exact confidence "
    "interval.",
    when=lambda results: any(row.sir is not None for row in results.sir),
    has_raster=True,
)


def _whisker(
    axes,
    y: float,
    value,
    limits,
    mark: str,
    colour: str,
    *,
    axis: RatioAxis,
    hollow: bool = False,
) -> None:
    """An estimate with limits; a limit outside the axis ends in an arrow head, as one of no event does.

    hollow  the estimate is printed though it rests on too few events
    """
    if value is None:
        return
    span = (axis.low, axis.high)
    low, high = (span[0] if limits[0] is None else limits[0], span[1] if limits[1] is None else limits[1])
    line = (0, (1.5, 1.5)) if hollow else "-"
    axes.plot([max(low, span[0]), min(high, span[1])], [y, y], color=colour, linewidth=1.4, linestyle=line,
              zorder=2)  # fmt: skip
    for limit, edge, head in ((low, span[0], "<"), (high, span[1], ">")):
        if (limit <= edge) if head == "<" else (limit >= edge):
            axes.plot([edge], [y], marker=head, color=colour, markersize=4, clip_on=False, zorder=2)
    if span[0] < value < span[1]:
        axes.plot([value], [y], marker=mark, color=PAPER if hollow else colour, markersize=5.5,
                  markeredgecolor=colour if hollow else PAPER, markeredgewidth=1.2 if hollow else 0.6,
                  zorder=3)  # fmt: skip


def _ratio_axis(axes, axis: RatioAxis, label: str, rows: int) -> None:
    axes.set_xscale("log")
    axes.set_xlim(axis.low, axis.high)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.axvline(1, color=INK, linewidth=0.8, zorder=1)
    axes.set_xticks(axis.ticks, [f"{tick:g}" for tick in axis.ticks])
    axes.minorticks_off()
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)


def _said(term: CoxTerm | None) -> str:
    return with_limits(term.hr, term.hr_ci, ratio) if term else "not estimable"
