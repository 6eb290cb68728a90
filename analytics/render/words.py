"""The answers to read first: what the paper says, what these data say, and how far to trust it.

Each says only what its numbers carry, whatever the study and the data. The corrected estimate of a question
comes first; how far it is to be trusted is judged by the events behind it and by its interval, by one rule.
What is no primary estimate is judged after Holm's adjustment within its family: where it does not survive,
the data suggest it and cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.questions.incidence_by_era import LEAST_EVENTS, STRATIFIED
from analytics.questions.model_card import FEW, TOO_FEW_EVENTS, why_no_ratio
from analytics.questions.multiplicity import BETWEEN_LEVELS, LEVEL, WITH_FIRTH
from analytics.questions.survival_after_index import WITH
from analytics.render.cells import fill, join, of
from analytics.render.formats import (
    between,
    count,
    counted,
    decimal,
    excludes_one,
    months,
    p_is,
    p_value,
    ratio,
    sentence,
    with_limits,
)
from analytics.render.lookup import adjusted_test, first, only_term, stratum
from analytics.render.page.difference import conventional_chemotherapy, hazard, hazard_alone
from analytics.render.tables.eras import too_few
from analytics.render.tables.guardrails import corrected_range, possible_draws, with_chance
from analytics.render.tables.population import without_rate
from analytics.render.withheld import sentence_of
from analytics.results.cox import CoxTerm
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, CoxId, SurvivalId

SOLID, LIMITED, CANNOT_TELL = "solid", "limited", "cannot tell"
MOST_WORDS = 25
HOLDS_ONE = "The confidence interval contains 1: these data are compatible with no difference."
"""As the field says it: an interval that contains 1 is no evidence that nothing changed."""
ON_BOTH_SIDES = "No/Unknown includes treated patients: allowing for that, either side of 1 is possible."
WITH_CHANCE = "No/Unknown includes treated patients: with that and chance allowed for, 1 is possible."
OLDER = "The population's rates differ by age too"
"""Why those with the second cancer may be no younger than the others, whatever the first does to them."""
EARLY_DEATHS = "Whoever died before treatment could start is in No/Unknown."


@dataclass(frozen=True, slots=True)
class Answer:
    """One question: each part at most 25 words.

    paper  what the paper says; empty where the study has none, or the paper is silent
    trust  "solid", "limited" or "cannot tell"; why: its reason
    """

    about: str
    question: str
    paper: str
    data: str
    trust: str
    why: str


Said = tuple[str, str, str]
"""What these data say, the trust mark and its reason."""


def answers(results: Results) -> tuple[Answer, ...]:
    """The paper's highlights in its order, then the questions that it leaves out."""
    paper = results.study.paper
    says = {highlight.about: highlight.says for highlight in paper.highlights} if paper else {}
    order = [*says, *(about for about in QUESTIONS if about not in says)]
    return tuple(_answer(results, about, says.get(about, "")) for about in order)


def _answer(results: Results, about: str, says: str) -> Answer:
    title, needs, ask = QUESTIONS[about]
    study = results.study
    question = title.format(index=study.index_short_label, second=study.second_short_label)
    if absent := sentence_of(results, *needs):
        data, trust, why = _not_delivered(absent)
    else:
        data, trust, why = ask(results)
    return Answer(about, question, says, data, trust, why)


def _not_delivered(why: str) -> Said:
    return "Not delivered.", CANNOT_TELL, shortened(why)


def _not_estimable(why: str | None) -> Said:
    why = sentence(why or "there are no second cancers to compare.")
    return "Not estimable.", CANNOT_TELL, shortened(why)


def _no_model(results: Results, id: CoxId, variable: str, among: str = "") -> Said:
    """Why a model has no ratio of a variable.

    among  the level of the group whose deaths it asks about, all if empty
    """
    model = first(results.cox, id=id)
    if not model or model.reason:
        return _not_estimable(model.reason if model else None)
    term = first(model.terms, variable=variable)
    if term and not among and (why := why_no_ratio(term)):
        return _not_estimable(f"{why}.")
    group = first(model.card.groups if model.card else (), level=among)
    people, deaths = (group.n, group.events) if group else (model.n, model.events)
    if (among and not group) or not people:
        return _not_estimable(None)
    return _not_estimable(f"there are too few deaths ({count(deaths)}) to fit the model.")


