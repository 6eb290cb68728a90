"""Deliveries: written as samples, landed, chosen, forgotten."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from flows.cli.command import Command, Group, a_path, answer
from flows.home import Home


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
            cancers=arguments.cancers,
            every_case=arguments.every_case,
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
        results = stages.load(home, arguments.paths, arguments.encoding)
    answer(arguments, [result.facts() for result in results], "\n".join(lines(results)))


def has_delivery(paths: Sequence[Path], home: Home) -> bool:
    """Whether there is anything to load; raises for files that are not there, or not recognised.

    A table without a mapping gets a draft of one in the folder where the command was typed: deliveries stay
    as they arrived.
    """
    from flows.landing.inbox_files import files_of

    if not files_of(paths, home):
        return False
    from flows.landing.inbox import find

    return bool(find(paths, home, drafts=Path.cwd()))


def refuse_bad_paths(arguments: argparse.Namespace, home: Home) -> None:
    """No home is made for what cannot be loaded, nor for nothing."""
    from flows.landing.inbox_files import refuse_nothing

    if not has_delivery(arguments.paths, home) and not home.is_there():
        refuse_nothing(arguments.paths[0], home)


def draft_map(arguments: argparse.Namespace, home: Home) -> None:
    from flows.landing.forms.hospital.mapping_draft import draft_mapping, read_headers

    headers = read_headers(arguments.file)
    draft = draft_mapping(headers, arguments.file.name)
    answer(arguments, {"headers": headers, "mapping": draft}, draft.rstrip("\n"))


def use(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import lock
    from flows.landing import delivery_order
    from flows.maintenance.forget_target import loads_named, loads_of

    decide = delivery_order.use if arguments.command == "use" else delivery_order.accept
    with lock.single_writer(home):
        choice = decide(home, loads_named(loads_of(home), arguments.delivery))
    answer(arguments, choice.facts(), choice.line())


def forget(arguments: argparse.Namespace, home: Home) -> None:
    from flows.integrity import lock
    from flows.maintenance import forget as forgetting
    from flows.maintenance.forget_target import ask, find_target
    from flows.publishing.releases import current_release
    from flows.terminal.progress import stage

    with lock.single_writer(home):
        done = forgetting.find_earlier(home, arguments.delivery)
        if done is None:
            target = find_target(home, arguments.delivery)
            forgetting.require_study(home, target, arguments.study)
            if not arguments.yes:
                ask(target)
            with stage("forget"):
                done = forgetting.forget(home, target)
        if done.study is not None and current_release(home) is None:
            done = forgetting.rebuild_without(home, done, arguments.study)
    answer(arguments, done.facts(), done.line())


def synth_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=a_path, metavar="DIR", help="new, empty, or written by this command")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default: 1)")
    parser.add_argument(
        "--scale",
        type=float,
        help="share of the nine registries' people (default: 1, the paper's 64,629; 0.05 with all cancers)",
    )
    parser.add_argument(
        "--cancers",
        choices=["paper", "all"],
        default="paper",
        help="people with a plasma cell neoplasm or ALL (paper, default), or with any cancer (all)",
    )
    parser.add_argument(
        "--every-case",
        action="store_true",
        help="keep all of the paper's cases at a smaller scale: pages are full, and SIRs too high",
    )
    parser.add_argument("--layout", choices=["listing", "ascii", "naaccr", "redcap"], default="listing")
    parser.add_argument("--variant", choices=["clean", "messy"], default="clean")


def open_cohort_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=a_path, metavar="DIR", help="new, empty, or written by this command")
    parser.add_argument(
        "--cohort", choices=["myeloma", "mgus2"], default="myeloma", help="(default: myeloma)"
    )


def load_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", type=a_path, nargs="+", metavar="PATH", help="a file or a folder of deliveries"
    )
    parser.add_argument(
        "--encoding",
        type=an_encoding,
        metavar="NAME",
        help="what their text is in, where it is not clear: utf-8, cp1252, gb18030, big5, utf-16, latin2 ...",
    )


def an_encoding(word: str) -> str:
    from flows.landing.text.encodings import is_encoding

    if not is_encoding(word):
        raise argparse.ArgumentTypeError(f"{word!r} is no encoding; gb18030, big5 and cp1252 are some")
    return word


def map_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=a_path, metavar="FILE", help="a CSV file or a workbook")


def delivery_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "delivery", metavar="DELIVERY", help="its file name, or its id or SHA-256 or how these begin"
    )


def forget_arguments(parser: argparse.ArgumentParser) -> None:
    delivery_argument(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--study", type=a_path, metavar="FILE", help="rebuild with this study (default: the published one)"
    )


COMMANDS = (
    Command(
        "synth",
        synth,
        "write synthetic deliveries in the registry's real formats",
        "metachron synth var/inbox --seed 1 --variant messy",
        synth_arguments,
        uses_home=False,
        group=Group.BEGIN,
    ),
    Command(
        "open-cohort",
        open_cohort,
        "write a published cohort of real patients as a hospital's delivery",
        "metachron open-cohort /tmp/mayo && metachron load /tmp/mayo\n"
        "  (needs: pip install 'metachron[open-cohorts]')",
        open_cohort_arguments,
        uses_home=False,
        group=Group.DELIVERIES,
    ),
    Command(
        "load",
        load,
        "land deliveries: files or folders, format recognised from content",
        "metachron load var/inbox\nmetachron load patients.csv --encoding gb18030",
        load_arguments,
        refuses=refuse_bad_paths,
        group=Group.DELIVERIES,
    ),
    Command(
        "map",
        draft_map,
        "draft the mapping file of a hospital's table from its headers",
        "metachron map patients.xlsx\n"
        "  (save it as patients.mapping.yml, correct it, and put it beside the table before you load)",
        map_arguments,
        uses_home=False,
        group=Group.DELIVERIES,
    ),
    Command(
        "accept",
        use,
        "allow a smaller delivery to be published; it is held back until then",
        "metachron accept seer9_plus_1975_2018.txt && metachron run",
        delivery_argument,
        needs_home=True,
        group=Group.DELIVERIES,
    ),
    Command(
        "use",
        use,
        "make an earlier delivery the one that counts, and keep the others",
        "metachron use seer9_plus_1975_2018.txt && metachron run",
        delivery_argument,
        needs_home=True,
        group=Group.DELIVERIES,
    ),
    Command(
        "forget",
        forget,
        "remove a delivery and everything made from it; writes a certificate",
        "metachron forget seer9_plus_1975_2018.txt --yes",
        forget_arguments,
        needs_home=True,
        group=Group.DELIVERIES,
    ),
)
