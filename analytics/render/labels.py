"""What variables and levels are called where people read them."""

from __future__ import annotations

from analytics.render.formats import sentence
from analytics.results.document import Results
from analytics.results.ids import CompetingId, Cox, CoxId, SurvivalId
from analytics.warehouse.study import Study

VARIABLES = {
    "sex": "Sex",
    "race": "Race",
    "marital_status": "Marital status",
    "second_primary": "Second primary",
    "months_since_index": "Since index cancer",
    "attained_age": "Attained age",
    "from": "Counted from",
    "latency_months": "Latency, months",
}

TESTS = {
    "pearson_chi2": "Pearson's chi-squared",
    "fisher_exact": "Fisher's exact test",
    "student_t": "Student's t",
    "welch_t": "Welch's t",
    "mann_whitney": "Mann-Whitney",
    "logrank": "log-rank",
    "mantel_byar": "Mantel-Byar",
}

LEVELS = {
    "with": "with second primary",
    "without": "without second primary",
    "65+": "65 and over",
    "00-49": "under 50",
    "80+": "80 and over",
    "all": "all",
}

DEFINITIONS = {
    "primary": "lymphoid leukaemia codes of the study (selected by default)",
    "site_recode_35011": "the registry's site recode 35011",
    "broad": "broad: lymphoblastic lymphoma codes as well",
}

SURVIVAL_TITLES = {
    SurvivalId.FROM_INDEX: "From {index}, everybody",
    SurvivalId.BY_SECOND: "From {index}, by later {second} (conventional)",
    SurvivalId.BY_ERA: "From {index}, by era",
    SurvivalId.AT_LANDMARKS: "From a landmark, by {second} known at it",
    SurvivalId.FROM_EXPOSURE: "From {index}, {second} counted from its diagnosis on",
    SurvivalId.FROM_SECOND: "From {second}",
}

COMPETING_TITLES = {
    CompetingId.EVERYBODY: "Everybody",
    CompetingId.BY_ERA: "By year of {index} diagnosis",
    CompetingId.BY_CHEMOTHERAPY: "By chemotherapy for {index}",
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
    if variable == "age_at_second_years":
        return f"Age at {second}, years"
    return VARIABLES.get(variable, variable.replace("_", " "))


def level_label(level: str | None) -> str:
    return LEVELS.get(level, level) if level else ""


def group_label(study: Study, level: str) -> str:
    """A group in words: with or without the second cancer it names it, and at a landmark its month."""
    known, by, month = level.partition(" by ")
    if known in ("with", "without"):
        return f"{known} {study.second_short_label}{by}{month}"
    return level_label(level)


def test_label(test: str) -> str:
    """A test in words; one at a landmark keeps its month."""
    name, at, month = test.partition(" at ")
    return f"{TESTS.get(name, name.replace('_', ' '))}{at}{month}"


def definition_label(study: Study, definition: str) -> str:
    """What counts as the second cancer, in words where the study is the one that they are of."""
    is_lymphoid = any(codes.definition == "site_recode_35011" for codes in study.cancers)
    names = DEFINITIONS if is_lymphoid else {"primary": "codes of the study (selected by default)"}
    return sentence(names.get(definition, definition.replace("_", " ")))


def analysis_label(study: Study, id: str) -> str:
    """An analysis of curves in a few words, where no heading says what its curves are of."""
    names = {"index": study.index_short_label, "second": study.second_short_label}
    if id in set(SurvivalId):
        title = SURVIVAL_TITLES[SurvivalId(id)].format(**names)
        return f"Survival {title[0].lower()}{title[1:]}"
    title = COMPETING_TITLES[CompetingId(id)].format(**names)
    return f"Cumulative incidence of {study.second_short_label}, {title[0].lower()}{title[1:]}"


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
