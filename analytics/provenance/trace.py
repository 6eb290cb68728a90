"""From a number in results.json to the rows behind it, by the registry of `analytics.provenance.origins`.

A number is named by its place in results.json, so that what follows a place reads plain results (`Document`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from analytics.places import canonical, leaves
from analytics.provenance.origins import DRAWERS, ORIGINS, WITHOUT_ROWS
from analytics.published_numbers.expressions import PLACE, find_value
from analytics.questions.analysis import Drawer, Origin
from analytics.questions.registry import ANALYSES
from analytics.questions.rows import PEOPLE
from analytics.questions.survival_after_second import COLUMNS
from analytics.results.document import Results
from analytics.results.ids import TOGETHER, AnswerId, Block
from analytics.results.json_file import Document, plain
from analytics.results.run import RowsBehind, TracedRows
from analytics.results.sensitivity import Sensitivity
from analytics.warehouse.marts import Marts

OF_A_TERM = re.compile(r"(\.fine_gray)?\.terms\[[^\]]*\](?=\.card\.groups\[)")
"""A term's own groups are groups of the model, where their rows are said."""

RECOMPUTED = ".recomputed"
FROM_PRINTED = "recomputed from printed numbers alone:"

PLACEHOLDER = re.compile(r"\{(\w+)\}")
WHOLE_NUMBERS = {"step", "months"}
SUM = re.compile(r"\.person_years$|^sir\[.*\.expected$")
"""Places of numbers that are sums over rows, though no counts."""

WHOLE_BLOCKS = frozenset({Block.INCIDENCE, Block.FAIR_ERAS})


@dataclass(frozen=True, slots=True)
class Trace:
    """A number and the SQL of the rows it was made from.

    mart      what the report reads
    table     what the SQL reads: the mart, or what it was made from; of a query within it, the mart
    is_count  whether the number is the number of rows (or the sum of `total`); otherwise it was summed or
              estimated from them
    called    what `total` is in words
    """

    place: str
    value: Any
    mart: str
    table: str
    sql: str
    is_count: bool
    total: str = ""
    called: str = ""

    @property
    def how(self) -> str:
        """What the number is of its rows, in words that follow their number."""
        if not self.is_count:
            return f"the number was {'summed over' if SUM.search(self.place) else 'estimated from'} them"
        return f"the number is the sum of their {self.called}" if self.total else "the number is their count"


class NotTraced(LookupError):
    """The results have the number; the registry does not say where it comes from."""


def traces(place: str, document: Document, *, is_canonical: bool = False) -> tuple[Trace, ...]:
    """What a number was made from: several where the expression of a printed number or a contrast points
    elsewhere, and for an expression such as 100 * {place} / {place}; none where a printed number is computed
    from others alone, or `without_rows` says of what else.

    is_canonical  whether the place is known to be canonical, as `analytics.places.leaves` says it

    Raises NotThere where the results have nothing, NotTraced where the registry has nothing, ValueError for a
    text that is not a place.
    """
    if several := PLACE.findall(place):
        return tuple(one for other in several for one in traces(other, document))
    place = place if is_canonical else canonical(place, document)
    value = find_value(place, document)
    if isinstance(value, dict | list):
        raise ValueError(f"{place!r} holds several numbers; name one of them")
    if without_rows(place, document):
        return ()
    pointed = elsewhere(place, document)
    if pointed is None:
        return (trace(place, value, document),)
    return tuple(one for other in pointed for one in _group_or_number(other, document))


def without_rows(place: str, document: Document) -> str:
    """What a number was made of that no rows of the release give, in words; empty for every other number.

    As in "from the study file" and "printed in the paper, Table 1".
    """
    if place.startswith("published["):
        number = find_value(place.rpartition(".")[0], document)
        if not place.endswith(RECOMPUTED):
            return f"printed in the paper, {number['where']}"
        return "" if PLACE.search(number["expression"]) else f"{FROM_PRINTED} {number['expression']}"
    made = next((words for begins, words in WITHOUT_ROWS.items() if _pattern(begins).match(place)), "")
    return f"from {made}" if made else ""


