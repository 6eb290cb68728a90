"""What leaves the house: the public report, the one way by which counts do, and how to cite them."""

from __future__ import annotations

import argparse

from flows.cli.command import Command, Group, a_path, answer
from flows.home import Home


def disclose(arguments: argparse.Namespace, home: Home) -> None:
    from flows.disclosure.public_report import disclose as disclose_results
    from flows.integrity import lock
    from flows.terminal.progress import stage

    with lock.single_writer(home), stage("disclose"):
        report = disclose_results(
            home, profile=arguments.profile, out=arguments.out, signed_exception=arguments.signed_exception
        )
    answer(arguments, report.facts(), report.line())


def cite(arguments: argparse.Namespace, home: Home) -> None:
    from flows.publishing.citation import cite_paper, paper_bibtex, paper_of, software
    from flows.publishing.code_version import code_version

    paper = paper_of(home, arguments.study)
    own, version = software(), code_version()
    sentences = [own.sentence(version), *([cite_paper(paper)] if paper else [])]
    entries = [own.bibtex(version), *([paper_bibtex(paper)] if paper else [])]
    answer(arguments, {"citations": sentences, "bibtex": entries}, "\n\n".join([*sentences, *entries]))


def cite_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--study", type=a_path, metavar="FILE", help="a study definition (default: the published one)"
    )


def disclose_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=a_path, metavar="DIR", help="a new folder for the public report")
    parser.add_argument(
        "--profile", default="seer11", help="seer11, uscs16, opensafely or ohdsi5; seer11:20 hides more"
    )
    parser.add_argument(
        "--signed-exception", type=a_path, metavar="FILE", help="needed to hide less than the profile seer11"
    )


COMMANDS = (
    Command(
        "disclose",
        disclose,
        "the public report: small counts are hidden so that nobody can work them out",
        "metachron disclose --out /tmp/public --profile seer11",
        disclose_arguments,
        needs_home=True,
        old_names=("release",),
        group=Group.OUTSIDE,
    ),
    Command(
        "cite",
        cite,
        "how to cite this software, and the paper that the study is after",
        "metachron cite --study studies/aml_after_breast.yml",
        cite_arguments,
        uses_home=False,
        group=Group.OUTSIDE,
    ),
)
