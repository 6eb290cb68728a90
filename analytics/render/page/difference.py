"""One plain sentence or two on each difference between the conventional and the corrected answer."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.bias.band import Band
from analytics.questions.incidence_by_era import STRATIFIED
from analytics.render.formats import (
    between,
    count,
    decimal,
    months,
    p_is,
    per_100k,
    ratio,
    with_limits,
)
from analytics.render.lookup import first, only_term, the
from analytics.render.tables.eras import too_few, truncation_warnings
from analytics.render.tables.guardrails import chemotherapy_span
from analytics.results.competing import CompetingAnalysis
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, UNADJUSTED, CompetingId


def differences(results: Results) -> dict[str, str]:
    """By section of the report; a section whose numbers could not be estimated has none."""
    sentences = {
        "survival": _of_survival(results),
        "incidence": _of_incidence(results),
        "latency": _of_latency(results),
        "eras": _of_eras(results),
        "unknown": _of_unknown(results),
        "after": _of_treatment(results),
        "competing": _of_competing(results),
        "sir": _of_population(results),
    }
    return {section: text for section, text in sentences.items() if text}


def _of_survival(results: Results) -> str:
    naive, exposed = only_term(results, NAIVE), only_term(results, ADJUSTED)
    if not naive or not exposed:
        return ""
    second = results.study.second_short_label
    text = (
        f"Counted from its diagnosis on and {_adjustment(results)}, {second} multiplies the hazard of death "
        f"by {with_limits(exposed.hr, exposed.hr_ci)}"
    )
    crude = only_term(results, UNADJUSTED)
    if crude:
        text += f" ({ratio(crude.hr)} not adjusted)"
    text += f". Conventional, grouped by later second cancer, it is {ratio(naive.hr)}"
    if crude and (naive.hr or 0) < (crude.hr or 0):
        text += ": the difference is immortal time"
    text += "."
    if exposed.verdict == "too_few_events":
        text += f" The adjusted ratio rests on too few deaths ({'; '.join(exposed.reasons)})."
    null = results.null_bands.immortal_time
    if null and null.share_significant is not None:
        text += (
            f" Without any effect of {second}, the same grouping of this cohort would give a median of "
            f"{months(null.median_with.p50)} months and a hazard ratio of "
            f"{_band(null.hazard_ratio)}, \u201csignificant\u201d in "
            f"{100 * null.share_significant:.0f}% of {null.replicates} simulations."
        )
    return text


def _adjustment(results: Results) -> str:
    """As in "adjusted for age at index, sex and race"."""
    model = the(results.cox, id=ADJUSTED)
    *others, last = [name.partition(" (")[0] for name in model.adjusted_for] or ["nothing"]
    return f"adjusted for {', '.join(others)} and {last}" if others else f"adjusted for {last}"


def _band(band: Band) -> str:
    return f"{ratio(band.p50)} ({ratio(band.p10)} to {ratio(band.p90)} in four of five)"


def _of_incidence(results: Results) -> str:
    people = first(results.era_ratios, label="proportion of people")
    if not people or people.estimate is None:
        return ""
    rate = first(results.era_ratios, label=STRATIFIED)
    if few := too_few(results.eras, "n_second") or too_few(results.eras, "observed"):
        text = f"There are {few}."
    else:
        text = ""
        if rate and rate.estimate is not None:
            text = (
                f"At equal ages and times since the index cancer the rate in {rate.numerator} is "
                f"{ratio(rate.estimate)} times ({between(rate.ci)}, {p_is(rate.p_value)}) that in "
                f"{rate.denominator}. "
            )
        text += (
            f"As proportions the eras differ {ratio(people.estimate)}-fold ({between(people.ci)}, "
            f"{p_is(people.p_value)}); people of the first era were followed longer, and at other ages and "
            "times since the index cancer."
        )
    if any("Ten times too large" in (row.note or "") for row in results.published):
        text += " The paper prints these proportions ten times too large."
    return text


def _of_latency(results: Results) -> str:
    eras = results.eras
    longest = [era.longest_observable_latency_months for era in eras]
    if len(eras) < 2:
        return str(results.fair_eras.reason)
    if None in longest:
        return ""
    text = (
        f"Follow-up could show latencies of up to {count(longest[0])} months in {eras[0].era} and "
        f"{count(longest[-1])} in {eras[-1].era}, so observed latencies are shorter in the later era even "
        "if nothing changed; they are compared in equal windows only."
    )
    null = results.null_bands.latency
    if null and null.share_later_shorter is not None:
        text += (
            f" With one constant hazard in all eras the later median is the shorter in "
            f"{100 * null.share_later_shorter:.0f}% of {null.replicates} simulations"
        )
        gap = null.difference
        if gap.share_as_extreme is not None and gap.observed is not None and gap.observed < 0:
            text += f", by {months(-gap.observed)} months or more in {100 * gap.share_as_extreme:.0f}%"
        text += "."
    return " ".join((text, *truncation_warnings(results)))


def _of_eras(results: Results) -> str:
    """What is left of the era contrast inside the longest window that both eras fill."""
    windows = (
        (window, window.rate_ratio)
        for window in reversed(results.fair_eras.windows)
        if window.rate_ratio and window.rate_ratio.estimate is not None
    )
    window, rate = next(windows, (None, None))
    if window is None or rate is None:
        return ""
    if few := too_few(window.eras, "n_second"):
        return f"Followed equally long, for {window.window_months // 12} years, there are {few}."
    latencies = [era.latency_median for era in (window.eras[0], window.eras[-1])]
    text = (
        f"Followed equally long, for {window.window_months // 12} years, second primaries come at "
        f"{ratio(rate.estimate)} times the rate in {rate.numerator} ({between(rate.ci)}, "
        f"{p_is(rate.p_value)}) as in {rate.denominator}"
    )
    if None not in latencies:
        text += (
            f", after a median of {months(latencies[1])} against {months(latencies[0])} months "
            f"({p_is(window.latency_p_value)})"
        )
    shown = excludes_one(rate.ci)
    return text + (": a difference that unequal follow-up does not explain." if shown else
                   ": the interval contains 1, so these data are compatible with no difference.")  # fmt: skip


def excludes_one(limits: Sequence[float | None]) -> bool:
    """Both limits on one side of a ratio of 1."""
    low, high = limits
    return (low is not None and low > 1) or (high is not None and high < 1)


def _of_unknown(results: Results) -> str:
    bounds, span = results.misclassification, chemotherapy_span(results)
    if not bounds or bounds.odds_ratio is None or not span:
        return ""
    n_impossible = sum(bool(cell.impossible) for cell in bounds.grid)
    text = (
        f"As recorded, “Yes” goes with the second primary {ratio(bounds.odds_ratio)} times as often; with "
        "what "
        f"is known of the record it may be anything from {span}"
    )
    if n_impossible:
        text += (
            f", and {n_impossible} of {len(bounds.grid)} combinations of that knowledge are impossible, "
            "which "
            "says that the record was not made alike for both groups"
        )
    return text + "."


def _of_treatment(results: Results) -> str:
    plain = only_term(results, TOGETHER, "chemotherapy")
    firth = only_term(results, FIRTH, "chemotherapy")
    model = first(results.cox, id=TOGETHER)
    if not firth or not model:
        return ""
    text = (
        "The hazard ratio of no/unknown chemotherapy is "
        f"{with_limits(firth.hr, firth.hr_ci)} with Firth's penalty"
    )
    middle = first(results.shrunken, model=TOGETHER, prior=(0.1, 10.0))
    if middle:
        text += f" and {with_limits(middle.hr, middle.hr_ci)} with a prior of 1/10 to 10"
    if plain:
        text += f"; the conventional estimate is {with_limits(plain.hr, plain.hr_ci)}"
        if plain.verdict == "too_few_events":
            text += f", which rests on too few deaths ({'; '.join(plain.reasons)})"
    least = first(model.card.detectable if model.card else (), variable="chemotherapy")
    if least and least.hazard_ratio is not None:
        text += (
            f". Only a ratio of {ratio(least.hazard_ratio)} or more would have been detected with 80% power"
        )
    return text + ", and no/unknown includes people who were treated."


def _of_competing(results: Results) -> str:
    everybody = first(results.competing, id=CompetingId.EVERYBODY)
    if not everybody or not everybody.strata:
        return ""
    at, wrong = (by.get("120") for by in (everybody.strata[0].at, everybody.strata[0].one_minus_km_at))
    if not at or not wrong:
        return ""
    return (
        f"{_of_whom(everybody)} {per_100k(at, 0)} in 100,000 have had "
        f"{results.study.second_short_label}; one minus Kaplan-Meier would give {per_100k(wrong, 0)}, "
        f"{ratio(wrong / at)} times as many, because it treats the dead as still at risk."
    )


def _of_whom(everybody: CompetingAnalysis) -> str:
    months_in = everybody.from_months
    return f"Of those event-free at month {months_in}, by ten years" if months_in else "By ten years"


def _of_population(results: Results) -> str:
    whole, early = (first(results.sir, stratum=stratum) for stratum in ({}, {"from": "diagnosis"}))
    if not whole or whole.sir is None:
        return ""
    text = (
        f"{count(whole.observed)} were seen where the population's rates would give "
        f"{decimal(whole.expected, 2)}: {ratio(whole.sir)} times as many, an excess of "
        f"{decimal(whole.excess_per_10k, 2)} in 10,000 person-years."
    )
    if early and early.sir is not None:
        sooner = (early.observed or 0) - (whole.observed or 0)
        text += (
            f" Counted from diagnosis, with the {count(sooner)} of the first "
            f"{results.study.min_latency_months} months, it is {ratio(early.sir)} times."
        )
    return text
