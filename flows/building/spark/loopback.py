"""A Spark cluster of our own on this machine: a master and a few workers on loopback, while it is needed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.errors import ResourcesExhausted
from flows.process import mortal

ADDRESS = "127.0.0.1"
START_SECONDS = 90.0
STOP_SECONDS = 10.0

# Master and workers start processes and watch them: no row passes through them, however large the build. What
# compiles and collects for long and heavy work would cost them more than all they do.
FOR_WATCHERS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# Whoever else works on this machine can reach a loopback port: a secret of this cluster keeps them out.
SETTINGS = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.killEnabled": "false",
    "spark.driver.host": ADDRESS,
    "spark.driver.bindAddress": ADDRESS,
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "32",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the master answers, the processes of the workers, and the folder of the settings drivers need.

    lost  set once no worker lives
    """

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]
    configuration: Path
    lost: threading.Event


@contextmanager
def loopback_cluster(
    spark: Path,
    folder: Path,
    *,
    n_workers: int = 2,
    cores: int = 1,
    memory: str = "2g",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Start a standalone cluster, wait until every worker has joined, and stop it in any case.

    spark     the folder of a Spark (its bin/spark-class starts everything)
    folder    where settings, logs and shuffled rows go; made private
    memory    of each worker, all of it for its executor
    settings  more of Spark's settings, or others than ours

    Raises ResourcesExhausted (exit 6) when it does not come up in time.
    """
    own = {"spark.authenticate.secret": secrets.token_hex(32), "spark.executor.memory": memory}
    configuration = write_settings(folder / "conf", {**SETTINGS, **own, **(settings or {})})
    port, page = free_port(), free_port()
    master = f"spark://{ADDRESS}:{port}"
    environment = environment_of(configuration, folder)
    with ExitStack() as running:
        at = ["--host", ADDRESS, "--port", str(port), "--webui-port", str(page)]
        running.enter_context(started(spark, "master.Master", at, environment, folder / "master.log"))
        wait_until(lambda: alive_workers(page) is not None, folder)
        workers = []
        for number in range(n_workers):
            size = ["--host", ADDRESS, "--port", "0", "--webui-port", "0"]
            size += ["--cores", str(cores), "--memory", memory, "--work-dir", str(folder / "executors")]
            log = folder / f"worker-{number}.log"
            workers.append(
                running.enter_context(started(spark, "worker.Worker", [*size, master], environment, log))
            )
        wait_until(lambda: alive_workers(page) == n_workers, folder)
        lost = running.enter_context(watched(workers))
        yield Cluster(master, tuple(workers), configuration, lost)


def write_settings(folder: Path, settings: Mapping[str, str]) -> Path:
    """A folder that $SPARK_CONF_DIR can name; for its owner alone, because a secret is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "spark-defaults.conf"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.writelines(f"{name} {value}\n" for name, value in settings.items())
    return folder


def environment_of(configuration: Path, folder: Path) -> dict[str, str]:
    """What every process of the cluster is told; the pages of master and workers stay on loopback too.

    $SPARK_DAEMON_JAVA_OPTS of the user's own stands: Java refuses two collectors of garbage.
    """
    return {
        "SPARK_DAEMON_JAVA_OPTS": FOR_WATCHERS,
        **os.environ,
        "SPARK_CONF_DIR": str(configuration),
        "SPARK_LOCAL_IP": ADDRESS,
        "SPARK_LOCAL_DIRS": str(folder / "shuffled"),
    }


@contextmanager
def started(
    spark: Path, name: str, arguments: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """One of Spark's own processes, in the foreground; ended politely, and by force if that takes long."""
    command = [str(spark / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    with log.open("wb") as words:
        process = mortal.start(
            command,
            at_our_death=signal.SIGTERM,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        mortal.end(process, STOP_SECONDS)


@contextmanager
def watched(workers: Sequence[subprocess.Popen[bytes]]) -> Iterator[threading.Event]:
    """An event for when no worker lives: Spark itself would wait for others for ever."""
    lost, over = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            if all(worker.poll() is not None for worker in workers):
                lost.set()
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lost
    finally:
        over.set()
        watching.join()


def alive_workers(page: int) -> int | None:
    """How many workers the master counts; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{page}/json/", timeout=2) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, ValueError, KeyError):
        return None


def wait_until(holds: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise ResourcesExhausted(
                "SPK-11",
                f"The cluster on this machine did not come up in {START_SECONDS:.0f} seconds",
                unchanged="Nothing was built.",
                remedy=f"Read the logs in {folder}; each worker needs its memory free.",
            )
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind((ADDRESS, 0))
        return int(listening.getsockname()[1])
