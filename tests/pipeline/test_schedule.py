"""`make serve` with a real server and worker: runs, readers meanwhile, and everything that is killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.errors import ResourcesExhausted, UsageError
from flows.home import Home
from flows.scheduling import serve
from flows.scheduling.client_settings import Address
from flows.scheduling.lost_runs import is_alive, process_of, sweep
from tests.pipeline.command import PROJECT, environment, metachron
from tests.warm_dbt import metachron_warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

START_SECONDS = 240
RUN_SECONDS = 300
# From the project's root, as a person types it there.
BREAST, ANY = "studies/aml_after_breast.yml", "studies/any_after_mm.yml"
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

READER = """
import sys, time, duckdb
from pathlib import Path
link, stop = Path(sys.argv[1]), Path(sys.argv[2])
n, releases = 0, set()
while not stop.exists():
    with duckdb.connect(str(link), read_only=True) as connection:
        (left,), (listed,) = connection.execute(
            "select n_left from (from marts.cohort_flow order by step desc limit 1)"
            " union all by name select count(*) as n_left from marts.index_patients").fetchall()
        (sha256,), = connection.execute(
            "select min(sha256) from"
            " staging.stg_ledger__loads where is_current and source = 'seer'").fetchall()
    assert left == listed, (left, listed)
    releases.add(sha256)
    n += 1
    time.sleep(0.5)
