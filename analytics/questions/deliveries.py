"""What did nobody look for, so that neither a zero nor a comparison can be told?

An item that no delivery holds has no value in anybody. Its counts would read "0 of 0" and its tests compare
nothing, so every number that rests on it is withheld: null, with the state "not_delivered" and the reason. A
number that was asked for and could not be estimated keeps null, with the state "not_estimable" and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from analytics.questions.contrasts import CORRECTED, ERA, TREATMENT
from analytics.questions.model_card import why_no_ratio
from analytics.results.cohort import Cohort
from analytics.results.competing import CompetingAnalysis, FineGray
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.eras import EqualWindow, FairEras
from analytics.results.guardrails import NullBands
from analytics.results.ids import FIRTH, AnswerId, Block, Cox, SurvivalId
from analytics.results.incidence import EraRatio, Ratio
from analytics.results.population import IncidenceRatioTest
from analytics.results.states import NOT_DELIVERED, NOT_ESTIMABLE, VALUE, NotDelivered, ReferenceRates
from analytics.results.statistical_tests import LatencyTest, Table1Test
from analytics.results.survival import SurvivalAnalysis
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study

Row = TypeVar("Row")
Analysis = TypeVar("Analysis", CoxAnalysis, CompetingAnalysis, SurvivalAnalysis)
SECOND = "second_cancer"
LISTING = "registry_listing"
"""The item that holds all others: without a row of a registry, each is lacking for this one reason."""

DEFINITION = f"{SECOND}: "
"""Before the name of a definition, the item that says whether any row is of it."""

RATES = "reference_rates"
COVARIATES = {
    "sex": ("Sex", "Sex"),
    "race": ("Race", "Race recode (White, Black, Other)"),
    "marital_status": ("Marital status", "Marital status at diagnosis"),
    "chemotherapy": ("Chemotherapy", "Chemotherapy recode (yes, no/unk)"),
}
"""What each item is called, and the column of a case listing that holds it."""

FOLLOW_UP = {
    "survival_months": ("How long people were followed", "Survival months"),
    "vital_status": ("Who died", "Vital status recode (study cutoff used)"),
}
NO_EVENT = "There is no second primary to compare."
NOT_REACHED = "More than half were alive when last seen: the median is not reached."
NO_ESTIMATE = "It could not be estimated from these data."
NO_LISTING = NotDelivered(
    LISTING,
    "No registry listing was delivered: nothing is said of the registry's patients.",
    "Deliver a case listing of the registry.",
)
NO_ROW_OF_DEFINITION = (
    "No row of anybody delivered has a code of this definition: none seen cannot be told from none "
    "delivered. Check its codes, and deliver every tumour of each person."
)
ONE_ERA = "The study has one era: there is nothing to compare it with."
NO_TREATMENT = "No two groups of treatment with deaths among them can be compared."


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The items that no delivery holds, by name, and the state of the reference rates.

    definitions  of the second cancer, those of which no row of anybody delivered is
    """

    absent: dict[str, NotDelivered]
    rates: ReferenceRates
    definitions: frozenset[str] = frozenset()

    def reason(self, *items: str) -> str | None:
        """Why there is nothing about these items, with what to deliver; None where all were delivered."""
        items = (LISTING,) if LISTING in self.absent else items
        reasons = [self.absent[item] for item in items if item in self.absent]
        return " ".join(f"{each.reason} {each.remedy}" for each in reasons) or None


def deliveries(marts: Marts, study: Study) -> Deliveries:
    """What was delivered, as the warehouse states it."""
    asked, row = marts.delivered_items(), marts.reference_coverage().row(0, named=True)
    items = [row["item"] for row in asked.to_dicts() if not row["is_delivered"]]
    if not asked["n_rows"].sum():
        reason = f"{NO_LISTING.reason} {NO_LISTING.remedy}"
        return Deliveries({LISTING: NO_LISTING}, ReferenceRates(NOT_DELIVERED, reason, None))
    return Deliveries(
        {item: _absent(item, study) for item in items if not item.startswith(DEFINITION)},
        ReferenceRates(row["state"], row["reason"], row["note"]),
        frozenset(item.removeprefix(DEFINITION) for item in items if item.startswith(DEFINITION)),
    )


