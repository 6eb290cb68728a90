"""Finding one row of the results by its fields."""

from __future__ import annotations

from typing import Any


def first(rows: list[dict[str, Any]], **fields: Any) -> dict[str, Any] | None:
    """The first row whose fields have these values, or None."""
    return next((row for row in rows if all(row.get(name) == value for name, value in fields.items())), None)


def the(rows: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The first row whose fields have these values; KeyError where the results must have one and have not."""
    found = first(rows, **fields)
    if found is None:
        raise KeyError(f"no row of the results has {fields}")
    return found


def only_term(results: dict[str, Any], model: str, variable: str | None = None) -> dict[str, Any] | None:
    """The (first) term of a Cox model, or that of one variable; None where it was not estimable."""
    found = first(results["cox"], id=model)
    rows = found["terms"] if found else []
    term = first(rows, variable=variable) if variable else next(iter(rows), None)
    return term if term and term["hr"] is not None else None


def stratum(results: dict[str, Any], analysis: str, level: str) -> dict[str, Any] | None:
    """One group of one survival analysis."""
    found = first(results["survival"], id=analysis)
    return first(found["strata"], level=level) if found else None
