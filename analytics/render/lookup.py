"""Finding one row of the results by its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from analytics.results.cox import CoxTerm
from analytics.results.document import Results
from analytics.results.ids import CoxId, SurvivalId
from analytics.results.statistical_tests import AdjustedTest, TestFamily
from analytics.results.survival import SurvivalStratum

Row = TypeVar("Row")


def first(rows: Iterable[Row], **fields: Any) -> Row | None:
    """The first row whose fields have these values, or None."""
    wanted = fields.items()
    return next((row for row in rows if all(getattr(row, name) == value for name, value in wanted)), None)


def the(rows: Iterable[Row], **fields: Any) -> Row:
    """The first row whose fields have these values; KeyError where the results must have one and have not."""
    row = first(rows, **fields)
    if row is None:
        raise KeyError(f"no row of the results has {fields}")
    return row


def only_term(results: Results, model: CoxId, variable: str | None = None) -> CoxTerm | None:
    """The (first) term of a Cox model, or that of one variable; None where it was not estimable."""
    model_found = first(results.cox, id=model)
    rows = model_found.terms if model_found else ()
    term = first(rows, variable=variable) if variable else next(iter(rows), None)
    return term if term and term.hr is not None else None


def adjusted_test(results: Results, family: str, what: str) -> tuple[AdjustedTest, TestFamily] | None:
    """One test with its P after Holm's adjustment, and the family it was adjusted in; None if not made."""
    looked_at = first(results.multiplicity, family=family)
    test = first(looked_at.tests, what=what) if looked_at else None
    return (test, looked_at) if test and looked_at and test.p_holm is not None else None


def stratum(results: Results, analysis: SurvivalId, level: str) -> SurvivalStratum | None:
    """One group of one survival analysis."""
    analysis_found = first(results.survival, id=analysis)
    return first(analysis_found.strata, level=level) if analysis_found else None
