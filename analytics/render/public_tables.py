"""The tables of the public report in words. Intervals are computed from the counts as they are shown.

Whatever stands here is a function of the protected results alone (`analytics.disclosure.public`), so that no
cell can tell more than they do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from analytics.disclosure.cells import PrintedCount
from analytics.disclosure.public import PublicTable, value_as_text
from analytics.estimators.rates import poisson_interval, proportion_interval
from analytics.render.cells import Cell, Computed, fill
from analytics.render.formats import NOTHING, decimal, ratio, sentence, with_limits
from analytics.render.labels import (
    analysis_label,
    definition_label,
    group_label,
    level_label,
    model_label,
    test_label,
    variable_label,
)
from analytics.render.tables.table import Table
from analytics.results.ids import CoxId
from analytics.warehouse.study import Study

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PublicColumn:
    """One column: its heading, and what a row's cell says."""

    heading: str
    cell: Callable[[Row], str]
    is_numeric: bool = True


@dataclass(frozen=True, slots=True)
class Presentation:
    """How one public table is shown.

    section     of the report
    fold        the line one opens to see it; empty if it stands open
    is_grouped  rows alike in the first column stand under it on a page
    """

    section: str
    title: str
    columns: tuple[PublicColumn, ...]
    footnotes: tuple[str, ...] = ()
    fold: str = ""
    is_grouped: bool = False


FROM_SHOWN = "Ratios, rates and exact 95% confidence intervals (CI) are of the counts as shown."


def for_page(table: PublicTable, study: Study) -> Table:
    """A public table in words; its cells know the numbers that they show."""
    shown = PRESENTATIONS[table.name](study)
    rows = [tuple(column.cell(row) for column in shown.columns) for row in table.rows]
    columns, groups = shown.columns, frozenset[int]()
    if shown.is_grouped:
        columns = shown.columns[1:]
        rows, groups = _under_headings(rows)
    return Table(
        shown.title,
        tuple(column.heading for column in columns),
        tuple(rows),
        groups=groups,
        numeric=frozenset(at for at, column in enumerate(columns) if column.is_numeric),
        footnotes=tuple(filter(None, (*shown.footnotes, table.note))),
        id=table.name,
    )


def _under_headings(rows: list[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], frozenset[int]]:
    """Each run of rows alike in the first cell under a row that has that cell alone."""
    made: list[tuple[str, ...]] = []
    groups = set()
    for name, alike in groupby(rows, key=lambda row: row[0]):
        rest = [row[1:] for row in alike]
        groups.add(len(made))
        made += [(name, *[""] * (len(rest[0]) - 1)), *rest]
    return made, frozenset(groups)


def rate_with_interval(part: Any, whole: Any, per: int, form: Callable[[float | None], str] = decimal) -> str:
    """A proportion of people, exact interval; nothing where a count is hidden."""
    if not _is_number(part) or not _is_number(whole) or not _number(whole):
        return NOTHING
    k, n = _number(part), _number(whole)
    limits = proportion_interval(min(k, n), n)
    return _estimate(k / n * per, (limits.lower * per, limits.upper * per), form)


def ratio_with_interval(
    observed: Any, expected: float | None, per: float = 1, form: Callable[[float | None], str] = ratio
) -> str:
    """A count over an expected number or over person-years, exact Poisson interval."""
    if not _is_number(observed) or not expected:
        return NOTHING
    limits, times = poisson_interval(_number(observed)), per / expected
    return _estimate(_number(observed) * times, (limits.lower * times, limits.upper * times), form)


def _estimate(value: float, limits: tuple[float, float], form: Callable[[float | None], str]) -> str:
    named = zip((value, *limits), ("estimate", "lower", "upper"), strict=True)
    return Cell(with_limits(value, limits, form), tuple(Computed(number, name) for number, name in named))


def _number(value: Any) -> int:
    return int(value.number or 0) if isinstance(value, PrintedCount) else int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, PrintedCount) and value.number is not None)


def _written(value: Any, name: str = "count") -> str:
    """A value of the public results; a star is no number."""
    text = value_as_text(value, thousands=",") or NOTHING
    number = value.number if isinstance(value, PrintedCount) else value
    return Cell(text, (Computed(number, name),) if isinstance(number, int | float) else ())


