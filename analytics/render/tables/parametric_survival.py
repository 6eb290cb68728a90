"""The table of survival models, and the sentence on where they miss Kaplan-Meier most."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from analytics.questions.parametric_survival import (
    KEY,
    LIFETIME,
    LOG_NORMAL,
    SHOWN_AT,
    WEIBULL,
    SmoothSurvival,
    models_in,
)
from analytics.render.cells import fill, follow, of
from analytics.render.formats import (
    NOTHING,
    STATES,
    between,
    count,
    counted,
    decimal,
    months,
    sentence,
    with_limits,
)
from analytics.render.labels import SURVIVAL_TITLES
from analytics.render.lookup import first
from analytics.render.reasons import reasons
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.results.ids import SurvivalId
from analytics.warehouse.study import Study

NUMBERS_OF_A_FIT = (
    (WEIBULL, "AIC", "aic", 1),
    (LOG_NORMAL, "AIC", "aic", 1),
    (WEIBULL, "shape", "parameters.shape", 2),
    (WEIBULL, "scale, months", "parameters.scale", 2),
    (LOG_NORMAL, "mean of log months", "parameters.meanlog", 2),
    (LOG_NORMAL, "SD of log months", "parameters.sdlog", 2),
)
"""Of which model, in words, where it stands in the fit, and with how many decimals."""


def parametric_survival(results: Results) -> Table:
    """A column for each group: both models, and what the better one says beside Kaplan-Meier."""
    models = models_in(results)
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()

    def add(name: str, cell: Callable[[SmoothSurvival], str]) -> None:
        rows.append((name, *map(cell, models)))

    def head(name: str) -> None:
        groups.add(len(rows))
        add(name, lambda row: "")

    head("Group")
    add("People", lambda row: of(count(row.n), row, "n"))
    add("Deaths", lambda row: of(count(row.deaths), row, "deaths"))
    add("Longest follow-up, months", lambda row: of(months(row.followed_months), row, "followed_months"))
    add("Model of the lower AIC", lambda row: row.model or STATES[row.state])
    head("Median, months")
    add("By the model (95% CI)", _median)
    add("Kaplan-Meier", lambda row: of(months(row.kaplan_meier_median), row, "kaplan_meier_median"))
    for at in SHOWN_AT:
        head(f"After {counted(at // 12, 'year')}")
        add("Hazard by the model, deaths per 100 person-years", partial(_hazard, at=at))
        add("Alive by the model, %", partial(_share, path=f"survival_at.{at}"))
        add("Alive, Kaplan-Meier, %", partial(_share, path=f"kaplan_meier_at.{at}"))
    head("Furthest outside Kaplan-Meier's 95% CI")
    add("Month", _misfit_month)
    add("Alive by the model there, %", partial(_share, path="misfit.modelled"))
    add("Alive there, Kaplan-Meier, % (95% CI)", _misfit_seen)
    head("Both models")
    for model, words, path, digits in NUMBERS_OF_A_FIT:
        add(f"{sentence(model)}, {words}", partial(_of_fit, model=model, path=path, digits=digits))
    return Table(
        title="Parametric survival models beside Kaplan-Meier",
        columns=("Measure", *(group_label(row, results.study) for row in models)),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset(range(1, 1 + len(models))),
        footnotes=(
            "A fitted curve adds what Kaplan-Meier steps lack: a hazard at any month, and a median where "
            "follow-up is too short to reach it. Both hold only if the model's shape does; after the longest "
            "follow-up, where they are called extrapolated, no data can check it.",
            "Conventional cohort. Weibull and log-normal models by maximum likelihood, fitted by lifelines "
            "alone: no second program fits them in this report. Medians, hazards and shares alive are those "
            "of the model of the lower AIC, which may still fit badly. The interval of the median is on the "
            "log scale and assumes that the model's shape is right. Hazards have no interval, and none "
            "stands here after the longest follow-up.",
            "Times are completed months, half a month short on average, for the models as for Kaplan-Meier; "
            "zero counts as half a month, which alone can make a model miss the first months. After 1, 5 and "
            "10 years the model is read half a month later, in the middle of Kaplan-Meier's step.",
            "Kaplan-Meier's confidence interval is pointwise: at a few of many months a good model lies "
            "outside by chance. With many people it is narrow, and a small difference lies outside.",
            "Groups by later second cancer are not modelled: whoever is in the one with it had to live until "
            "then.",
            *reasons(models, lambda row: group_label(row, results.study)),
        ),
    )


PARAMETRIC_SURVIVAL = ReportTable(KEY, "smooth", parametric_survival, made_of=(KEY,), fold="The models")


def group_label(row: SmoothSurvival, study: Study) -> str:
    """From MM, everybody; from MM, 1975-2002; from sALL."""
    names = {"index": study.index_short_label, "second": study.second_short_label}
    if row.id is SurvivalId.BY_ERA:
        return f"From {names['index']}, {row.level}"
    return SURVIVAL_TITLES[row.id].format(**names)


def _group_in_a_sentence(row: SmoothSurvival, study: Study) -> str:
    """Everybody from MM; 1975-2002 from MM; everybody from sALL."""
    origin = study.second_short_label if row.id is SurvivalId.FROM_SECOND else study.index_short_label
    return f"{row.level if row.id is SurvivalId.BY_ERA else 'everybody'} from {origin}"


def describe_fit(results: Results) -> tuple[str, ...]:
    """Which model lies furthest outside Kaplan-Meier's confidence interval; nothing without a model."""
    models = [row for row in models_in(results) if row.model]
    if not models:
        return ()
    outside = [(row.misfit, row) for row in models if row.misfit]
    if not outside:
        return ("No model leaves Kaplan-Meier's 95% CI.",)
    misfit, row = max(outside, key=lambda each: each[0].outside)
    model = f"The {row.model} model of {_group_in_a_sentence(row, results.study)}"
    pattern = f"{model} misses Kaplan-Meier most at month {{}}: {{}}% alive, {{}}% ({{}}) seen."
    shares = _share(row, "misfit.modelled"), _share(row, "misfit.kaplan_meier")
    limits = of(between(misfit.kaplan_meier_ci, _percent), row, "misfit.kaplan_meier_ci")
    return (fill(pattern, _misfit_month(row), *shares, limits),)


