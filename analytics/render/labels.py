"""What variables and levels are called where people read them."""

from __future__ import annotations

from analytics.render.formats import sentence
from analytics.results.document import Results
from analytics.results.ids import Cox, CoxId
from analytics.warehouse.study import Study

VARIABLES = {
    "sex": "Sex",
    "race": "Race",
    "marital_status": "Marital status",
    "second_primary": "Second primary",
    "months_since_index": "Since index cancer",
    "attained_age": "Attained age",
}

LEVELS = {
    "with": "with second primary",
    "without": "without second primary",
    "65+": "65 and over",
    "00-49": "under 50",
    "80+": "80 and over",
    "all": "all",
}

SETTINGS = {"engine": "conventions"}
"""Settings that the warehouse and results.json call otherwise than a study file does."""


def setting_key(column: str) -> str:
    """What a study file calls a setting of the warehouse."""
    return SETTINGS.get(column, column)


def names_of(results: Results) -> dict[str, str | int]:
    """What titles, captions and folds of records are filled with."""
    study = results.study
    return {
        "index": study.index_label,
        "second": study.second_short_label,
        "n_published": len(results.published),
    }


def variable_label(study: Study, variable: str, *, table: int | None = None) -> str:
    """The variable in words; those that depend on the study name its cancers."""
    index, second = study.index_short_label, study.second_short_label
    if variable == "chemotherapy":
        return f"Chemotherapy for {index if table == 1 else second}"
    if variable == "age":
        return f"Age at {second}"
    if variable == "era":
        return f"Year of {index} diagnosis"
    if variable == "age_at_index_years":
        return f"Age at {index}, years"
    return VARIABLES.get(variable, variable.replace("_", " "))


def level_label(level: str | None) -> str:
    return LEVELS.get(level, level) if level else ""


def model_label(study: Study, id: CoxId) -> str:
    """A model in a few words."""
    second = study.second_short_label
    return {
        Cox.ALONE: f"{variable_label(study, id.variable or '')}, alone",
        Cox.LANDMARK: f"{second} known by month {id.landmark_months}",
        Cox.TOGETHER: "All together, conventional",
        Cox.EFRON: "All together, Efron ties",
        Cox.FIRTH: "All together, Firth's penalty",
        Cox.NAIVE: "Grouped by later second cancer, conventional",
        Cox.ADJUSTED: f"{second} from its diagnosis on, adjusted",
        Cox.UNADJUSTED: "The same, not adjusted",
    }[id.kind]


def stratum_label(study: Study, stratum: dict[str, str]) -> str:
    """What a row of observed over expected is about, without its dimension."""
    if not stratum:
        return f"From month {study.min_latency_months} on"
    dimension, level = next(iter(stratum.items()))
    return "From diagnosis on" if dimension == "from" else sentence(level_label(level))
