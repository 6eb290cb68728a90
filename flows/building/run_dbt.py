"""dbt in a process of its own: staging, intermediate and marts into the build file.

In process, dbt would keep the database file open for as long as we live.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from flows.building.broken_rules import name_rules
from flows.building.build_file import close, create_empty, keep_refused, make_room
from flows.building.dbt_results import RunResults, read_results, refusal_of
from flows.building.dbt_scratch import remove_caches
from flows.building.study_file import CHECKED, check_variables, load_study
from flows.errors import AuditRefused, UsageError
from flows.home import Home
from flows.integrity.durable import fsync_folder
from flows.landing.raw_seal import is_born
from flows.process import mortal
from flows.terminal.progress import Progress, silent

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
# What dbt parses stays until it ends, so that a search for garbage only costs time: a sixteenth of its own.
DBT = (sys.executable, "-c", "import gc; gc.disable(); from dbt.cli.main import cli; cli(prog_name='dbt')")

WATCH_SECONDS = 0.5

# Exposures only say who reads a mart; dbt lists them as if it had built them.
NO_EXPOSURES = ("--exclude-resource-type", "exposure")


@dataclass(frozen=True, slots=True)
class BuildResult:
    """One complete build: which study, how many models and tests, which tests only warned."""

    build: str
    study: str
    n_models: int
    n_tests: int
    warnings: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        warned = f", {len(self.warnings)} warned ({', '.join(self.warnings)})" if self.warnings else ""
        return f"build: study {self.study}, {self.n_models} models, {self.n_tests} tests passed{warned}"


def build(home: Home, *, study: Path | None = None, progress: Progress | None = None) -> BuildResult:
    """Make build.duckdb anew from raw.

    study     a study definition file; the project's default study if omitted
    progress  told the share of nodes done and the name of the last

    The candidate is made beside and moved to its name only when every model and test is done, so that no
    half-built file can be audited. One that failed is kept as work/refused_build.duckdb.
    Raises InputRefused for a study that says something wrong, UsageError for one that cannot be read or when
    nothing was loaded, AuditRefused naming the tests that failed, WarehouseBusy and ResourcesExhausted.
    """
    definition = read_definition(study)
    if not is_born(home):
        raise UsageError(
            "BLD-01",
            "Nothing has been loaded, so there is nothing to build from",
            file=home.raw,
        )
    make_room(home)
    workshop = home.work / "dbt"
    workshop.mkdir(mode=0o700, parents=True, exist_ok=True)
    candidate = workshop / "build.duckdb"
    create_empty(candidate)

    given = definition if study is not None else None
    results, words = run(home, candidate, given, progress or silent)
    if results is None or results.failures:
        if results is not None:
            results = replace(results, failures=name_rules(results.failures, candidate, home.raw))
        keep_refused(candidate, home.work / "refused_build.duckdb")
        raise refusal(results, words)

    close(candidate)
    candidate.replace(home.build)
    fsync_folder(home.root)
    return BuildResult(
        build=str(home.build),
        study=definition["study"]["name"],
        n_models=len(results.models),
        n_tests=len(results.tests),
        warnings=tuple(warning.name for warning in results.warnings),
    )


def study_name(study: Path | None = None) -> str:
    """The name that a study file gives itself; the default study's if no file is given."""
    return str(read_definition(study)["study"]["name"])


def read_definition(study: Path | None = None) -> dict[str, Any]:
    """What dbt is given for a study file, or reads itself if none is given; nothing is wrong in it."""
    return load_study(study if study is not None else PROJECT / "dbt_project.yml")


