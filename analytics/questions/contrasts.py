"""What does each published contrast become under the estimators that fit the question?

One row an estimator, marked "published" or "corrected". The paper's own comes first where its number means
something, and last where its deaths cannot carry it. Nothing is estimated here; the rows point at the
analyses where their numbers stand.
"""

from __future__ import annotations

from analytics.results import (
    CompetingAnalysis,
    Contrast,
    CoxAnalysis,
    EraIncidence,
    Ratio,
    StandardisedIncidence,
    SurvivalAnalysis,
)
from analytics.results_guardrails import ShrunkenRatio

PUBLISHED, CORRECTED = "published", "corrected"
SURVIVAL = "Do people with the second primary live longer after the index cancer?"
FREQUENCY = "How common is the second primary?"
ERA = "Is the second primary more common in the last era than in the first?"
TREATMENT = "Does no/unknown chemotherapy go with a higher hazard of death after the second primary?"


def contrasts(
    survival: tuple[SurvivalAnalysis, ...],
    cox: tuple[CoxAnalysis, ...],
    overall: EraIncidence,
    ratios: tuple[Ratio, ...],
    sir: tuple[StandardisedIncidence, ...],
    competing: tuple[CompetingAnalysis, ...],
    shrunken: tuple[ShrunkenRatio, ...],
) -> tuple[Contrast, ...]:
    """Every contrast in turn."""
    return (
        *_survival(survival, cox),
        *_frequency(overall, sir),
        *_era(ratios, competing),
        *_treatment(cox, shrunken),
    )


def _survival(survival, cox) -> list[Contrast]:
    naive, exposed = "os_from_index_by_second", "os_from_index_by_second_time_dependent"
    medians = {
        naive: ("Kaplan-Meier from the index cancer, {} second primary", PUBLISHED, "spss"),
        exposed: ("Simon-Makuch, {} second primary from its diagnosis on", CORRECTED, "loglog"),
    }
    rows = []
    for analysis in survival:
        words, stance, limits = medians.get(analysis.id, ("", "", ""))
        for stratum in analysis.strata if words else ():
            rows.append(
                Contrast(SURVIVAL, words.format(stratum.level), stance, "median months", stratum.median,
                         stratum.median_ci.get(limits, (None, None)),
                         next((t.p_value for t in analysis.tests), None), f"survival:{analysis.id}"),
            )  # fmt: skip
    names = {
        "index_naive": ("Cox, grouped by what happened later", PUBLISHED),
        "index_time_dependent": ("Cox, second primary as time-dependent exposure", CORRECTED),
        "index_time_dependent_adjusted": ("the same, adjusted for age, sex and era", CORRECTED),
    }
    for model in cox:
        if model.id.startswith("index_landmark:"):
            months = model.id.split(":")[1]
            label, stance = f"Cox, landmark at {months} months", CORRECTED
        elif model.id in names:
            label, stance = names[model.id]
        else:
            continue
        rows.append(_ratio_of(SURVIVAL, label, stance, model, 0))
    return rows


def _frequency(overall: EraIncidence, sir) -> list[Contrast]:
    rows = [
        Contrast(FREQUENCY, "proportion of people", PUBLISHED, "proportion", overall.proportion,
                 overall.proportion_ci, None, "incidence_overall"),
        Contrast(FREQUENCY, "rate", CORRECTED, "per 100,000 person-years", overall.rate_per_100k,
                 overall.rate_ci, None, "incidence_overall"),
    ]  # fmt: skip
    whole = next((row for row in sir if not row.stratum), None)
    if whole is not None:
        rows.append(
            Contrast(FREQUENCY, "against the population's rates", CORRECTED,
                     "standardised incidence ratio", whole.sir, whole.sir_ci, whole.p_value, "sir"),
        )  # fmt: skip
    return rows


def _era(ratios, competing) -> list[Contrast]:
    stances = (PUBLISHED, CORRECTED)
    rows = [
        Contrast(ERA, ratio.label, stance, "ratio", ratio.estimate, ratio.ci, ratio.p_value, "era_ratios")
        for ratio, stance in zip(ratios, stances, strict=False)
    ]
    by_era = next((c for c in competing if c.id == "second_primary_by_era"), None)
    for term in by_era.fine_gray["terms"] if by_era else ():
        assert by_era is not None
        rows.append(
            Contrast(ERA, f"Fine & Gray, {term.level} against {term.reference}, death competing", CORRECTED,
                     "subdistribution hazard ratio", term.hr, term.hr_ci, term.p_value,
                     "competing:second_primary_by_era", by_era.note),
        )  # fmt: skip
    return rows


def _treatment(cox, shrunken) -> list[Contrast]:
    """Corrected first: what was published here is more than its deaths can carry."""
    names = {
        "second_multivariable_firth": ("Cox with Firth's penalty, profile limits", CORRECTED),
        "second_univariate:chemotherapy": ("Cox, alone", PUBLISHED),
        "second_multivariable": ("Cox, with the other variables", PUBLISHED),
    }
    fitted = {}
    for model in cox:
        at = next((i for i, term in enumerate(model.terms) if term.variable == "chemotherapy"), None)
        if model.id in names and at is not None:
            fitted[model.id] = _ratio_of(TREATMENT, *names[model.id], model, at)
    rows = [
        Contrast(TREATMENT, f"Cox with the other variables, read with a prior of 1/{row.prior[1]:g} to "
                 f"{row.prior[1]:g}", CORRECTED, "hazard ratio", row.hr, row.hr_ci, None, "shrunken")
        for row in shrunken if row.model == "second_multivariable"
    ]  # fmt: skip
    firth, *published = (fitted.get(id) for id in names)
    return [row for row in (firth, *rows, *published) if row is not None]


def _ratio_of(question: str, label: str, stance: str, model: CoxAnalysis, at: int) -> Contrast:
    term = model.terms[at]
    return Contrast(
        question,
        label,
        stance,
        "hazard ratio",
        term.hr,
        term.hr_ci,
        term.p_value,
        f"cox:{model.id}",
        model.note,
        model.card.verdict if model.card else None,
    )