def elsewhere(place: str, document: Document) -> list[str] | None:
    """The places that a recomputed number, a contrast or a shrunken ratio repeats; None for any other."""
    if place.startswith("published["):
        number = find_value(place.rpartition(".")[0], document)
        return list(dict.fromkeys(PLACE.findall(number["expression"])))
    if place.startswith("contrasts["):
        contrast = find_value(place.rpartition(".")[0], document)
        source = AnswerId.of_text(contrast["source"])
        if source.block is Block.ERA_RATIOS:
            labels = [ratio["label"] for ratio in document["era_ratios"]]
            return [f"era_ratios[{labels.index(contrast['estimator'])}]"]
        if source.block in WHOLE_BLOCKS:
            return [source.block]
        if source.block is Block.SHRUNKEN:
            source = AnswerId(Block.COX, TOGETHER)
        whole = f"{source.block}[id={source.id}]" if source.id else f"{source.block}[0]"
        is_of_a_group = contrast.get("level") is not None and not place.endswith(".p_value")
        return [f"{whole}.strata[level={contrast['level']}]" if is_of_a_group else whole]
    if place.startswith("shrunken["):
        return [f"cox[id={find_value(place[: place.index(']') + 1], document)['model']}]"]
    return None


def _group_or_number(place: str, document: Document) -> tuple[Trace, ...]:
    value = find_value(place, document)
    at = canonical(place, document)
    return (trace(at, None if isinstance(value, dict | list) else value, document),)


def trace(place: str, value: Any, document: Document) -> Trace:
    """The origin of one canonical place, with its SQL filled in."""
    sought = OF_A_TERM.sub("", place)
    for origin in ORIGINS:
        matched = _pattern(origin.place).match(sought)
        if matched is None:
            continue
        rest = sought[matched.end() :].removeprefix(".")
        filled = _filled_with(matched.groupdict(), place, document)
        sql = _select(origin, [origin.where, origin.counts.get(rest, "")])
        for name, text in filled.items():
            sql = sql.replace(f"{{{name}}}", text)
        return Trace(
            place=place,
            value=value,
            mart=origin.mart,
            table=origin.mart if origin.table.startswith("(") else origin.table,
            sql=sql,
            is_count=rest in origin.counts,
            total=origin.total,
            called=origin.called or origin.total.replace("_", " "),
        )
    raise NotTraced(place)


def counts(document: Document, places: list[str]) -> list[Trace]:
    """The traces of those places that are counts of rows."""
    parts = []
    for place in places:
        try:
            origin_trace = trace(place, find_value(place, document), document)
        except (NotTraced, LookupError):
            continue
        if origin_trace.is_count:
            parts.append(origin_trace)
    return parts


NOT_A_NUMBER_OF_ITS_OWN = (".curve.", ".risk_table.", ".coef", ".loglik", "person_time.")
"""In places whose rows the page does not say, as of steps of curves and of groups that are added up."""

OF_A_PERSON = "institution.cases["
"""Places whose SQL names a patient: `metachron explain` says it, the results and the page do not."""


def traced_rows(marts: Marts, results: Results) -> tuple[TracedRows, ...]:
    """How many rows each SQL behind a number of an analysis gives, every SQL once."""
    document = plain(results)
    shown = {key: document[key] for analysis in ANALYSES for key in analysis.keys if key in document}
    tables_of: dict[str, str] = {}
    for place, value in leaves(shown):
        if value is None or isinstance(value, bool | str) or any(p in place for p in NOT_A_NUMBER_OF_ITS_OWN):
            continue
        try:
            traced = traces(place, document, is_canonical=True)
        except (NotTraced, LookupError):
            continue
        tables_of |= {found.sql: found.table for found in traced if not found.place.startswith(OF_A_PERSON)}
    counted = ((table, sql, marts.count_if_held(sql)) for sql, table in tables_of.items())
    return tuple(TracedRows(table, sql, n) for table, sql, n in counted if n is not None)


