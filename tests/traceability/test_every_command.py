"""Every command, one after the other: nothing in a home lies outside its table, each mode is as told."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.cli.main import COMMANDS
from flows.copies import copies
from flows.files.output_folder import MARKER
from flows.home import CONTENTS, Entry, Home, Kind, entry_of
from flows.reporting import sensitivity
from samples import open_cohorts
from tests.faults.scene import Scene
from tests.landing.test_open_cohorts import MYELOMA
from tests.traceability.conftest import Published, synth_into
from tests.traceability.test_ledgers_refused import PAPERS
from tests.warm_dbt import building_warm

pytestmark = pytest.mark.slow

STAGES = {"load", "build", "audit", "publish", "report"}  # `run` is these


def built_on_spark(home: Home) -> None:
    """The tables of the build where a build by Spark lays its own, as it lays them."""
    home.spark.mkdir(mode=0o700)
    tables = home.spark / "000001"
    with duckdb.connect(str(home.build), read_only=True) as connection:
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'provenance'"
        ).fetchall():
            folder = tables / schema / name
            folder.mkdir(mode=0o700, parents=True)
            connection.execute(f"copy {schema}.\"{name}\" to '{folder}/part-0.parquet' (format parquet)")
    (home.spark / "current").symlink_to(tables.name)


def end_soon() -> None:
    """Ctrl-C, once a server waits for it."""
    me = threading.main_thread().ident
    threading.Timer(2.0, lambda: signal.pthread_kill(me, signal.SIGINT)).start()


Typed = Iterator[tuple[int, tuple[str | Path, ...]]]


def in_a_new_home(home: Home, folder: Path) -> Typed:
    """How each command ends that needs no release, and what is typed."""
    yield 0, synth_into(home)
    yield 0, ("open-cohort", folder / "mayo")
    yield 0, ("map", home.inbox / "hospital_mm_patients.csv")


def in_a_published_home(home: Home, folder: Path, study: Path) -> Typed:
    """The others, each once, in an order in which each finds what it needs."""
    listing = "seer9_plus_1975_2018.txt"
    yield 0, ("status",)
    yield 0, ("sql", "from marts.cohort_flow", "--format", "csv", "--out", home.root / "flow.csv")
    yield 0, ("export", "--parquet", home.root / "marts")
    yield 0, ("export", "--raw", "--parquet", folder / "raw")
    yield 0, ("serve-sql", "--port", "0")
    yield 2, ("spark",)  # PySpark is not in this environment
    built_on_spark(home)
    yield 0, ("compare-engines",)
    yield 0, ("check-paper", PAPERS / "template.csv")
    yield 0, ("explain", "cohort.n_second")
    yield 0, ("sensitivity", "--study", study)
    yield 0, ("diff", "published", "published")
    yield 0, ("completion", "bash")
    yield 0, ("open", "--json")
    yield 0, ("cite",)
    yield 0, ("disclose",)
    yield 0, ("seal", "--print")
    yield 0, ("use", listing)
    yield 0, ("accept", listing)
    yield 0, ("verify",)
    home.raw.write_bytes(home.raw.read_bytes()[:4096])
    yield 0, ("rebuild", "--from-vault", "--study", study)
    yield 0, ("forget", "hospital_secondary_all.xlsx", "--yes")


def outside(home: Home) -> list[str]:
    """What lies below the home and neither the table nor copies.jsonl knows."""
    named = {Path(place).relative_to(home.root.resolve()).parts[0] for place in copies(home.copies)
             if Path(place).is_relative_to(home.root.resolve())}  # fmt: skip
    return [
        path.name for path in home.root.iterdir() if entry_of(path.name) is None and path.name not in named
    ]


def wrong_modes(home: Home) -> list[str]:
    """What has another mode, or is of another kind, than the table says."""
    found = [f"{home.root} {home.root.stat().st_mode:o}"] if home.root.stat().st_mode & 0o777 != 0o700 else []
    for entry in CONTENTS:
        for path in entry.paths(home.root):
            if (path.is_symlink(), path.is_dir()) != (entry.kind is Kind.LINK, entry.kind is Kind.FOLDER):
                found.append(f"{path} is no {entry.kind}")
            below = () if entry.mode is None else path.rglob("*")
            found += [
                f"{each} {each.lstat().st_mode:o}"
                for each in (path, *below)
                if not each.is_symlink() and not is_as_told(entry, each)
            ]
    return found


def is_as_told(entry: Entry, path: Path) -> bool:
    mode = path.stat().st_mode & 0o777
    if path.is_dir():
        return mode == 0o700
    return entry.mode is None or mode == (0o600 if path.name == MARKER else entry.mode)


def all_typed(scene: Scene, lines: Typed) -> set[str]:
    """Run them; the home is as told after each. Gives the commands' names."""
    typed = set()
    for code, words in lines:
        if words[0] == "serve-sql":
            end_soon()
        if words[0] == "forget":
            scene.patch.setattr("flows.maintenance.forget.loads_of", lambda home: [])
        with building_warm():
            ended = scene.run(*words)
        assert ended.exit_code == code, ended.said
        assert_as_told(scene.home, words)
        typed.add(str(words[0]))
    return typed


def assert_as_told(home: Home, words: tuple[str | Path, ...]) -> None:
    assert outside(home) == [] and wrong_modes(home) == [], words


def test_every_command_keeps_to_the_table(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_cohorts, "columns_of", lambda cohort: MYELOMA)
    # Also where Spark is installed; a build on it takes minutes, and has its tests.
    monkeypatch.setattr("flows.building.spark.tools.installed_version", {}.get)
    # The study's own row is as good as seven, and nothing is built after `forget`: both have their tests.
    tried = sensitivity.variants
    monkeypatch.setattr(sensitivity, "variants", lambda study: list(tried(study))[:1])
    new = Home(tmp_path / "new")
    typed = all_typed(Scene(new, tmp_path, monkeypatch), in_a_new_home(new, tmp_path))

    # `run` made the home that the tests of this folder share.
    home = Home(tmp_path / "home")
    shutil.copytree(published.home.root, home.root, symlinks=True)
    assert_as_told(home, ("run",))
    scene = Scene(home, tmp_path, monkeypatch)
    typed |= {"run"} | all_typed(scene, in_a_published_home(home, tmp_path, published.study))
    assert typed | STAGES == {command.name for command in COMMANDS}
    assert {each.name for each in home.root.iterdir()} >= {"sql-auth", "certificates", "copies.jsonl"}
    assert not any(path.exists() for path in (home.spark, home.build, home.lost, home.root / "marts"))
