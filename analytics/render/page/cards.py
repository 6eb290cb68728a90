"""The four numbers on the front: value, limits, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.render.formats import between, count, counted, decimal, months, or_state, ratio
from analytics.render.lookup import only_term, stratum
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, NAIVE, SurvivalId


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    value: str
    limits: str
    aside: str


def cards(results: Results) -> tuple[Card, ...]:
    """The cards that these results can fill."""
    study, overall = results.study, results.incidence_overall
    index, second = study.index_short_label, study.second_short_label
    shown = []
    if overall.rate_per_100k is not None:
        people = f"{count(overall.n_second)} of {count(overall.n_index)} people"
        seen = counted(overall.observed, "case")
        shown.append(
            Card(
                f"{second} in 100,000 person-years after {index}",
                decimal(overall.rate_per_100k),
                f"95% CI {between(overall.rate_ci, decimal)}",
                seen if overall.observed == overall.n_second else f"{seen}; conventional cohort: {people}",
            )
        )
    whole = results.sir[0]
    if whole.state != "value":
        seen = "" if whole.observed is None else f"{count(whole.observed)} observed"
        shown.append(Card("Observed over expected in the population", or_state("", whole), "", seen))
    else:
        shown.append(
            Card("Observed over expected in the population", ratio(whole.sir),
                 f"95% CI {between(whole.sir_ci)}",
                 f"{count(whole.observed)} over {decimal(whole.expected, 2)}")
        )  # fmt: skip
    exposed, naive = only_term(results, ADJUSTED), only_term(results, NAIVE)
    if exposed and naive:
        shown.append(
            Card(f"Hazard of death from {second} on, adjusted", f"×\u00a0{ratio(exposed.hr)}",
                 f"95% CI {between(exposed.hr_ci)}",
                 f"conventional, grouped by later second cancer: ×\u00a0{ratio(naive.hr)}")
        )  # fmt: skip
    after = stratum(results, SurvivalId.FROM_SECOND, "all")
    if after:
        shown.append(
            Card(f"Median survival after {second}, months",
                 "not reached" if after.median is None else months(after.median),
                 f"95% CI {between(after.median_ci.get('loglog'), months)}",
                 f"{counted(after.events, 'death')} of {count(after.n)}")
        )  # fmt: skip
    return tuple(shown)
