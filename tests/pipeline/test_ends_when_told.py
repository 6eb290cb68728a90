"""Ctrl-C, SIGTERM and kill -9: we end soon, what we started ends with us, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from flows.process import mortal
from tests.pipeline.command import PROJECT, environment, metachron

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

# Far from the two seconds that are promised, and from what the work would last: other tests run meanwhile.
SOON = 20

# Neither hears a signal reliably: DuckDB raises an error of its own at one, or does not; SQLite goes on.
FOR_HOURS = {
    "duckdb": "select count(*) from range(100000000) as a, range(100000000) as b where a.range = -b.range",
    "sqlite3": "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
}
A_QUERY = """
import sys, {engine}
from flows.process import mortal
mortal.end_promptly(lambda: None)
print("started", flush=True)
try:
    {engine}.connect(":memory:").execute("{query}").fetchall()
except BaseException as failure:
    sys.exit(128 + mortal.ending_signal(failure))
"""
A_PARENT = """
import sys
from flows.process import mortal
with mortal.child(["sh", "-c", "echo $$; exec sleep 1000"]) as process:
    process.wait()
"""


A_HALF_MADE_OBJECT = """
import os, signal
from flows.process import mortal
mortal.end_promptly(lambda: None)
class Half:
    def __del__(self):
        raise ValueError("half made")
try:
    half = Half()
    os.kill(os.getpid(), signal.SIGINT)
    half = None
except KeyboardInterrupt:
    del half
    print("put away", flush=True)
"""


def python(text: str) -> subprocess.Popen[str]:
    settings = environment(PROJECT)
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True, env=settings)


def is_gone(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def of_the_home(home: Path) -> list[int]:
    """The living processes that work on a home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"METACHRON_HOME={home}\0".encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if is_ours and not is_gone(int(folder.name)):
            found.append(int(folder.name))
    return found


def wait_until(reached: Callable[[], bool], seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("engine", FOR_HOURS)
def test_a_query_that_would_last_for_hours_ends_when_told(engine: str, sent: signal.Signals) -> None:
    with python(A_QUERY.format(engine=engine, query=FOR_HOURS[engine])) as running:
        assert running.stdout is not None and running.stdout.readline() == "started\n"
        time.sleep(0.2)
        running.send_signal(sent)
        try:
            assert running.wait(timeout=SOON) == 128 + sent
        finally:
            running.kill()


def test_what_is_put_away_half_made_shows_no_traceback() -> None:
    code, said, complaint = mortal.ask([sys.executable, "-c", A_HALF_MADE_OBJECT], cwd=PROJECT, timeout=SOON)
    assert (code, said, complaint) == (0, "put away\n", "")


def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    with python(A_PARENT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    wait_until(lambda: is_gone(child))


def test_a_child_is_over_when_its_block_fails_and_so_is_what_it_started() -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        mortal.child(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        raise KeyboardInterrupt
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: is_gone(grandchild))


def test_a_child_may_put_something_away_if_it_does_so_in_time() -> None:
    polite = mortal.start(["sh", "-c", "trap 'exit 7' TERM; echo; while :; do sleep 0.01; done"], stdout=-1)
    stubborn = mortal.start(["sh", "-c", "trap '' TERM; echo; while :; do sleep 0.01; done"], stdout=-1)
    for process, code in ((polite, 7), (stubborn, -signal.SIGKILL)):
        assert process.stdout is not None and process.stdout.readline()
        mortal.end(process, 5.0 if process is polite else 0.1)
        assert process.returncode == code


def test_what_a_command_says_is_asked_with_both_streams() -> None:
    assert mortal.ask(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout=SOON) == (3, "out\n", "err\n")
    with pytest.raises(subprocess.TimeoutExpired):
        mortal.ask(["sleep", "1000"], timeout=0.1)


def started(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", *words],
        env=environment(home),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def dbt_of(parent: int) -> bool:
    children = (Path("/proc") / str(parent) / "task" / str(parent) / "children").read_text().split()
    return any(b"dbt" in (Path("/proc") / child / "cmdline").read_bytes() for child in children)


def is_listening(process: int) -> bool:
    """Whether a process of ours has begun: Python by itself catches no SIGTERM."""
    status = (Path("/proc") / str(process) / "status").read_text()
    [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.slow
def test_every_stage_ends_when_told_leaves_no_process_and_goes_on(tmp_path: Path, small_inbox: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    words = {"load": ["load", str(small_inbox)]}
    for stage, sent in (
        ("load", signal.SIGINT),
        ("build", signal.SIGTERM),
        ("audit", signal.SIGINT),
        ("publish", signal.SIGTERM),
        ("report", signal.SIGINT),
    ):
        running = started(home, *words.get(stage, [stage]))
        if stage == "build":
            wait_until(partial(dbt_of, running.pid))
        else:
            wait_until(partial(is_listening, running.pid))
            time.sleep(0.5)
        running.send_signal(sent)
        _, said = running.communicate(timeout=SOON)
        if running.returncode != -sent or " done in " not in said:  # told when it had ended by itself
            assert running.returncode in (0, 128 + sent), said
            assert running.returncode == 0 or "interrupted; nothing was left half published" in said
        assert "Traceback" not in said
        wait_until(lambda: of_the_home(home) == [])
        metachron(home, *words.get(stage, [stage])).check_returncode()
    assert metachron(home, "verify").returncode == 0


@pytest.mark.slow
def test_a_run_that_is_killed_takes_dbt_along(tmp_path: Path, small_inbox: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    running = started(home, "run", "--inbox", str(small_inbox))
    wait_until(lambda: dbt_of(running.pid), 10 * SOON)
    assert len(of_the_home(home)) == 2, "no server of its own"
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    wait_until(lambda: of_the_home(home) == [])