def _absent(item: str, study: Study) -> NotDelivered:
    if item == SECOND:
        return NotDelivered(
            item,
            f"No row of anybody delivered has the codes of {study.second_label}: none seen cannot be told "
            "from none delivered.",
            "Check the codes of the study, and deliver every tumour of each person, not only "
            f"{study.index_label}.",
        )
    name, column = (COVARIATES | FOLLOW_UP)[item]
    return NotDelivered(
        item, f"{name} was not delivered.", f"Deliver the case listing again with “{column}”."
    )


def not_delivered(delivered: Deliveries) -> tuple[NotDelivered, ...]:
    """Every item that was not delivered, the reference rates last."""
    rows = tuple(delivered.absent.values())
    if delivered.rates.state != NOT_DELIVERED or LISTING in delivered.absent:
        return rows
    return (*rows, NotDelivered(RATES, delivered.rates.reason or "", ""))


def with_states(results: Results, delivered: Deliveries) -> Results:
    """The results with the state and reason of every row that answers, and false numbers taken out."""
    for item in COVARIATES:
        if reason := delivered.reason(item):
            results = _without_covariate(results, item, reason)
    if reason := delivered.reason(*FOLLOW_UP):
        results = replace(
            results,
            survival=_all_emptied(results.survival, reason),
            cox=_all_emptied(results.cox, reason),
            competing=_all_emptied(results.competing, reason),
        )
    if reason := delivered.reason(SECOND):
        results = _without_second(results, reason)
    if reason := delivered.reason(LISTING):
        results = _without_registry(results, reason)
    fair = results.fair_eras
    results = replace(
        results,
        definitions=tuple(
            _withheld(row, NO_ROW_OF_DEFINITION, ("is_selected",))
            if row.definition in delivered.definitions and row.state == VALUE
            else row
            for row in results.definitions
        ),
        fair_eras=replace(fair, windows=tuple(_compared(window) for window in fair.windows)),
        contrasts=(*_of_population(results), *_unanswered(results, delivered)),
    )
    for key, has_value in ANSWERS.items():
        held = getattr(results, key)
        stated: Any = (
            tuple(_stated(row, has_value(row), results) for row in held)
            if isinstance(held, tuple)
            else _stated(held, has_value(held), results)
        )
        results = replace(results, **{key: stated})
    return results


def _p_value(row: LatencyTest | Table1Test | IncidenceRatioTest) -> bool:
    return row.p_value is not None


def _fitted(model: CoxAnalysis) -> bool:
    """Whether a model answers: of the second primary where it was asked about, not of what it adjusts for."""
    terms = [term for term in model.terms if term.variable == "second_primary"]
    return any(term.hr is not None for term in terms or model.terms)


def _estimated(row: Ratio | Contrast) -> bool:
    """A median that is not reached is told by its lower limit."""
    of_survival = isinstance(row, Contrast) and row.source.block is Block.SURVIVAL
    return row.estimate is not None or (of_survival and _has_lower_limit(row))


def _has_lower_limit(row: Ratio | Contrast) -> bool:
    """A ratio to nothing has no value, but a lower limit and a P."""
    return bool(row.ci[0])


ANSWERS: dict[str, Callable[[Any], bool]] = {
    "table1": lambda row: row.denominator_without is not None,
    "definitions": lambda row: row.n_second is not None,
    "table1_unknown": lambda row: row.n_without is not None,
    "table1_tests": _p_value,
    "eras": lambda row: row.proportion is not None,
    "incidence_overall": lambda row: row.proportion is not None,
    "era_ratios": _estimated,
    "latency_tests": _p_value,
    "survival": lambda row: bool(row.strata),
    "cox": _fitted,
    "competing": lambda row: bool(row.strata),
    "sir_tests": _p_value,
    "contrasts": _estimated,
}
"""The rows that answer, and when they do. Rows of observed over expected say it themselves."""


def _stated(row: Any, has_value: bool, results: Results) -> Any:
    """A row with its state; without an estimate or a lower limit there is no P of it either."""
    if has_value or row.state != VALUE:
        return row
    nothing: dict[str, Any] = {}
    if not (isinstance(row, Ratio | Contrast) and _has_lower_limit(row)):
        nothing = {name: value for name, value in NO_ESTIMATE_OF.items() if hasattr(row, name)}
    return replace(row, **nothing, state=NOT_ESTIMABLE, reason=_why(row, results))


