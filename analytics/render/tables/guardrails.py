"""Tables for a small study: model cards, ratios with a prior, misclassification."""

from __future__ import annotations

from math import inf

from analytics.questions.model_card import FEW
from analytics.questions.multiplicity import LEVEL
from analytics.render.cells import Computed, computed, fill, join, of
from analytics.render.formats import (
    NOTHING,
    STATES,
    count,
    counted,
    decimal,
    p_value,
    ratio,
    sentence,
    short,
    with_limits,
)
from analytics.render.labels import model_label, variable_label
from analytics.render.lookup import the
from analytics.render.tables.table import ReportTable, Table
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.guardrails import CorrectedTable, CorrectionDraws, Misclassification, ModelCard
from analytics.results.states import NOT_ESTIMABLE

LARGEST = 100
VERDICTS = {
    "adequate": "adequate",
    "few_events": "few events",
    "too_few_events": "too few events",
    "not_estimated": "not estimated",
}


def model_cards(results: Results) -> Table:
    """One row for each model: whether its deaths are enough."""
    study = results.study
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    origin = None
    titles = {
        False: f"Death after {study.second_short_label}",
        True: f"Death after {study.index_short_label}, by {study.second_short_label}",
    }
    for model in results.cox:
        card, own = model.card, model.id.is_after_index
        if card is None:
            continue
        if own != origin:
            origin = own
            groups.add(len(rows))
            rows.append((titles[own], *[""] * 7))
        rows.append(
            (model_label(study, model.id), of(count(model.events), model, "events"),
             of(deaths_each(card.events_per_coefficient), card, "events_per_coefficient"),
             _smallest(card), ", ".join(card.separated) or "none",
             _drift(model), _detectable(card, model.id.asked or "chemotherapy"), _verdict(card))
        )  # fmt: skip
    return Table(
        title="Whether each model has enough events",
        columns=("Model", "Deaths", "Deaths per coefficient", "Deaths in the smallest group", "Separation",
                 "Proportional hazards, P", "Smallest detectable ratio", "Verdict"),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 5, 6}),
        footnotes=(
            "Too few events: fewer than 5 deaths per coefficient or in a group that is compared, or a "
            "separated coefficient. Few events: fewer than 10. The verdict is on the number of deaths, "
            "not on the question asked: grouping by later second cancer is wrong with any number.",
            "Smallest detectable ratio: with 80% power and two-sided P below 0.05, from the "
            "information of the model's columns (Schoenfeld); of the coefficient asked about, which of all "
            "together is that of chemotherapy.",
            "Proportional hazards: the P of the variable asked about, or of all covariates at once where the "
            "model asks about all. Below 0.05 the ratio is an average over the follow-up.",
        ),
    )  # fmt: skip


MODEL_CARDS = ReportTable(
    "model_cards",
    "after",
    model_cards,
    made_of=("cox",),
    when=lambda results: any(model.state != "not_delivered" for model in results.cox),
    wrap=True,
    families=("Proportional hazards",),
)


def _smallest(card: ModelCard) -> str:
    smallest = min(card.groups, key=lambda group: group.events, default=None)
    return of(count(smallest.events), smallest, "events") if smallest else NOTHING


def deaths_each(number: float | None) -> str:
    """Deaths per coefficient: one decimal where they are few, none where it tells nothing."""
    return decimal(number, 1 if (number or 0) < FEW else 0)


def _drift(model: CoxAnalysis) -> str:
    """The P of the model's test of proportional hazards, and what it tests where that is all covariates."""
    test = model.drift
    if test is None:
        return NOTHING
    text = of(p_value(test.p_value), test, "p_value")
    return text if test.variable == model.id.asked else fill("{} (all covariates)", text)


def _detectable(card: ModelCard, asked: str) -> str:
    known = [row for row in card.detectable if row.hazard_ratio is not None and row.variable == asked]
    if not known:
        return NOTHING
    low, high = (
        of(_at_most(row.hazard_ratio), row, "hazard_ratio")
        for row in (extreme(known, key=lambda row: row.hazard_ratio or 0) for extreme in (min, max))
    )
    return low if low == high else fill("{} to {}", low, high)


