"""Every bench runs, on a thousand rows: what it starts a process of its own for is done in this one."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import tempfile
import threading
from contextlib import redirect_stdout
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

import duckdb
import pytest

from bench import estimators, lost_worker, person_time, readers, scale, terminal
from bench.validation import __main__ as validation
from bench.validation import coverage, rows
from flows.building.spark.loopback import Cluster
from flows.publishing import publish
from tests.evidence import ask_r, program
from tests.publishing.made_home import make_home
from tests.warm_dbt import building_warm, stand_in

BENCH = Path(__file__).resolve().parents[2] / "bench"
# The smoke runs that stand elsewhere.
ELSEWHERE = {"simulation/__main__": "tests/bench/test_validation_page.py"}
ROWS = 1_000


def table_of(printed: str) -> list[list[str]]:
    """The rows of the tables that a bench printed, without their headings."""
    lines = [line.strip("| ").split("|") for line in printed.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines if "---" not in line[0]]


def r_must_answer(package: str, tmp_path: Path) -> None:
    """Say what R lacks where a bench was left without its answer; fail where it lacks nothing."""
    script = tmp_path / "lacking.R"
    script.write_text(f"library({package})")
    ask_r(script)
    pytest.fail(f"R has {package} and did not answer")


def test_every_bench_has_a_smoke_run() -> None:
    commands = {
        str(path.relative_to(BENCH).with_suffix(""))
        for path in BENCH.rglob("*.py")
        if '__name__ == "__main__"' in path.read_text("utf-8")
    }
    here = {"estimators", "lost_worker", "person_time", "readers", "scale", "terminal", "validation/__main__"}
    assert commands == here | ELSEWHERE.keys()
    for command, file in ELSEWHERE.items():
        module = f"bench.{command.replace('/', '.')}"
        assert module in (BENCH.parent / file).read_text("utf-8").replace("bench import ", "bench.")


def test_estimators(monkeypatch, capsys, tmp_path) -> None:
    def measured(name: str, rows: int) -> tuple[float, float]:
        with redirect_stdout(io.StringIO()) as said:
            estimators.run_job(name, rows)
        return tuple(json.loads(said.getvalue()))

    monkeypatch.setattr(estimators, "measured", measured)
    estimators.main(["--rows", str(ROWS)])
    heading, *lines = capsys.readouterr().out.splitlines()
    assert "lifelines s" in heading and [line.split()[0] for line in lines] == ["1,000"] * 3
    if "no R" in lines[0]:
        r_must_answer("survival", tmp_path)


def test_readers(monkeypatch, capsys) -> None:
    found = {}

    def measured(way: str, folder: Path, data: Path) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as work, redirect_stdout(io.StringIO()) as said:
            readers.one(way, str(folder), str(data), work)
            (file,) = [*Path(work).glob("bare.duckdb"), *Path(work).glob("home/raw.duckdb")]
            with duckdb.connect(str(file), read_only=True) as connection:
                sizes = connection.execute("select estimated_size from duckdb_tables()").fetchall()
            found[way, data.name] = (ROWS,) in sizes
        return json.loads(said.getvalue().splitlines()[-1])

    monkeypatch.setattr(readers, "measured", measured)
    readers.main(["--records", str(ROWS), "--repeats", "1"])
    _, *lines = table_of(capsys.readouterr().out)
    assert [line[1] for line in lines] == [
        "ours", "bare read csv", "ours", "numpy slices", "duckdb substr",
    ]  # fmt: skip
    assert len(found) == 5 and all(found.values())


@pytest.mark.slow
def test_person_time(monkeypatch, capsys, tmp_path) -> None:
    """It stops by itself where two ways give different cells."""
    monkeypatch.setattr(person_time, "DBT", stand_in())
    person_time.main(["--persons", str(ROWS)])
    printed = capsys.readouterr().out
    assert printed.startswith("1,000 persons, ")
    assert [row[1] for row in table_of(printed)[1:4]] == ["1,000"] * 3
    if "not installed" in printed:
        r_must_answer("popEpi", tmp_path)


@pytest.mark.slow
def test_scale(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(scale, "TWIN_SCALE", 0.01)
    with building_warm():
        scale.main(
            ["--folder", str(tmp_path), "--tumours", "1500", "--engines", "duckdb", "--select", "staging"]
        )
    _, row = table_of(capsys.readouterr().out)
    assert row[:2] == ["1,500", "DuckDB"] and float(row[3]) >= 0
    with duckdb.connect(str(tmp_path / "1500" / "raw.duckdb"), read_only=True) as connection:
        ((n,),) = connection.execute("select count(*) from raw.raw.seer_listing").fetchall()
    assert 1_500 <= n < 3_500


def test_terminal(monkeypatch, capsys, tmp_path) -> None:
    home = make_home(tmp_path / "home")
    publish.publish(home)
    monkeypatch.setattr(terminal, "REPEATS", 1)
    terminal.main([str(home.root)])
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["metachron", words[0]] for words in terminal.COMMANDS]
    assert all(float(line.split()[2]) > 0 for line in lines)


def test_coverage_of_a_known_truth(monkeypatch, capsys) -> None:
    monkeypatch.setattr(rows, "TRUTHS", dict([next(iter(rows.TRUTHS.items()))]))
    monkeypatch.setattr(coverage, "workers", partial(ThreadPool, 1))
    assert validation.main(["coverage", "--registries", "2"]) == 0
    _, *lines = table_of(capsys.readouterr().out)
    assert len(lines) == len(coverage.METHODS)


def test_lost_workers_are_killed_when_the_build_is_far_enough(capsys, tmp_path) -> None:
    """The build itself takes minutes (docs/scale.md); a worker here is any process with one of its own."""
    with_a_child = [program("bash"), "-c", "sleep 600 & wait"]
    workers = tuple(subprocess.Popen(with_a_child, start_new_session=True) for _ in range(2))
    listen = lost_worker.killing(Cluster("spark://nobody:7077", workers, tmp_path, threading.Event()), 2)
    listen(None, "at the start")
    listen(0.3, "too early")
    assert [worker.poll() for worker in workers] == [None, None]
    listen(0.4, "a model")
    # One whose own process is killed first may end by itself.
    assert {worker.wait(10) for worker in workers} <= {-signal.SIGKILL, 0}
    assert capsys.readouterr().out.count("killed after a model") == 2
