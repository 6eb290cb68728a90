"""What does each conventional contrast become under the estimators that fit the question?

One row per estimator, marked "corrected" or "conventional": the usual method on these data, often done and
not enough. What a paper printed is no estimate of these data and stands among the printed numbers. The first
corrected row of a question is the one to lead with; the conventional one comes last where it rests on too
few deaths. Nothing is estimated
here; the rows point at the analyses where their numbers stand.
"""

from __future__ import annotations

from analytics.questions.clock_reset import reset_clock
from analytics.questions.incidence_by_era import COUNTS, CRUDE, PROPORTION, STRATIFIED, are_too_few
from analytics.questions.model_card import TOO_FEW_EVENTS
from analytics.results.competing import CompetingAnalysis
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxAnalysis
from analytics.results.eras import FairEras
from analytics.results.guardrails import ShrunkenRatio
from analytics.results.ids import (
    ADJUSTED,
    FIRTH,
    NAIVE,
    TOGETHER,
    UNADJUSTED,
    AnswerId,
    Block,
    CompetingId,
    Cox,
    SurvivalId,
    alone,
)
from analytics.results.incidence import EraIncidence, Ratio
from analytics.results.population import StandardisedIncidence
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum

CONVENTIONAL, CORRECTED = "conventional", "corrected"
SURVIVAL = "Do people with the second primary live longer after the index cancer?"
FREQUENCY = "How common is the second primary?"
ERA = "Is the second primary more common in the last era than in the first?"
TREATMENT = "Does no/unknown chemotherapy go with a higher hazard of death after the second primary?"


def contrasts(
    survival: tuple[SurvivalAnalysis, ...],
    cox: tuple[CoxAnalysis, ...],
    overall: EraIncidence,
    eras: tuple[EraIncidence, ...],
    ratios: tuple[Ratio, ...],
    fair: FairEras,
    sir: tuple[StandardisedIncidence, ...],
    competing: tuple[CompetingAnalysis, ...],
    shrunken: tuple[ShrunkenRatio, ...],
) -> tuple[Contrast, ...]:
    """Every contrast in turn."""
    return (
        *_survival(survival, cox, overall),
        *_frequency(overall, sir),
        *_era(eras, ratios, fair, competing),
        *_treatment(cox, shrunken),
    )


def _survival(survival, cox, overall: EraIncidence) -> list[Contrast]:
    """Conventional; then the ratios, the adjusted one first; then medians whose clocks start anew.

    The time-dependent curves give no median: nobody lives along one of them.
    """
    fitted = {model.id: model for model in cox}
    by_id = {analysis.id: analysis for analysis in survival}
    words = "Kaplan-Meier from the index cancer, {} second primary"
    rows = _medians(by_id.get(SurvivalId.BY_SECOND), words, CONVENTIONAL, "spss")
    adjusted = fitted[ADJUSTED]
    landmarks = [id for id in fitted if id.kind is Cox.LANDMARK]
    names = {
        NAIVE: ("Cox, grouped by later second cancer", CONVENTIONAL),
        ADJUSTED: (
            "Cox, second primary as time-dependent exposure, " + adjustment_words(adjusted), CORRECTED),
        UNADJUSTED: ("the same, not adjusted", CORRECTED),
        **{id: (f"Cox, landmark at {id.landmark_months} months, not adjusted", CORRECTED)
           for id in landmarks},
    }  # fmt: skip
    rows += [
        _ratio_of(SURVIVAL, *names[id], fitted[id], 0) for id in names if id in fitted and fitted[id].terms
    ]
    reset = reset_clock(survival, overall.latency.median)
    if reset:
        begins = reset.without.landmark_months
        rows.append(
            _median(by_id[SurvivalId.AT_LANDMARKS], reset.without, CORRECTED, "loglog",
                    f"Kaplan-Meier from month {begins} on, without second primary by then"),
        )  # fmt: skip
        rows.append(
            _median(by_id[SurvivalId.FROM_SECOND], reset.after_second, CORRECTED, "loglog",
                    "Kaplan-Meier from the second primary on, conventional cohort"),
        )  # fmt: skip
    return rows


def adjustment_words(model: CoxAnalysis) -> str:
    """In short: "adjusted for age at index, sex and race, stratified by era of index"."""
    short = [covariate.partition(" (")[0] for covariate in model.adjusted_for]
    *others, last = short or ["nothing"]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"adjusted for {names}" + (f", stratified by {model.stratified_by}" if model.stratified_by else "")


