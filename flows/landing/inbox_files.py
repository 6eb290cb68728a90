"""Which files lie in what was named to be loaded; answered at once, before anything is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.errors import InputRefused, UsageError
from flows.files.litter import is_litter
from flows.home import Home
from flows.integrity import ledger
from flows.landing.load_history import load_history
from flows.terminal.escaping import is_unicode
from flows.terminal.nearest import advise_path


def files_of(paths: Sequence[Path], home: Home) -> list[Path]:
    """Every file asked for, folders in the order of their names, without hidden files, litter and our own.

    A folder may hold the home, of which nothing but the inbox is looked at. A folder inside the home is read
    where it is named.

    Raises UsageError USE-01 for a path that does not exist, InputRefused IN-34 for a name that is no text.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            is_named_in_home = home.root.absolute() in path.absolute().parents
            files += sorted(
                inner
                for inner in path.rglob("*")
                # A link to a folder would be passed over without a word; as one to a file, it is refused.
                if (not inner.is_dir() or inner.is_symlink())
                and not is_hidden(inner.relative_to(path))
                and (is_named_in_home or not is_ours(inner, home))
            )
        elif path.exists() or path.is_symlink():
            files += [path] if not is_litter(path.name) else []
        else:
            raise UsageError(
                "USE-01", "There is no such file or folder", file=path,
                unchanged="Nothing was read.", remedy=advise_path(path),
            )  # fmt: skip
    for file in files:
        if not is_unicode(str(file)):
            raise InputRefused(
                "IN-34", "The name of this file, or of its folder, is no text", file=file,
            )  # fmt: skip
    return list(dict.fromkeys(file.absolute() for file in files))


def is_ours(path: Path, home: Home) -> bool:
    """Whether a file belongs to the home and is not in its inbox."""
    parents = path.absolute().parents
    return home.root.absolute() in parents and home.inbox.absolute() not in parents


def is_hidden(relative: Path) -> bool:
    """Whether a file is hidden, or litter, or lies in such a folder."""
    return any(part.startswith(".") or is_litter(part) for part in relative.parts)


def refuse_nothing(folder: Path, home: Home) -> None:
    """Raises UsageError USE-04: a folder has no delivery, and the home has none of before either."""
    if load_history(ledger.read(home)).started or (home.vault.is_dir() and any(home.vault.iterdir())):
        return
    raise UsageError(
        "USE-04",
        f"There is nothing to work on: no delivery lies in {folder.absolute()}, and none was loaded before",
        unchanged="Nothing was made.",
    )
