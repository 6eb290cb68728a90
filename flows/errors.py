"""The failures a user can act on, each with the exit code of the command line's contract.

Anything else that escapes is a bug and keeps its traceback (exit 1). error_codes.csv, beside this file, says
of every code what it means and what to do; `python -m flows.errors` prints it as docs/errors.md.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flows.terminal.escaping import escape

E = TypeVar("E", bound=Exception)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of error_codes.csv.

    code       short and stable
    exit_code  of the command that ends with it, 2 to 8
    sentence   what it means
    remedy     what to do, which the message ends with unless it can say something nearer
    kind       of the remedy: "command" can be typed as it stands, "hand" is done here, "person" needs others
    """

    code: str
    exit_code: int
    sentence: str
    remedy: str
    kind: str


def read_codes(file: Path) -> dict[str, ErrorCode]:
    with file.open(encoding="utf-8", newline="") as rows:
        return {
            row["code"]: ErrorCode(row["code"], int(row["exit"]), row["sentence"], row["remedy"], row["kind"])
            for row in csv.DictReader(rows)
        }


# Read before anything can go wrong: where memory or open files have run out, no table can be opened.
CODES: Mapping[str, ErrorCode] = read_codes(Path(__file__).with_name("error_codes.csv"))


class MetachronError(Exception):
    """A failure told in one paragraph: what, where, why, what was left unchanged, what to do.

    code          a row of error_codes.csv, such as "IN-07"; scripts and tests match on it
    what          one sentence that a registrar understands, without a value of a row
    where         file, line and column; `place` is what a line counts where it is no line of the file
    value         the offending value alone, never the rest of the row
    what_by_hand  the sentence with the values that offend, where there are several
    unchanged     what the failure left as it was
    remedy        what to do next, where it is nearer than the table's; that of the table unless given

    Raises KeyError for a code without a row, and ValueError where the row has another exit code.

    Schedulers keep what an exception says, where `forget` does not reach. So neither its text nor its pickle
    holds a value of a delivery: these are shown at the terminal of whoever loads the file, and nowhere else.
    """

    exit_code = 1
    # Whether the value is what the caller typed, and not what a delivery holds.
    is_callers_value = False

    def __init__(
        self,
        code: str,
        what: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        place: str = "line",
        column: str | None = None,
        value: str | None = None,
        what_by_hand: str | None = None,
        unchanged: str = "Nothing was published and nothing was lost.",
        remedy: str | None = None,
    ) -> None:
        row = CODES[code]
        if row.exit_code != self.exit_code:
            raise ValueError(
                f"{code} ends with {row.exit_code}, and {type(self).__name__} with {self.exit_code}"
            )
        self.code = code
        self.what = what
        self.file = (Path(file).name or str(file)) if file is not None else None
        self.line = line
        self.place = place
        self.column = column
        self.value = value
        self.what_by_hand = what_by_hand
        self.unchanged = unchanged
        self.remedy = row.remedy if remedy is None else remedy
        super().__init__(self.paragraph())

    def __reduce__(self) -> tuple[Any, ...]:
        kept = dict(self.__dict__)
        if not self.is_callers_value:
            kept |= {"value": None, "what_by_hand": None}
        return restore_error, (type(self), self.args, kept)

    def where(self, *, with_value: bool = False) -> str:
        parts = []
        if self.file is not None:
            parts.append(f"file {escape(self.file)}")
        if self.line is not None:
            parts.append(f"{self.place} {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        if self.value is not None and (with_value or self.is_callers_value):
            shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
            parts.append(f"value {shown!r}")
        elif not with_value and (self.value is not None or self.what_by_hand is not None):
            parts.append("values are shown at a terminal only")
        return ", ".join(parts)

    def paragraph(self, *, with_value: bool = False) -> str:
        """All of it; with the values that offend for a person at a terminal, who can correct them."""
        where = self.where(with_value=with_value)
        what = self.what_by_hand if with_value and self.what_by_hand is not None else self.what
        sentences = [f"{self.code}: {what}" + (f" ({where})." if where else ".")]
        sentences += [sentence for sentence in (self.unchanged, self.remedy) if sentence]
        return escape(" ".join(sentences), kept="\n")


def restore_error(kind: type[E], args: tuple[str, ...], facts: Mapping[str, Any]) -> E:
    """A failure as it was pickled: its text and facts, without the values of a delivery."""
    failure = kind.__new__(kind, *args)
    failure.__dict__.update(facts)
    return failure


class UsageError(MetachronError):
    """Wrong usage or configuration."""

    exit_code = 2
    is_callers_value = True


class InputRefused(MetachronError):
    """A delivery or a study definition that cannot be accepted."""

    exit_code = 3


class DefinitionRefused(InputRefused):
    """A study or a paper's printed numbers, whose values are its author's and no patient's."""

    is_callers_value = True


class AuditRefused(MetachronError):
    """The audit or a reconciliation refused to publish."""

    exit_code = 4


class WarehouseBusy(MetachronError):
    """Another process is writing; the only failure worth a retry."""

    exit_code = 5


class ResourcesExhausted(MetachronError):
    """Disk, memory, open files or time ran out."""

    exit_code = 6


class IntegrityDamaged(MetachronError):
    """Bytes are not what the ledger or a manifest says, or a number not what a second program computes."""

    exit_code = 7


class PolicyRefused(MetachronError):
    """Disclosure, linkage or permissions forbid it."""

    exit_code = 8


def page() -> Iterator[str]:
    """docs/errors.md, line by line: the codes below the exit codes of the command line."""
    yield "# Error codes"
    yield ""
    yield "Made from `flows/error_codes.csv` by `python -m flows.errors > docs/errors.md`. Edit the table,"
    yield "not this page."
    yield ""
    yield "A message begins with its code. It says what happened, where, what stayed as it was, and what to"
    yield "do. Where a message can name a file or a command, its advice is nearer than the one below."
    for kind in MetachronError.__subclasses__():
        yield from ("", f"## Exit code {kind.exit_code}", "", (kind.__doc__ or "").splitlines()[0], "")
        yield from ("| Code | What it means | What to do |", "|---|---|---|")
        for row in CODES.values():
            if row.exit_code == kind.exit_code:
                yield f"| {row.code} | {row.sentence} | {row.remedy} |".replace("*", "\\*")


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in page())
