"""A made-up analysis, whole in this one file: how many had the index cancer, by sex."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.questions.analysis import Analysis, Column, FurtherRows, Origin
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study


@dataclass(frozen=True, slots=True)
class PeopleOfASex:
    """A row of the made-up analysis."""

    sex: str
    n: int
    share: float


def people_by_sex(marts: Marts, study: Study) -> tuple[PeopleOfASex, ...]:
    sexes = marts.index_patients()["sex"].value_counts().sort("sex")
    return tuple(PeopleOfASex(sex, n, n / sexes["count"].sum()) for sex, n in sexes.iter_rows())


ANALYSIS = Analysis(
    section="made_up",
    title="Patients by sex",
    question="Who had {index}?",
    keys=("people_by_sex",),
    text="Made up.",
    origins=(("People by sex", "marts.index_patients", "select * from marts.index_patients"),),
    numbers=(
        Origin(
            "people_by_sex[sex={level}]", "marts.index_patients", "marts.index_patients", "sex = {level}",
            {"n": ""},
        ),
    ),
    further=FurtherRows(
        PeopleOfASex,
        people_by_sex,
        (Column("Sex", lambda row: row.sex), Column("People", lambda row: row.n),
         Column("Share", lambda row: row.share)),
    ),
)  # fmt: skip
