"""The command line. Heavy imports wait until a command needs them, so that --help answers at once."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from flows.home import Home
from flows.process import boundary, mortal
from flows.terminal.escaping import as_json, escape_lines, is_unicode

# Their answers need nothing that is written below the home.
READERS = {"sql", "serve-sql", "report", "export", "verify", "claims", "explain", "diff"}

# They ask, or change, what a home holds, and make none: a disk that is away must not look like a new home.
NEED_A_HOME = {
    "audit", "publish", "report", "sql", "export", "compare-engines", "explain", "sensitivity", "diff",
    "verify", "rebuild", "seal", "accept", "use", "forget", "release",
}  # fmt: skip


def synth(arguments: argparse.Namespace, home: Home) -> None:
    from flows.cli.sample_files import write_synthetic
    from flows.terminal.progress import stage

    with stage("synth") as progress:
        written = write_synthetic(
            arguments.folder,
            seed=arguments.seed,
            scale=arguments.scale,
            layout=arguments.layout,
            variant=arguments.variant,
            progress=progress,
        )
    answer(arguments, [str(path) for path in written], "\n".join(f"wrote {path}" for path in written))


def open_cohort(arguments: argparse.Namespace, home: Home) -> None:
    from flows.cli.sample_files import write_open_cohort

    written = write_open_cohort(arguments.folder, arguments.cohort)
    answer(arguments, [str(path) for path in written], "\n".join(f"wrote {path}" for path in written))


def load(arguments: argparse.Namespace, home: Home) -> None:
    from flows import stages
    from flows.integrity import lock
    from flows.landing.land import lines

    with lock.single_writer(home):
        results = stages.load(home, arguments.paths)
    answer(arguments, [result.facts() for result in results], "\n".join(lines(results)))


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
        {"verdict": result.verdict, "claims": result.n_claims, "page": str(home.audit / "data_quality.html")},
        f"audit: {result.verdict}, {result.n_claims} claims; {home.audit / 'data_quality.html'}",
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
    answer(arguments, {"report": str(written.page), "results": str(written.results)}, told(written))


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


def status(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.status import status_of

    now = status_of(home)
    answer(arguments, now.facts(), now.screen())


def sql(arguments: argparse.Namespace, home: Home) -> None:
    from flows.errors import UsageError
    from flows.files.given_file import read_given_text
    from flows.serving import query

    if (arguments.query is None) == (arguments.file is None):
        raise UsageError(
            "SQL-01",
            "Give either a query or a file",
            unchanged="",
            remedy="For example: metachron sql 'select * from marts.cohort_flow'",
        )
    text = arguments.query
    if text is None:
        text = read_given_text(
            arguments.file, "query", code="SQL-08", remedy="Name a file with one query in SQL."
        )
    chosen = "json" if arguments.json else arguments.format
    query.run(home, text, format=chosen, out=arguments.out)


def serve_sql(arguments: argparse.Namespace, home: Home) -> None:
    from flows.files.password_file import SQL, USER
    from flows.serving.flight import server as flight

    server = flight.make(
        home, host=arguments.host, port=arguments.port, certificate=arguments.tls_cert, key=arguments.tls_key
    )
    location = f"grpc{'+tls' if arguments.tls_cert else ''}://{arguments.host}:{server.port}"
    with flight.until_told(server):
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


def completion(arguments: argparse.Namespace, home: Home) -> None:
    from flows.cli.completion import script

    text = script(parser(), arguments.shell)
    answer(arguments, {"shell": arguments.shell, "script": text}, text)


def spark(arguments: argparse.Namespace, home: Home) -> None:
    from flows.building.spark.stage import spark as build_on_spark
    from flows.integrity import lock

    with lock.single_writer(home):
        built = build_on_spark(
            home,
            master=arguments.master,
            landed=arguments.landed,
            study=arguments.study,
            with_unit_tests=arguments.unit_tests,
        )
    answer(arguments, built.facts(), built.line())


def compare_engines(arguments: argparse.Namespace, home: Home) -> None:
    from flows.building.spark.compare_engines import compare_engines as compare
    from flows.terminal.progress import stage

    with stage("compare") as progress:
        found = compare(home, progress=progress)
    answer(arguments, found.facts(), found.screen())


def seal(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import ledger

    head = ledger.head(home)
    words = (
        f"{head}\nKeep this outside the home, in a ticket or a letter. Later, this holds the home to it:\n"
        f"  metachron verify --seal {head}"
    )
    facts = {"sequence": head.sequence, "seal": head.seal}
    answer(arguments, facts, str(head) if arguments.print else words)


def rebuild(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import lock
    from flows.integrity.rebuild import rebuild as rebuild_from_vault

    with lock.single_writer(home):
        done = rebuild_from_vault(home, study=arguments.study, new_ledger=arguments.new_ledger)
    answer(arguments, done.facts(), done.line())


def verify(arguments: argparse.Namespace, home: Home) -> None:
    from contextlib import suppress

    from flows.errors import WarehouseBusy
    from flows.integrity import ledger, lock
    from flows.integrity.verify import remember_verified
    from flows.integrity.verify import verify as check
    from flows.terminal.progress import stage

    kept_outside = None if arguments.seal is None else ledger.head_kept_outside(arguments.seal)
    with stage("verify"):
        result = check(home, kept_outside=kept_outside)
    if home.can_be_written():
        # What is being written meanwhile has its own end to tell.
        with suppress(WarehouseBusy), lock.single_writer(home):
            remember_verified(home)
    answer(arguments, result.facts(), result.line())


def use(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import lock
    from flows.integrity.forget_target import loads_named, loads_of
    from flows.landing import delivery_order

    decide = delivery_order.use if arguments.command == "use" else delivery_order.accept
    with lock.single_writer(home):
        choice = decide(home, loads_named(loads_of(home), arguments.delivery))
    answer(arguments, choice.facts(), choice.line())


def claims(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.check_paper import audit_claims

    audited = audit_claims(home, arguments.ledger, from_warehouse=arguments.warehouse)
    answer(arguments, audited.facts(), audited.screen())


def explain(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.explain import explain as explanation_of
    from flows.terminal.progress import stage

    with stage("explain", tells_end=False):
        found = explanation_of(home, arguments.number, with_lines=not arguments.no_lines)
    answer(arguments, found.facts(), found.screen(every_line=arguments.all_lines))


def sensitivity(arguments: argparse.Namespace, home: Home) -> None:
    from flows import stages
    from flows.serving.sensitivity import sensitivity as rebuild_each

    made = rebuild_each(home, stages.published(home, arguments.study), arguments.study)
    answer(arguments, made.facts(), made.screen())


def diff(arguments: argparse.Namespace, home: Home) -> None:
    from flows.serving.diff import compare

    found = compare(home, arguments.before, arguments.after)
    answer(arguments, found.facts(), found.screen())


def release(arguments: argparse.Namespace, home: Home) -> None:
    from flows.disclosure.public_report import release as release_outward
    from flows.integrity import lock
    from flows.terminal.progress import stage

    with lock.single_writer(home), stage("release"):
        released = release_outward(
            home, profile=arguments.profile, out=arguments.out, signed_exception=arguments.signed_exception
        )
    answer(arguments, released.facts(), released.line())


def forget(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import forget as forgetting
    from flows.integrity import lock
    from flows.publishing.releases import current_release
    from flows.terminal.progress import stage

    with lock.single_writer(home):
        done = forgetting.earlier(home, arguments.delivery)
        if done is None:
            target = forgetting.named(home, arguments.delivery)
            if not arguments.yes:
                forgetting.ask(target)
            with stage("forget"):
                done = forgetting.forget(home, target)
        if done.study is not None and current_release(home) is None:
            done = forgetting.rebuilt(home, done, arguments.study)
    answer(arguments, done.facts(), done.line())


def text_of(path: Path | None) -> str | None:
    return None if path is None else str(path)


def told(written: Any) -> str:
    return f"{written.summary}\n\nreport: {written.page}"


def answer(arguments: argparse.Namespace, facts: Any, words: str) -> None:
    """One result, as words for a person or as JSON for a program."""
    print(as_json(facts) if arguments.json else escape_lines(words))


def a_path(word: str) -> Path:
    """A path as it was given; an empty one is a variable that was not set, and would mean this folder."""
    if not word:
        raise argparse.ArgumentTypeError("a path is wanted, and this is empty")
    return Path(word)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line without running what it says in the terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(escape_lines(message))


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

    top = Parser(
        prog="metachron",
        parents=[common],
        description="From raw registry files to published and corrected answers on second primaries.",
        epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 input refused, 4 audit refused, 5 busy, 6 resources, "
        "7 integrity, 8 policy. Example: metachron synth var/inbox && metachron run",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, does: Callable[[argparse.Namespace, Home], None], help: str, example: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            parents=[common],
            help=help,
            description=help,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(does=does)
        return made

    made = command(
        "synth",
        synth,
        "write synthetic deliveries in the registry's real formats",
        "metachron synth var/inbox --seed 1 --variant messy",
    )
    made.add_argument("folder", type=a_path, metavar="DIR", help="new, empty, or written so before")
    made.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default: 1)")
    made.add_argument("--scale", type=float, default=1.0, help="size against the paper's 64,629 (default: 1)")
    made.add_argument("--layout", choices=["listing", "ascii", "naaccr", "redcap"], default="listing")
    made.add_argument("--variant", choices=["clean", "messy"], default="clean")

    made = command(
        "open-cohort",
        open_cohort,
        "write a published cohort of real patients as a hospital's delivery",
        "metachron open-cohort /tmp/mayo && metachron load /tmp/mayo\n"
        "  (needs: pip install 'metachron[open-cohorts]')",
    )
    made.add_argument("folder", type=a_path, metavar="DIR", help="new, empty, or written so before")
    made.add_argument("--cohort", choices=["myeloma", "mgus2"], default="myeloma", help="(default: myeloma)")

    made = command(
        "load",
        load,
        "land deliveries: files or folders, format recognised from content",
        "metachron load var/inbox",
    )
    made.add_argument("paths", type=a_path, nargs="+", metavar="PATH")

    made = command(
        "build",
        build,
        "rebuild staging, intermediate and marts with dbt",
        "metachron build --study studies/aml_after_breast.yml",
    )
    made.add_argument("--study", type=a_path, metavar="FILE", help="a study definition (default: mm_sall)")

    command(
        "audit",
        audit,
        "check every claim about raw and marts; write the data-quality report",
        "metachron audit",
    )
    command("publish", publish, "move the audited build to where analysts read", "metachron publish")

    made = command(
        "report",
        report,
        "results, tables, figures and report.html of the published warehouse",
        "metachron report --for-print --out /tmp/report",
    )
    made.add_argument("--study", type=a_path, metavar="FILE", help="refuse unless this study is published")
    made.add_argument("--out", type=a_path, metavar="DIR", help="(default: reports/ under the home)")
    made.add_argument("--for-print", action="store_true", help="figures as PDF and PNG, too")

    made = command(
        "run",
        run,
        "load, build, audit, publish and report; told to a Prefect server where one is configured",
        "metachron run --inbox var/inbox",
    )
    made.add_argument("--study", type=a_path, metavar="FILE", help="a study definition (default: mm_sall)")
    made.add_argument("--inbox", type=a_path, metavar="DIR", help="(default: inbox/ under the home)")

    command(
        "status",
        status,
        "is the warehouse fresh, and can it be trusted?",
        "metachron status --json",
    )

    made = command(
        "sql",
        sql,
        "read-only query on the published warehouse",
        "metachron sql 'select era, n_index, n_second from marts.second_primaries_by_era'",
    )
    made.add_argument("query", nargs="?", metavar="QUERY")
    made.add_argument("-f", "--file", type=a_path, metavar="FILE", help="read the query from a file")
    made.add_argument("--format", choices=["table", "csv", "json", "parquet"], default="table")
    made.add_argument("--out", type=a_path, metavar="FILE", help="a new file, or one written so before")

    made = command(
        "serve-sql",
        serve_sql,
        "answer analysts' SQL over Arrow Flight SQL, read-only, with a password",
        "metachron serve-sql --port 8815",
    )
    made.add_argument("--host", default="127.0.0.1", help="others than 127.0.0.1 need a certificate")
    made.add_argument("--port", type=int, default=8815, help="0 takes a free one (default: 8815)")
    made.add_argument("--tls-cert", type=a_path, metavar="FILE", help="PEM certificate chain")
    made.add_argument("--tls-key", type=a_path, metavar="FILE", help="its private key")

    made = command(
        "export",
        export,
        "every mart as Parquet, with descriptions, for Excel, R and BI tools",
        "metachron export --parquet /tmp/marts",
    )
    made.add_argument(
        "--parquet", type=a_path, required=True, metavar="DIR", help="a new folder, or an older export"
    )
    made.add_argument("--raw", action="store_true", help="instead, the rows as they were delivered")

    made = command(
        "spark",
        spark,
        "build the same tables on a Spark cluster, for data beyond one machine (docs/scale.md)",
        "metachron spark --master spark://head:7077 --landed /shared/landed",
    )
    made.add_argument("--master", metavar="URL", help="(default: a master and two workers, started here)")
    made.add_argument("--landed", type=a_path, metavar="DIR", help="raw Parquet that every worker sees")
    made.add_argument("--study", type=a_path, metavar="FILE", help="a study definition (default: mm_sall)")
    made.add_argument("--unit-tests", action="store_true", help="the models' unit tests too")

    command(
        "compare-engines",
        compare_engines,
        "are the tables of DuckDB and of Spark equal, row by row?",
        "metachron build && metachron spark && metachron compare-engines",
    )

    made = command(
        "claims",
        claims,
        "judge every number a paper prints by its own numbers, without registry data",
        "metachron claims analytics/published_numbers/jia2024.csv\n  (how to write one: docs/claims.md)",
    )
    made.add_argument("ledger", type=a_path, metavar="FILE")
    made.add_argument("--warehouse", action="store_true", help="and by the results of the published release")

    made = command(
        "explain",
        explain,
        "where a number of the report comes from: mart, SQL, rows and source lines",
        "metachron explain 'table1[variable=sex,level=Male].n_with'",
    )
    made.add_argument("number", metavar="NUMBER", help="its place in results.json")
    made.add_argument("--no-lines", action="store_true", help="leave out the lines of the delivered files")
    made.add_argument("--all-lines", action="store_true", help="every line, however many")

    made = command(
        "sensitivity",
        sensitivity,
        "the headline numbers under each setting, rebuilding the marts for each",
        "metachron sensitivity && metachron report",
    )
    made.add_argument("--study", type=a_path, metavar="FILE", help="the definition it was published with")

    made = command(
        "diff",
        diff,
        "every number of two releases, and which verdicts moved",
        "metachron diff r0123456789ab published",
    )
    made.add_argument("before", metavar="RELEASE_A", help="an id or its beginning, or 'published'")
    made.add_argument("after", metavar="RELEASE_B")

    made = command(
        "completion",
        completion,
        "what the shell offers when Tab is pressed: bash or zsh",
        'metachron completion bash\n  (in ~/.bashrc: eval "$(metachron completion bash)")',
    )
    made.add_argument("shell", choices=["bash", "zsh"])

    made = command(
        "verify",
        verify,
        "recompute ledger chain, hashes and row reconciliation",
        "metachron verify",
    )
    made.add_argument(
        "--seal", metavar="SEAL", help="what `metachron seal` printed once: must still be there"
    )

    made = command(
        "rebuild",
        rebuild,
        "make everything again from the delivered files; keeps what it replaces in lost/",
        "metachron rebuild --from-vault",
    )
    made.add_argument("--from-vault", action="store_true", required=True, help="the only source there is")
    made.add_argument("--study", type=a_path, metavar="FILE", help="(default: the published study)")
    made.add_argument("--new-ledger", action="store_true", help="begin another in place of one that is lost")

    made = command(
        "seal",
        seal,
        "the ledger's head, to be kept outside the home",
        "metachron seal --print",
    )
    made.add_argument("--print", action="store_true", help="the seal alone")

    for name, does in {
        "accept": "let a smaller delivery replace the published one; it waits for this",
        "use": "make an earlier delivery the one that counts, and keep the others",
    }.items():
        made = command(name, use, does, f"metachron {name} seer9_plus_1975_2018.txt && metachron run")
        made.add_argument("delivery", metavar="DELIVERY", help="its id, file name or SHA-256, or a beginning")

    made = command(
        "forget",
        forget,
        "remove a delivery and everything made from it; writes a certificate",
        "metachron forget seer9_plus_1975_2018.txt --yes",
    )
    made.add_argument("delivery", metavar="DELIVERY", help="its id, file name or SHA-256, or a beginning")
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--study", type=a_path, metavar="FILE", help="rebuild with this (default: the published)"
    )

    made = command(
        "release",
        release,
        "the outward report: small counts hidden until nobody can bound them",
        "metachron release --out /tmp/outward --profile seer11",
    )
    made.add_argument("--out", type=a_path, metavar="DIR", help="a new folder for what may leave")
    made.add_argument(
        "--profile", default="seer11", help="seer11, uscs16, opensafely or ohdsi5; seer11:20 hides more"
    )
    made.add_argument(
        "--signed-exception", type=a_path, metavar="FILE", help="needed to hide less than seer11"
    )
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
                remedy="Type it again, in the encoding of your terminal.",
            )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every letter of an answer
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv, argparse.Namespace(home=None, json=False))

    @cache
    def say_interrupted() -> None:
        whole = "interrupted; nothing was published by halves. The same command goes on from here."
        os.write(2, f"metachron {arguments.command}: {whole}\n".encode())

    if argv is None:
        # Nearly all that is made before the work begins is modules, which stay. To look through them for
        # garbage at Python's own pace takes a tenth of an audit's time.
        gc.set_threshold(100_000, 20, 20)
        if arguments.command != "serve-sql":
            mortal.end_promptly(say_interrupted)
    os.umask(0o077)  # whatever the caller's: what we make is for this user alone
    try:
        refuse_what_is_no_text(arguments)
        home = Home.at(arguments.home)
        if getattr(arguments, "study", None) is not None:
            from flows.building.study_file import load_study

            load_study(arguments.study)  # a wrong one is refused before anything is read or locked
        if arguments.command in NEED_A_HOME:
            home.refuse_none()
        if arguments.command not in {"synth", "open-cohort", "status", "completion"}:
            # A home that cannot be written answers all the same.
            if arguments.command not in READERS or home.can_be_written():
                home.prepare()
            from flows.process.tool_settings import apply

            apply(home)
        arguments.does(arguments, home)
    except BrokenPipeError:
        sys.exit(0)
    except SystemExit:
        raise
    except BaseException as failure:
        if number := mortal.told_to_end(failure):
            say_interrupted()
            # Nothing is left to put away, and Python would take its time, or end by the signal instead.
            if argv is None:
                os._exit(128 + number)
            sys.exit(128 + number)
        said = boundary.told(failure)
        paragraph = said.paragraph(with_value=boundary.is_for_a_person(sys.stderr))
        print(f"metachron {arguments.command}: {paragraph}", file=sys.stderr)
        sys.exit(said.exit_code)


if __name__ == "__main__":
    main()