def run(
    home: Home,
    candidate: Path,
    definition: dict[str, Any] | None,
    progress: Progress,
    *,
    with_tests: bool = True,
) -> tuple[RunResults | None, str]:
    """Run dbt; its results (None if it stopped before any node ran) and the errors it logged."""
    # Unit tests hold the rules to made-up rows; they say nothing of this delivery, and `make test` runs them.
    verb = ["build", *NO_EXPOSURES, "--exclude-resource-type", "unit_test"] if with_tests else ["run"]
    settings = {"METACHRON_BUILD": str(candidate), "METACHRON_RAW": str(home.raw)}
    return invoke(verb, candidate.parent, definition, settings, progress)


def invoke(
    arguments: Sequence[str],
    workshop: Path,
    definition: dict[str, Any] | None,
    settings: Mapping[str, str],
    progress: Progress,
    *,
    is_hopeless: threading.Event | None = None,
) -> tuple[RunResults | None, str]:
    """One dbt command in a process of its own; its results and the errors it logged.

    workshop     where dbt keeps what it compiles
    settings     environment variables that the profile reads
    is_hopeless  once set, dbt is killed

    Raises InputRefused for a study that says something wrong.
    """
    if definition is None:
        read_definition()
    else:
        check_variables(definition)
    target, logs = workshop / "target", workshop / "logs"
    finished = target / "run_results.json"
    finished.unlink(missing_ok=True)
    for folder in (target, PROJECT / "target"):
        remove_caches(folder)
    command = [*DBT, *arguments, "--target-path", str(target), "--log-path", str(logs)]
    # Texts of failing rows would otherwise be kept in dbt.log.
    command += ["--log-format", "json", "--log-level-file", "none", "--no-partial-parse"]
    if definition is not None:
        command += ["--vars", json.dumps(definition, default=str)]
    environment = {
        # dbt's own would say what is left out, sampled or written elsewhere.
        **{name: value for name, value in os.environ.items() if not name.startswith("DBT_")},
        **settings,
        CHECKED: "yes",
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    with (
        mortal.child(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
        nullcontext() if is_hopeless is None else killing_on(is_hopeless, process),
    ):
        words = follow(process, progress)
    remove_caches(target)
    if not finished.exists():
        return None, words
    results: RunResults | None
    try:
        results = read_results(finished)
    except ValueError:
        # A full disk holds a part of it at most.
        results = None
    # Its messages may quote values; what we keep of them is in `results`.
    finished.unlink()
    return results, words


@contextmanager
def killing_on(event: threading.Event, process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill the process if the event is set before the block ends."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if event.wait(WATCH_SECONDS):
                process.kill()
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def follow(process: subprocess.Popen[str], progress: Progress) -> str:
    """Pass dbt's own count of finished nodes on; return the texts of its errors."""
    errors = []
    done = 0
    assert process.stdout is not None
    for line in process.stdout:
        try:
            event = json.loads(line)
            info, data = event["info"], event["data"]
        except (ValueError, KeyError, TypeError):
            errors.append(line)
            continue
        if info.get("level") == "error":
            errors.append(str(info.get("msg", "")))
        # Nodes end in another order than that of their numbers, so the ended ones are counted. How many there
        # are a model's line calls `total`, a test's `num_models`.
        total = data.get("total") or data.get("num_models")
        if str(info.get("name", "")).endswith("Result") and total:
            done += 1
            progress(done / total, data.get("node_info", {}).get("node_name", ""))
    return "\n".join(errors)


def refusal(results: RunResults | None, words: str) -> Exception:
    """What to raise: the machine is in the way, or the data did not pass."""
    failures = results.failures if results is not None else ()
    known = refusal_of("\n".join([words, *(failure.raw for failure in failures)]))
    if known is not None:
        return known
    if not failures:
        return RuntimeError(f"dbt stopped before it built anything:\n{words}")
    listed = "; ".join(str(failure) for failure in failures[:8])
    more = f"; and {len(failures) - 8} more" if len(failures) > 8 else ""
    return AuditRefused(
        "BLD-04",
        f"{len(failures)} of the build's models or tests failed: {listed}{more}",
        unchanged="The last good release stays published; the refused build is work/refused_build.duckdb.",
    )