def drawers(marts: Marts, results: Results) -> tuple[RowsBehind, ...]:
    """What each section of the report says of its rows, with their number; absent sections say nothing."""
    with_rates = any(row.observed is not None for row in results.sir)
    silent = {analysis.section for analysis in ANALYSES if not analysis.has_rows(results)}
    if not results.data.deliveries:
        silent.add("provenance")
    drawn = [
        drawer for drawer in (*DRAWERS, *_drawers_of_printed_numbers(results))
        if drawer.section not in silent and (with_rates or drawer.mart != "marts.sir")
    ]  # fmt: skip
    counted = (RowsBehind(d.section, d.numbers, d.mart, d.sql, marts.count(d.sql)) for d in drawn)
    return (*counted, *_drawers_of_rebuilds(results.sensitivity))


def _drawers_of_printed_numbers(results: Results) -> list[Drawer]:
    """One drawer a mart from which printed numbers were recomputed."""
    marts: Counter[str] = Counter()
    document = plain(results)
    for number in results.published:
        if number.basis == "warehouse" and number.recomputed is not None:
            found = traces(f"published[id={number.id}].recomputed", document)
            marts.update(sorted({made.mart for made in found}))
    return [
        Drawer("published", f"{n} printed number{'' if n == 1 else 's'}", mart, f"select * from {mart}")
        for mart, n in sorted(marts.items())
    ]


def _drawers_of_rebuilds(made: Sensitivity | None) -> Iterator[RowsBehind]:
    """One drawer a setting: its numbers are not the release's but those of a rebuild, counted there."""
    for row in made.rows if made else ():
        changed = f"Rebuilt with {row.setting} = {row.value}"
        numbers = "As the study defines it, rebuilt" if row.setting is None else changed
        yield RowsBehind("sensitivity", numbers, PEOPLE, f"select * from {PEOPLE}", row.headline.n_index)


def _select(origin: Origin, conditions: list[str]) -> str:
    in_brackets = [f"({text})" if " or " in text else text for text in conditions if text]
    return f"select * from {origin.table}" + (f" where {' and '.join(in_brackets)}" if in_brackets else "")


@cache
def _pattern(place: str) -> re.Pattern[str]:
    """A place of the registry as a pattern that ends where a key of a canonical place may begin."""
    parts, end = [], 0
    for match in PLACEHOLDER.finditer(place):
        kind = r"\d+" if match[1] in WHOLE_NUMBERS else r"[^\]]+?"
        parts += [re.escape(place[end : match.start()]), f"(?P<{match[1]}>{kind})"]
        end = match.end()
    return re.compile("".join([*parts, re.escape(place[end:])]) + r"(?=[.\[]|$)")


def _row_of(place: str, document: Document) -> dict[str, Any]:
    """The outermost row that a place lies in; {} for a place without rows."""
    end = place.find("]") + 1
    row = find_value(place[:end], document) if end else {}
    return row if isinstance(row, dict) else {}


def _filled_with(chosen: dict[str, str], place: str, document: Document) -> dict[str, str]:
    """SQL for each placeholder: whole numbers bare, texts quoted, and the columns a model was fitted on."""
    filled = {
        name: text if name in WHOLE_NUMBERS else "'" + text.replace("'", "''") + "'"
        for name, text in chosen.items()
    }
    row = _row_of(place, document)
    if place.startswith("cox["):
        columns = [COLUMNS.get(term["variable"]) for term in row["terms"]]
        known = [f"{column} is not null" for column in dict.fromkeys(columns) if column]
        filled["complete"] = " and ".join(known) or "true"
    for name in ("last_index_year", "from_months"):
        if name in row:
            filled[name] = str(row[name])
    return filled