NO_ESTIMATE_OF = {"p_value": None, "ci": (None, None)}


def _why(row: Any, results: Results) -> str:
    """Why a row has no estimate: its own note, why the model that a contrast repeats has none, or that there
    is no second primary. The method of a ratio that has no value, a contrast's note, says why."""
    source = row.source if isinstance(row, Contrast) else None
    block = source.block if source else None
    if block is Block.SURVIVAL:
        return NOT_REACHED
    if source and block is Block.COX:
        model = next((model for model in results.cox if model.id == source.id), None)
        return (_why_no_treatment(model) or model.reason if model else None) or NO_ESTIMATE
    if block in (Block.ERA_RATIOS, Block.FAIR_ERAS) or isinstance(row, EraRatio):
        if not results.cohort.n_second:
            return NO_EVENT
        return (row.method if isinstance(row, EraRatio) else row.note) or NO_ESTIMATE
    return getattr(row, "note", None) or NO_ESTIMATE


def _why_no_treatment(model: CoxAnalysis) -> str:
    """Why a model of death after the second cancer has no ratio of chemotherapy; it may have others."""
    terms = () if model.id.is_after_index else model.terms
    why = next((why_no_ratio(term) for term in terms if term.variable == "chemotherapy"), "")
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def _withheld(row: Row, reason: str, kept: Iterable[str] = ()) -> Row:
    """A row without its numbers: None for a number, no rows for rows, (None, None) for limits."""
    held = {field.name: getattr(row, field.name) for field in fields(row)}  # type: ignore[arg-type]
    left = {name: value if name in kept else _nothing(name, value) for name, value in held.items()}
    noted = {"note": reason} if "note" in held else {}
    return type(row)(**left | noted | {"state": NOT_DELIVERED, "reason": reason})


def _nothing(name: str, value: Any) -> Any:
    if isinstance(value, AnswerId):
        return value
    if isinstance(value, tuple):
        return (None, None) if name.endswith("ci") else ()
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: _nothing(f.name, getattr(value, f.name)) for f in fields(value)})
    return value if isinstance(value, str) else None


EMPTY: dict[str, Any] = {
    "strata": (), "tests": (), "terms": (), "wald": (), "proportional_hazards": (), "gray": None,
    "fine_gray": FineGray(), "loglik": None, "loglik_null": None, "events_per_parameter": None, "card": None,
}  # fmt: skip


def _emptied(row: Analysis, reason: str) -> Analysis:
    """An analysis that keeps its name and its place, with nothing in it."""
    nothing = {name: empty for name, empty in EMPTY.items() if hasattr(row, name)}
    return replace(row, **nothing, note=reason, state=NOT_DELIVERED, reason=reason)


def _all_emptied(rows: tuple[Analysis, ...], reason: str) -> tuple[Analysis, ...]:
    return tuple(_emptied(row, reason) for row in rows)