def _at_most(found: float | None) -> str:
    """A ratio that no study finds needs no more than its order."""
    return f"above {LARGEST}" if found and found > LARGEST else ratio(found)


def _verdict(card: ModelCard) -> str:
    words = VERDICTS[card.verdict]
    if not card.reasons:
        return sentence(words)
    each = [of(reason, card, f"reasons[{at}]") for at, reason in enumerate(card.reasons)]
    return fill("{}: {}", sentence(words), join(*each, between="; "))


def shrunken(results: Results) -> Table:
    """The chemotherapy ratio under each prior; the only place where E-values stand."""
    study = results.study
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    model = None
    for row in results.shrunken:
        if row.model != model:
            model = row.model
            groups.add(len(rows))
            unshrunken = of(with_limits(row.unshrunken_hr, row.unshrunken_ci),
                            row, "unshrunken_hr", "unshrunken_ci")  # fmt: skip
            rows.append((fill("{}: {} before shrinking", model_label(study, model), unshrunken), "", "", ""))
        confounding = row.e_value
        rows.append(
            (f"95% prior interval {prior_words(row.prior)}",
             of(with_limits(row.hr, row.hr_ci), row, "hr", "hr_ci"),
             of(ratio(confounding.estimate), row, "e_value.estimate"),
             of(ratio(confounding.limit), row, "e_value.limit"))
        )  # fmt: skip
    deaths = the(results.cox, id=results.shrunken[0].model).events
    return Table(
        title=f"No/unknown chemotherapy for {study.second_short_label} with a prior: hazard ratios of"
        " death",
        columns=("Prior", "Shrunken HR (95% interval)", "E-value", "E-value of the limit nearer 1"),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3}),
        footnotes=(
            f"Semi-Bayes: the normal approximation of the estimate from {counted(deaths, 'death')} and a "
            "normal prior around a ratio of 1, averaged by their precision.",
            "E-value: how strongly an unmeasured confounder would have to be associated with both no/unknown "
            "chemotherapy and death, as risk ratios, to explain the shrunken ratio away; 1.00 where the "
            "interval holds 1 already. It is given for shrunken ratios only, since that of an inflated ratio "
            "measures the inflation.",
        ),
    )  # fmt: skip


SHRUNKEN = ReportTable(
    "shrunken", "after", shrunken, made_of=("cox", "shrunken"), when=lambda results: bool(results.shrunken)
)


def prior_words(prior: tuple[float, float]) -> str:
    """1/10 to 10."""
    return f"1/{short(1 / prior[0])} to {short(prior[1])}"


def misclassification(results: Results) -> Table:
    """The chemotherapy row of Table 1 as recorded, and corrected."""
    study, bounds = results.study, results.misclassification
    assert bounds is not None
    second = study.second_short_label
    n_cases = bounds.cases_yes + bounds.cases_no_unknown
    both = computed(n_cases, "People with a second primary, recorded “Yes” or “No/Unknown”", "{} + {}",
                    bounds, "cases_yes", "cases_no_unknown")  # fmt: skip
    recorded = of(f"{count(bounds.cases_yes)} of {count(n_cases)} “Yes”",
                  bounds, "cases_yes", "cases_no_unknown", both)  # fmt: skip
    rows: list[tuple[str, ...]] = [
        ("As recorded", "", "", recorded, _odds(bounds)),
        ("Corrected", "", "", "", ""),
    ]  # fmt: skip
    for cell in bounds.grid:
        rows.append(
            (fill("Finds {} of those given it, {} with {}",
                  of(_percent(cell.sensitivity), cell, "sensitivity"),
                  of(_percent(cell.sensitivity_in_cases), cell, "sensitivity_in_cases"), second),
             of(_percent(cell.ppv), cell, "ppv"), of(_percent(cell.specificity), cell, "specificity"),
             _given(cell, both),
             "impossible" if cell.impossible else _odds(cell))
        )  # fmt: skip
    groups = {1, len(rows)}
    n_draws = of(count(bounds.draws[0].n_draws), bounds.draws[0], "n_draws")
    rows.append((fill("Drawn {} times, chance included", n_draws), "", "", "", ""))
    for drawn in bounds.draws:
        rows.append(
            (f"Record {drawn.record}", of(" to ".join(map(_percent, bounds.ppv)), bounds, "ppv"), "",
             fill("possible in {}", of(f"{count(drawn.n_possible)} of {count(drawn.n_draws)}",
                                       drawn, "n_possible", "n_draws")),
             with_chance(drawn))
        )  # fmt: skip
    return Table(
        title=f"{variable_label(study, 'chemotherapy', table=1)}, “Yes” against “No/Unknown”, corrected for"
        " misclassification",
        columns=(
            "Record", "Of those recorded “Yes”, given it", "Of those not given it, recorded “No/Unknown”",
            f"Given it among those with {second}", "Odds ratio (95% interval)",
        ),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 4}),
        footnotes=(
            f"The registry finds {_percent(bounds.sensitivity[1])} of those given chemotherapy (drawn from "
            f"{_percent(bounds.sensitivity[0])} to {_percent(bounds.sensitivity[2])}), and more than "
            f"{_percent(bounds.ppv[0])} of those recorded “Yes” were given it (SEER's treatment "
            "limitations). "
            "Impossible: the corrected table would need a negative number of people."
            f"{_empty_cells(bounds)}",
            _share_recorded(bounds, second),
        ),
    )  # fmt: skip


