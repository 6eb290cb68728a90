"""Samples are written into a folder that is new, empty, or written by the same command before."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from flows.errors import UsageError
from flows.files.output_folder import entries, folder_written
from flows.terminal.progress import Progress, silent


def write_synthetic(folder: Path, *, progress: Progress = silent, **asked: Any) -> list[Path]:
    """The deliveries of a synthetic registry and hospital (samples.synthetic.write_deliveries).

    Raises UsageError US-20 and US-21 for values out of range, OUT-02 for a folder with files of others.
    """
    from samples.synthetic import OutOfRange, UnknownDelivery, write_deliveries

    try:
        with folder_written(Path(folder), "metachron synth", older=unmarked_delivery) as draft:
            written = write_deliveries(draft, progress=progress, **asked)
            return [folder / path.relative_to(draft) for path in written]
    except (OutOfRange, UnknownDelivery) as refused:
        raise UsageError(
            "US-20" if isinstance(refused, OutOfRange) else "US-21",
            str(refused),
            value=", ".join(f"{name} {value}" for name, value in asked.items()),
            unchanged="Nothing was written.",
        ) from None


def unmarked_delivery(folder: Path) -> list[str]:
    """The synthetic files in a folder that an older version wrote without a marker: there is a truth file."""
    from samples.synthetic.deliveries import TRUTH_FILE, WRITTEN

    if not (folder / TRUTH_FILE).is_file():
        return []
    return [name for name in entries(folder) if any(fnmatchcase(name, pattern) for pattern in WRITTEN)]


def write_open_cohort(folder: Path, cohort: str) -> list[Path]:
    """A published cohort of real patients, as a hospital's delivery (samples.open_cohorts.write).

    Raises UsageError OPEN-01 where the package that holds the data is not installed.
    """
    from samples import open_cohorts

    try:
        with folder_written(folder, "metachron open-cohort") as draft:
            return [folder / path.name for path in open_cohorts.write(draft, cohort)]
    except open_cohorts.NotInstalled as missing:
        raise UsageError(
            "OPEN-01",
            f"{missing}, which is not installed",
            unchanged="Nothing was written.",
        ) from None