def shortened(text: str) -> str:
    """The first sentences that fit into 25 words; where none does, where the whole stands."""
    kept = ""
    for part in text.strip().split(". "):
        longer = f"{kept} {part.removesuffix('.')}.".strip()
        if len(longer.split()) > MOST_WORDS:
            break
        kept = longer
    return kept or "Why stands in the section on it."


def _age(results: Results) -> Said:
    """The rank test of Table 1, and how the ratio to the population goes with attained age."""
    test = first(results.table1_tests, variable="age_at_index_years", test="mann_whitney")
    groups = [
        first(results.table1_numeric, variable="age_at_index_years", group=group)
        for group in ("with", "without")
    ]
    if not test or test.p_value is None or None in groups:
        return _not_estimable(test.reason if test else None)
    medians = [of(months(group.median), group, "median") for group in groups if group]
    text = fill(
        f"Conventional: median age {{}} years with {results.study.second_short_label}, {{}} without ({{}})",
        *medians,
        _p(test),
    )
    is_younger = (groups[0].median or 0) < (groups[1].median or 0) if groups[0] and groups[1] else False
    otherwise = "Younger patients live longer at risk" if is_younger else OLDER
    trend = first(results.sir_tests, dimension="attained_age", test="trend")
    if not trend or trend.p_value is None:
        why = f"{otherwise}, and no ratio to the population allows for that."
        return join(text, "."), CANNOT_TELL, why
    text = fill("{}; SIR trend with attained age {}", text, _p(trend))
    n_with = groups[0].n if groups[0] else 0
    if n_with < LEAST_EVENTS:
        return join(text, "."), CANNOT_TELL, _rests_on(n_with)
    if trend.p_value >= LEVEL:
        why = f"{otherwise}; against the population no trend is shown."
        return join(text, "."), CANNOT_TELL, why
    adjusted, not_survived = _after_holm(results, BETWEEN_LEVELS, "attained_age: trend")
    text = join(text, adjusted, ".")
    turns = "" if _is_monotone(results, "attained_age") else " Ratios rise and fall with age."
    if not_survived:
        return text, CANNOT_TELL, f"{not_survived}{turns}"
    if turns:
        return text, CANNOT_TELL, f"The ratio differs by age, without one direction.{turns}"
    return (
        text,
        LIMITED,
        f"{otherwise}; against the population the ratio still differs by age.",
    )


def _p(test: Any) -> str:
    """P = 0.015, as a cell."""
    return of(p_is(test.p_value), test, "p_value")


def _is_monotone(results: Results, dimension: str) -> bool:
    """Whether the ratios along a dimension never turn."""
    ratios = [row.sir for row in results.sir if dimension in row.stratum and row.sir is not None]
    return ratios in (sorted(ratios), sorted(ratios, reverse=True))


def _after_holm(results: Results, family: str, what: str) -> tuple[str, str]:
    """A P after Holm's adjustment, to stand behind the P itself; what to say where it does not survive."""
    found = adjusted_test(results, family, what)
    if found is None:
        return "", ""
    test, tests = found
    n_tests, p_holm = of(count(tests.n_tests), tests, "n_tests"), of(p_value(test.p_holm), test, "p_holm")
    text = fill(" (Holm, {} tests: {})", n_tests, p_holm)
    if (test.p_holm or 0) < LEVEL:
        return text, ""
    return text, f"Only a hint: it does not survive Holm's adjustment for {count(tests.n_tests)} tests."