def _text(heading: str, at: int, form: Callable[[str], str] = str) -> PublicColumn:
    return PublicColumn(heading, lambda row: form(row[at]) if row[at] else NOTHING, is_numeric=False)


def _value(heading: str, at: int) -> PublicColumn:
    return PublicColumn(heading, lambda row: _written(row[at]))


def _short(heading: str, at: int) -> PublicColumn:
    """A number that is whole without decimals, as the degrees of freedom of most tests are."""

    def cell(row: Row) -> str:
        value = row[at]
        return _written(int(value) if isinstance(value, float) and value.is_integer() else value)

    return PublicColumn(heading, cell)


def _share(part: int, percent: int) -> Callable[[Row], str]:
    """A count with its percentage, where that is shown."""

    def cell(row: Row) -> str:
        if row[percent] is None:
            return _written(row[part])
        return fill("{} ({}%)", _written(row[part]), _written(row[percent], "percentage"))

    return cell


def _cohort(study: Study) -> Presentation:
    return Presentation("included", "Study cohort", (_text("People with", 0, sentence), _value("People", 1)))


def _attrition(study: Study) -> Presentation:
    columns = (_text("Rule", 0, sentence), _value("Entered", 1), _value("Removed", 2), _value("Left", 3))
    return Presentation("included", "Patient selection, rule by rule", columns)


def _definitions(study: Study) -> Presentation:
    columns = (_text("Definition", 0, partial(definition_label, study)), _value("People", 1))
    return Presentation("included", f"{study.second_short_label} under each definition", columns)


def _characteristics(study: Study) -> Presentation:
    second = study.second_short_label
    columns = (
        _text("Characteristic", 0, partial(_variable, study)),
        _text("Level", 1),
        PublicColumn(f"Without {second}", _share(2, 3)),
        PublicColumn(f"With {second}", _share(4, 5)),
    )
    note = "No/Unknown is what the registry records: treatment not known to have been given."
    title = f"Patients with {study.index_label}, with and without {study.second_label}"
    return Presentation("characteristics", title, columns, (note,), is_grouped=True)


def _tests(study: Study) -> Presentation:
    columns = (
        _text("Characteristic", 0, partial(_variable, study)), _text("Test", 1, test_label),
        _short("Statistic", 2), _short("Degrees of freedom", 3), _value("P", 4),
    )  # fmt: skip
    return Presentation("characteristics", "Tests between the groups", columns, is_grouped=True)


def _numbers(study: Study) -> Presentation:
    columns = (
        _text("Characteristic", 0, partial(_variable, study)),
        _text("Group", 1, partial(group_label, study)),
        _value("People", 2), _value("Mean", 3), _value("Standard deviation", 4), _value("Median", 5),
    )  # fmt: skip
    return Presentation("characteristics", "Means and medians", columns, is_grouped=True)


def _eras(study: Study) -> Presentation:
    columns = (
        _text(f"Year of {study.index_short_label} diagnosis", 0, sentence),
        _value("People", 1),
        _value(f"With {study.second_short_label}", 2),
        PublicColumn("Per 100,000 people (95% CI)", lambda row: rate_with_interval(row[2], row[1], 100_000)),
        _value("People at risk, corrected", 4),
        _value("Cases, corrected", 5),
        _value("Person-years", 6),
        PublicColumn(
            "Per 100,000 person-years (95% CI)",
            lambda row: ratio_with_interval(row[5], row[6], 100_000, decimal),
        ),
    )
    title = f"{sentence(study.second_label)} after {study.index_label}"
    return Presentation("incidence", title, columns, (FROM_SHOWN,))


def _sir(study: Study) -> Presentation:
    columns = (
        PublicColumn("By", lambda row: _variable(study, row[0]) if row[0] else "Everybody", False),
        _text("Group", 1, lambda level: sentence(level_label(level))),
        _value("Observed", 2),
        _value("Expected", 3),
        PublicColumn("Observed/expected (95% CI)", lambda row: ratio_with_interval(row[2], row[3])),
    )
    return Presentation("sir", "Observed and expected cases", columns, (FROM_SHOWN,), is_grouped=True)


