"""What was probably meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from flows.terminal.escaping import escape

CUTOFF = 0.6


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if one is like it at all; case does not count."""
    by_fold = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(word.casefold(), by_fold, 1, CUTOFF)
    return by_fold[found[0]] if found else None


def nearest_path(path: Path) -> Path | None:
    """The path that is there and is most like one that is not: one of its names was misspelt."""
    there = next((parent for parent in path.parents if parent.is_dir()), None)
    if there is None:
        return None
    wrong, *rest = path.relative_to(there).parts
    name = nearest(wrong, sorted(each.name for each in there.iterdir()))
    meant = there.joinpath(name, *rest) if name else None
    return meant if meant is not None and meant.exists() else None


def advise_path(path: Path, known: Sequence[Path] = ()) -> str | None:
    """A question with the path that was probably meant, or the known file; None where none is like it."""
    with suppress(OSError, ValueError):  # no path at all, or a folder that is shut
        if not path.exists():
            stems = {each.stem: each for each in known}
            meant = nearest_path(path) or stems.get(nearest(path.stem, stems) or "")
            return None if meant is None else f"Did you mean {escape(str(meant))}?"
    return None
