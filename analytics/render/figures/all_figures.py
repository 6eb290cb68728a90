"""The figures of a report, in order."""

from __future__ import annotations

from analytics.render.figures import curves, diagrams, forests
from analytics.render.figures import eras as era_figures
from analytics.render.figures.canvas import Figure
from analytics.render.figures.eras_on_equal_terms import fair_era_figure
from analytics.render.withheld import withheld
from analytics.results.document import Results
from analytics.results.ids import Cox, CoxId, SurvivalId


def figures(results: Results) -> dict[str, Figure]:
    """Every figure that these results can fill, by id."""
    study, synthetic = results.study, results.data.is_synthetic
    index, second = study.index_short_label, study.second_short_label
    survival = {analysis.id: analysis for analysis in results.survival if analysis.strata}
    nothing_in = withheld(results)
    drawn = [diagrams.flow(results, synthetic=synthetic)]
    if results.cohort.n_second:
        drawn += [
            era_figures.incidence_figure(results, synthetic=synthetic),
            era_figures.latency_figure(results, synthetic=synthetic),
        ]
        if results.fair_eras.horizons:
            drawn.append(fair_era_figure(results, synthetic=synthetic))
    groups = {"without": f"without {second}", "with": f"with {second}"}
    published = study.median_interval
    from_index = f"Months since {study.index_label}"
    for id, name, title, names, looks, limits in (
        (SurvivalId.BY_SECOND, "survival_as_published",
         f"Survival by {second} later in life", groups, curves.LOOKS, published),
        (SurvivalId.FROM_EXPOSURE, "survival_corrected",
         f"Survival, {second} counted from its diagnosis on",
         {"without": f"before or without {second}", "with": f"after {second}"}, curves.LOOKS, "loglog"),
        (SurvivalId.BY_ERA, "survival_by_era", f"Survival from {index} by era",
         {row.era: row.era for row in results.eras}, curves.ERA_LOOKS, published),
    ):  # fmt: skip
        if id in survival and (looks is curves.ERA_LOOKS or len(survival[id].strata) > 1):
            drawn.append(
                curves.survival_figure(name, title, survival[id], names, x_label=from_index,
                                       synthetic=synthetic, looks=looks, limits=limits)
            )  # fmt: skip
    if SurvivalId.FROM_SECOND in survival:
        drawn.append(
            curves.survival_figure(
                "survival_after_second", f"Survival after {second}", survival[SurvivalId.FROM_SECOND],
                {"all": f"all with {second}"}, x_label=f"Months since {study.second_label}",
                synthetic=synthetic, looks=curves.LOOKS[1:], last=144, tick=24,
            )
        )  # fmt: skip
    if any(
        isinstance(row.source.id, CoxId) and row.source.id.is_after_index and row.state == "value"
        for row in results.contrasts
    ):
        drawn.append(forests.contrast_forest(results, synthetic=synthetic))
    if any(model.id.kind is Cox.ALONE and model.terms for model in results.cox):
        drawn.append(forests.forest(results, synthetic=synthetic))
    if "competing" not in nothing_in:
        drawn.append(
            curves.incidence_figure("cumulative_incidence", f"Cumulative incidence of {second}",
                                    results.competing[0], x_label=from_index, synthetic=synthetic)
        )  # fmt: skip
    if any(row.sir for row in results.sir):
        drawn.append(forests.sir_forest(results, synthetic=synthetic))
    if results.institution.cases:
        drawn.append(diagrams.swimmer(results, synthetic=synthetic))
    return {figure.id: figure for figure in drawn}
