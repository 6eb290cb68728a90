"""`metachron forget`: not a byte of a forgotten delivery is left, and what was told outward is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.integrity import ledger
from flows.maintenance.verify import verify
from flows.publishing import publish
from tests.faults import actions
from tests.faults.children import FORKED
from tests.faults.scene import SECRETS, Scene, copied, delivery
from tests.faults.sweep import traces
from tests.landing.deliveries import Listing, ask, many_rows

ROWS = "select * from marts.index_patients"
# Each of another length: the copies' names are made of it.
COPIES = (
    ("export", "--parquet"),
    ("export", "--raw", "--parquet"),
    ("sql", ROWS, "--format", "csv", "--out"),
)
FORGET = ("forget", "export1.txt", "--yes", "--json")


@pytest.fixture
def scene(template: Home, tmp_path: Path) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "code_version", lambda: actions.TESTED)
        yield Scene(copied(template, tmp_path / "home"), tmp_path, patch)


@pytest.fixture(autouse=True)
def without_rebuilding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after is a run like any other; tests/pipeline/test_private_run.py lets it happen."""
    monkeypatch.setattr("flows.maintenance.forget.loads_of", lambda home: [])


def with_everything(scene: Scene) -> Home:
    """Whatever may hold a row: releases, reports, logs, spill, Prefect's files, a copy in the inbox."""
    home = scene.home
    assert scene.run("release").exit_code == 0
    (home.inbox / "again.txt").write_bytes((home.inbox / "export1.txt").read_bytes())
    for place in (
        home.logs / "prefect-server.log", home.work / "spill" / "duckdb_temp_block-1.tmp",
        home.root / "prefect" / "prefect.db", home.root / "prefect" / "storage" / "a-result",
        home.audit / "data_quality.html", home.work / "dbt" / "target" / "run_results.json",
        home.spark / "000001" / "marts" / "index_patients" / "part-0.parquet",
        home.root / ".draft-mine-1" / "x", home.root / ".old-mine-1" / "x",
        home.work / "sensitivity" / "x.json", home.reports / "mm_sall" / scene.release.id / "report.html",
    ):  # fmt: skip
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"a row: " + b", ".join(SECRETS))
    for words in COPIES:
        assert scene.run(*words, home.root / f"mine-{len(words)}").exit_code == 0
    assert len([file for file in traces(home.root) if "mine-" in file]) >= 4
    (home.root / "released" / ".draft-0002").mkdir()
    (home.root / "released" / ".draft-0002" / "half.html").write_bytes(SECRETS[0])
    return home


def keep_another(scene: Scene) -> None:
    """A second delivery that stays, with a column of its own."""
    rows = [(*row, "stays") for row in many_rows(30)]
    from tests.landing.deliveries import HEADERS

    Listing(rows=rows, headers=[*HEADERS, "Registry note"], name="other").write(scene.folder / "other")
    assert scene.run("load", scene.folder / "other").exit_code == 0


def test_not_a_byte_is_left_anywhere_under_the_home(scene: Scene) -> None:
    home = with_everything(scene)
    keep_another(scene)
    assert len(traces(home.root)) > 8
    assert scene.run(*FORGET).exit_code == 0
    assert traces(home.root) == []
    assert not list(home.inbox.iterdir()), "the next run would load it again"


def test_the_other_delivery_stays_row_for_row(scene: Scene) -> None:
    keep_another(scene)
    asked = (
        "select patient_id, surv_months, delivered_registry_note, source_line from raw.seer_listing "
        "where delivered_registry_note = 'stays' order by source_line"
    )
    before = ask(scene.home, asked)
    assert len(before) == 30
    assert scene.run(*FORGET).exit_code == 0
    assert ask(scene.home, asked) == before
    assert ask(scene.home, "select load_sequence, file_name from raw.loads") == [(2, "other.txt")]
    assert verify(scene.home).n_loads == 1
    columns = ask(scene.home, "select column_name from duckdb_columns() where table_name = 'seer_listing'")
    assert ("delivered_registry_note",) in columns and ("delivered_remark",) not in columns, (
        "no column of the forgotten one"
    )


