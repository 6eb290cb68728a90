"""The stages: build, audit, publish, report; all of them in order; and where a home stands."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from flows.cli.command import Command, Group, a_path, answer
from flows.cli.deliveries import has_delivery
from flows.home import Home


def build(arguments: argparse.Namespace, home: Home) -> None:
    from flows import stages
    from flows.integrity import lock

    with lock.single_writer(home):
        result = stages.build(home, arguments.study)
    answer(arguments, result.facts(), result.line())


def audit(arguments: argparse.Namespace, home: Home) -> None:
    from flows import stages
    from flows.integrity import lock

    with lock.single_writer(home):
        result = stages.audit(home)
    answer(
        arguments,
        {
            "verdict": result.verdict,
            "expectations": result.n_expectations,
            "page": str(home.audit / "data_quality.html"),
        },
        f"audit: {result.verdict}, {result.n_expectations} expectations; {home.audit / 'data_quality.html'}",
    )


def publish(arguments: argparse.Namespace, home: Home) -> None:
    from flows import stages
    from flows.integrity import lock

    with lock.single_writer(home):
        release = stages.publish_build(home)
    answer(arguments, release.facts(), release.line())


def report(arguments: argparse.Namespace, home: Home) -> None:
    from contextlib import nullcontext

    from flows import stages
    from flows.integrity import lock

    # The ledger is told of a report that the home keeps, and not of a copy.
    with lock.single_writer(home) if arguments.out is None else nullcontext():
        written = stages.report(home, arguments.out, study=arguments.study, for_print=arguments.for_print)
    answer(
        arguments,
        {"report": str(written.page), "results": str(written.results)},
        f"{written.summary}\n\nreport: {written.page}",
    )


def run(arguments: argparse.Namespace, home: Home) -> None:
    from flows.scheduling.client_settings import forget_a_gone_server, server_is_configured

    forget_a_gone_server()
    refresh: Callable[..., dict[str, str]]
    if server_is_configured():
        # One person at one terminal reads our lines; what fails is told once, by us.
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
        from flows.refresh import refresh
    else:
        from flows.pipeline import refresh

    ended = refresh(home=str(home.root), study=text_of(arguments.study), inbox=text_of(arguments.inbox))
    answer(arguments, ended, f"{ended['loads']}\n\n{ended['summary']}\n\nreport: {ended['report']}")


def open_report(arguments: argparse.Namespace, home: Home) -> None:
    from flows.reporting.newest_report import newest_report, show

    page = newest_report(home)
    is_shown = not arguments.json and show(page)
    words = f"opening {page}" if is_shown else f"{page}\nThere is no browser here: open this file in one."
    answer(arguments, {"report": str(page)}, words)


def refuse_bad_inbox(arguments: argparse.Namespace, home: Home) -> None:
    """An inbox that is not there, or from which nothing can be made."""
    from flows.landing.inbox_files import refuse_nothing

    inbox = arguments.inbox or home.inbox
    # The home's own is made with it.
    is_there = arguments.inbox is not None or inbox.exists()
    if not has_delivery([inbox] if is_there else [], home):
        refuse_nothing(inbox, home)


def status(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.status import status_of

    now = status_of(home)
    answer(arguments, now.facts(), now.screen())


def study_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=a_path, metavar="FILE", help="a study definition (default: mm_sall)")


def report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=a_path, metavar="FILE", help="refuse unless this study is published")
    parser.add_argument("--out", type=a_path, metavar="DIR", help="(default: reports/ under the home)")
    parser.add_argument(
        "--for-print", action="store_true", help="figures as SVG, PDF and PNG at 85 and 174 mm, too"
    )


def run_arguments(parser: argparse.ArgumentParser) -> None:
    study_argument(parser)
    parser.add_argument("--inbox", type=a_path, metavar="DIR", help="(default: inbox/ under the home)")


def text_of(path: Path | None) -> str | None:
    return None if path is None else str(path)


COMMANDS = (
    Command(
        "build",
        build,
        "rebuild staging, intermediate and marts with dbt",
        "metachron build --study studies/aml_after_breast.yml",
        study_argument,
        needs_home=True,
        group=Group.STAGES,
    ),
    Command(
        "audit",
        audit,
        "check every expectation of raw and marts; write the data-quality report",
        "metachron audit",
        needs_home=True,
        group=Group.STAGES,
    ),
    Command(
        "publish",
        publish,
        "move the audited build to where analysts read",
        "metachron publish",
        needs_home=True,
        group=Group.STAGES,
    ),
    Command(
        "report",
        report,
        "results, tables, figures and report.html of the published warehouse",
        "metachron report --for-print --out /tmp/report",
        report_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.STAGES,
    ),
    Command(
        "run",
        run,
        "load, build, audit, publish and report; reported to a Prefect server if one is configured",
        "metachron run --inbox var/inbox",
        run_arguments,
        refuses=refuse_bad_inbox,
        group=Group.BEGIN,
    ),
    Command(
        "open",
        open_report,
        "show the newest report in a browser",
        "metachron open",
        needs_home=True,
        only_reads=True,
        group=Group.BEGIN,
    ),
    Command(
        "status",
        status,
        "is the warehouse up to date, and can it be trusted?",
        "metachron status --json",
        uses_home=False,
        group=Group.BEGIN,
    ),
)