MISCLASSIFICATION = ReportTable(
    "misclassification", "unknown", misclassification, made_of=("misclassification",), wrap=True
)


def _share_recorded(bounds: Misclassification, second: str) -> str:
    """How many of the cases are recorded “Yes”, and whether one record for both groups can explain that."""
    share, finds = bounds.share_of_cases_yes, bounds.sensitivity[1]
    said = f"{_percent(share)} of those with {second} are recorded “Yes”"
    if share <= finds:
        return f"{said}, no more than the {_percent(finds)} that the registry finds of those given it."
    chance = bounds.chance_if_all_cases_treated
    said = (
        f"{said}. Had all been given chemotherapy and the record found {_percent(finds)}, that many or more "
        f"would be recorded in {_percent(chance)} of cohorts"
    )
    if chance >= LEVEL:
        return f"{said}: chance may explain it."
    return (
        f"{said}: the record of those who fell ill again may be better kept, and that alone makes an odds "
        "ratio."
    )


def _odds(row: Misclassification | CorrectedTable) -> str:
    """An odds ratio; in words where a cell of its table is empty."""
    return STATES[NOT_ESTIMABLE] if row.odds_ratio is None else of(ratio(row.odds_ratio), row, "odds_ratio")


def _empty_cells(bounds: Misclassification) -> str:
    """The sentence that says why an odds ratio is not estimable."""
    possible = [cell.odds_ratio for cell in bounds.grid if not cell.impossible]
    if None not in (bounds.odds_ratio, *possible):
        return ""
    return f" {sentence(STATES[NOT_ESTIMABLE])}: one of the four groups of the table is empty."


def _given(cell: CorrectedTable, n_cases: Computed) -> str:
    if cell.counts is None:
        return NOTHING
    text = f"{decimal(cell.counts['cases_given'])} of {count(n_cases.value)}"
    return of(text, cell, "counts.cases_given", n_cases)


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.0f}%"


def possible_draws(bounds: Misclassification) -> tuple[CorrectionDraws, ...]:
    """The draws that some correction fits, that with one record for both groups first."""
    return tuple(drawn for drawn in bounds.draws if drawn.odds_ratio is not None)


def with_chance(drawn: CorrectionDraws) -> str:
    """The odds ratio of the draws with its interval, which counts chance in."""
    return of(with_limits(drawn.odds_ratio, drawn.interval), drawn, "odds_ratio", "interval")


def corrected_range(bounds: Misclassification) -> tuple[float, float] | None:
    """The least and the greatest odds ratio of the possible corrections; infinity where one leaves no case
    untreated."""
    possible = [cell for cell in bounds.grid if not cell.impossible]
    ratios = [inf if cell.odds_ratio is None else cell.odds_ratio for cell in possible]
    return (min(ratios), max(ratios)) if ratios else None
