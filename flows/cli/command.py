"""What a command of the command line is, and how its arguments and answers look."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from flows.home import Home
from flows.terminal.escaping import as_json, escape_lines


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """For a command that takes none of its own."""


def refuse_nothing(arguments: argparse.Namespace, home: Home) -> None:
    """For a command whose arguments need no look before it begins."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    does            called with the parsed arguments and the home
    arguments       adds the command's own arguments to its parser
    uses_home       whether the home is prepared, and the tools beneath us set, before it begins
    needs_home      it asks, or changes, what a home holds, and makes none: a disk that is away must not look
                    like a new home
    only_reads      its answer needs nothing that is written below the home, and it makes none
    refuses         raises for arguments that cannot be right: before a home is made, a lock taken or a tool
                    imported
    ends_by_itself  not a server
    old_names       what it was called; they work, with a word on standard error
    """

    name: str
    does: Callable[[argparse.Namespace, Home], None]
    help: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments
    uses_home: bool = True
    needs_home: bool = False
    only_reads: bool = False
    refuses: Callable[[argparse.Namespace, Home], None] = refuse_nothing
    ends_by_itself: bool = True
    old_names: tuple[str, ...] = ()


def answer(arguments: argparse.Namespace, facts: Any, words: str) -> None:
    """One result, as words for a person or as JSON for a program."""
    print(as_json(facts) if arguments.json else escape_lines(words))


def a_path(word: str) -> Path:
    """A path as it was given; an empty one is a variable that was not set, and would mean this folder."""
    if not word:
        raise argparse.ArgumentTypeError("a path is needed, but this is empty")
    return Path(word)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line without running what it says in the terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(escape_lines(message))
