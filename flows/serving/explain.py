"""`metachron explain`: where a number of the report comes from, down to the lines of the delivered files.

Lines are patients: they are shown on the terminal to the owner of the home, and never in a report.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import duckdb

from flows.errors import IntegrityDamaged, PolicyRefused, UsageError
from flows.home import Home
from flows.publishing.evidence import published_whole
from flows.reporting.kept_reports import release_id, results_of
from flows.serving.query import connect

SPANS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of one delivered file, rising, as an editor counts them; or what stands for lines.

    place  "tumour" for an XML document in which several tumours stand on one line
    """

    file_name: str
    lines: tuple[int, ...]
    place: str = "line"

    def spans(self) -> list[str]:
        """Runs of lines: 3, 7-9."""
        breaks = [at for at, (a, b) in enumerate(pairwise(self.lines), start=1) if b != a + 1]
        edges = pairwise([0, *breaks, len(self.lines)])
        return [
            str(self.lines[a]) if b - a == 1 else f"{self.lines[a]}-{self.lines[b - 1]}" for a, b in edges
        ]


@dataclass(frozen=True, slots=True)
class Explained:
    """One number, the SQL of its rows, how many they are, and their lines where the number is a count.

    table  what the SQL reads: the mart, or the table that the mart was made from
    found  what the rows give for the number, if it is a count of them or the sum of their column `total`
    lines  None where they were not asked for, or where rows are cells of person-time and stand for nobody
    """

    place: str
    value: Any
    mart: str
    table: str
    sql: str
    n_rows: int
    is_count: bool
    total: str
    how: str
    found: int | None
    lines: tuple[FileLines, ...] | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that one asked-for number was made from, in one release.

    what   what the number is, and of whom, as on the page
    made   what it was made from where that is no rows of the release
    """

    asked: str
    value: Any
    release: str
    study: str
    parts: tuple[Explained, ...]
    expression: str = ""
    what: str = ""
    made: str = ""

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def screen(self, *, every_line: bool = False) -> str:
        """For a terminal; all lines only if asked for."""
        head = [f"{self.asked} = {self.value}", row("release", f"{self.release}, study {self.study}")]
        if self.what:
            head.insert(1, row("is", self.what))
        if self.expression:
            head.append(row("computed", self.expression))
        if self.made:
            head.append(row("origin", self.made))
        return "\n".join(
            [*head, *(line for part in self.parts for line in describe_part(part, self, every_line))]
        )


def explain(home: Home, place: str, *, with_lines: bool = True) -> Explanation:
    """What the number at a place of results.json was made from, in the published release.

    place       or an expression of places, as in 100 * {place} / {place}
    with_lines  also the source lines of a count; refused to anyone but the owner of the home

    Raises UsageError for a place that holds no number or is not traced, PolicyRefused (exit 8) for lines
    asked for by somebody else, IntegrityDamaged when the rows do not add up to the number.
    """
    from analytics.places import canonical
    from analytics.provenance.trace import RECOMPUTED, NotTraced, traces, without_rows
    from analytics.published_numbers.expressions import PLACE, NotThere, find_value, recompute
    from analytics.render.place_words import describe
    from analytics.results.json_file import rows
    from analytics.warehouse.study import Study

    if with_lines:
        refuse_others(home)
    published_whole(home)
    release, results = release_id(home, "published"), results_of(home)
    try:
        traced = traces(place, results)
        if PLACE.search(place):
            value, made, what, expression = recompute(place, results).value, "", ("", ""), place
        else:
            value, known_as, expression = find_value(place, results), canonical(place, results), ""
            made = without_rows(known_as, results)
            what = describe(known_as, results, rows(Study, results["study"]))
            if place.startswith("published["):
                number = find_value(place.rpartition(".")[0], results)
                if known_as.endswith(RECOMPUTED):
                    expression = number["expression"]
                elif number["recomputed"] is not None:
                    beside = known_as.rpartition(".")[0] + RECOMPUTED
                    made += f"; recomputed: {number['recomputed']} ({beside})"
    except NotTraced as untraced:
        raise refused(
            "TRACE-02", "The registry does not say where this number comes from", str(untraced)
        ) from None
    except NotThere:
        raise refused("TRACE-01", "The results have no number at this place", place) from None
    except (ValueError, TypeError) as wrong:
        raise refused("TRACE-01", f"This is not the place of a number ({wrong})", place) from None
    with connect(home) as connection:
        parts = tuple(explained(connection, trace, with_lines) for trace in traced)
    if unlike := [part for part in parts if part.is_count and part.value != part.found]:
        raise IntegrityDamaged(
            "TRACE-04",
            f"{unlike[0].place} is {unlike[0].value}, and the rows behind it give {unlike[0].found}",
            unchanged="",
        )
    return Explanation(place, value, release, results["study"]["name"], parts, expression,
                       ": ".join(filter(None, what)), made)  # fmt: skip


def refuse_others(home: Home) -> None:
    """Lines of a file are patients; the home's owner may see them, and so may nobody else."""
    if home.root.stat().st_uid != os.geteuid():
        raise PolicyRefused(
            "TRACE-03",
            "Only the owner of this home may see which lines of the deliveries a number comes from",
            unchanged="Nothing was shown.",
        )


