"""The second opinion: what contradicts each expectation, counted by us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from expectations.expectation import Expectation
from expectations.session import Session


def count_contradictions(
    session: Session,
    expectations: Sequence[Expectation],
    progress: Callable[[float, str], None],
) -> list[int | None]:
    """How many rows, groups or figures contradict each expectation; None where that cannot be counted.

    Those of one table that count from the same are counted in one scan. Where that fails each is counted
    alone, so that a missing column costs the others nothing.
    """
    counts: list[int | None] = [None] * len(expectations)
    together: dict[tuple[str, str], list[int]] = {}
    for place, expectation in enumerate(expectations):
        together.setdefault((expectation.table, expectation.counted_from), []).append(place)
    for done, ((table, source), places) in enumerate(together.items()):
        progress(done / len(together), table)
        try:
            found = counted(session, table, source, [expectations[place].counted for place in places])
        except Exception:
            found = [alone(session, expectations[place]) for place in places]
        for place, number in zip(places, found, strict=True):
            counts[place] = number
    return counts


def counted(session: Session, table: str, source: str, aggregates: Sequence[str]) -> list[int | None]:
    columns = ", ".join(f"{aggregate} as n_{place}" for place, aggregate in enumerate(aggregates))
    (row,) = session.rows(f"select {columns} from {source}", table)
    return [None if number is None else int(number) for number in row.values()]


def alone(session: Session, expectation: Expectation) -> int | None:
    with suppress(Exception):
        (number,) = counted(session, expectation.table, expectation.counted_from, [expectation.counted])
        return number
    return None
