"""`make serve`: Prefect server, worker and deployments on loopback, until Ctrl-C.

Whichever of them is killed is started again; if we are killed they end with us, so that the next start finds
the port free. What they know is in the home, so a machine that comes back goes on where it stopped.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from flows.errors import MetachronError, ResourcesExhausted, UsageError
from flows.files.password_file import PREFECT
from flows.home import Home
from flows.process import mortal
from flows.process.selfcheck import require_tools
from flows.process.tool_settings import environment
from flows.scheduling.client_settings import PROJECT, Address, client_settings
from flows.scheduling.deployments import paused_on_server, set_schedule
from flows.scheduling.lost_runs import LONGEST_RUN_SECONDS, crashed, sweep
from flows.scheduling.schedule import notify, schedule_of

POOL = "metachron"
START_SECONDS = 180.0
PORT_SECONDS = 30.0
CHECK_SECONDS = 1.0
SWEEP_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0
LOG_BYTES = 20_000_000
STOP_SECONDS = 20.0


@dataclass(slots=True)
class Child:
    """One process that we keep running; started again after a pause that doubles while it keeps failing."""

    name: str
    words: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = CHECK_SECONDS

    def start(self, env: dict[str, str]) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = mortal.start(
                self.words, at_our_death=signal.SIGTERM, env=env, cwd=PROJECT, stdout=log, stderr=log
            )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start_again(self, env: dict[str, str]) -> None:
        """After a pause: none to speak of if it had run well, up to a minute if it keeps failing."""
        assert self.process is not None
        lived = time.monotonic() - self.started_at
        self.pause_seconds = CHECK_SECONDS if lived > START_SECONDS else self.pause_seconds
        say(f"the {self.name} ended with {self.process.returncode}; starting it again")
        time.sleep(self.pause_seconds)
        self.pause_seconds = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS)
        self.start(env)

    def stop(self) -> None:
        if self.process is not None:
            mortal.end(self.process, STOP_SECONDS)


def settings(home: Home, address: Address) -> dict[str, str]:
    """Environment of server, worker and command line alike."""
    return {
        **os.environ,
        **environment(home),
        "PREFECT_API_URL": address.api,
        "PREFECT_API_AUTH_STRING": address.auth,
        "PREFECT_SERVER_API_AUTH_STRING": address.auth,
        "PREFECT_SERVER_API_PORT": str(address.port),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
    }


def prefect(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("prefect")), "--no-prompt", *words]


def run_once(words: list[str], env: dict[str, str]) -> None:
    code, _, errors = mortal.ask(words, env=env, cwd=PROJECT)
    if code:
        raise UsageError(
            "SRV-02",
            f"`{' '.join(words[1:4])} ...` failed: {errors.strip()[-300:]}",
            unchanged="The server was stopped again.",
        )


def wait_for_port(port: int) -> None:
    """Until a server of a supervisor that was killed has let go of the port."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise taken(port) from None
        time.sleep(CHECK_SECONDS)


def wait_until_healthy(address: Address, server: Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not server.has_ended():
        if address.is_healthy():
            return
        time.sleep(CHECK_SECONDS)
    raise taken(address.port)


def taken(port: int) -> ResourcesExhausted:
    return ResourcesExhausted(
        "SRV-01",
        f"The Prefect server did not start on port {port}",
        unchanged="Nothing was deployed.",
    )


def serve(home: Home, port: int, longest_run_seconds: float = LONGEST_RUN_SECONDS) -> None:
    """Start everything, keep it running, stop it together.

    longest_run_seconds  a run that lasts longer is stopped, so that it cannot block the next
    """
    require_tools()
    if not (PROJECT / "prefect.yaml").is_file():
        raise UsageError(
            "SRV-07",
            "The schedule is served from a checkout, and this is an installed package",
            unchanged="Nothing was started.",
        )
    address = Address(port, PREFECT.password(home.prepare()))
    schedule = schedule_of(home)
    env = settings(home, address)
    server_words = prefect("server", "start", "--host", "127.0.0.1", "--port", str(port))
    server = Child("server", server_words, home.logs / "prefect-server.log")
    worker_words = prefect("worker", "start", "--pool", POOL, "--type", "process", "--name", POOL)
    worker = Child("worker", worker_words, home.logs / "prefect-worker.log")

    with client_settings(address):
        try:
            say("starting the Prefect server ...")
            wait_for_port(port)
            server.start(env)
            wait_until_healthy(address, server)
            run_once(prefect("work-pool", "create", POOL, "--type", "process", "--overwrite"), env)
            paused = paused_on_server(address)
            run_once(prefect("deploy", "--all"), env)
            set_schedule(address, home, schedule, paused)
            worker.start(env)
            say(f"serving on http://127.0.0.1:{port} (user and password: {PREFECT.of(home)})")
            say("in another terminal: .venv/bin/prefect deployment run refresh/nightly --watch")
            say("Ctrl-C stops server and worker")
            watch(address, home, (server, worker), env, longest_run_seconds)
        finally:
            worker.stop()
            server.stop()


def watch(
    address: Address,
    home: Home,
    children: tuple[Child, ...],
    env: dict[str, str],
    longest_run_seconds: float,
) -> None:
    """For ever: start again what has ended, end the runs that are lost or stuck, tell of the crashed."""
    swept_at = time.monotonic()
    while True:
        time.sleep(CHECK_SECONDS)
        for child in children:
            if child.has_ended():
                child.start_again(env)
        if time.monotonic() - swept_at > SWEEP_SECONDS:
            try:
                for sentence in sweep(address, longest_run_seconds):
                    say(sentence)
                for text in crashed(address, home):
                    notify(home, text)
            except OSError:
                # The server is on its way up again; the runs can wait.
                pass
            swept_at = time.monotonic()


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    # Prefect's database and logs are for this user alone.
    os.umask(0o077)
    # A supervisor stopped by systemd, make or a closed terminal must take its children with it.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, leave)
    try:
        longest = float(os.environ.get("METACHRON_LONGEST_RUN_SECONDS", LONGEST_RUN_SECONDS))
        serve(Home.at(), int(os.environ.get("PORT", "4200")), longest)
    except MetachronError as failure:
        say(f"metachron serve: {failure.paragraph()}")
        sys.exit(failure.exit_code)
    except KeyboardInterrupt:
        say("stopped")


if __name__ == "__main__":
    main()
