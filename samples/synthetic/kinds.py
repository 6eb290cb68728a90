"""The kinds of cancer in the synthetic registry: one row of `data/cancers.csv` each.

A tumour carries the number of its kind; site, histology, recodes and their labels follow.
`cancer` names the row of `data/incidence.csv` that has the rate, `share` the part of it that is of this kind;
kinds with neither are placed on purpose (myeloma, acute lymphoblastic leukaemia and their look-alikes).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Kinds:
    """Columns of the table, each of shape (kinds,); strings as object arrays."""

    name: tuple[str, ...]
    cancer: tuple[str, ...]
    share: np.ndarray
    site: np.ndarray
    site_label: np.ndarray
    histology: np.ndarray
    in_situ_histology: np.ndarray
    site_recode: np.ndarray
    site_recode_code: np.ndarray
    mean_age: np.ndarray
    median_survival_months: np.ndarray
    chemo_share: np.ndarray
    radiation_share: np.ndarray

    def number(self, name: str) -> int:
        return self.name.index(name)


def rows_of(file_name: str) -> list[dict[str, str]]:
    """The rows of one of this package's data files."""
    with (DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def kinds() -> Kinds:
    rows = rows_of("cancers.csv")

    def text(column: str) -> np.ndarray:
        return np.array([row[column] for row in rows], dtype=object)

    def number(column: str, dtype: type = float) -> np.ndarray:
        return np.array([row[column] or 0 for row in rows]).astype(float).astype(dtype)

    return Kinds(
        name=tuple(row["kind"] for row in rows),
        cancer=tuple(row["cancer"] for row in rows),
        share=number("share"),
        site=text("site"),
        site_label=text("site_label"),
        histology=number("histology", int),
        in_situ_histology=number("in_situ_histology", int),
        site_recode=text("site_recode"),
        site_recode_code=number("site_recode_code", int),
        mean_age=number("mean_age"),
        median_survival_months=number("median_survival_months"),
        chemo_share=number("chemo_share"),
        radiation_share=number("radiation_share"),
    )
