"""What is put aside and not destroyed: lost/0001, lost/0002 .., each with what one repair replaced."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from flows.home import Home
from flows.integrity.durable import fsync_folder, is_regular

NUMBER = re.compile("[0-9]{1,9}")


def put_aside(home: Home, paths: Iterable[Path], *, into: Path | None = None) -> Path | None:
    """Move files and folders of a home into a numbered folder of lost/, under the names they had.

    into  the folder of an earlier call, to add to it
    The folder; None where there was nothing to move.
    """
    for path in paths:
        if os.path.lexists(path):
            target = place_for(home, path, into)
            into = home.lost / target.relative_to(home.lost).parts[0]
            path.rename(target)
            fsync_folder(target.parent)
            fsync_folder(path.parent)
    return into


def keep_old(home: Home, file: Path, *, into: Path | None = None) -> Path | None:
    """Give a file a second name in lost/, so that it may be replaced at its own; it is gone at no moment.

    What lies in its place and is no file is moved there.
    """
    if not is_regular(file):
        return put_aside(home, [file], into=into)
    target = place_for(home, file, into)
    os.link(file, target)
    fsync_folder(target.parent)
    return home.lost / target.relative_to(home.lost).parts[0]


def place_for(home: Home, path: Path, into: Path | None) -> Path:
    folder = into or home.lost / f"{1 + last_number(home):04d}"
    target = folder / path.relative_to(home.root)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in (folder, home.lost, home.root):
        fsync_folder(made)
    return target


def last_number(home: Home) -> int:
    folders = home.lost.iterdir() if home.lost.exists() else ()
    return max((int(folder.name) for folder in folders if NUMBER.fullmatch(folder.name)), default=0)