def _survival(study: Study) -> Presentation:
    columns = (
        _text("Analysis", 0, partial(analysis_label, study)), _text("Group", 1, partial(group_label, study)),
        _value("People", 2), _value("Deaths", 3), _value("Median, months", 4),
        PublicColumn("Alive at 5 years, %", lambda row: _percent_alive(row[5])),
    )  # fmt: skip
    return Presentation("survival", "Survival", columns, is_grouped=True)


def _percent_alive(share: float | None) -> str:
    if share is None:
        return NOTHING
    return Cell(decimal(100 * share, 0), (Computed(100 * share, "percentage"),))


def _survival_tests(study: Study) -> Presentation:
    columns = (
        _text("Analysis", 0, partial(analysis_label, study)),
        _text("Test", 1, test_label),
        _value("P", 2),
    )
    return Presentation("survival", "Tests between survival curves", columns)


def _competing(study: Study) -> Presentation:
    columns = (
        _text("Analysis", 0, partial(analysis_label, study)),
        _text("Group", 1, partial(group_label, study)),
        _value("People", 2),
        _value(f"{study.second_short_label} first", 3),
        _value("Death first", 4),
        _value("Gray's test, P", 5),
    )
    return Presentation("competing", "First events", columns, is_grouped=True)


def _compared(study: Study) -> Presentation:
    columns = (
        _text("Model", 0, partial(_model, study)), _text("Group", 1, partial(_compared_with, study)),
        _value("People", 2), _value("Deaths", 3),
    )  # fmt: skip
    title = "People and deaths behind each hazard ratio"
    return Presentation("survival", title, columns, fold=title, is_grouped=True)


def _cox(study: Study) -> Presentation:
    columns = (
        _text("Model", 0, partial(_model, study)), _text("Compared", 2, partial(_compared_with, study)),
        PublicColumn("Hazard ratio (95% CI)",
              lambda row: NOTHING if row[3] is None else _hazard_ratio(*row[3:6])),
        _value("P", 6),
    )  # fmt: skip
    note = "Ratios are shown in steps of about 10%, so that no count can be worked out from them."
    return Presentation("survival", "Hazard ratios of death", columns, (note,))


def _hazard_ratio(value: float, low: float | None, high: float | None) -> str:
    named = zip((value, low, high), ("estimate", "lower", "upper"), strict=True)
    text = f"{value} ({low or NOTHING} to {'not reached' if high is None else high})"
    return Cell(text, tuple(Computed(number, name) for number, name in named if number is not None))


def _latency_tests(study: Study) -> Presentation:
    columns = (
        _text("Test", 0, test_label), _short("Statistic", 1), _short("Degrees of freedom", 2), _value("P", 3)
    )  # fmt: skip
    note = "Eras were followed for unequal times: nothing is concluded from latencies compared as observed."
    return Presentation("latency", "Latency between eras, as observed", columns, (note,))


def _hospital(study: Study) -> Presentation:
    columns = (
        _value("People", 0),
        PublicColumn(f"With {study.second_short_label}", lambda row: _written(row[1])),
        PublicColumn("Per 100,000 people (95% CI)", lambda row: rate_with_interval(row[1], row[0], 100_000)),
    )
    return Presentation("hospital", "The hospital's patients", columns)


PRESENTATIONS: dict[str, Callable[[Study], Presentation]] = {
    "cohort": _cohort,
    "attrition": _attrition,
    "definitions": _definitions,
    "table1": _characteristics,
    "table1_tests": _tests,
    "table1_numeric": _numbers,
    "eras": _eras,
    "sir": _sir,
    "latency_tests": _latency_tests,
    "survival": _survival,
    "survival_tests": _survival_tests,
    "cox": _cox,
    "compared": _compared,
    "competing": _competing,
    "institution": _hospital,
}
"""By the name of the public table (`analytics.disclosure.public_results.PARTS`)."""


def _variable(study: Study, variable: str) -> str:
    return variable_label(study, variable, table=1)


def _model(study: Study, id: str) -> str:
    return sentence(model_label(study, CoxId.of_text(id)))


def _compared_with(study: Study, text: str) -> str:
    """A variable and its levels, as "Sex: Male against Female"."""
    variable, _, levels = text.partition(": ")
    if variable == "second_primary":
        variable = study.second_short_label
    compared = " against ".join(group_label(study, level) for level in levels.split(" against "))
    return f"{variable_label(study, variable)}: {compared}"
