"""Analysts' questions: SQL, served and asked; Parquet; numbers explained, varied and compared."""

from __future__ import annotations

import argparse
import sys

from flows.cli.command import Command, Group, a_path, answer
from flows.home import Home


def sql(arguments: argparse.Namespace, home: Home) -> None:
    from flows.errors import UsageError
    from flows.files.given_file import read_given_text
    from flows.serving import query

    if (arguments.query is None) == (arguments.file is None):
        raise UsageError(
            "SQL-01",
            "Give either a query or a file",
            unchanged="",
        )
    text = arguments.query
    if text is None:
        text = read_given_text(arguments.file, "query", code="SQL-08")
    chosen = "json" if arguments.json else arguments.format
    query.run(home, text, format=chosen, out=arguments.out)


def serve_sql(arguments: argparse.Namespace, home: Home) -> None:
    from flows.files.password_file import SQL, USER
    from flows.serving.flight import server as flight

    server = flight.make(
        home, host=arguments.host, port=arguments.port, certificate=arguments.tls_cert, key=arguments.tls_key
    )
    location = f"grpc{'+tls' if arguments.tls_cert else ''}://{arguments.host}:{server.port}"
    with flight.serve_until_stopped(server):
        answer(
            arguments,
            {"location": location, "user": USER, "password_file": str(SQL.of(home))},
            f"answering SQL on {location} (user and password: {SQL.of(home)}); Ctrl-C stops",
        )
        sys.stdout.flush()


def export(arguments: argparse.Namespace, home: Home) -> None:
    from contextlib import nullcontext

    from flows.integrity import lock
    from flows.serving.export import export_parquet
    from flows.terminal.progress import stage

    # Whoever reads the raw tables keeps a load from writing them; the release nobody writes.
    keeps_loads_away = arguments.raw and home.can_be_written()
    with lock.single_writer(home) if keeps_loads_away else nullcontext(), stage("export") as progress:
        exported = export_parquet(home, arguments.parquet, raw=arguments.raw, progress=progress)
    answer(arguments, exported.facts(), exported.screen())


def explain(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.explain import explain as explanation_of
    from flows.terminal.progress import stage

    with stage("explain", tells_end=False):
        explanation = explanation_of(home, arguments.number, with_lines=not arguments.no_lines)
    answer(arguments, explanation.facts(), explanation.screen(every_line=arguments.all_lines))


def sensitivity(arguments: argparse.Namespace, home: Home) -> None:
    from flows.reporting.report import published
    from flows.reporting.sensitivity import sensitivity as rebuild_each

    table = rebuild_each(home, published(home, arguments.study), arguments.study)
    answer(arguments, table.facts(), table.screen())


def diff(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.diff import compare

    difference = compare(home, arguments.before, arguments.after)
    answer(arguments, difference.facts(), difference.screen())


def check_paper(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.check_paper import audit_paper

    audited = audit_paper(home, arguments.paper_file, from_warehouse=arguments.warehouse)
    answer(arguments, audited.facts(), audited.screen())


def sql_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="?", metavar="QUERY")
    parser.add_argument("-f", "--file", type=a_path, metavar="FILE", help="read the query from a file")
    parser.add_argument("--format", choices=["table", "csv", "json", "parquet"], default="table")
    parser.add_argument(
        "--out", type=a_path, metavar="FILE", help="a new file, or one written by this command"
    )


def serve_sql_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="any other than 127.0.0.1 needs a certificate")
    parser.add_argument("--port", type=int, default=8815, help="0 picks a free one (default: 8815)")
    parser.add_argument("--tls-cert", type=a_path, metavar="FILE", help="PEM certificate chain")
    parser.add_argument("--tls-key", type=a_path, metavar="FILE", help="its private key")


def export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parquet",
        type=a_path,
        required=True,
        metavar="DIR",
        help="a new folder, or one of an earlier export",
    )
    parser.add_argument("--raw", action="store_true", help="export the rows as they were delivered instead")


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="its place in results.json")
    parser.add_argument("--no-lines", action="store_true", help="leave out the lines of the delivered files")
    parser.add_argument("--all-lines", action="store_true", help="every line, however many")


def sensitivity_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=a_path, metavar="FILE", help="the definition it was published with")


def diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="RELEASE_A", help="an id or its beginning, or 'published'")
    parser.add_argument("after", metavar="RELEASE_B")


def check_paper_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paper_file", type=a_path, metavar="FILE")
    parser.add_argument(
        "--warehouse", action="store_true", help="also against the published release's results"
    )


COMMANDS = (
    Command(
        "sql",
        sql,
        "read-only query on the published warehouse",
        "metachron sql 'select era, n_index, n_second from marts.second_primaries_by_era'",
        sql_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.QUESTIONS,
    ),
    Command(
        "serve-sql",
        serve_sql,
        "answer analysts' SQL over Arrow Flight SQL, read-only, with a password",
        "metachron serve-sql --port 8815",
        serve_sql_arguments,
        needs_home=True,
        only_reads=True,
        ends_by_itself=False,
        group=Group.QUESTIONS,
    ),
    Command(
        "export",
        export,
        "every mart as Parquet, with descriptions, for Excel, R and BI tools",
        "metachron export --parquet /tmp/marts",
        export_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.QUESTIONS,
    ),
    Command(
        "explain",
        explain,
        "show where a number of the report comes from: mart, SQL, rows and source lines",
        "metachron explain 'table1[variable=sex,level=Male].n_with'",
        explain_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.QUESTIONS,
    ),
    Command(
        "sensitivity",
        sensitivity,
        "the headline numbers under each setting, rebuilding the marts for each",
        "metachron sensitivity && metachron report",
        sensitivity_arguments,
        needs_home=True,
        group=Group.QUESTIONS,
    ),
    Command(
        "diff",
        diff,
        "compare every number of two releases, and show which verdicts changed",
        "metachron diff r0123456789ab published",
        diff_arguments,
        needs_home=True,
        only_reads=True,
        group=Group.QUESTIONS,
    ),
    Command(
        "check-paper",
        check_paper,
        "recompute every number a paper prints from its other numbers, without registry data",
        "metachron check-paper analytics/published_numbers/jia2024.csv\n"
        "  (how to write one: docs/printed_numbers.md)",
        check_paper_arguments,
        only_reads=True,
        old_names=("claims",),
        group=Group.QUESTIONS,
    ),
)
