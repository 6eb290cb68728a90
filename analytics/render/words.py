"""The answers in sentences. Each says only what its numbers carry, whatever the study and the data."""

from __future__ import annotations

from analytics.questions.incidence_by_era import STRATIFIED
from analytics.render.formats import (
    between,
    count,
    counted,
    decimal,
    months,
    p_is,
    per_100k,
    ratio,
    sentence,
)
from analytics.render.lookup import first, only_term, stratum
from analytics.render.page.difference import excludes_one
from analytics.render.tables.eras import too_few
from analytics.render.tables.population import without_rate
from analytics.render.withheld import sentence_of
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, SurvivalId


def answers(results: Results) -> tuple[str, ...]:
    """Three sentences to read first: how often, how long they live, and what cannot be told."""
    return tuple(
        text for text in (how_often(results), how_long(results), not_shown(results)) if text is not None
    )


def how_often(results: Results) -> str:
    """People, person-years and the ratio to the population; or why one of them cannot be told."""
    study, overall = results.study, results.incidence_overall
    if nobody_looked := sentence_of(results, "second_cancer"):
        return f"How often {study.second_label} follows cannot be told. {nobody_looked}"
    text = (
        f"{count(overall.n_second)} of {count(overall.n_index)} adults with {study.index_label} "
        f"developed {study.second_label} {study.min_latency_months} months or more afterwards: "
        f"{per_100k(overall.proportion, 0)} in 100,000 people (95% CI "
        f"{between(overall.proportion_ci, lambda v: per_100k(v, 0))})"
    )
    if overall.rate_per_100k is not None:
        same = overall.observed == overall.n_second
        text += ", or" if same else f". With nobody excluded for what came later, {overall.observed} did:"
        text += f" {decimal(overall.rate_per_100k)} in 100,000 person-years"
    whole, note = results.sir[0], results.reference_rates.note
    if whole.state != "value":
        return f"{text}. There is no ratio to the population: {whole.reason}"
    text += f", {ratio(whole.sir)} times ({between(whole.sir_ci)}) what the population's rates give"
    if whole.observed != overall.observed:
        text += f": {count(whole.observed)} of them against {decimal(whole.expected)} expected"
    return ". ".join(filter(None, (text, without_rate(whole), (note or "").removesuffix(".")))) + "."


def how_long(results: Results) -> str | None:
    """The time-dependent hazard ratio, and the conventional contrast with its flaw."""
    second = results.study.second_short_label
    exposed, naive = only_term(results, ADJUSTED), only_term(results, NAIVE)
    with_second = stratum(results, SurvivalId.BY_SECOND, "with")
    without = stratum(results, SurvivalId.BY_SECOND, "without")
    if not exposed or not naive or not with_second or not without:
        return None
    text = (
        f"From the day {second} is diagnosed the hazard of death is {ratio(exposed.hr)} times "
        f"({between(exposed.hr_ci)}) that of patients without it who are alike in what the registry records"
    )
    if exposed.verdict == "too_few_events":
        text += ", a ratio that rests on too few deaths"
    medians = (with_second.median, without.median)
    if None in medians or (naive.hr or 0) >= 1:
        return text + "."
    survival = (
        f"; the conventional contrast, a median of {months(medians[0])} against {months(medians[1])} months "
        f"in favour of those with {second}, "
    )
    if (exposed.hr or 0) > 1:
        return sentence(
            text + survival + "comes from counting the years they had to survive in order to develop it."
        )
    return sentence(text + survival + "counts the years they had to survive in order to develop it.")


def not_shown(results: Results) -> str | None:
    """What eras, latencies and treatment do not show, or how strongly they seem to."""
    rate = first(results.era_ratios, label=STRATIFIED)
    window = results.fair_eras.windows[-1] if results.fair_eras.windows else None
    parts = []
    few = too_few(results.eras, "observed") if rate and rate.estimate is not None else ""
    if few:
        parts.append(few)
    elif rate and rate.estimate is not None:
        shown = excludes_one(rate.ci)
        parts.append(
            f"at equal ages and times since {results.study.index_short_label} the rate in "
            f"{rate.numerator} is {ratio(rate.estimate)} times ({between(rate.ci)}) that in "
            f"{rate.denominator}" + ("" if shown else ", which is no evidence of a change")
        )
    if window and window.latency_p_value is not None and not too_few(window.eras, "n_second"):
        verdict = "differs" if window.latency_p_value < 0.05 else "is not shown to differ"
        parts.append(
            f"latency {verdict} between eras followed equally long, for {window.window_months // 12} years "
            f"({p_is(window.latency_p_value)})"
        )
    parts += _treatment(results)
    return sentence("; ".join(parts)) + "." if parts else None


def _treatment(results: Results) -> list[str]:
    """Firth's and the shrunken ratio first, the conventional one with the number of events behind it."""
    study, model = results.study, first(results.cox, id=TOGETHER)
    firth = only_term(results, FIRTH, "chemotherapy")
    if not firth or not model:
        return []
    text = (
        f"no/unknown chemotherapy after {study.second_short_label} has a hazard ratio of "
        f"{ratio(firth.hr)} "
        f"({between(firth.hr_ci)}) with Firth's penalty"
    )
    shrunken = first(results.shrunken, model=TOGETHER, prior=(0.1, 10.0))
    if shrunken:
        text += f" and {ratio(shrunken.hr)} ({between(shrunken.hr_ci)}) with a prior"
    plain = only_term(results, TOGETHER, "chemotherapy")
    if plain:
        text += (
            f"; the conventional estimate, {ratio(plain.hr)}, rests on {counted(model.events, 'death')} and "
            f"{counted(len(model.terms), 'coefficient')}"
        )
        if plain.verdict == "too_few_events":
            text += ", which are too few"
    return [text]
