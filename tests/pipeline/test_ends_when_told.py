"""Ctrl-C, SIGTERM and kill -9: we end soon, what we started ends with us, and the same command goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from flows.process import mortal
from tests.pipeline.command import PROJECT, environment
from tests.pipeline.processes import SOON, is_gone, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

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


def test_a_child_of_a_command_in_the_background_can_be_interrupted() -> None:
    """`metachron ... &` in a script ignores Ctrl-C; Prefect's worker, which ends itself by it, must not."""
    asked = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _, said, _ = mortal.ask([sys.executable, "-c", asked])
    finally:
        signal.signal(signal.SIGINT, heard)
    assert said == "False\n"