def test_it_is_as_if_the_delivery_had_never_come(scene: Scene) -> None:
    """Loaded, and forgotten: the raw tables are those of a home that never saw it."""
    keep_another(scene)
    scene.run(*FORGET)
    fresh = Scene(Home.at(scene.folder / "fresh"), scene.folder, scene.patch)
    assert fresh.run("load", scene.folder / "other").exit_code == 0
    for table in ("seer_listing", "rejects", "vocabulary"):
        assert sorted(map(str, ask(scene.home, f"from raw.{table}"))) == sorted(
            map(str, ask(fresh.home, f"from raw.{table}"))
        )


def test_what_a_release_told_is_remembered_and_its_pages_are_not(scene: Scene) -> None:
    home = with_everything(scene)
    [name] = [path.name for path in (home.root / "released").iterdir() if not path.name.startswith(".")]
    told = (home.root / "released" / name / "told.json").read_bytes()
    scene.run(*FORGET)
    assert [path.name for path in (home.root / "released" / name).iterdir()] == ["told.json"]
    assert (home.root / "released" / name / "told.json").read_bytes() == told
    assert verify(home).n_released == 1


def test_the_certificate_says_what_when_and_what_is_beyond_reach(scene: Scene) -> None:
    home = with_everything(scene)
    released = scene.release.id
    answer = json.loads(scene.run(*FORGET).said.splitlines()[-1])
    certificate = Path(answer["certificate"])
    said = json.loads(certificate.read_text())
    assert certificate.stat().st_mode & 0o777 == 0o400
    assert said["releases"] == [released] and len(said["loads"][0]["sha256"]) == 64
    assert {
        "build.duckdb",
        "logs/prefect-server.log",
        f"releases/.discarded-{released}/warehouse.duckdb",
    } <= set(said["removed"])
    assert "inbox/(a delivered file)" in said["removed"] and said["beyond_reach"]
    last = ledger.read(home)[-1]
    assert last.event == "forget_finished" and last.facts["certificate"] == certificate.name
    assert "export1" not in home.ledger.read_text() + certificate.read_text(), "a name may be a patient's"


def test_copies_outside_the_home_are_named_and_other_peoples_files_stay(scene: Scene) -> None:
    outside = [scene.folder / f"copy-{len(words)}" for words in COPIES]
    for words, place in zip(COPIES, outside, strict=True):
        assert scene.run(*words, place).exit_code == 0
    keep_another(scene)
    (scene.home.root / "thesis.docx").write_text("years of work")
    answer = json.loads(scene.run(*FORGET).said.splitlines()[-1])
    said = json.loads(Path(answer["certificate"]).read_text())
    assert said["copies_outside_the_home"] == answer["beyond"] == sorted(map(str, outside))
    assert all(place.exists() for place in outside), "they are not below the home"
    assert (scene.home.root / "thesis.docx").exists() and answer["left"] == ["thesis.docx"]
    assert said["not_ours_below_the_home"] == 1 and "thesis" not in json.dumps(said)


def test_a_copy_that_was_not_made_from_it_stays(scene: Scene) -> None:
    scene.next_build(2)
    scene.run("publish")
    mine, beyond = scene.home.root / "mine", scene.folder / "beyond"
    for place in (mine, beyond):
        assert scene.run("export", "--parquet", place).exit_code == 0
    answer = json.loads(scene.run(*FORGET).said.splitlines()[-1])
    assert (mine / "marts" / "index_patients.parquet").exists(), "it is of the second delivery alone"
    assert answer["beyond"] == []


def test_a_copy_of_which_nobody_knows_what_it_holds_goes(scene: Scene) -> None:
    """As an older version left it: no record of it, and no marker in it."""
    mine = scene.home.root / "mine"
    assert scene.run("export", "--parquet", mine).exit_code == 0
    scene.home.copies.unlink()
    (mine / ".metachron-folder").unlink()
    assert scene.run(*FORGET).exit_code == 0
    assert not mine.exists()


def test_a_release_that_was_not_made_from_it_stays(scene: Scene) -> None:
    scene.next_build(2)
    scene.run("publish")
    newer = scene.release.id
    assert scene.run(*FORGET).exit_code == 0
    assert [release.id for release in publish.releases(scene.home)] == [newer]
    assert scene.release.id == newer, "analysts go on reading it"