def refused(code: str, what: str, place: str) -> UsageError:
    return UsageError(
        code,
        what,
        value=place,
        unchanged="",
    )


def explained(connection: duckdb.DuckDBPyConnection, trace: Any, with_lines: bool) -> Explained:
    """Count the rows of one trace, and find their lines if it is a count of people."""
    summed = f"sum({trace.total})" if trace.total else "count(*)"
    n_rows, value = connection.execute(
        f"select count(*), cast(coalesce({summed}, 0) as bigint) from ({trace.sql}) as counted"
    ).fetchall()[0]
    of_people = trace.is_count and not trace.total
    return Explained(
        place=trace.place,
        value=trace.value,
        mart=trace.mart,
        table=trace.table,
        sql=trace.sql,
        n_rows=n_rows,
        is_count=trace.is_count,
        total=trace.total,
        how=trace.how,
        found=value if trace.is_count else None,
        lines=source_lines(connection, trace.sql) if with_lines and of_people else None,
    )


def source_lines(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[FileLines, ...]:
    """The lines that rows were read from: those they name, else every record of their patients."""
    held = {column[0] for column in connection.execute(f"select * from ({sql}) as asked limit 0").description}
    if "load_id" in held:
        places = "select load_id, source_line from asked"
        if "second_load_id" in held:
            places += " union select second_load_id, second_source_line from asked"
    else:
        source = "asked.source" if "source" in held else "'seer'"
        places = (
            "select tumors.load_id, tumors.source_line from asked"
            " inner join intermediate.int_tumors_conformed as tumors"
            f" on tumors.patient_id = asked.patient_id and tumors.source = {source}"
        )
    loads = connection.execute("select * from staging.stg_ledger__loads limit 0").description
    # A release of an earlier version does not say it.
    place = "loads.row_place" if "row_place" in {column[0] for column in loads} else "'line'"
    rows = connection.execute(
        f"with asked as ({sql}), places as ({places})"
        f" select distinct loads.file_name, {place}, places.source_line from places"
        " inner join staging.stg_ledger__loads as loads on loads.load_id = places.load_id"
        " order by all"
    ).fetchall()
    return tuple(by_file(rows))


def by_file(rows: Iterable[tuple[str, str, int]]) -> Iterable[FileLines]:
    files: dict[tuple[str, str], list[int]] = {}
    for file_name, place, line in rows:
        files.setdefault((file_name, place), []).append(line)
    return (FileLines(name, tuple(lines), place) for (name, place), lines in files.items())


def describe_part(part: Explained, whole: Explanation, every_line: bool) -> list[str]:
    """One part on a screen."""
    counted = f"{part.n_rows:,} of {part.table}; {part.how}"
    is_group = part.value is None
    lines = ["", part.place if is_group else f"{part.place} = {part.value}"]
    if part.place == whole.asked:
        lines = []
    lines += [row("mart", part.mart), row("rows", counted), row("sql", part.sql)]
    for file in part.lines or ():
        spans = file.spans()
        shown = spans if every_line else spans[:SPANS_SHOWN]
        rest = f" and {len(spans) - len(shown):,} more runs (--all-lines)" if len(spans) > len(shown) else ""
        text = f"{len(file.lines):,} of {file.file_name}: {', '.join(shown)}{rest}"
        lines.append(row(f"{file.place}s", text))
    return lines


def row(name: str, text: str) -> str:
    return f"{name:<10}{text}"
