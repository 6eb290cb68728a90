"""Who was included, rule by rule, and how many second primaries would each definition give?"""

from __future__ import annotations

from analytics.questions.analysis import REGISTRY, Analysis, Origin
from analytics.questions.rows import FLOW, PEOPLE, SCREENED
from analytics.results.cohort import DefinitionCount, ScreeningStep
from analytics.warehouse.marts import Marts

ANALYSIS = Analysis(
    section="included",
    title="Patient selection",
    question="Who was included?",
    keys=("attrition", "cohort", "definitions"),
    needs=REGISTRY,
    text="Each patient leaves at the first rule that removes them.",
    origins=(
        ("Screening rules", "marts.cohort_flow", "select * from marts.cohort_flow"),
        (
            "Definitions",
            "marts.second_primaries_by_definition",
            "select * from marts.second_primaries_by_definition",
        ),
    ),
    numbers=(
        Origin(
            "cohort",
            PEOPLE,
            PEOPLE,
            counts={
                "n_index": "",
                "n_second": "has_second_primary",
                "n_without_second": "not has_second_primary",
            },
        ),
        Origin(
            "attrition[step={step}]",
            "marts.cohort_flow",
            SCREENED,
            "source = 'seer' and is_selected_definition",
            FLOW,
        ),
        Origin(
            "definitions[definition={level}]",
            "marts.second_primaries_by_definition",
            SCREENED,
            "source = 'seer' and definition = {level}",
            {"n_second": "has_second_primary"},
        ),
    ),
)


def screening(marts: Marts) -> tuple[ScreeningStep, ...]:
    """The registry's people, rule by rule."""
    return tuple(ScreeningStep(**step) for step in marts.cohort_flow().to_dicts())


def definitions(marts: Marts) -> tuple[DefinitionCount, ...]:
    """Second primaries under each definition, the selected one first."""
    return tuple(DefinitionCount(**row) for row in marts.second_primaries_by_definition().to_dicts())
