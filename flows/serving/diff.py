"""`metachron diff`: which numbers and which conclusions two releases do not share."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from flows.home import Home
from flows.reporting.kept_reports import release_id, results_of

NUMBERS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Difference:
    """Two releases side by side.

    moved     verdicts: a P across 0.05, an interval around 1, a printed number judged otherwise
    changes   every number that differs, curves included; None where one release has no such number
    settings  of the study
    inputs    deliveries in one release only: sha256, file_name, and which release has it
    """

    before: str
    after: str
    n_compared: dict[str, int]
    moved: tuple[Any, ...]
    changes: tuple[Any, ...]
    settings: tuple[Any, ...]
    inputs: tuple[dict[str, str], ...]
    code: tuple[str, str]

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def screen(self) -> str:
        """Grouped as the report is; curves are counted and not listed."""
        lines = [f"{self.before} → {self.after}"]
        lines += [f"  setting   {describe_change(change)}" for change in self.settings]
        lines += [f"  delivery  {given['file_name']} only in {given['release']}" for given in self.inputs]
        if self.code[0] != self.code[1]:
            lines.append(f"  code      {self.code[0]} → {self.code[1]}")
        if len(lines) == 1:
            lines.append("  same study, deliveries and code")
        lines += ["", f"{len(self.moved)} verdicts moved"]
        lines += [f"  {describe_change(change)}" for change in self.moved]
        n_all = sum(self.n_compared.values())
        lines += ["", f"{n_all:,} numbers compared, {len(self.changes):,} differ"]
        changed = Counter(change.group for change in self.changes)
        for group, n in self.n_compared.items():
            if changed[group]:
                lines += ["", f"{group}: {changed[group]:,} of {n:,}", *self._of_group(group)]
        return "\n".join(lines)

    def _of_group(self, group: str) -> list[str]:
        ours = [change for change in self.changes if change.group == group]
        listed = [change for change in ours if not change.is_of_a_curve]
        lines = [f"  {describe_change(change)}" for change in listed[:NUMBERS_SHOWN]]
        if len(listed) > NUMBERS_SHOWN:
            lines.append(f"  and {len(listed) - NUMBERS_SHOWN:,} more (--json has all)")
        if len(ours) > len(listed):
            lines.append(f"  and {len(ours) - len(listed):,} points of curves")
        return lines


def compare(home: Home, before: str, after: str) -> Difference:
    """Every number of two releases; a report that is missing is written first.

    before, after  ids, beginnings of ids, or 'published'
    Raises UsageError for a name that means no release or several.
    """
    from analytics.compared import compare as compared

    ids = release_id(home, before), release_id(home, after)
    one, other = (results_of(home, id) for id in ids)
    differences = compared(one, other)
    return Difference(
        before=ids[0],
        after=ids[1],
        n_compared=differences.n_compared,
        moved=differences.moved,
        changes=differences.changes,
        settings=differences.settings,
        inputs=inputs_of_one(ids, one, other),
        code=(one["run"]["code_version"], other["run"]["code_version"]),
    )


def inputs_of_one(ids: tuple[str, str], *both: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Deliveries that only one of the two releases was built from."""
    given = [{each["sha256"]: each for each in results["run"]["inputs"]} for results in both]
    return tuple(
        {"sha256": sha256, "file_name": str(each.get("file_name") or each.get("path")), "release": id}
        for id, own, others in zip(ids, given, reversed(given), strict=True)
        for sha256, each in own.items()
        if sha256 not in others
    )


def describe_change(change: Any) -> str:
    return f"{change.place}: {format_value(change.before)} → {format_value(change.after)}"


def format_value(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
