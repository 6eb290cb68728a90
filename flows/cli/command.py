"""What a command of the command line is, and how its arguments and answers look."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from flows.home import Home
from flows.terminal.escaping import as_json, escape_lines
from flows.terminal.nearest import nearest


class Group(StrEnum):
    """What commands are for, in the order of --help."""

    BEGIN = "begin here"
    DELIVERIES = "deliveries"
    STAGES = "the stages of a run, one by one"
    QUESTIONS = "ask the published warehouse"
    OUTSIDE = "numbers that leave the house"
    INTEGRITY = "keep it whole"
    ELSEWHERE = "other engines and shells"


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """For a command that takes none of its own."""


def refuse_nothing(arguments: argparse.Namespace, home: Home) -> None:
    """For a command whose arguments need no look before it begins."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    group           where --help lists it
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
    group: Group = field(kw_only=True)


def list_commands(commands: Sequence[Command], width: int) -> str:
    """Every command with what it does, by groups, in lines of at most `width` letters."""
    longest = max(len(command.name) for command in commands)
    lines: list[str] = []
    for group in Group:
        lines += ["", f"{group}:"] if lines else [f"{group}:"]
        for command in commands:
            if command.group is group:
                first = f"  {command.name:<{longest}}  "
                lines += textwrap.wrap(
                    command.help, max(width, 2 * len(first)),
                    initial_indent=first, subsequent_indent=" " * len(first),
                )  # fmt: skip
    return "\n".join(lines)


def answer(arguments: argparse.Namespace, facts: Any, words: str) -> None:
    """One result, as words for a person or as JSON for a program."""
    print(as_json(facts) if arguments.json else escape_lines(words))


def a_path(word: str) -> Path:
    """A path as it was given; an empty one is a variable that was not set, and would mean this folder."""
    if not word:
        raise argparse.ArgumentTypeError("a path is needed, but this is empty")
    return Path(word)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line, and what was probably meant, in words of a person."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What is left over is an error here, where the options that may have been meant are known."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            options = [word.partition("=")[0] for word in left if word.startswith("-")]
            self.error(self.describe_option(options[0]) if options else self.describe_word(left[0]))
        return found, left

    def describe_option(self, option: str) -> str:
        return f"there is no option {option!r}{did_you_mean(option, self._option_string_actions)}"

    def describe_word(self, word: str) -> str:
        return f"{word!r} is one word too many{self.describe_place(Path(word))}"

    def describe_place(self, path: Path) -> str:
        """The option that takes what lies at a path, if that is what is left over."""
        if not is_there(path):
            return ""
        kind = "DIR" if path.is_dir() else "FILE"
        fits = [each for each in self._actions if each.metavar == kind and each.option_strings]
        option = next((each.option_strings[-1] for each in fits if each.dest != "home"), None)
        return f"; did you mean {option} {path}?" if option else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if isinstance(action, argparse._SubParsersAction):
            names = {made.prog.split()[-1] for made in action.choices.values()}
            self.error(
                f"there is no command {value!r}{did_you_mean(value, names)}\n`metachron --help` lists them"
            )
        known, meant = ", ".join(map(str, action.choices)), did_you_mean(str(value), action.choices)
        raise argparse.ArgumentError(action, f"{value!r} is none of {known}{meant}")

    def error(self, message: str) -> NoReturn:
        super().error(escape_lines(message))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    meant = nearest(word, known)
    return f"; did you mean {meant}?" if meant else ""


def is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