def _of_fit(row: SmoothSurvival, model: str, path: str, digits: int) -> str:
    """A number of one of the models, whichever is the better; that a model did not converge."""
    fit = first(row.fits, model=model)
    if fit is None:
        return STATES["not_estimable"] if row.model else NOTHING
    value = fit.aic if path == "aic" else fit.parameters[path.partition(".")[2]]
    return of(decimal(value, digits), fit, path)


def _median(row: SmoothSurvival) -> str:
    if row.model and row.median is None:
        return f"after {count(LIFETIME)}, extrapolated"
    text = of(with_limits(row.median, row.median_ci, decimal), row, "median", "median_ci")
    return fill("{}, extrapolated", text) if row.median_is_extrapolated else text


def _misfit_month(row: SmoothSurvival) -> str:
    if row.misfit is None:
        return "none" if row.model else NOTHING
    return of(decimal(row.misfit.month, 2).removesuffix("0"), row, "misfit.month")


def _misfit_seen(row: SmoothSurvival) -> str:
    if row.misfit is None:
        return NOTHING
    text = with_limits(row.misfit.kaplan_meier, row.misfit.kaplan_meier_ci, _percent)
    return of(text, row, "misfit.kaplan_meier", "misfit.kaplan_meier_ci")


def _percent(share: float | None) -> str:
    return NOTHING if share is None else decimal(100 * share)


def _hazard(row: SmoothSurvival, at: int) -> str:
    """None past the follow-up: a hazard shows less than a share alive does that nobody was there."""
    if row.hazard_per_100_person_years is None or _is_beyond(row, at):
        return NOTHING
    value = row.hazard_per_100_person_years[str(at)]
    return of(decimal(value), row, f"hazard_per_100_person_years.{at}")


def _share(row: SmoothSurvival, path: str) -> str:
    """A share alive in per cent; of the model's, whether it is past the follow-up."""
    value = follow(row, path)
    if value is None:
        return NOTHING
    text = of(_percent(value), row, path)
    field, _, at = path.partition(".")
    is_extrapolated = field == "survival_at" and _is_beyond(row, int(at))
    return fill("{}, extrapolated", text) if is_extrapolated else text


def _is_beyond(row: SmoothSurvival, at: int) -> bool:
    return at > (row.followed_months or 0)
