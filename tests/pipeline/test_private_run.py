"""A whole run over deliveries full of canaries: without a network, and leaving nothing outside its place."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.command import PROJECT, environment, metachron
from tests.warm_dbt import metachron_warm

pytestmark = pytest.mark.slow

CANARY = "CANARY-9127"
PATIENT = "884491270001"
SECRETS = (CANARY.encode(), PATIENT.encode())
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]


@dataclass(frozen=True)
class PrivateRun:
    """Where a run worked: its home, and the home and scratch folder of the user who ran it."""

    home: Path
    user: Path
    scratch: Path
    ended: subprocess.CompletedProcess[str]
    had_no_network: bool


def with_canaries(inbox: Path) -> None:
    """A remark in every row of the listing, and a number of one patient, that can be searched for."""
    data = next(path for path in inbox.glob("*.txt") if path.with_suffix(".dic").exists())
    first = data.read_bytes().split(b"\t", 1)[0]
    content = b"\n" + data.read_bytes().replace(b"SYNTHETIC -", b"SYNTHETIC - " + CANARY.encode())
    data.write_bytes(content.replace(b"\n" + first + b"\t", b"\n" + PATIENT.encode() + b"\t")[1:])


@pytest.fixture(scope="module")
def private_run(tmp_path_factory: pytest.TempPathFactory, small_inbox: Path) -> PrivateRun:
    folder = tmp_path_factory.mktemp("private")
    home, user, scratch = folder / "home", folder / "user", folder / "scratch"
    for made in (home, user, scratch):
        made.mkdir()
    shutil.copytree(small_inbox, home / "inbox")
    with_canaries(home / "inbox")
    alone = subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0
    loopback = "ip link set lo up 2>/dev/null || true; exec "
    words = [sys.executable, "-m", "flows.cli.main", "run"]
    command = [*NAMESPACE, "sh", "-c", loopback + '"$@"', "sh", *words] if alone else words
    settings = environment(home) | {"HOME": str(user), "TMPDIR": str(scratch), "PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(command, env=settings, cwd=home, capture_output=True, text=True, timeout=600)
    return PrivateRun(home, user, scratch, ended, alone)


def test_a_whole_run_needs_no_network(private_run: PrivateRun) -> None:
    assert private_run.ended.returncode == 0, private_run.ended.stderr
    if not private_run.had_no_network:
        pytest.skip("NOT RUN: this machine gives no network namespaces; the run had a network and used none")


def test_no_value_of_a_patient_is_outside_the_deliveries_and_the_databases(private_run: PrivateRun) -> None:
    """Not in what it said, nor in logs, reports, Prefect's database, dbt's files, or the user's folders."""
    said = (private_run.ended.stdout + private_run.ended.stderr).encode()
    assert not any(secret in said for secret in SECRETS)
    found, searched = [], 0
    for root in (private_run.home, private_run.user, private_run.scratch):
        for path in root.rglob("*"):
            inside = str(path.relative_to(root))
            if path.is_symlink() or not path.is_file() or inside.startswith(("inbox/", "vault/")):
                continue
            searched += 1
            content = path.read_bytes()
            if not inside.endswith(".duckdb") and any(secret in content for secret in SECRETS):
                found.append(inside)
    assert searched > 50
    assert found == []
    assert any(SECRETS[0] in path.read_bytes() for path in (private_run.home / "vault").iterdir())


def test_everything_it_made_is_its_users_alone(private_run: PrivateRun) -> None:
    """A group of analysts may be let into a release."""
    loose = [
        str(path.relative_to(private_run.home))
        for path in private_run.home.rglob("*")
        if not path.is_symlink()
        and private_run.home / "inbox" not in (path, *path.parents)
        and path.stat().st_mode & (0o027 if private_run.home / "releases" in path.parents else 0o077)
    ]
    assert loose == []


def test_a_forgotten_delivery_leaves_no_trace_and_the_rest_is_published(
    private_run: PrivateRun,
) -> None:
    """The last test of this home: dbt, the audit and the report run again without the listing."""
    home = private_run.home
    listing = next(path.name for path in (home / "inbox").glob("*.txt") if path.with_suffix(".dic").exists())
    forgotten = metachron(home, "forget", listing, "--yes", "--json", program=metachron_warm())
    assert forgotten.returncode == 0, forgotten.stderr
    answer = json.loads(forgotten.stdout)
    assert answer["unbuilt"] is None
    assert (home / "warehouse.duckdb").resolve().parent.name == answer["release"]
    traces = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in SECRETS)
    ]
    assert traces == []
    assert metachron(home, "verify").returncode == 0
