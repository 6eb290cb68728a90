"""Which survival curves the report draws: conventional, corrected, by era, and after the second primary."""

from __future__ import annotations

from analytics.questions.clock_reset import ClockReset, reset_clock
from analytics.render.figures.canvas import Drawing, ReportFigure
from analytics.render.figures.curves import ERA_LOOKS, LOOKS, survival_figure
from analytics.render.lookup import first, the
from analytics.results.document import Results
from analytics.results.ids import SurvivalId


def has_groups(results: Results, id: SurvivalId, at_least: int) -> bool:
    analysis = first(results.survival, id=id)
    return analysis is not None and len(analysis.strata) >= at_least


def conventional(results: Results) -> Drawing:
    """Grouped from the index cancer on by later second cancer."""
    study = results.study
    second = study.second_short_label
    return survival_figure(
        f"Survival by later {second}",
        the(results.survival, id=SurvivalId.BY_SECOND),
        {"without": f"without {second}", "with": f"with {second}"},
        x_label=f"Months since {study.index_label}",
    )


CONVENTIONAL = ReportFigure(
    "survival_conventional",
    "survival",
    conventional,
    made_of=("survival",),
    caption="Patients on the orange curve had to live until their second cancer: its flat beginning reflects "
    "selection, not survival.",
    when=lambda results: has_groups(results, SurvivalId.BY_SECOND, 2),
    stance="conventional",
)


def reset_of(results: Results) -> ClockReset | None:
    """Survival after the second primary beside that without it; None where either group is empty."""
    return reset_clock(results.survival, results.incidence_overall.latency.median)


def words_of_reset(results: Results, reset: ClockReset) -> tuple[dict[str, str], str]:
    """What its groups and its axis are called."""
    second, begins = results.study.second_short_label, reset.without.landmark_months
    names = {
        reset.without.level: f"without {second}, from month {begins}",
        reset.after_second.level: f"with {second}, from its diagnosis",
    }
    return names, "Months from then on"


def corrected(results: Results) -> Drawing:
    """From the second primary on, beside people without it from the nearest landmark on."""
    reset = reset_of(results)
    assert reset is not None, "the figure's condition holds"
    names, x_label = words_of_reset(results, reset)
    title = f"Survival from {results.study.second_short_label} on"
    return survival_figure(title, reset.analysis, names, x_label=x_label)


CORRECTED = ReportFigure(
    "survival_corrected",
    "survival",
    corrected,
    made_of=("incidence_overall", "survival"),
    caption="Both clocks start anew: with {second} at its diagnosis, without it at the landmark nearest to "
    "its median latency. People without it are all who are alive then. Those with {second} are the "
    "conventional cohort's. Not adjusted for age; there is no test.",
    when=lambda results: reset_of(results) is not None,
    stance="corrected",
)


def time_dependent(results: Results) -> Drawing:
    """Simon and Makuch's curves, to which people come on the day of their second primary."""
    study = results.study
    second = study.second_short_label
    return survival_figure(
        f"Survival from {study.index_short_label}, {second} as time-dependent exposure",
        the(results.survival, id=SurvivalId.FROM_EXPOSURE),
        {"without": f"before or without {second}", "with": f"after {second}"},
        x_label=f"Months since {study.index_label}",
        has_medians=False,
    )


TIME_DEPENDENT = ReportFigure(
    "survival_time_dependent",
    "survival",
    time_dependent,
    made_of=("survival",),
    caption="People move to the orange curve on the day of {second}. Nobody lives along such a curve, and it "
    "has no median. Both begin in the first month with enough people on the orange one, with those alive "
    "then; the number at risk can rise. Simon-Makuch curves, not adjusted for age.",
    when=lambda results: has_groups(results, SurvivalId.FROM_EXPOSURE, 2),
    stance="corrected",
)


def by_era(results: Results) -> Drawing:
    """Everybody, by the era of the index cancer."""
    study = results.study
    return survival_figure(
        f"Survival from {study.index_short_label} by era",
        the(results.survival, id=SurvivalId.BY_ERA),
        {row.era: row.era for row in results.eras},
        x_label=f"Months since {study.index_label}",
        looks=ERA_LOOKS,
    )


BY_ERA = ReportFigure(
    "survival_by_era",
    "survival",
    by_era,
    made_of=("eras", "survival"),
    caption="Everybody, by year of diagnosis. Log-log bands.",
    when=lambda results: has_groups(results, SurvivalId.BY_ERA, 1),
    stance="conventional",
)


def after_second(results: Results) -> Drawing:
    """The conventional cohort's people with a second primary, from its diagnosis on."""
    study = results.study
    second = study.second_short_label
    return survival_figure(
        f"Survival after {second}",
        the(results.survival, id=SurvivalId.FROM_SECOND),
        {"all": f"with {second}, conventional cohort"},
        x_label=f"Months since {study.second_label}",
        looks=LOOKS[1:],
    )


AFTER_SECOND = ReportFigure(
    "survival_after_second",
    "after",
    after_second,
    made_of=("survival",),
    caption="The conventional cohort, from the diagnosis of {second}. Log-log band.",
    when=lambda results: has_groups(results, SurvivalId.FROM_SECOND, 1),
    stance="conventional",
)
