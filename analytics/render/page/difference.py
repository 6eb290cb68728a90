"""One plain sentence or two on each difference between the corrected answer and the conventional one.

The corrected estimate leads; the conventional one stands second, with what the paper prints of it.
"""

from __future__ import annotations

from analytics.bias.band import Band
from analytics.questions.incidence_by_era import PROPORTION, STRATIFIED
from analytics.render.cells import fill, join, of
from analytics.render.formats import (
    count,
    decimal,
    excludes_one,
    months,
    p_is,
    per_100k,
    ratio,
    with_limits,
)
from analytics.render.lookup import first, only_term
from analytics.render.printed_values import the_paper_prints
from analytics.render.tables.eras import too_few
from analytics.render.tables.guardrails import possible_draws, with_chance
from analytics.results.competing import CompetingAnalysis
from analytics.results.cox import CoxTerm
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


def hazard(term: CoxTerm) -> str:
    """A hazard ratio with its interval."""
    return of(with_limits(term.hr, term.hr_ci), term, "hr", "hr_ci")


def hazard_alone(term: CoxTerm) -> str:
    """A hazard ratio that stands second, without its interval."""
    return of(ratio(term.hr), term, "hr")


def conventional_chemotherapy(results: Results, plain: CoxTerm, text: str) -> str:
    """The conventional ratio of chemotherapy, and what the paper prints of it."""
    place = f"cox[id={TOGETHER}].terms[variable=chemotherapy,level={plain.level}].hr"
    said = the_paper_prints(results, place)
    return fill(f"conventional {{}}{f', {said}' if said else ''}", text)


def _of_survival(results: Results) -> str:
    naive, exposed = only_term(results, NAIVE), only_term(results, ADJUSTED)
    if not naive or not exposed:
        return ""
    second = results.study.second_short_label
    parts: list[str] = [
        fill(
            f"From its diagnosis on, adjusted, {second} multiplies the hazard of death by {{}}",
            hazard(exposed),
        )
    ]
    crude = only_term(results, UNADJUSTED)
    if crude:
        parts.append(fill(" ({} not adjusted)", hazard_alone(crude)))
    parts.append(fill(". Conventional, grouped by later second cancer: {}", hazard_alone(naive)))
    if crude and (naive.hr or 0) < (crude.hr or 0):
        parts.append(", biased by immortal time")
    parts.append(".")
    if exposed.verdict == "too_few_events":
        parts.append(f" The adjusted ratio rests on too few deaths ({'; '.join(exposed.reasons)}).")
    null = results.null_bands.immortal_time
    if null and null.share_significant is not None:
        parts.append(
            fill(
                f" Simulated without any effect of {second}, that grouping gives {{}} and is “significant” "
                f"in {100 * null.share_significant:.0f}% of {null.replicates} cohorts.",
                _band(null.hazard_ratio),
            )
        )
    return join(*parts)


def _band(band: Band) -> str:
    text = f"{ratio(band.p50)} ({ratio(band.p10)} to {ratio(band.p90)} in four of five)"
    return of(text, band, "p50", "p10", "p90")


def _of_incidence(results: Results) -> str:
    """The primary estimate of the change between eras, then the crude one."""
    people = first(results.era_ratios, label=PROPORTION)
    if not people or people.estimate is None:
        return ""
    rate = first(results.era_ratios, label=STRATIFIED)
    parts: list[str]
    if few := too_few(results.eras, "observed"):
        parts = [f"There are {few}."]
    else:
        parts = []
        if rate and rate.estimate is not None:
            parts.append(
                fill(
                    f"Primary estimate, at equal age and time since the index cancer: the rate in "
                    f"{rate.numerator} is {{}} times that in {rate.denominator} ({{}}). ",
                    of(with_limits(rate.estimate, rate.ci), rate, "estimate", "ci"),
                    of(p_is(rate.p_value), rate, "p_value"),
                )
            )
        few = too_few(results.eras, "n_second")
        parts.append(
            f"In the conventional cohort there are {few}."
            if few
            else fill(
                "Conventional, as proportions of people: {}, though the first era was followed longer.",
                of(with_limits(people.estimate, people.ci), people, "estimate", "ci"),
            )
        )
    if any("Ten times too large" in (row.note or "") for row in results.published):
        parts.append(" The paper prints the proportions of people ten times too large.")
    return join(*parts)


