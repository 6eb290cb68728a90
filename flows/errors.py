"""The failures a user can act on, each with the exit code of the command line's contract.

Anything else that escapes is a bug and keeps its traceback (exit 1).
"""

from __future__ import annotations

from pathlib import Path


class MetachronError(Exception):
    """A failure told in one paragraph: what, where, why, what was left unchanged, what to do.

    code      short and stable, such as "IN-07"; scripts and tests match on it
    what      one sentence that a registrar understands
    where     file, line, column and the offending value alone; never the rest of the row
    unchanged what the failure left as it was
    remedy    what to do next
    """

    exit_code = 1

    def __init__(
        self,
        code: str,
        what: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
        unchanged: str = "Nothing was published and nothing was lost.",
        remedy: str = "",
    ) -> None:
        self.code = code
        self.what = what
        self.file = Path(file).name if file is not None else None
        self.line = line
        self.column = column
        self.value = value
        self.unchanged = unchanged
        self.remedy = remedy
        super().__init__(self.paragraph())

    def where(self) -> str:
        parts = []
        if self.file is not None:
            parts.append(f"file {self.file}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        if self.value is not None:
            shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
            parts.append(f"value {shown!r}")
        return ", ".join(parts)

    def paragraph(self) -> str:
        where = self.where()
        sentences = [f"{self.code}: {self.what}" + (f" ({where})." if where else ".")]
        sentences += [sentence for sentence in (self.unchanged, self.remedy) if sentence]
        return " ".join(sentences)


class UsageError(MetachronError):
    """Wrong usage or configuration."""

    exit_code = 2


class InputRefused(MetachronError):
    """A delivery or a study definition that cannot be accepted."""

    exit_code = 3


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
    """Bytes are not what the ledger or a manifest says they are."""

    exit_code = 7


class PolicyRefused(MetachronError):
    """Disclosure, linkage or permissions forbid it."""

    exit_code = 8
