"""The command line. Heavy imports wait until a command needs them, so that --help answers at once."""

from __future__ import annotations

import argparse
import gc
import io
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from functools import cache

from flows.cli import deliveries, disclosure, engines, integrity, queries, stages
from flows.cli.command import Command, Group, Parser, a_path, answer, list_commands
from flows.home import Home, refuse_others
from flows.process import boundary, mortal
from flows.terminal.escaping import is_unicode


def completion(arguments: argparse.Namespace, home: Home) -> None:
    from flows.cli.completion import script

    text = script(parser(), arguments.shell)
    answer(arguments, {"shell": arguments.shell, "script": text}, text)


def completion_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh"])


COMMANDS = (
    *deliveries.COMMANDS,
    *stages.COMMANDS,
    *queries.COMMANDS,
    *disclosure.COMMANDS,
    *integrity.COMMANDS,
    *engines.COMMANDS,
    Command(
        "completion",
        completion,
        "what the shell offers when Tab is pressed: bash or zsh",
        'metachron completion bash\n  (in ~/.bashrc: eval "$(metachron completion bash)")',
        completion_arguments,
        uses_home=False,
        group=Group.ELSEWHERE,
    ),
)


ABOUT = "From raw registry files to published and corrected answers on second primary cancers."
EXIT_CODES = (
    "Exit codes: 0 done, 1 a bug, 2 usage, 3 input refused, 4 audit refused, 5 busy, 6 resources, "
    "7 integrity, 8 policy."
)
EXAMPLES = "`metachron COMMAND --help` has an example for each. To see it all with synthetic files:"
EXAMPLE = "  metachron synth var/inbox && metachron run && metachron open"


class Version(argparse.Action):
    """Prints the version, which is a hash over our sources too, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from flows.publishing.code_version import code_version

        print(f"metachron {code_version()}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    # Both may stand before or after the command; a default here would undo what stood before it.
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--home",
        type=a_path,
        metavar="DIR",
        help="the home directory (default: $METACHRON_HOME, else ./var)",
    )
    common.add_argument("--json", action="store_true", help="answer as JSON")

    width = shutil.get_terminal_size().columns - 2
    top = Parser(
        prog="metachron",
        parents=[common],
        usage="metachron [--home DIR] [--json] COMMAND ...",
        description=f"{textwrap.fill(ABOUT, width)}\n\n{list_commands(COMMANDS, width)}",
        epilog=f"{textwrap.fill(EXIT_CODES, width)}\n\n{textwrap.fill(EXAMPLES, width)}\n{EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(
        dest="command", prog="metachron", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name,
            aliases=command.old_names,
            parents=[common],
            description=textwrap.fill(command.help, width),
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(subparser)
        subparser.set_defaults(chosen=command)
    return top


def refuse_what_is_no_text(arguments: argparse.Namespace) -> None:
    """Bytes that the terminal's encoding does not know, and NUL, can be in a path but in nothing else."""
    from flows.errors import UsageError

    given = [
        (name, each)
        for name, value in vars(arguments).items()
        for each in (value if isinstance(value, list) else [value])
    ]
    for name, value in given:
        if (isinstance(value, str) and not is_unicode(value)) or "\0" in str(value):
            raise UsageError(
                "USE-02", f"{name} holds bytes that are no text", value=str(value), unchanged="",
            )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every letter of an answer
            stream.reconfigure(errors="backslashreplace")
    if not (sys.argv[1:] if argv is None else argv):
        parser().print_help(sys.stderr)
        sys.exit(2)
    arguments = parser().parse_args(argv, argparse.Namespace(home=None, json=False))

    @cache
    def say_interrupted() -> None:
        whole = "interrupted; nothing was left half published. Run the same command again to continue."
        os.write(2, f"metachron {arguments.command}: {whole}\n".encode())

    chosen: Command = arguments.chosen
    if arguments.command in chosen.old_names:
        print(f"metachron {arguments.command} is called metachron {chosen.name} now", file=sys.stderr)

    if argv is None:
        # Nearly all that is made before the work begins is modules, which stay. To look through them for
        # garbage at Python's own pace takes a tenth of an audit's time.
        gc.set_threshold(100_000, 20, 20)
        if chosen.ends_by_itself:
            mortal.end_promptly(say_interrupted)
    os.umask(0o077)  # whatever the caller's: what we make is for this user alone
    try:
        refuse_what_is_no_text(arguments)
        home = Home.at(arguments.home)
        if getattr(arguments, "study", None) is not None:
            from flows.building.study_file import load_study

            load_study(arguments.study)  # a wrong one is refused before anything is read or locked
        if chosen.needs_home:
            home.refuse_none()
        if chosen.uses_home and not chosen.only_reads:
            refuse_others(home.root)
        chosen.refuses(arguments, home)
        if chosen.uses_home:
            # A home that cannot be written answers all the same, and so does one that is not there.
            if not chosen.only_reads or (home.is_there() and home.can_be_written()):
                home.prepare()
            from flows.process.tool_settings import apply

            apply(home)
        chosen.does(arguments, home)
    except BrokenPipeError:
        sys.exit(0)
    except SystemExit:
        raise
    except BaseException as failure:
        if number := mortal.ending_signal(failure):
            say_interrupted()
            # Nothing is left to put away, and Python would take its time, or end by the signal instead.
            if argv is None:
                os._exit(128 + number)
            sys.exit(128 + number)
        refusal = boundary.translate_failure(failure)
        paragraph = refusal.paragraph(with_value=boundary.is_for_a_person(sys.stderr))
        print(f"metachron {arguments.command}: {paragraph}", file=sys.stderr)
        sys.exit(refusal.exit_code)


if __name__ == "__main__":
    main()