def _chemotherapy(results: Results) -> Said:
    """The ratio to the population by recorded chemotherapy, then Table 1's odds ratio and its span."""
    bounds = results.misclassification
    rows = {row.level: row for row in results.table1 if row.variable == "chemotherapy"}
    yes = rows.get("Yes")
    if not bounds or not yes:
        return _not_estimable(
            yes.reason if yes and yes.reason else "A group or a level of the recorded table is empty."
        )
    if bounds.odds_ratio is None:
        among = f"{count(yes.n_with)} of {count(yes.denominator_with)} Yes"
        return _not_estimable(f"With {among} an odds ratio has an empty cell: it needs both levels.")
    ratios = [first(results.sir, stratum={"chemotherapy": level}) for level in ("Yes", "No/Unknown")]
    shown = [of(ratio(row.sir), row, "sir") for row in ratios if row and row.sir is not None]
    test = first(results.sir_tests, dimension="chemotherapy", test="homogeneity")
    adjusted, not_survived = _after_holm(results, BETWEEN_LEVELS, "chemotherapy: homogeneity")
    text: str = ""
    if len(shown) == 2 and test:
        text = fill("SIR {} with chemotherapy, {} with No/Unknown, {}{}. ", *shown, _p(test), adjusted)
    recorded = fill("as recorded {}.", of(ratio(bounds.odds_ratio), bounds, "odds_ratio"))
    drawn = possible_draws(bounds)
    if not drawn:
        return join(text, "Odds ratio ", recorded), CANNOT_TELL, (
            "No/Unknown includes treated patients, and no correction for that fits both groups' records."
        )  # fmt: skip
    corrected = fill("Corrected odds ratio {}; ", with_chance(drawn[0]))
    text = join(text, corrected, recorded)
    span = corrected_range(bounds)
    if span and span[0] <= 1 <= span[1]:
        return text, CANNOT_TELL, ON_BOTH_SIDES
    if any(not excludes_one(row.interval) for row in drawn):
        return text, CANNOT_TELL, WITH_CHANCE
    if not_survived:
        return text, CANNOT_TELL, not_survived
    least = min(bounds.cases_yes, bounds.cases_no_unknown)
    why = "No/Unknown includes treated patients"
    if least < FEW:
        why += f", and the smaller group has {counted(least, 'case')}"
    return text, CANNOT_TELL if least == 0 else LIMITED, f"{why}."


def _survival(results: Results) -> Said:
    """The adjusted hazard ratio from the second cancer on; the conventional grouping stands second."""
    second = results.study.second_short_label
    exposed, naive = only_term(results, ADJUSTED), only_term(results, NAIVE)
    after = stratum(results, SurvivalId.FROM_SECOND, "all")
    if not exposed or exposed.hr_ci == (None, None):
        return _no_model(results, ADJUSTED, "second_primary", among=WITH)
    times = of(f"{ratio(exposed.hr)} times ({between(exposed.hr_ci)})", exposed, "hr", "hr_ci")
    text = fill(f"From {second} on the adjusted hazard of death is {{}}", times)
    if after and after.median is not None:
        median = of(months(after.median), after, "median")
        text = fill("{}; median {} months (conventional cohort)", text, median)
    if naive:
        grouped = of(ratio(naive.hr), naive, "hr")
        text = fill(f"{{}}. Conventional: grouped by later {second} {{}}", text, grouped)
    trust, why = trusted(exposed)
    model = first(results.cox, id=ADJUSTED)
    drift = first(model.proportional_hazards, variable=exposed.variable) if model else None
    if trust == SOLID and drift and drift.p_value is not None and drift.p_value < LEVEL:
        trust, why = LIMITED, "The ratio changes over the follow-up: this one is an average."
    return join(text, "."), trust, why


def _treatment_after(results: Results) -> Said:
    """Firth's ratio; the conventional one second, and what the paper prints of it."""
    firth, plain = only_term(results, FIRTH, "chemotherapy"), only_term(results, TOGETHER, "chemotherapy")
    if not firth:
        return _no_model(results, FIRTH, "chemotherapy")
    text = fill("No/Unknown chemotherapy against Yes: HR {} with Firth's penalty", hazard(firth))
    _, not_survived = _after_holm(results, WITH_FIRTH, f"{firth.variable}: {firth.level}")
    if plain:
        text = fill("{}; {}", text, conventional_chemotherapy(results, plain, hazard_alone(plain)))
    trust, why = trusted(firth)
    if plain and plain.verdict == TOO_FEW_EVENTS and trust == SOLID:
        trust, why = LIMITED, _reasons(plain)
    if trust != CANNOT_TELL and not_survived:
        trust, why = CANNOT_TELL, not_survived
    elif trust != CANNOT_TELL:
        trust, why = LIMITED, shortened(f"{EARLY_DEATHS} {why}")
    return join(text, "."), trust, why


