"""How analyses are called: by type in the code, and in results.json by a text that only this file makes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SurvivalId(StrEnum):
    """An analysis of survival curves: from when on, and in which groups."""

    FROM_INDEX = "os_from_index"
    BY_SECOND = "os_from_index_by_second"
    BY_ERA = "os_from_index_by_era"
    AT_LANDMARKS = "os_from_index_by_second_landmark"
    FROM_EXPOSURE = "os_from_index_by_second_time_dependent"
    FROM_SECOND = "os_from_second"


class CompetingId(StrEnum):
    """An analysis of first events, by its groups."""

    EVERYBODY = "second_primary"
    BY_ERA = "second_primary_by_era"
    BY_CHEMOTHERAPY = "second_primary_by_chemotherapy"

    @property
    def variable(self) -> str:
        """What its groups differ in; empty where everybody is one group."""
        return GROUPED_BY[self]


GROUPED_BY = {
    CompetingId.EVERYBODY: "",
    CompetingId.BY_ERA: "era",
    CompetingId.BY_CHEMOTHERAPY: "chemotherapy",
}


class Cox(StrEnum):
    """A kind of Cox model: death after the index cancer by the second one, or death after the second."""

    NAIVE = "index_naive"
    LANDMARK = "index_landmark"
    ADJUSTED = "index_time_dependent_adjusted"
    UNADJUSTED = "index_time_dependent"
    ALONE = "second_univariate"
    TOGETHER = "second_multivariable"
    EFRON = "second_multivariable_efron"
    FIRTH = "second_multivariable_firth"


AFTER_INDEX = frozenset({Cox.NAIVE, Cox.LANDMARK, Cox.ADJUSTED, Cox.UNADJUSTED})


@dataclass(frozen=True, slots=True)
class CoxId:
    """One Cox model.

    variable         the only one, of a model of the kind ALONE
    landmark_months  of a model of the kind LANDMARK
    """

    kind: Cox
    variable: str | None = None
    landmark_months: int | None = None

    @property
    def is_after_index(self) -> bool:
        """Whether the clock starts at, or after a landmark from, the index cancer; else at the second."""
        return self.kind in AFTER_INDEX

    @property
    def asked(self) -> str | None:
        """The variable that the model is about; None of one that asks about all of its variables."""
        return "second_primary" if self.is_after_index else self.variable

    def __str__(self) -> str:
        detail = self.variable if self.landmark_months is None else self.landmark_months
        return self.kind if detail is None else f"{self.kind}:{detail}"

    @classmethod
    def of_text(cls, text: str) -> CoxId:
        """The model of this name; ValueError where there is none."""
        kind, colon, detail = text.partition(":")
        match Cox(kind):
            case Cox.LANDMARK:
                return at_landmark(int(detail))
            case Cox.ALONE if detail:
                return alone(detail)
            case Cox.ALONE:
                raise ValueError(f"{text!r} names no variable")
            case known if not colon:
                return cls(known)
        raise ValueError(f"{text!r} is no model")


NAIVE, ADJUSTED, UNADJUSTED = CoxId(Cox.NAIVE), CoxId(Cox.ADJUSTED), CoxId(Cox.UNADJUSTED)
TOGETHER, EFRON, FIRTH = CoxId(Cox.TOGETHER), CoxId(Cox.EFRON), CoxId(Cox.FIRTH)


def at_landmark(months: int) -> CoxId:
    return CoxId(Cox.LANDMARK, landmark_months=months)


def alone(variable: str) -> CoxId:
    return CoxId(Cox.ALONE, variable=variable)


class Block(StrEnum):
    """A key of results.json that contrasts repeat numbers of."""

    SURVIVAL = "survival"
    COX = "cox"
    COMPETING = "competing"
    INCIDENCE = "incidence_overall"
    POPULATION = "sir"
    ERA_RATIOS = "era_ratios"
    FAIR_ERAS = "fair_eras"
    SHRUNKEN = "shrunken"
    NULL_BANDS = "null_bands"


IDS: dict[Block, type[SurvivalId] | type[CompetingId]] = {
    Block.SURVIVAL: SurvivalId,
    Block.COMPETING: CompetingId,
}


@dataclass(frozen=True, slots=True)
class AnswerId:
    """Where the number stands that a contrast repeats: a block, and the analysis where it has several."""

    block: Block
    id: SurvivalId | CompetingId | CoxId | None = None

    def __str__(self) -> str:
        return self.block if self.id is None else f"{self.block}:{self.id}"

    @classmethod
    def of_text(cls, text: str) -> AnswerId:
        """The answer of this name; ValueError where there is none."""
        name, colon, id = text.partition(":")
        block = Block(name)
        if not colon:
            return cls(block)
        return cls(block, CoxId.of_text(id) if block is Block.COX else IDS[block](id))