def test_nothing_left_leaves_a_clean_home_and_says_so(scene: Scene) -> None:
    ended = scene.run(*FORGET)
    answer = json.loads(ended.said.splitlines()[-1])
    assert answer["unbuilt"] == "nothing is left to build from"
    assert publish.current_release(scene.home) is None and not scene.home.warehouse.is_symlink()
    assert scene.load(delivery(1)).exit_code == 0, "and the same delivery may come again"
    assert verify(scene.home).n_loads == 1


def test_again_is_already_so(scene: Scene) -> None:
    [(load_id, sha256)] = ask(scene.home, "select load_id, sha256 from raw.loads")
    first = json.loads(scene.run(*FORGET).said.splitlines()[-1])
    lines = len(ledger.read(scene.home))
    for name in (load_id, sha256):
        again = json.loads(scene.run("forget", name, "--yes", "--json").said.splitlines()[-1])
        assert again["certificate"] == first["certificate"]
    assert len(ledger.read(scene.home)) == lines


@pytest.mark.parametrize("given", ["load_id", "sha256", "beginning", "file_name"])
def test_any_name_of_it_will_do(scene: Scene, given: str) -> None:
    [(load_id, sha256)] = ask(scene.home, "select load_id, sha256 from raw.loads")
    name = {"load_id": load_id, "sha256": sha256, "beginning": sha256[:8], "file_name": "export1.txt"}[given]
    assert scene.run("forget", name, "--yes").exit_code == 0
    assert ask(scene.home, "select count(*) from raw.loads") == [(0,)]


@pytest.mark.parametrize("name", ["nonesuch", "exp", ""])
def test_no_such_delivery_is_wrong_usage(scene: Scene, name: str) -> None:
    ended = scene.run("forget", name, "--yes")
    assert (ended.exit_code, "FGT-01" in ended.said) == (2, True)
    assert "export1.txt" in ended.said, "it lists those there are"


def test_two_deliveries_of_one_name_are_asked_about(scene: Scene) -> None:
    scene.load(delivery(2).but(name="export1"))
    ended = scene.run(*FORGET)
    assert ended.exit_code == 2 and "More than one" in ended.said


def test_without_a_yes_nothing_goes(scene: Scene) -> None:
    before = scene.home.ledger.read_bytes()
    ended = scene.run("forget", "export1.txt")
    assert (ended.exit_code, "FGT-02" in ended.said) == (2, True)
    assert scene.home.ledger.read_bytes() == before


def test_a_file_that_somebody_reads_has_to_be_closed_first(scene: Scene) -> None:
    reader = FORKED.Process(target=read_for_a_while, args=(scene.release.warehouse, scene.folder / "reading"))
    reader.start()
    try:
        while not (scene.folder / "reading").exists():
            reader.join(0.02)
        ended = scene.run(*FORGET)
        assert (ended.exit_code, "FGT-03" in ended.said, str(reader.pid) in ended.said) == (5, True, True)
    finally:
        reader.kill()
        reader.join()
    assert scene.run(*FORGET).exit_code == 0


def read_for_a_while(file: Path, sign: Path) -> None:
    import time

    with duckdb.connect(str(file), read_only=True):
        sign.touch()
        time.sleep(60)


def test_a_companion_that_another_delivery_needs_stays(scene: Scene) -> None:
    """Two listings explained by one dictionary: it goes with the last of them."""
    for number in (1, 2):
        listing = Listing(rows=many_rows(5 + number), name="twin")
        listing.write(scene.folder / f"twin{number}")
        assert scene.run("load", scene.folder / f"twin{number}").exit_code == 0
    [(dictionary,)] = ask(
        scene.home, "select distinct dictionary_sha256 from raw.loads where file_name = 'twin.txt'"
    )
    loads = ask(
        scene.home, "select load_id from raw.loads where file_name = 'twin.txt' order by load_sequence"
    )
    for (load_id,), is_kept in zip(loads, (True, False), strict=True):
        assert scene.run("forget", load_id, "--yes").exit_code == 0
        assert (scene.home.vault / dictionary).exists() == is_kept