print(n, len(releases))
"""


SCHEDULE = """\
nightly: "30 3 * * *"
weekly: "0 5 * * 0"
time_zone: Europe/Berlin
paused: false
study: null
on_failure: cat >> notices.txt
"""


class Served:
    """A home that is served, and the means to ask its server and to hurt it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.choose_port()
        self.start()

    def choose_port(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def start(self) -> None:
        self.serving = subprocess.Popen(
            [sys.executable, "-m", "flows.scheduling.serve"],
            env={**environment(self.home), "PORT": str(self.port)},
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.serving.stderr is not None
        told = ""
        for line in self.serving.stderr:
            told += line
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(told)
        self.address = Address(self.port, (self.home / "prefect-auth").read_text().strip())

    def stop(self) -> None:
        self.serving.send_signal(signal.SIGTERM)
        self.serving.wait(timeout=60)

    def child(self, name: str) -> int:
        """The number of the server's or the worker's process."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.serving.pid and name.encode() in words:
                return int(folder.name)
        raise AssertionError(f"no {name} is running")

    def ask(self, path: str, said: dict[str, Any] | None = None) -> Any:
        """The server's answer; asked again while it is busy, as it is when it has just started."""
        return patiently(lambda: self.address.ask(path, said))

    def submit(self, deployment: str) -> str:
        made = self.ask(f"/deployments/name/{deployment}")
        # Asked twice, it is one run.
        wanted = {"state": {"type": "SCHEDULED"}, "idempotency_key": uuid.uuid4().hex}
        return str(self.ask(f"/deployments/{made['id']}/create_flow_run", wanted)["id"])

    def deployed(self, name: str) -> dict[str, Any]:
        return dict(self.ask(f"/deployments/name/{name}"))

    def times(self, name: str) -> list[tuple[bool, str, str]]:
        """Whether each schedule of a deployment is active, its times and its time zone."""
        schedules = self.deployed(name)["schedules"]
        return [
            (each["active"], each["schedule"]["cron"], each["schedule"]["timezone"]) for each in schedules
        ]

    def notices(self) -> str:
        file = self.home / "notices.txt"
        return file.read_text() if file.exists() else ""

    def run(self, run_id: str) -> dict[str, Any]:
        return dict(self.ask(f"/flow_runs/{run_id}"))

    def wait_for(self, run_id: str, *states: str) -> dict[str, Any]:
        def reached() -> bool:
            return self.run(run_id)["state_type"] in states

        wait_until(reached, RUN_SECONDS)
        return self.run(run_id)

    def log(self, deployment: str) -> list[str]:
        """Every line of the logs of a deployment's runs."""
        made = self.ask(f"/deployments/name/{deployment}")
        runs = self.ask("/flow_runs/filter", {"deployments": {"id": {"any_": [made["id"]]}}})
        chosen = {"logs": {"flow_run_id": {"any_": [run["id"] for run in runs]}}}
        said = [entry["message"] for entry in self.ask("/logs/filter", chosen)]
        return [line for message in said for line in message.splitlines()]

    def artifacts(self) -> dict[str, str]:
        """The newest artifact of each key."""
        found = self.ask("/artifacts/latest/filter", {})
        return {artifact["key"]: str(artifact["data"]) for artifact in found}


def patiently(asked: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return asked()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def wait_until(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reached():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def prefect(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("prefect"), *words],
        env=environment(home),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, small_inbox: Path) -> Iterator[Served]:
    """A home whose inbox holds a small delivery, with server, worker and deployments running."""
    home = tmp_path_factory.mktemp("served") / "home"
    (home / "inbox").mkdir(parents=True)
    for file in small_inbox.iterdir():
        os.link(file, home / "inbox" / file.name)
    (home / "schedule.yaml").write_text(SCHEDULE)
    made = Served(home)
    try:
        yield made
    finally:
        made.stop()


def test_the_server_answers_on_loopback_only_with_the_password(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.address.api}/flows/count", timeout=10)
    assert refused.value.code in (401, 403, 405)
    assert oct((served.home / "prefect-auth").stat().st_mode & 0o777) == "0o600"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {local for _, local, _, state, *_ in sockets if state == "0A"}
    assert {local for local in listening if local.endswith(f":{served.port:04X}")} == {
        f"0100007F:{served.port:04X}"
    }


def test_the_deployments_are_set_as_the_home_wants_them(served: Served) -> None:
    assert served.times("refresh/nightly") == [(True, "30 3 * * *", "Europe/Berlin")]
    assert served.times("verify/weekly") == [(True, "0 5 * * 0", "Europe/Berlin")]
    assert served.times("refresh/on-demand") == []


def test_a_scheduled_load_publishes_a_release(served: Served) -> None:
    ran = prefect(served.home, "deployment", "run", "refresh/nightly", "--watch")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (served.home / "warehouse.duckdb").resolve().parent.parent == served.home / "releases"
    asked = metachron(
        served.home, "sql", "select count(*) as n from marts.second_primaries", "--format", "csv"
    )
    assert asked.stdout.split() == ["n", "18"]


def test_the_page_of_a_run_tells_counts_verdict_and_report(served: Served) -> None:
    told = served.artifacts()
    assert told.keys() >= {"deliveries", "audit", "published"} and "what-to-do" not in told
    assert "Rows read = rows landed + rows rejected" in told["deliveries"]
    assert "expectations held" in told["audit"] and "data_quality.html" in told["audit"]
    assert "report.html" in told["published"]


def test_the_log_of_a_run_holds_our_own_lines(served: Served) -> None:
    # They reach the server a little late.
    wait_until(lambda: any("report done" in line for line in served.log("refresh/nightly")), 60)
    lines = served.log("refresh/nightly")
    for stage in ("load", "build", "audit", "publish", "report"):
        assert any(re.fullmatch(rf"{stage} done in [0-9.]+ s", line) for line in lines), lines
    assert any(" read = " in line and "landed" in line for line in lines), lines
    assert any(re.fullmatch(r"audit: \w+, \d+ of \d+ expectations held", line) for line in lines), lines


def test_a_second_run_by_hand_is_told_to_the_server_loads_nothing_and_publishes_an_equal_warehouse(
    served: Served,
) -> None:
    before = json.loads(metachron(served.home, "status", "--json").stdout)
    settings = environment(served.home) | {
        "PREFECT_API_URL": served.address.api,
        "PREFECT_API_AUTH_STRING": served.address.auth,
    }
    ran = subprocess.run(
        [*metachron_warm(), "run"], env=settings, cwd=served.home, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stderr
    by_hand = {"flow_runs": {"deployment_id": {"is_null_": True}}}
    [told] = served.ask("/flow_runs/filter", by_hand)
    assert told["state_type"] == "COMPLETED"

    after = json.loads(metachron(served.home, "status", "--json").stdout)
    assert ran.stdout.count("already loaded") == len(after["inputs"])
    # The ledger tells of the second audit.
    assert after.pop("seal") != before.pop("seal")
    assert after == before


def test_eight_readers_see_no_error_while_a_new_release_comes(served: Served, tmp_path: Path) -> None:
    metachron(
        served.home, "synth", tmp_path / "next", "--scale", "0.05", "--every-case", "--seed", "2"
    ).check_returncode()
    before, stop = (served.home / "warehouse.duckdb").resolve(), tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(served.home / "warehouse.duckdb"), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]

    parameters = ["--param", f"inbox={tmp_path / 'next'}", "--param", f"study={ANY}"]
    ran = prefect(served.home, "deployment", "run", "refresh/on-demand", *parameters, "--watch")

    time.sleep(1)
    stop.touch()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (served.home / "warehouse.duckdb").resolve() != before
    told = metachron(served.home, "status", "--json").stdout
    assert json.loads(told)["study"] == "any_after_mm"
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err.decode()
        n_reads, n_releases = map(int, out.split())
        assert n_reads > 5 and n_releases == 2


def test_a_refused_delivery_says_what_to_do_and_quotes_no_value(served: Served) -> None:
    dictionary = next((served.home / "inbox").glob("*.dic"))
    listing = dictionary.with_suffix(".txt")
    text = listing.read_text(encoding="utf-8")
    bad = served.home / "inbox" / "bad.txt"
    bad.write_text(text.replace("Female", "CANARY-VALUE"), encoding="utf-8")
    bad.with_suffix(".dic").write_bytes(dictionary.read_bytes())
    try:
        ended = served.wait_for(served.submit("refresh/on-demand"), *ENDED)
    finally:
        for file in (bad, bad.with_suffix(".dic")):
            file.unlink()
    assert ended["state_type"] == "FAILED"
    told = served.artifacts()["what-to-do"]
    assert "bad" in told and "CANARY-VALUE" not in "".join(served.artifacts().values())
    assert "bad" in served.notices() and "CANARY-VALUE" not in served.notices()
    # `forget` does not reach what Prefect keeps: its database, its storage, the logs of its processes.
    kept = [path for part in ("prefect", "logs", "work") for path in (served.home / part).rglob("*")]
    files = [path for path in kept if path.is_file()]
    assert any(path.name.startswith("prefect.db") for path in files)
    assert [path.name for path in files if b"CANARY-VALUE" in path.read_bytes()] == []


def test_a_run_that_hangs_while_server_and_worker_are_killed_does_not_block_the_next(served: Served) -> None:
    # What there is to verify, where this test runs alone.
    assert metachron(served.home, "load", served.home / "inbox").returncode == 0
    stuck = served.submit("refresh/on-demand")
    wait_until(lambda: process_of(served.run(stuck)) is not None, RUN_SECONDS)
    served.wait_for(stuck, "RUNNING")
    process = process_of(served.run(stuck))
    assert process is not None
    os.killpg(process, signal.SIGSTOP)
    for name in ("worker", "server"):
        os.kill(served.child(name), signal.SIGKILL)

    wait_until(served.address.is_healthy, START_SECONDS)
    assert is_alive(process), "it hangs, and nobody is its parent any more"
    [told] = patiently(lambda: sweep(served.address, longest_seconds=1))
    assert "was stopped" in told

    # It waits for the home's lock, as every run does.
    after = served.wait_for(served.submit("verify/weekly"), *ENDED)
    assert after["state_type"] == "COMPLETED", after["state"]
    assert "all unaltered" in served.artifacts()["verified"]
    assert not is_alive(process)
    ended = served.wait_for(stuck, *ENDED)
    assert ended["state_type"] == "CRASHED" and "goes on from what has landed" in ended["state"]["message"]
    wait_until(lambda: "crashed" in served.notices(), 90)
    assert "goes on from what has landed" in served.notices()


def test_a_killed_supervisor_takes_its_children_along_and_starts_again(served: Served) -> None:
    nightly = served.deployed("refresh/nightly")
    # As Prefect's page does it.
    [schedule] = nightly["schedules"]
    path = f"/deployments/{nightly['id']}/schedules/{schedule['id']}"
    patiently(lambda: served.address.ask(path, {"active": False}, method="PATCH"))
    children = [served.child(name) for name in ("worker", "server")]
    served.serving.kill()
    served.serving.wait()
    wait_until(lambda: not any(is_alive(child) for child in children), 60)
    served.start()
    ended = served.wait_for(served.submit("verify/weekly"), *ENDED)
    assert ended["state_type"] == "COMPLETED", ended["state"]
    assert served.times("refresh/nightly") == [(False, "30 3 * * *", "Europe/Berlin")], "paused by somebody"
    assert served.times("verify/weekly") == [(True, "0 5 * * 0", "Europe/Berlin")]


def test_a_schedule_that_was_changed_is_in_use_after_the_next_start(served: Served) -> None:
    changed = SCHEDULE.replace("study: null", f"study: {PROJECT / BREAST}").replace("30 3", "15 4")
    (served.home / "schedule.yaml").write_text(changed)
    served.stop()
    served.start()
    assert served.times("refresh/nightly") == [(True, "15 4 * * *", "Europe/Berlin")]
    assert served.deployed("refresh/nightly")["parameters"] == {"study": str(PROJECT / BREAST)}


def test_the_deployments_go_to_a_pool_of_containers_too(served: Served) -> None:
    """Deployed and not run: there need be no Docker here. The command is that of docs/schedule.md."""
    told = environment(served.home) | {
        "PREFECT_API_URL": served.address.api,
        "PREFECT_API_AUTH_STRING": served.address.auth,
    }
    job = {
        "image": "metachron:local",
        "volumes": ["/srv/metachron:/home"],
        "env": {"METACHRON_HOME": "/home"},
    }
    for words in (
        ("work-pool", "create", "containers", "--type", "docker"),
        ("deploy", "-n", "nightly", "--pool", "containers", "--job-variable", json.dumps(job)),
    ):
        command = [Path(sys.executable).with_name("prefect"), "--no-prompt", *words]
        subprocess.run(command, env=told, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    deployed = served.deployed("refresh/nightly")
    assert (deployed["work_pool_name"], deployed["job_variables"]) == ("containers", job)
    assert deployed["pull_steps"] == [
        {"prefect.deployments.steps.set_working_directory": {"directory": "/opt/prefect"}}
    ]


def test_a_schedule_that_does_not_start_does_so_as_its_refusals_advise(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.stop()
    with monkeypatch.context() as patch:
        patch.setattr(serve, "PROJECT", tmp_path)  # where a package is installed
        with pytest.raises(UsageError, match=r"SRV-07.*run `make serve` there"):
            serve.serve(Home(served.home), served.port)

    with socket.socket() as taken, monkeypatch.context() as patch:
        patch.setattr(serve, "PORT_SECONDS", 0)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ResourcesExhausted, match=r"SRV-01.*Choose another"):
            serve.serve(Home(served.home), int(taken.getsockname()[1]))
    served.choose_port()

    with sqlite3.connect(served.home / "prefect" / "prefect.db") as database:
        database.execute("drop table work_pool")
    with pytest.raises(AssertionError, match=r"(?s)SRV-02.*remove the home's prefect/ folder"):
        served.start()
    shutil.rmtree(served.home / "prefect")
    served.start()
    assert served.address.is_healthy() and served.times("refresh/nightly")