def _without_covariate(results: Results, item: str, reason: str) -> Results:
    """Nobody has a value of the item: no counts of it, no test, no curve; models say that they lack it."""

    def without(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(
            _withheld(row, reason) if row.variable == item else row  # type: ignore[attr-defined]
            for row in rows
        )

    left_out = f"{COVARIATES[item][0]} was not delivered and is no covariate here."
    return replace(
        results,
        table1=without(results.table1),
        table1_unknown=without(results.table1_unknown),
        table1_tests=without(results.table1_tests),
        competing=tuple(
            _emptied(row, reason) if row.id.variable == item else row for row in results.competing
        ),
        cox=tuple(
            replace(row, note=" ".join(filter(None, (row.note, left_out)))) if _might_hold(row, item) else row
            for row in results.cox
        ),
    )


def _compared(window: EqualWindow) -> EqualWindow:
    """A window of equal follow-up; no second primary in it is no comparison, so that its P goes."""
    ratio = window.rate_ratio
    if ratio is None or _estimated(ratio) or _has_lower_limit(ratio):
        return window
    return replace(window, rate_ratio=replace(ratio, p_value=None, ci=(None, None)))


def _of_population(results: Results) -> tuple[Contrast, ...]:
    """The contrasts, the one with the population in the state of the ratio that it repeats."""
    whole = next((row for row in results.sir if not row.stratum), None)
    if whole is None or whole.state == VALUE:
        return results.contrasts
    return tuple(
        replace(row, state=whole.state, reason=whole.reason, note=whole.reason)
        if row.source.block is Block.POPULATION and row.state == VALUE
        else row
        for row in results.contrasts
    )


def _unanswered(results: Results, delivered: Deliveries) -> list[Contrast]:
    """A row for each question to which no estimator had an answer."""
    questions = {row.question for row in results.contrasts}
    rows = []
    if ERA not in questions:
        reason = delivered.reason(LISTING)
        state = NOT_DELIVERED if reason else NOT_ESTIMABLE
        why = reason or (ONE_ERA if len(results.eras) < 2 else NO_ESTIMATE)
        rows.append(_no_answer(ERA, "rate per person-year", "ratio", AnswerId(Block.ERA_RATIOS), state, why))
    if TREATMENT not in questions:
        reason = delivered.reason(SECOND) or delivered.reason("chemotherapy")
        state = NOT_DELIVERED if reason else NOT_ESTIMABLE
        penalised = "Cox with Firth's penalty, profile confidence interval"
        rows.append(_no_answer(TREATMENT, penalised, "hazard ratio",
                               AnswerId(Block.COX, FIRTH), state, reason or NO_TREATMENT))  # fmt: skip
    return rows


def _no_answer(
    question: str, estimator: str, measure: str, source: AnswerId, state: str, reason: str
) -> Contrast:
    return Contrast(
        question, estimator, CORRECTED, measure, None, (None, None), None, source, reason,
        state=state, reason=reason,
    )  # fmt: skip


MULTIVARIABLE = {
    **dict.fromkeys((Cox.TOGETHER, Cox.EFRON, Cox.FIRTH), ("sex", "race", "chemotherapy")),
    Cox.ADJUSTED: ("sex", "race"),
}
"""The covariates, delivered or not, of the models that have several."""


OF_SECOND = (
    SurvivalId.BY_SECOND, SurvivalId.AT_LANDMARKS, SurvivalId.FROM_EXPOSURE, SurvivalId.FROM_SECOND,
)  # fmt: skip
"""The analyses of survival that are about the second cancer."""


def _might_hold(model: CoxAnalysis, item: str) -> bool:
    return item in MULTIVARIABLE.get(model.id.kind, ())


def _without_second(results: Results, reason: str) -> Results:
    """The index cancer's patients remain; nothing is told of who fell ill again, not even a zero."""

    def withheld(rows: tuple[Row, ...], kept: Iterable[str] = ()) -> tuple[Row, ...]:
        return tuple(_withheld(row, reason, kept) for row in rows)

    return replace(
        results,
        table1=withheld(results.table1),
        table1_unknown=withheld(results.table1_unknown),
        table1_numeric=(),
        table1_tests=withheld(results.table1_tests),
        eras=withheld(results.eras, ("n_index",)),
        incidence_overall=_withheld(results.incidence_overall, reason, ("n_index",)),
        era_ratios=withheld(results.era_ratios),
        latency_tests=withheld(results.latency_tests),
        latency_points=(),
        contrasts=withheld(results.contrasts),
        cohort=replace(results.cohort, n_second=None, n_without_second=None),
        cox=_all_emptied(results.cox, reason),
        competing=_all_emptied(results.competing, reason),
        survival=tuple(_emptied(row, reason) if row.id in OF_SECOND else row for row in results.survival),
        fair_eras=FairEras((), (), None, reason),
        shrunken=(),
        sir_tests=(),
        misclassification=None,
        null_bands=NullBands(None, None),
        institution=replace(results.institution, registry_ratio=None, comparison=None, case_series=()),
    )


def _without_registry(results: Results, reason: str) -> Results:
    """Nothing is left of the registry, not even that nobody of it has the index cancer."""
    return replace(
        results,
        attrition=(),
        cohort=Cohort(None, None, None),
        definitions=tuple(_withheld(row, reason, ("is_selected",)) for row in results.definitions),
        eras=tuple(_withheld(row, reason) for row in results.eras),
        incidence_overall=_withheld(results.incidence_overall, reason),
    )
