"""dbt started by hand: it builds in a home or not at all, and its scratch holds nothing to run or to tell."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows.building.dbt_scratch import CACHES, remove_caches, strip_values
from flows.building.study_file import STUDIES, load_study
from flows.errors import InputRefused
from tests.building.raw_fixture import PROJECT, RawFile, dbt, myeloma, query


def test_no_cache_and_no_pickle_outlives_a_run(built):
    assert (built.target / "manifest.json").exists()
    assert not [name for name in CACHES if (built.target / name).exists()]
    assert not [file for file in built.target.rglob("*") if file.suffix in {".gpickle", ".msgpack", ".pkl"}]
    assert not list(built.target.glob("dbt.log*"))


def test_the_scratch_holds_no_value_of_a_row_and_the_build_is_private(tmp_path):
    """A run in which a test fails on a row; and a cache, left by somebody, that is no code of ours."""
    canary = "CANARY-9917"
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors([myeloma(canary), myeloma(canary)])
    file.connection.execute("update raw.loads set rows_read = rows_read + 1")
    scratch = tmp_path / "dbt"
    scratch.mkdir()
    for name in CACHES:
        (scratch / name).write_bytes(b"not what dbt wrote")
    raw, build = file.close(), tmp_path / "build.duckdb"
    with pytest.raises(AssertionError, match="every_row_read_is_landed_or_rejected"):
        dbt("build", raw, build, select="+every_row_read_is_landed_or_rejected", is_cold=True)
    left = [found for found in scratch.rglob("*") if found.is_file()]
    assert left and not [found.name for found in left if canary.encode() in found.read_bytes()]
    assert not [name for name in CACHES if (scratch / name).exists()]
    assert stat.S_IMODE(build.stat().st_mode) == 0o600


def test_where_there_is_no_home_nothing_is_made(tmp_path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(AssertionError, match="DBT-01"):
        dbt("run", nowhere / "raw.duckdb", nowhere / "build.duckdb", select="study")
    assert not [file for file in nowhere.rglob("*") if "duckdb" in file.name]


def test_a_build_goes_into_a_file_of_its_own_and_not_into_the_raw_tables(tmp_path):
    raw = RawFile(tmp_path / "raw.duckdb").close()
    before = raw.read_bytes()
    with pytest.raises(AssertionError, match="DBT-02"):
        dbt("run", raw, raw, select="study")
    assert raw.read_bytes() == before
    dbt("run", raw, tmp_path / "own.duckdb", select="study")
    assert query(tmp_path / "own.duckdb", "select name from study.study") == [("mm_sall",)]


@pytest.mark.parametrize("there", ["a link to a release", "a release"])
def test_what_is_no_build_is_not_written(there, built, tmp_path):
    """METACHRON_BUILD led to what analysts read: it was made writable and built in."""
    raw = RawFile(tmp_path / "raw.duckdb").close()
    release = shutil.copy(built.build, tmp_path / "release.duckdb")
    release.chmod(0o440)
    link = tmp_path / "warehouse.duckdb"
    link.symlink_to(release)
    names = {"a link to a release": link, "a release": release}
    before = {file: (file.read_bytes(), file.stat().st_mode) for file in (raw, release)}
    with pytest.raises(AssertionError, match="DBT-02"):
        dbt("run", raw, names[there], select="study")
    assert before == {file: (file.read_bytes(), file.stat().st_mode) for file in (raw, release)}


EXAMPLE = (STUDIES / "aml_after_breast.yml").read_text(encoding="utf-8")

WRONG_FILES = {
    "a reversed range": ('"8000-9049"', '"9049-8000"', "STU-04", "reversed range"),
    "a number that YAML reads as another": ("min_age_years: 18", "min_age_years: 022", "STU-02", "write 22"),
    "a key that stands twice": ("  name: aml", "  name: mm_sall\n  name: aml", "STU-02", "appears twice"),
    "a key that slid out": ("    band_months", "band_months", "STU-03", "Beside `study` stands band_months"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_study_file_in_vars_is_read_as_metachron_reads_it(case, tmp_path):
    """As docs/dbt.md passes one; what dbt makes of the text has neither its lines nor its oddities."""
    before, after, code, why = WRONG_FILES[case]
    file = tmp_path / "wrong.yml"
    file.write_text(EXAMPLE.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputRefused, match=why) as refused:
        load_study(file)
    raw, build = RawFile(tmp_path / "raw.duckdb").close(), tmp_path / "build.duckdb"
    with pytest.raises(AssertionError, match=f"{code}: .*{why}.*line {refused.value.line}\\b"):
        dbt("run", raw, build, study=file)
    assert not build.exists()


def test_a_study_with_a_key_by_its_old_name_is_built_with_a_word(tmp_path):
    file = tmp_path / "old.yml"
    file.write_text(EXAMPLE.replace("conventions: spss25", "engine: spss25"), encoding="utf-8")
    raw, build = RawFile(tmp_path / "raw.duckdb").close(), tmp_path / "build.duckdb"
    dbt("run", raw, build, select="study", study=file)
    assert query(build, "select engine from study.study") == [("spss25",)]


WITHOUT_METACHRON = (
    "import pathlib, sys;"
    "sys.path = [p for p in sys.path if not pathlib.Path(p, 'dbt_metachron.py').exists()];"
)


@pytest.mark.parametrize("is_installed", [True, False], ids=["beside metachron", "without metachron"])
def test_a_profile_without_our_plugin_builds_no_wrong_study_and_none_that_nobody_checked(
    is_installed, tmp_path
):
    """As a team's own for a Thrift server of Spark: dbt runs nothing of ours there but dbt_metachron.py."""
    profile = {"type": "duckdb", "path": str(tmp_path / "build.duckdb")}
    written = {"metachron": {"target": "own", "outputs": {"own": profile}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(written), encoding="utf-8")
    study = load_study(PROJECT / "dbt_project.yml")["study"]
    if is_installed:
        study["conventions"] = "sas"
    start = "from dbt.cli.main import cli; cli()"
    if not is_installed:
        start = WITHOUT_METACHRON + start
    command = [sys.executable, "-c", start, "run", "-s", "study"]
    command += ["--profiles-dir", str(tmp_path), "--target-path", str(tmp_path / "target")]
    done = subprocess.run(
        [*command, "--vars", json.dumps({"study": study})],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert ("STU-04" if is_installed else "STU-05") in done.stdout
    if (tmp_path / "build.duckdb").exists():
        assert query(tmp_path / "build.duckdb", "select * from duckdb_tables()") == []


def test_messages_of_the_database_are_kept_without_their_values(tmp_path):
    def result(status: str, message: str) -> dict:
        return {"unique_id": "model.metachron.x", "status": status, "message": message}

    told = [
        result("error", "Conversion Error: Could not convert string 'P-17' to INT32"),
        result("fail", "Got 3 results, configured to fail if != 0"),
        result("success", "OK"),
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": told}))
    for _ in range(2):
        strip_values(tmp_path)
    kept = json.loads((tmp_path / "run_results.json").read_text())["results"]
    assert [each["message"] for each in kept] == ["Conversion Error", "3 rows contradict it", "OK"]


def test_removing_caches_removes_nothing_else(tmp_path: Path):
    for name in (*CACHES, "manifest.json"):
        (tmp_path / name).touch()
    remove_caches(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
