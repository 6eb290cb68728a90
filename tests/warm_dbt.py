"""dbt for tests that are about marts: one process reads the project, and each command runs in a fork of it.

Most of a small build is dbt's start and its reading of the models, and what it reads does not depend on the
study (tests/building/test_studies.py holds it to that). Started as a script, this stands in for `dbt`: it
hands the arguments, the environment, the folder and both outputs to the process that waits, and ends with the
exit code. A command that could be meant for other models reads them itself, as dbt does.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

# The other commands are about what was read.
BUILDING = {"run", "build", "test"}
# The SQL that was read names the database, which has its file's name.
BUILD = "build.duckdb"


@cache
def waiting() -> tuple[Path, subprocess.Popen[bytes]]:
    """The socket of the process that waits, and the process: started once, it ends when we do."""
    place, root = Path(tempfile.mkdtemp()) / "socket", Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm_dbt", str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return place, process


def stand_in() -> tuple[str, ...]:
    """The words with which to call what stands in for `dbt`."""
    return sys.executable, "-S", __file__, str(waiting()[0])


def metachron_warm() -> tuple[str, ...]:
    """The words with which to call a `metachron` of its own that builds with the `dbt` that stands in."""
    script = f"from flows.building import run_dbt; run_dbt.DBT = {stand_in()!r}"
    return sys.executable, "-c", f"{script}; from flows.cli.main import main; main()"


@contextmanager
def building_warm() -> Iterator[None]:
    """Builds by metachron in this process call the `dbt` that stands in."""
    import pytest

    from flows.building import run_dbt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_dbt, "DBT", stand_in())
        yield


def hand_over(place: str, arguments: list[str]) -> int:
    """Have a command run with our outputs; its exit code."""
    said = {"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        socket.send_fds(connection, [b"{"], [1, 2])
        connection.sendall(json.dumps(said).encode()[1:])
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(16) or b"1")


def serve(place: Path) -> None:
    """Read the project; then run each command in a fork, until whoever started us ends."""
    gc.disable()
    from dbt.cli.main import dbtRunner

    from flows.building.present_models import sources_hash
    from flows.building.run_dbt import PROJECT

    scratch = place.parent
    os.environ |= {"METACHRON_BUILD": f"{scratch}/{BUILD}", "METACHRON_RAW": f"{scratch}/raw.duckdb"}
    os.environ |= {"DBT_PROJECT_DIR": str(PROJECT), "DBT_PROFILES_DIR": str(PROJECT), "DO_NOT_TRACK": "1"}
    words = ["--quiet", "parse", "--no-partial-parse"]
    words += ["--target-path", str(scratch), "--log-path", str(scratch)]
    # The static parser has threads, for which a fork would wait in vain.
    words.append("--no-static-parser")
    read = dbtRunner().invoke(words)
    assert read.success, read.exception
    sources = sources_hash(PROJECT)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            connection, _ = listening.accept()
            with connection:
                if os.fork():
                    continue
                arguments = become(connection)
            is_as_read = (
                BUILDING & set(arguments)
                and "--target" not in arguments
                and Path(os.environ.get("METACHRON_BUILD", "")).name == BUILD
                and Path(os.environ.get("DBT_PROJECT_DIR", Path.cwd())) == PROJECT
                and sources_hash(PROJECT) == sources
            )
            run(arguments, read.result if is_as_read else None)
    shutil.rmtree(scratch)


def become(connection: socket.socket) -> list[str]:
    """Go on, in a fork that waits to tell how it ended, as the command that was asked for; its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    start, outputs, _, _ = socket.recv_fds(connection, 1, 2)
    said = json.loads(start + connection.makefile("rb").read())
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        connection.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())
        os._exit(0)
    for output, number in zip(outputs, (1, 2), strict=True):
        os.dup2(output, number)
    os.environ.clear()
    os.environ |= said["environment"]
    os.chdir(said["folder"])
    return list(said["arguments"])


def run(arguments: list[str], manifest: object) -> None:
    """dbt's own command line, to which the parsed project is given; ends this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import cli

    sys.argv = ["dbt", *arguments]
    try:
        cli(arguments, prog_name="dbt", obj={"manifest": manifest, "callbacks": []})
    except SystemExit as end:
        # As Python would as it ends; but it takes the whole project apart, too: a fifth of a small build.
        DuckDBConnectionManager.close_all_connections()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(Path(sys.argv[1]))
    else:
        sys.exit(hand_over(sys.argv[1], sys.argv[2:]))
