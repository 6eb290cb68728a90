"""Whether a home still holds what it was given; and everything again from the delivered files."""

from __future__ import annotations

import argparse

from flows.cli.command import Command, Group, a_path, answer
from flows.home import Home


def verify(arguments: argparse.Namespace, home: Home) -> None:
    from contextlib import suppress

    from flows.errors import WarehouseBusy
    from flows.integrity import ledger, lock
    from flows.maintenance.verify import remember_verified
    from flows.maintenance.verify import verify as check
    from flows.terminal.progress import stage

    kept_outside = None if arguments.seal is None else ledger.head_kept_outside(arguments.seal)
    with stage("verify"):
        result = check(home, kept_outside=kept_outside)
    if home.can_be_written():
        # What is being written meanwhile has its own end to tell.
        with suppress(WarehouseBusy), lock.single_writer(home):
            remember_verified(home)
    answer(arguments, result.facts(), result.line())


def rebuild(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import lock
    from flows.maintenance.rebuild import rebuild as rebuild_from_vault

    with lock.single_writer(home):
        done = rebuild_from_vault(home, study=arguments.study, new_ledger=arguments.new_ledger)
    answer(arguments, done.facts(), done.line())


def seal(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import ledger

    head = ledger.head(home)
    words = (
        f"{head}\nKeep this outside the home, in a ticket or a letter. To check the home against it later:\n"
        f"  metachron verify --seal {head}"
    )
    facts = {"sequence": head.sequence, "seal": head.seal}
    answer(arguments, facts, str(head) if arguments.print else words)


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seal",
        metavar="SEAL",
        help="a seal from `metachron seal`: does the ledger still hold it?",
    )


def rebuild_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from-vault", action="store_true", required=True, help="from the files in the vault"
    )
    parser.add_argument("--study", type=a_path, metavar="FILE", help="(default: the published study)")
    parser.add_argument(
        "--new-ledger", action="store_true", help="begin a new one in place of one that is lost"
    )


def seal_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", help="the seal alone")


COMMANDS = (
    Command(
        "verify",
        verify,
        "recompute ledger chain, hashes and row reconciliation",
        "metachron verify",
        verify_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.INTEGRITY,
    ),
    Command(
        "rebuild",
        rebuild,
        "make everything again from the delivered files; keeps what it replaces in lost/",
        "metachron rebuild --from-vault",
        rebuild_arguments,
        needs_home=True,
        group=Group.INTEGRITY,
    ),
    Command(
        "seal",
        seal,
        "print the seal of the ledger's last line, to keep outside the home",
        "metachron seal --print",
        seal_arguments,
        needs_home=True,
        group=Group.INTEGRITY,
    ),
)
