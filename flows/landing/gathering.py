"""Which files of an inbox belong together: what readers share when they gather data and what explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.landing.forms.delivery import RecognisedDelivery


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file and what its first bytes say it is."""

    path: Path
    form: str


def stem(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return name.rsplit(".", 1)[0].removesuffix("_session").removesuffix(".session")


def same_stem(data: Path, described: Path) -> bool:
    return data.parent == described.parent and stem(data) == stem(described)


def same_folder(data: Path, described: Path) -> bool:
    return data.parent == described.parent


def by_folder(seen: Sequence[ReceivedFile], *, form: str, companion: str = "") -> list[RecognisedDelivery]:
    """Files that explain themselves, or with a companion; all of one form in one folder are one delivery."""
    folders: dict[Path, list[Path]] = {}
    for each in seen:
        if each.form == form:
            folders.setdefault(each.path.parent, []).append(each.path)
    beside = {
        each.path.parent: {"layout": each.path} for each in seen if companion and each.form == companion
    }
    return [
        RecognisedDelivery(form, tuple(files), beside.get(folder, {})) for folder, files in folders.items()
    ]


def oldest_first(deliveries: Sequence[RecognisedDelivery]) -> list[RecognisedDelivery]:
    """Deliveries, and the files of each, in the order in which they were written."""
    return sorted(
        (replace(each, files=tuple(sorted(each.files, key=written_at))) for each in deliveries),
        key=lambda each: written_at(each.files[-1]),
    )


def written_at(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name
