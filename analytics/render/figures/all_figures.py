"""Every figure of the report, in the order of the page. A new one is a file beside this and a line here."""

from __future__ import annotations

from analytics.render.figures import (
    curves,
    diagrams,
    eras,
    fair_eras,
    forests,
    parametric_survival,
    survival,
    tornado,
)
from analytics.render.figures.canvas import Figure, ReportFigure, draw
from analytics.render.withheld import withheld
from analytics.results.document import Results

FIGURES = (
    diagrams.FLOW,
    eras.INCIDENCE,
    forests.STANDARDISED_INCIDENCE,
    eras.LATENCY,
    fair_eras.FAIR_ERAS,
    forests.ERA_RATIOS,
    survival.CONVENTIONAL,
    survival.CORRECTED,
    survival.TIME_DEPENDENT,
    forests.CONTRASTS,
    survival.BY_ERA,
    survival.AFTER_SECOND,
    forests.FOREST,
    parametric_survival.PARAMETRIC_SURVIVAL,
    curves.CUMULATIVE_INCIDENCE,
    diagrams.SWIMMER,
    tornado.TORNADO,
)


def figures(results: Results) -> dict[str, Figure]:
    """Every figure that these results can fill, drawn, by id."""
    return {figure.id: draw(figure, results) for figure in figures_for(results)}


def figures_for(results: Results) -> list[ReportFigure]:
    """The figures that these results can fill, in order."""
    nothing_in = withheld(results)
    return [
        figure
        for figure in FIGURES
        if (figure.when(results) if figure.when else figure.section not in nothing_in)
    ]


def figures_of(section: str) -> list[ReportFigure]:
    """The figures that a section may show, in order."""
    return [figure for figure in FIGURES if figure.section == section]