def _medians(analysis: SurvivalAnalysis | None, words: str, stance: str, method: str) -> list[Contrast]:
    if analysis is None:
        return []
    p = next((t.p_value for t in analysis.tests), None)
    return [
        _median(analysis, stratum, stance, method, words.format(stratum.level), p)
        for stratum in analysis.strata
    ]


def _median(
    analysis: SurvivalAnalysis, stratum: SurvivalStratum, stance: str, method: str, words: str,
    p: float | None = None,
) -> Contrast:  # fmt: skip
    return Contrast(
        SURVIVAL,
        words,
        stance,
        "median months",
        stratum.median,
        stratum.median_ci.get(method, (None, None)),
        p,
        AnswerId(Block.SURVIVAL, analysis.id),
        analysis.note,
        level=stratum.level,
    )


def _frequency(overall: EraIncidence, sir) -> list[Contrast]:
    rows = [
        Contrast(FREQUENCY, "proportion of people", CONVENTIONAL, "proportion", overall.proportion,
                 overall.proportion_ci, None, AnswerId(Block.INCIDENCE)),
        Contrast(FREQUENCY, "rate", CORRECTED, "per 100,000 person-years", overall.rate_per_100k,
                 overall.rate_ci, None, AnswerId(Block.INCIDENCE)),
    ]  # fmt: skip
    whole = next((row for row in sir if not row.stratum), None)
    if whole is not None:
        rows.append(
            Contrast(FREQUENCY, "against the population's rates", CORRECTED,
                     "standardised incidence ratio", whole.sir, whole.sir_ci, whole.p_value,
                     AnswerId(Block.POPULATION)),
        )  # fmt: skip
    return rows


def _era(eras, ratios, fair: FairEras, competing) -> list[Contrast]:
    """Rates within strata, in equal windows and crude; then the shares, which unequal follow-up moves."""
    stances = {STRATIFIED: CORRECTED, CRUDE: CORRECTED, PROPORTION: CONVENTIONAL}
    rows = [
        Contrast(ERA, ratio.label, stances[ratio.label], "ratio", ratio.estimate, ratio.ci, ratio.p_value,
                 AnswerId(Block.ERA_RATIOS), ratio.method,
                 TOO_FEW_EVENTS if are_too_few(eras, COUNTS[ratio.label]) else None)
        for ratio in ratios
    ]  # fmt: skip
    window = fair.windows[-1] if fair.windows else None
    longest = window and window.rate_ratio
    if window and longest:
        rows.insert(
            1,
            Contrast(ERA, longest.label, CORRECTED, "ratio", longest.estimate, longest.ci, longest.p_value,
                     AnswerId(Block.FAIR_ERAS), longest.method,
                     TOO_FEW_EVENTS if are_too_few(window.eras, "n_second") else None),
        )  # fmt: skip
    by_era = next((c for c in competing if c.id == CompetingId.BY_ERA), None)
    for term in by_era.fine_gray.terms if by_era else ():
        assert by_era is not None
        rows.append(
            Contrast(ERA, f"Fine & Gray, {term.level} against {term.reference}, death competing", CORRECTED,
                     "subdistribution hazard ratio", term.hr, term.hr_ci, term.p_value,
                     AnswerId(Block.COMPETING, by_era.id), by_era.note, term.card and term.card.verdict),
        )  # fmt: skip
    return rows


def _treatment(cox, shrunken) -> list[Contrast]:
    """Corrected first: the conventional ratios rest on too few deaths."""
    names = {
        FIRTH: ("Cox with Firth's penalty, profile confidence interval", CORRECTED),
        alone("chemotherapy"): ("Cox, alone", CONVENTIONAL),
        TOGETHER: ("Cox, with the other variables", CONVENTIONAL),
    }
    fitted = {}
    for model in cox:
        at = next((i for i, term in enumerate(model.terms) if term.variable == "chemotherapy"), None)
        if model.id in names and at is not None:
            fitted[model.id] = _ratio_of(TREATMENT, *names[model.id], model, at)
    rows = [
        Contrast(TREATMENT, f"Cox with the other variables, with a prior of 1/{row.prior[1]:g} to "
                 f"{row.prior[1]:g}", CORRECTED, "hazard ratio", row.hr, row.hr_ci, None,
                 AnswerId(Block.SHRUNKEN))
        for row in shrunken if row.model == TOGETHER
    ]  # fmt: skip
    firth, *conventional = (fitted.get(id) for id in names)
    return [row for row in (firth, *rows, *conventional) if row is not None]


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
        AnswerId(Block.COX, model.id),
        model.note,
        term.card.verdict if term.card else None,
    )
