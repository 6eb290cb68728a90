"""A count, the sums it takes part in, and how much of it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from analytics.disclosure.profiles import Profile


class Unsound(ValueError):
    """The counts contradict each other, so nothing can be said about what they reveal."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of people.

    key       says whom it counts, the same in every table and report: 'second|sex=Male'
    table     where it is printed (or would be)
    public    False for a count that no table prints but that others may reveal by subtraction
    coarse    shown only rounded to the profile's curve base
    """

    key: str
    value: int
    table: str
    public: bool = True
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """What everybody knows without being told: the parts make up the total."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """All counts of one report, by key, and the sums between them."""

    cells: dict[str, Cell]
    sums: tuple[Sum, ...]

    def of(self, table: str) -> list[Cell]:
        """The non-zero counts that a table prints."""
        return [c for c in self.cells.values() if c.table == table and c.public and c.value]


@dataclass(frozen=True, slots=True)
class PrintedCount:
    """A count as printed: the number, and the true counts that print as it. A star prints no number."""

    number: int | None
    lowest: int
    highest: int
    rounded_to: int | None = None

    @property
    def is_hidden(self) -> bool:
        return self.number is None

    @property
    def is_exact(self) -> bool:
        return self.number is not None and self.rounded_to is None

    def is_at_least(self, least: int) -> bool:
        """Can every reader see that the count is this large?"""
        return not self.is_hidden and self.lowest >= least


def gather(items: Iterable[Cell | Sum]) -> Counts:
    """Cells and sums in one; the first table to print a count owns it.

    Raises Unsound where one key has two values or a sum does not add up: the attacker would believe it.
    """
    cells: dict[str, Cell] = {}
    sums: list[Sum] = []
    for item in items:
        if isinstance(item, Sum):
            sums.append(item)
            continue
        before = cells.get(item.key)
        if before is None or (item.public and not before.public):
            cells[item.key] = item
        elif before.coarse and not item.coarse and item.public:
            cells[item.key] = replace(before, coarse=False)
        if item.value < 0 or (before is not None and before.value != item.value):
            raise Unsound(f"results.json has two answers, or a negative one, for {item.key} in {item.table}")
    for each in sums:
        if cells[each.total].value != sum(cells[part].value for part in each.parts):
            raise Unsound(f"results.json: the parts of {each.total} do not add up to it")
    return Counts(cells, tuple(dict.fromkeys(sums)))


def adding_up(total: Cell, parts: list[Cell], *, rest: str) -> list[Cell | Sum]:
    """A sum with what is left over as an unprinted count; nothing where the parts exceed the total."""
    left = total.value - sum(part.value for part in parts)
    if left < 0:
        return []
    if left == 0:
        return [Sum(total.key, tuple(part.key for part in parts))]
    others = Cell(rest, left, total.table, public=False)
    return [others, Sum(total.key, (*(part.key for part in parts), others.key))]


def known(count: int | None, what: str) -> int:
    """A count that is there, because another of the same row is; raises Unsound where it is not."""
    if count is None:
        raise Unsound(f"results.json says nothing of {what}, and of what it is counted with it does")
    return count


def print_exactly(count: int) -> PrintedCount:
    return PrintedCount(count, count, count)


def print_rounded(count: int, base: int, profile: Profile) -> PrintedCount:
    """Rounded half up. Zero stays zero, and a shown count is known to be no small one."""
    if count == 0:
        return print_exactly(0)
    number = base * ((count + base // 2) // base)
    lowest = number - base // 2
    return PrintedCount(number, max(lowest, profile.threshold), lowest + base - 1, base)


def nested(one: Cell, other: Cell) -> list[Cell | Sum]:
    """Of two counts of almost the same people the smaller is taken to be part of the larger."""
    larger, smaller = sorted((one, other), key=lambda cell: -cell.value)
    return adding_up(larger, [smaller], rest=f"{larger.key} less {smaller.key}")


LARGEST = 10**7
"""More people than any registry has."""

HIDDEN = PrintedCount(None, 1, LARGEST)
"""A star: anything but zero, since zeros are shown."""

UNPRINTED = PrintedCount(None, 0, LARGEST)