def _of_latency(results: Results) -> str:
    """What is left of the difference in the longest equal window; then why the observed one is none."""
    eras = results.eras
    longest = [era.longest_observable_latency_months for era in eras]
    if len(eras) < 2:
        return str(results.fair_eras.reason)
    if None in longest:
        return ""
    parts: list[str] = []
    windows = [window for window in results.fair_eras.windows if not too_few(window.eras, "n_second")]
    if windows:
        window, (early, late) = windows[-1], (windows[-1].eras[0], windows[-1].eras[-1])
        parts.append(
            fill(
                f"Within {window.window_months // 12} years, the median is {{}} "
                f"months in {late.era} against {{}} in {early.era} ({{}}). ",
                of(months(late.latency_median), late, "latency_median"),
                of(months(early.latency_median), early, "latency_median"),
                of(p_is(window.latency_p_value), window, "latency_p_value"),
            )
        )
    parts.append(
        fill(
            f"Conventional, as observed: {{}} months in {eras[-1].era} against {{}} in {eras[0].era}; but "
            f"follow-up could show up to {{}} months in {eras[0].era} and {{}} in {eras[-1].era}.",
            of(months(eras[-1].latency.median), eras[-1], "latency.median"),
            of(months(eras[0].latency.median), eras[0], "latency.median"),
            of(count(longest[0]), eras[0], "longest_observable_latency_months"),
            of(count(longest[-1]), eras[-1], "longest_observable_latency_months"),
        )
    )
    null = results.null_bands.latency
    if null and null.share_later_shorter is not None:
        parts.append(
            f" With one constant hazard the later median is the shorter in "
            f"{100 * null.share_later_shorter:.0f}% of {null.replicates} simulations"
        )
        gap = null.difference
        if gap.share_as_extreme is not None and gap.observed is not None and gap.observed < 0:
            parts.append(f", by {months(-gap.observed)} months or more in {100 * gap.share_as_extreme:.0f}%")
        parts.append(".")
    return join(*parts)


def _of_eras(results: Results) -> str:
    """The primary estimate of the change; then what the longest window that both eras fill leaves of it."""
    windows = (
        (window, window.rate_ratio)
        for window in reversed(results.fair_eras.windows)
        if window.rate_ratio and window.rate_ratio.estimate is not None
    )
    window, rate = next(windows, (None, None))
    primary = first(results.era_ratios, label=STRATIFIED)
    parts: list[str] = []
    if primary and primary.estimate is not None and not too_few(results.eras, "observed"):
        parts.append(
            fill(
                f"Primary estimate, because it uses all person-time at equal age and time since the index "
                f"cancer: {primary.numerator} over {primary.denominator}, {{}} times the rate",
                of(with_limits(primary.estimate, primary.ci), primary, "estimate", "ci"),
            )
        )
        parts.append(_read(primary.ci))
    if window is None or rate is None:
        return join(*parts)
    years = window.window_months // 12
    if few := too_few(window.eras, "n_second"):
        return join(
            *parts, f"{' ' if parts else ''}Followed equally long, for {years} years, there are {few}."
        )
    parts.append(
        fill(
            f"{' ' if parts else ''}Second, crude and with fewer cases: among those followed equally long, "
            f"{years} years, {{}} times",
            of(with_limits(rate.estimate, rate.ci), window, "rate_ratio.estimate", "rate_ratio.ci"),
        )
    )
    return join(*parts, _read(rate.ci))


def _read(limits: tuple[float | None, float | None]) -> str:
    """How a ratio of eras reads."""
    return ", a difference." if excludes_one(limits) else "; compatible with no difference."


