"""What goes with living longer after the second primary? (Table 2)

Conventional: Cox regression with Breslow ties, each variable alone and all together, joint Wald P for
factors of several levels. Chemotherapy and age are those at the second cancer; era is the index cancer's.
Beside it, because a handful of deaths is too few for many coefficients: events per coefficient, a check of
separation, Efron ties, and Firth's penalised likelihood with profile intervals (Heinze & Schemper 2001).
"""

from __future__ import annotations

import polars as pl

from analytics.questions.analysis import (
    FOLLOW_UP,
    SECOND_CANCER,
    Analysis,
    Origin,
    nobody_died,
    nobody_had_second,
)
from analytics.questions.cox_rows import Covariate, fit
from analytics.questions.rows import CASES, DEATHS, FOLLOWED_AFTER_SECOND
from analytics.questions.survival_strata import describe, ticks_to
from analytics.results.cox import CoxAnalysis
from analytics.results.ids import EFRON, FIRTH, TOGETHER, SurvivalId, alone
from analytics.results.survival import SurvivalAnalysis
from analytics.warehouse.study import Study

COLUMNS = {
    "sex": "sex",
    "race": "race",
    "age": "age_group_at_second",
    "era": "era",
    "chemotherapy": "chemotherapy_second",
}
"""Each variable of Table 2 with its mart column."""

TOGETHER_MODELS = (TOGETHER, EFRON, FIRTH)

ANALYSIS = Analysis(
    section="after",
    title="Factors associated with survival after {second}",
    question="Which patients live longer after {second}?",
    keys=("cox", "shrunken"),
    needs=(*SECOND_CANCER, *FOLLOW_UP),
    why_empty=lambda results: (
        nobody_had_second(results)
        or nobody_died(results, SurvivalId.FROM_SECOND, results.study.second_short_label)
    ),
    origins=(
        ("Survival and models", "marts.second_primaries",
         "select * from marts.second_primaries where is_followed_after_second"),
    ),
    numbers=(
        Origin(f"survival[id={SurvivalId.FROM_SECOND}].strata[level=all].n_dropped", CASES, CASES,
               f"not {FOLLOWED_AFTER_SECOND}", {"": ""}),
        Origin(f"survival[id={SurvivalId.FROM_SECOND}].strata[level=all]", CASES, CASES,
               FOLLOWED_AFTER_SECOND, DEATHS),
        Origin(f"survival[id={SurvivalId.FROM_SECOND}]", CASES, CASES, FOLLOWED_AFTER_SECOND),
        *(
            Origin(f"cox[id={model}].card.groups[variable={variable},level={{group}}]", CASES, CASES,
                   f"{FOLLOWED_AFTER_SECOND} and {{complete}} and {column} = {{group}}", DEATHS)
            for model in (*(alone(variable) for variable in COLUMNS), *TOGETHER_MODELS)
            for variable, column in COLUMNS.items()
        ),
        *(
            origin
            for variable, column in COLUMNS.items()
            for origin in (
                Origin(f"cox[id={alone(variable)}].n_dropped", CASES, CASES,
                       f"{FOLLOWED_AFTER_SECOND} and {column} is null", {"": ""}),
                Origin(f"cox[id={alone(variable)}]", CASES, CASES,
                       f"{FOLLOWED_AFTER_SECOND} and {column} is not null", DEATHS),
            )
        ),
        *(
            origin
            for model in TOGETHER_MODELS
            for origin in (
                Origin(f"cox[id={model}].n_dropped", CASES, CASES,
                       f"{FOLLOWED_AFTER_SECOND} and not ({{complete}})", {"": ""}),
                Origin(f"cox[id={model}]", CASES, CASES, f"{FOLLOWED_AFTER_SECOND} and {{complete}}", DEATHS),
            )
        ),
    ),
)  # fmt: skip

OUTCOME = "death from second primary"


def factors(study: Study) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Each variable of Table 2: mart column, levels in order, reference level."""
    eras = tuple(era.era for era in study.eras)
    return {
        "sex": (COLUMNS["sex"], ("Male",), "Female"),
        "race": (COLUMNS["race"], ("White", "Black"), "Other"),
        "age": (COLUMNS["age"], ("18-64",), "65+"),
        "era": (COLUMNS["era"], eras[:-1], eras[-1]),
        "chemotherapy": (COLUMNS["chemotherapy"], ("No/Unknown",), "Yes"),
    }


def survival_after_second(second_primaries: pl.DataFrame, study: Study) -> SurvivalAnalysis:
    """Everybody's survival from the day of the second primary."""
    known = _known(second_primaries)
    months, died = known["months_after_second"].to_numpy(), known["died"].to_numpy()
    stratum = describe(
        "all", months, died,
        ticks=ticks_to(float(months.max()) if len(months) else 0, step=24),
        tau=float(months.max()) if len(months) else None,
        flat=study.median_of_flat_stretch,
        n_dropped=second_primaries.height - known.height,
    )  # fmt: skip
    return SurvivalAnalysis(SurvivalId.FROM_SECOND, "second", (stratum,) if stratum else (), ())


def models_after_second(second_primaries: pl.DataFrame, study: Study) -> tuple[CoxAnalysis, ...]:
    """Univariate models, the multivariable one, and the latter again with Efron ties and Firth's penalty."""
    known = _known(second_primaries)
    clock = (OUTCOME, known["months_after_second"], known["died"])
    columns = {variable: _columns(known, variable, *of) for variable, of in factors(study).items()}
    everything = {covariate: values for each in columns.values() for covariate, values in each.items()}
    if not everything:
        return ()
    each_alone = [
        fit(alone(variable), *clock, each, ties=study.ties) for variable, each in columns.items() if each
    ]
    return (
        *each_alone,
        fit(TOGETHER, *clock, everything, ties=study.ties),
        fit(EFRON, *clock, everything, ties="efron"),
        fit(FIRTH, *clock, everything, ties="breslow", penalty="firth"),
    )


def _known(second_primaries: pl.DataFrame) -> pl.DataFrame:
    return second_primaries.filter("is_followed_after_second")


def _columns(
    people: pl.DataFrame, variable: str, column: str, levels: tuple[str, ...], reference: str
) -> dict[Covariate, pl.Series]:
    """A 0/1 column for each level somebody has; none where only one level is seen.

    Where nobody has the reference level, the last level seen takes its place.
    """
    seen = [level for level in (*levels, reference) if (people[column] == level).any()]
    return {Covariate(variable, level, seen[-1]): (people[column] == level) for level in seen[:-1]}