def _incidence(results: Results) -> Said:
    """The rate of the corrected cohort and the ratio to the population; the conventional count second."""
    overall, whole = results.incidence_overall, results.sir[0]
    observed = overall.observed
    if overall.rate_per_100k is None or observed is None:
        return _not_estimable(overall.reason)
    if observed == 0:
        most = of(decimal(overall.rate_ci[1]), overall, "rate_ci[1]")
        text = fill("No case: at most {} per 100,000 person-years", most)
        if whole.state == "value":
            text = fill("{}; SIR at most {}", text, of(ratio(whole.sir_ci[1]), whole, "sir_ci[1]"))
        return (
            join(text, "."),
            CANNOT_TELL,
            "Without a case only an upper limit is known, here the exact 97.5%.",
        )
    text = fill(
        "{}, {} per 100,000 person-years",
        of(counted(observed, "case"), overall, "observed"),
        of(with_limits(overall.rate_per_100k, overall.rate_ci, decimal), overall, "rate_per_100k", "rate_ci"),
    )
    if whole.state == "value":
        text = fill("{}; SIR {}", text, of(with_limits(whole.sir, whole.sir_ci), whole, "sir", "sir_ci"))
    if observed != overall.n_second:
        people = of(f"{count(overall.n_second)} of {count(overall.n_index)}", overall, "n_second", "n_index")
        text = fill("{}. Conventional: {}, after exclusions for later events", text, people)
    text = join(text, ".")
    asides = " ".join(
        f"{sentence(part.removesuffix('.'))}."
        for part in (without_rate(whole), results.reference_rates.note or "")
        if part
    )
    if whole.state != "value":
        trust = LIMITED if observed >= LEAST_EVENTS else CANNOT_TELL
        return text, trust, shortened(f"There is no ratio to the population: {whole.reason}")
    if not excludes_one(whole.sir_ci):
        return text, CANNOT_TELL, shortened(f"{HOLDS_ONE} {asides}")
    if observed < FEW:
        return text, CANNOT_TELL if observed < LEAST_EVENTS else LIMITED, _rests_on(observed)
    trust = LIMITED if without_rate(whole) else SOLID
    return text, trust, shortened(f"{count(observed)} cases; the interval excludes 1. {asides}")


def _eras(results: Results) -> Said:
    """The stratified ratio of rates; latency only in the longest equal window."""
    rate = first(results.era_ratios, label=STRATIFIED)
    if not rate or rate.estimate is None:
        return _not_estimable(rate.reason if rate else results.fair_eras.reason)
    if few := too_few(results.eras, "observed"):
        return "Not compared.", CANNOT_TELL, f"There are {few}."
    text = fill(
        f"Primary rate ratio {{}}, {rate.numerator} against {rate.denominator}, at equal age and time since "
        f"{results.study.index_short_label}",
        of(with_limits(rate.estimate, rate.ci), rate, "estimate", "ci"),
    )
    window = results.fair_eras.windows[-1] if results.fair_eras.windows else None
    if window and window.latency_p_value is not None and not too_few(window.eras, "n_second"):
        within = of(p_is(window.latency_p_value), window, "latency_p_value")
        text = fill(f"{{}}; latency within {window.window_months // 12} years {{}}", text, within)
    text = join(text, ".")
    if not excludes_one(rate.ci):
        return text, CANNOT_TELL, HOLDS_ONE
    least = min(results.eras[0].observed or 0, results.eras[-1].observed or 0)
    if least < FEW:
        return text, LIMITED, _rests_on(least, "in the smaller era")
    return text, SOLID, "The interval excludes 1, at equal age and time since the first cancer."


Asked = tuple[str, Sequence[str], Callable[[Results], Said]]
QUESTIONS: dict[str, Asked] = {
    "age": ("Age at {index}", ("second_cancer",), _age),
    "chemotherapy": ("Chemotherapy for {index}", ("second_cancer", "chemotherapy"), _chemotherapy),
    "survival": ("Survival with {second}", ("second_cancer",), _survival),
    "treatment_after": ("Chemotherapy for {second}", ("second_cancer", "chemotherapy"), _treatment_after),
    "incidence": ("How often {second} follows", ("second_cancer",), _incidence),
    "eras": ("Change between eras", ("second_cancer",), _eras),
}
"""Every question in the order of a study without a paper: its name, what it needs, who answers it."""


def trusted(term: CoxTerm) -> tuple[str, str]:
    """How far a coefficient is to be trusted: by the verdict on its events, then by its interval."""
    if term.verdict == TOO_FEW_EVENTS:
        return CANNOT_TELL, _reasons(term)
    if not excludes_one(term.hr_ci):
        return CANNOT_TELL, HOLDS_ONE
    if term.verdict != "adequate":
        return LIMITED, _reasons(term)
    return SOLID, "Enough deaths for this ratio; the interval excludes 1."


def _reasons(term: CoxTerm) -> str:
    words = "Too few events" if term.verdict == TOO_FEW_EVENTS else "Few events"
    return shortened(f"{words}: {'; '.join(term.reasons)}.") if term.reasons else f"{words}."


def _rests_on(events: int, where: str = "") -> str:
    return f"It rests on {counted(events, 'case')}{' ' + where if where else ''}."
