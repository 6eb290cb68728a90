"""Great Expectations asked: a suite and a validation definition for each table, one checkpoint over all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from expectations.expectation import Expectation, Question
from expectations.parameters import PARAMETERS
from expectations.session import ENGINE, Session, qualified

WHOLE = "whole table"


@dataclass(frozen=True, slots=True)
class Answers:
    """What Great Expectations said.

    held     for each question of a table whether it held; one that could not be answered is not among them
    as_json  its own description of the checkpoint's result; "" if there is none
    """

    held: dict[str, bool]
    as_json: str

    def on(self, expectation: Expectation) -> bool | None:
        """Whether all that an expectation asks held; None if any of it could not be answered."""
        said = [self.held.get(key(expectation.table, question)) for question in expectation.asked_as]
        return None if None in said else all(said)


NO_ANSWERS = Answers({}, "")


def ask_great_expectations(session: Session, expectations: Sequence[Expectation]) -> Answers:
    """Run one checkpoint over these expectations; what they have in common is asked once."""
    import great_expectations as gx

    parameters = session.values_of(PARAMETERS)
    there = session.tables()
    tables = {
        table: asked
        for table, asked in questions_by_table(expectations, parameters).items()
        # A table that is not there leaves its expectations unable to run, which fails the audit.
        if asked and qualified(table) in there
    }
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = connected(context, session, list(tables))
    definitions = [
        context.validation_definitions.add(
            gx.ValidationDefinition(
                name=table,
                data=source.get_asset(table).get_batch_definition(WHOLE),
                suite=context.suites.add(
                    gx.ExpectationSuite(name=table, expectations=as_expectations(asked))
                ),
            )
        )
        for table, asked in tables.items()
    ]
    if not definitions:
        return NO_ANSWERS
    checkpoint = context.checkpoints.add(
        # Any other format lists the values that broke an expectation.
        gx.Checkpoint(name="audit", validation_definitions=definitions, result_format="BOOLEAN_ONLY")
    )
    try:
        result = checkpoint.run(expectation_parameters=parameters)
    except Exception:
        return NO_ANSWERS
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()
    return Answers(
        {
            each.expectation_config.meta["key"]: bool(each.success)  # type: ignore[union-attr, index]
            for of_table in result.run_results.values()
            for each in of_table.results
            # One answer, or one per metric where a metric failed; only a clean single answer is an answer.
            if each.exception_info.get("raised_exception") is False
        },
        result.describe() + "\n",
    )


def questions_by_table(
    expectations: Sequence[Expectation], parameters: dict[str, Any]
) -> dict[str, dict[str, tuple[Question, Expectation]]]:
    """Table -> the questions about it by their keys, each once; none whose parameter is unknown."""
    tables: dict[str, dict[str, tuple[Question, Expectation]]] = {}
    for expectation in expectations:
        asked = tables.setdefault(expectation.table, {})
        for question in expectation.asked_as:
            if parameters_of(question) <= parameters.keys():
                asked[key(expectation.table, question)] = (question, expectation)
    return tables


def parameters_of(question: Question) -> set[str]:
    """The names of the parameters that a question's arguments call."""
    return {
        value["$PARAMETER"]
        for value in question.arguments.values()
        if isinstance(value, dict) and "$PARAMETER" in value
    }


def key(table: str, question: Question) -> str:
    return json.dumps([table, question.kind, question.arguments], sort_keys=True)


def as_expectations(asked: dict[str, tuple[Question, Expectation]]) -> list[Any]:
    """The questions as Great Expectations' own objects; one with arguments it does not take is left out."""
    import great_expectations.expectations as gxe

    made = []
    for name, (question, expectation) in asked.items():
        with suppress(Exception):
            made.append(
                getattr(gxe, question.kind)(
                    **question.arguments,
                    severity=expectation.severity,
                    meta={"key": name, "says": expectation.says, "because": expectation.because},
                )
            )
    return made


def connected(context: Any, session: Session, tables: Sequence[str]) -> Any:
    """The session's database as Great Expectations' data source, with the whole of each table as an asset."""
    from sqlalchemy.pool import StaticPool

    return context.data_sources.add_sql(
        "audit",
        connection_string=session.address,
        create_temp_table=False,
        kwargs={**ENGINE, "poolclass": StaticPool},
        # All at once: for each that is added later the whole configuration is written again.
        assets=[
            {
                "type": "table",
                "name": table,
                "schema_name": qualified(table).rsplit(".", 1)[0],
                "table_name": qualified(table).rsplit(".", 1)[1],
                "batch_definitions": [{"name": WHOLE, "partitioner": None}],
            }
            for table in tables
        ],
    )
