"""The four numbers on the front: value, limits, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.questions.model_card import TOO_FEW_EVENTS
from analytics.render.cells import fill, of
from analytics.render.formats import between, count, counted, decimal, months, or_state, ratio
from analytics.render.lookup import only_term, stratum
from analytics.render.printed_values import the_paper_prints
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, NAIVE, SurvivalId
from analytics.results.incidence import EraIncidence
from analytics.results.population import StandardisedIncidence


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    value: str
    limits: str
    aside: str


def cards(results: Results) -> tuple[Card, ...]:
    """The cards that these results can fill; every number is a cell."""
    study, overall = results.study, results.incidence_overall
    index, second = study.index_short_label, study.second_short_label
    shown = []
    if overall.rate_per_100k is not None:
        seen = of(counted(overall.observed, "case"), overall, "observed")
        people = of(f"{count(overall.n_second)} of {count(overall.n_index)}", overall, "n_second", "n_index")
        shown.append(
            Card(
                f"{second} per 100,000 person-years after {index}",
                of(decimal(overall.rate_per_100k), overall, "rate_per_100k"),
                _interval(overall.observed, overall, "rate_ci", decimal),
                seen if overall.observed == overall.n_second else fill("{}; conventional {}", seen, people),
            )
        )
    whole = results.sir[0]
    name = "Observed over expected in the population"
    if whole.state != "value":
        counts = "" if whole.observed is None else f"{count(whole.observed)} observed"
        shown.append(Card(name, or_state("", whole), "", of(counts, whole, "observed") if counts else ""))
    else:
        expected = of(decimal(whole.expected, 2), whole, "expected")
        shown.append(
            Card(
                name,
                of(ratio(whole.sir), whole, "sir"),
                _interval(whole.observed, whole, "sir_ci", ratio),
                fill("{} over {}", of(count(whole.observed), whole, "observed"), expected),
            )
        )
    exposed, naive = only_term(results, ADJUSTED), only_term(results, NAIVE)
    if exposed and naive:
        shown.append(
            Card(
                f"Hazard of death after {second}, adjusted",
                fill("×\u00a0{}", of(ratio(exposed.hr), exposed, "hr")),
                fill(
                    "95% CI {}" + ("; too few events" if exposed.verdict == TOO_FEW_EVENTS else ""),
                    of(between(exposed.hr_ci), exposed, "hr_ci"),
                ),
                fill(
                    "conventional, grouped by later second cancer: ×\u00a0{}",
                    of(ratio(naive.hr), naive, "hr"),
                ),
            )
        )
    after = stratum(results, SurvivalId.FROM_SECOND, "all")
    if after:
        printed = the_paper_prints(results, f"survival[id={SurvivalId.FROM_SECOND}].strata[level=all].median")
        reached = after.median is not None
        shown.append(
            Card(
                f"Median survival from {second} on, months",
                of(months(after.median), after, "median") if reached else "not reached",
                fill(
                    "95% CI, log-log, {}",
                    of(between(after.median_ci.get("loglog"), months), after, "median_ci.loglog"),
                ),
                fill(
                    f"conventional cohort: {{}} of {{}}{f'; {printed}' if printed else ''}",
                    of(counted(after.events, "death"), after, "events"),
                    of(count(after.n), after, "n"),
                ),
            )
        )
    return tuple(shown)


def _interval(
    events: int | None, row: EraIncidence | StandardisedIncidence, name: str, form: Callable[[float], str]
) -> str:
    """The confidence interval; of no event the upper limit, which is all that is known."""
    limits = getattr(row, name)
    if events == 0 and limits[1] is not None:
        return fill("at most {}, exact 97.5% limit", of(form(limits[1]), row, f"{name}[1]"))
    return fill("95% CI {}", of(between(limits, form), row, name))