def _of_unknown(results: Results) -> str:
    bounds = results.misclassification
    drawn = first(possible_draws(bounds)) if bounds else None
    if not bounds or bounds.odds_ratio is None or not drawn:
        return ""
    impossible = [cell for cell in bounds.grid if cell.impossible]
    parts: list[str] = [
        fill(
            "Corrected with what is known of the record, chance included, “Yes” goes with the second primary "
            f"{{}} times as often, were the record {drawn.record}. Conventional, as recorded: {{}}.",
            with_chance(drawn),
            of(ratio(bounds.odds_ratio), bounds, "odds_ratio"),
        )
    ]
    if impossible:
        alike = [cell for cell in bounds.grid if cell.sensitivity_in_cases == cell.sensitivity]
        unlike = "the record was not made alike for both groups"
        why = unlike if impossible == alike else "it does not hold here"
        parts.append(
            f" {len(impossible)} of {len(bounds.grid)} combinations of that knowledge are impossible: {why}, "
            "or it is chance."
        )
    return join(*parts)


def _of_treatment(results: Results) -> str:
    plain = only_term(results, TOGETHER, "chemotherapy")
    firth = only_term(results, FIRTH, "chemotherapy")
    model = first(results.cox, id=TOGETHER)
    if not firth or not model:
        return ""
    parts: list[str] = [fill("No/unknown chemotherapy: hazard ratio {} with Firth's penalty", hazard(firth))]
    middle = first(results.shrunken, model=TOGETHER, variable="chemotherapy", prior=(0.1, 10.0))
    if middle:
        shrunken = of(with_limits(middle.hr, middle.hr_ci), middle, "hr", "hr_ci")
        parts.append(fill(", {} with a prior of 1/10 to 10", shrunken))
    if plain:
        parts.append(fill("; {}", conventional_chemotherapy(results, plain, hazard(plain))))
        if plain.verdict == "too_few_events":
            which = ", both on" if firth.verdict == "too_few_events" else ", on"
            parts.append(f"{which} too few deaths ({'; '.join(plain.reasons)})")
    return join(*parts, ". No/unknown includes people who were treated, and people who died too early to be.")


def _of_competing(results: Results) -> str:
    everybody = first(results.competing, id=CompetingId.EVERYBODY)
    if not everybody or not everybody.strata:
        return ""
    stratum = everybody.strata[0]
    at, wrong = (by.get("120") for by in (stratum.at, stratum.one_minus_km_at))
    if not at or not wrong:
        return ""
    true = fill(
        f"{_of_whom(everybody)} {{}} in 100,000 have had {results.study.second_short_label}.",
        of(per_100k(at, 0), stratum, "at.120"),
    )
    if not stratum.competing_events:
        return true
    return join(
        true,
        fill(
            f" Conventional, one minus Kaplan-Meier: {{}}, {ratio(wrong / at)} times as many, because it "
            "treats the dead as still at risk.",
            of(per_100k(wrong, 0), stratum, "one_minus_km_at.120"),
        ),
    )


def _of_whom(everybody: CompetingAnalysis) -> str:
    months_in = everybody.from_months
    return f"Of those event-free at month {months_in}, by ten years" if months_in else "By ten years"


def _of_population(results: Results) -> str:
    whole = first(results.sir, stratum={})
    if not whole or whole.sir is None:
        return ""
    if not whole.observed:
        return fill(
            "No case was seen where the population's rates would give {}: at most {} times as many, the "
            "exact upper 97.5% confidence limit.",
            of(decimal(whole.expected, 2), whole, "expected"),
            of(ratio(whole.sir_ci[1]), whole, "sir_ci[1]"),
        )
    return fill(
        "{} were seen where the population's rates would give {}: {} times as many, {} more in 10,000 "
        "person-years.",
        of(count(whole.observed), whole, "observed"),
        of(decimal(whole.expected, 2), whole, "expected"),
        of(ratio(whole.sir), whole, "sir"),
        of(decimal(whole.excess_per_10k, 2), whole, "excess_per_10k"),
    )
