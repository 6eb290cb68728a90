"""Estimates, tables, figures and reports over the published marts."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.warehouse.published import Warehouse

__all__ = ["open"]


def open(home: str | PathLike[str], study: str | None = None) -> Warehouse:
    """Open the published warehouse of a home, to read.

    home   the folder that ``metachron --home`` names
    study  the name of a study; None is the study that the home's ``warehouse.duckdb`` was published for

    Raises ValueError where nothing is published, or nothing of that study.
    """
    # Whoever wants an estimator alone waits for no database.
    from analytics.warehouse.published import open_warehouse

    return open_warehouse(home, study)
