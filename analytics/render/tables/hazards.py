"""Table 2: the estimates that few deaths can bear first, the conventional ones after them and labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.questions.cox_rows import without_ratio
from analytics.render.cells import join, of
from analytics.render.formats import NOTHING, STATES, counted, p_value, with_limits
from analytics.render.labels import level_label, variable_label
from analytics.render.lookup import first
from analytics.render.tables.guardrails import deaths_each, prior_words
from analytics.render.tables.table import MARK, ReportTable, Table
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.document import Results
from analytics.results.ids import FIRTH, TOGETHER, Cox
from analytics.results.statistical_tests import VariableTest

NOT_ESTIMABLE = STATES["not_estimable"]
SHOWN_PRIOR = 10
TOO_FEW_EVENTS = (
    "† Too few events: fewer than 5 deaths per coefficient or in one of the two groups that it compares, or "
    "separated. Printed because it is usual, not as a finding; Firth's penalty removes bias and infinite "
    "ratios, not imprecision."
)


def table2(results: Results) -> Table:
    """Firth's hazard ratios and the shrunken one of chemotherapy, then the conventional ones."""
    study = results.study
    models = {model.id: model for model in results.cox}
    together, firth = models.get(TOGETHER), models.get(FIRTH)
    alone = [model for id, model in models.items() if id.kind is Cox.ALONE]
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    for model in alone:
        variable = model.id.variable or ""
        groups.add(len(rows))
        rows.append(
            (variable_label(study, variable), "", "", "", _joint(model, variable), "",
             _joint(together, variable))
        )  # fmt: skip
        for term in model.terms:
            label = f"{level_label(term.level)} against {level_label(term.reference)}"
            penalised = same_term(firth, term)
            rows.append(
                (label, _marked(penalised),
                 _p(penalised),
                 _marked(term), "", _marked(same_term(together, term)), "")
            )  # fmt: skip
        rows.extend(_shrunken(results, variable))
    printed = [term for model in (*alone, together, firth) if model for term in model.terms]
    return Table(
        title=f"Table 2. Factors associated with survival after {study.second_label}: hazard ratios of death",
        columns=("Variable", "Together, Firth (95% profile CI)", "P, Firth", "Alone, conventional (95% CI)",
                 "P", "Together, conventional (95% CI)", "P"),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
        footnotes=(
            *((TOO_FEW_EVENTS,) if any(map(has_too_few_events, printed)) else ()),
            _deaths_behind(together),
            *_notes({"Together, Firth": [firth], "Alone": alone, "Together, conventional": [together]}),
        ),
    )  # fmt: skip


TABLE_2 = ReportTable(
    "table2",
    "after",
    table2,
    made_of=("cox", "shrunken"),
    when=lambda results: any(model.terms for model in results.cox if model.id.kind is Cox.ALONE),
    families=(
        "Table 2, each variable alone",
        "Table 2, together",
        "Table 2, together with Firth's penalty",
    ),
)


def has_too_few_events(term: CoxTerm | None) -> bool:
    """Whether the events behind this very coefficient are too few for it."""
    return bool(term and term.card and term.card.verdict in ("too_few_events", "not_estimated"))


def same_term(model: CoxAnalysis | None, like: CoxTerm) -> CoxTerm | None:
    """The term of another model about the same level."""
    terms = model.terms if model else ()
    same = (t for t in terms if (t.variable, t.level) == (like.variable, like.level))
    return next(same, None)


def _shrunken(results: Results, variable: str) -> list[tuple[str, ...]]:
    """The ratio of the model of all variables under the middle prior, one row for each level."""
    return [
        (f"{level_label(row.level)}, with a prior of {prior_words(row.prior)} in place of Firth's penalty",
         of(with_limits(row.hr, row.hr_ci), row, "hr", "hr_ci"), *[""] * 5)
        for row in results.shrunken
        if (row.model, row.variable, row.prior[1]) == (TOGETHER, variable, SHOWN_PRIOR)
    ]  # fmt: skip


def _marked(term: CoxTerm | None) -> str:
    text = of(hazard_ratio(term), term, "hr", "hr_ci")
    return join(text, "\u00a0", MARK) if term and term.hr is not None and has_too_few_events(term) else text


def _deaths_behind(model: CoxAnalysis | None) -> str:
    if not model or model.events_per_parameter is None:
        return "The multivariable model could not be estimated."
    ties = {"breslow": "Breslow", "efron": "Efron"}[model.ties]
    fitted = sum(bool(term.card and term.card.events_per_coefficient is not None) for term in model.terms)
    all_of_them = counted(len(model.terms), "coefficient")
    coefficients = (
        all_of_them if fitted == len(model.terms) else f"{fitted} of {all_of_them} could be estimated"
    )
    return (
        f"{counted(model.n, 'person', 'people')}, {counted(model.events, 'death')}, {coefficients}: "
        f"{deaths_each(model.events_per_parameter)} deaths per coefficient, where ten is the usual minimum. "
        f"{ties} ties; P of a variable is the joint Wald test of its levels. Age and chemotherapy are those "
        "at the second primary, the era that of the index cancer."
    )


def _notes(columns: Mapping[str, Sequence[CoxAnalysis | None]]) -> tuple[str, ...]:
    """Why ratios are absent, each reason once with its columns; then what else the models' notes say."""
    told: dict[str, list[str]] = {}
    others: dict[str, None] = {}
    for column, models in columns.items():
        held = [model for model in models if model]
        for why in without_ratio(term for model in held for term in model.terms):
            told.setdefault(why, []).append(column)
        for model in held:
            rest = model.note or ""
            for why in without_ratio(model.terms):
                rest = rest.replace(why, "")
            others[" ".join(rest.split())] = None
    return (
        *(f"{' and '.join(f'“{column}”' for column in columns)}: {why}" for why, columns in told.items()),
        *(note for note in others if note),
    )


def _joint(model: CoxAnalysis | None, variable: str) -> str:
    return _p(first(model.wald if model else (), variable=variable))


def _p(of_what: CoxTerm | VariableTest | None) -> str:
    p = of_what.p_value if of_what else None
    return of(NOT_ESTIMABLE if p is None else p_value(p), of_what, "p_value")


def hazard_ratio(term: CoxTerm | None) -> str:
    """The ratio with its interval; of one without end its lower limit, of none that it is not estimable."""
    text = with_limits(term.hr, term.hr_ci) if term else NOTHING
    return text.replace(NOTHING, NOT_ESTIMABLE)
