"""dbt in its own process: one complete build or none, and its refusals told without patients' values."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from flows.building import run_dbt
from flows.building.dbt_results import read_results, refusal_of, without_values
from flows.building.study_file import STUDIES, load_study
from flows.errors import AuditRefused, InputRefused, ResourcesExhausted, UsageError, WarehouseBusy
from flows.home import Home
from flows.publishing import publish
from flows.publishing.evidence import recording_audit
from tests.building.raw_fixture import RawFile, myeloma
from tests.expectations.conftest import CANARY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one landed myeloma and an older build."""
    made = Home(tmp_path / "home").prepare()
    raw = RawFile(made.raw)
    raw.add_tumors([myeloma(CANARY, data_note="SYNTHETIC")])
    raw.close()
    made.build.write_bytes(b"an older build")
    return made


def study_file(folder: Path, text: str) -> Path:
    file = folder / "study.yml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_build_is_one_closed_private_file_that_older_clients_open(good_home):
    assert not good_home.build.with_name("build.duckdb.wal").exists()
    assert stat.S_IMODE(good_home.build.stat().st_mode) == 0o600
    assert int.from_bytes(good_home.build.read_bytes()[12:20], "little") <= 68
    with duckdb.connect(str(good_home.build), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.index_patients").fetchall() == [(352,)]


def test_nothing_dbt_leaves_behind_carries_a_patients_value(good_home):
    left = [file for file in (good_home.work / "dbt").rglob("*") if file.is_file()]
    assert left
    assert not [file.name for file in left if CANARY.encode() in file.read_bytes()]


def test_a_real_build_is_audited_and_published(good_home, good_report):
    with recording_audit(good_home) as said:
        (good_home.audit / "audit.json").write_bytes((good_report[1] / "audit.json").read_bytes())
        said |= {"verdict": good_report[0].verdict, "build_sha256": good_report[0].build_sha256}
    release = publish.publish(good_home)
    assert release.audit_verdict == "pass"
    assert {given["kind"] for given in release.inputs} >= {"seer_listing", "hospital_patients"}
    assert publish.current_release(good_home).id == release.id


def test_without_raw_tables_there_is_nothing_to_build(tmp_path):
    with pytest.raises(UsageError, match="metachron load"):
        run_dbt.build(Home(tmp_path / "home").prepare())


@pytest.mark.slow
def test_a_failing_test_is_named_and_the_build_is_put_aside_whatever_the_shell_says_to_dbt(home, monkeypatch):
    for name, value in {"STORE_FAILURES": "1", "WRITE_JSON": "0", "TARGET": "spark", "EMPTY": "1"}.items():
        monkeypatch.setenv(f"DBT_{name}", value)
    with duckdb.connect(str(home.raw)) as connection:
        connection.execute(f"update {home.raw.stem}.raw.loads set rows_read = rows_read + 1")
    seen: list[float] = []
    with pytest.raises(AuditRefused, match="every_row_read_is_landed_or_rejected") as refused:
        run_dbt.build(home, progress=lambda share, what: seen.append(share))
    assert refused.value.exit_code == 4
    assert CANARY not in str(refused.value)
    assert not home.build.exists(), "neither the older build nor a half one can be audited now"
    with duckdb.connect(str(home.work / "refused_build.duckdb"), read_only=True) as connection:
        schemas = {
            name for (name,) in connection.execute("select schema_name from duckdb_tables()").fetchall()
        }
    assert schemas == {"intermediate", "marts", "provenance", "staging", "study"}
    assert seen == sorted(seen) and 0.2 < seen[-1] <= 1.0


def test_results_of_which_a_full_disk_took_a_part_are_none(home, monkeypatch):
    """What lies there afterwards; a file system that is full needs root."""
    dbt = (
        "import sys, pathlib; at = sys.argv.index('--target-path') + 1; target = pathlib.Path(sys.argv[at]);"
    )
    dbt += "target.mkdir(); (target / 'run_results.json').write_text('{\"res');"
    dbt += "sys.exit('OSError: [Errno 28] No space left on device')"
    monkeypatch.setattr(run_dbt, "DBT", (sys.executable, "-c", dbt))
    with pytest.raises(ResourcesExhausted, match="BLD-03"):
        run_dbt.build(home)


@pytest.mark.slow
def test_a_study_that_says_something_wrong_is_refused_with_the_reason(home, tmp_path):
    study = load_study(run_dbt.PROJECT / "dbt_project.yml")["study"]
    study["settings"]["min_latency_months"] = "a year"
    file = study_file(tmp_path, yaml.safe_dump({"study": study}))
    with pytest.raises(InputRefused, match=r"study\.settings\.min_latency_months") as refused:
        run_dbt.build(home, study=file)
    assert refused.value.exit_code == 3
    assert refused.value.file == "study.yml"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("study: {name: a, name: b}", "appears twice"),
        ("study:\n  settings:\n    x: 1\n    x: 2", "appears twice"),
        ("study: &a {name: x}\nother: *a", "references"),
        ("study: [1, 2", "not YAML"),
        *(
            (f"study: {tagged}", r"tags \(!name\)")
            for tagged in ("!!python/object/apply:os.system ['true']", "{x: !!bool maybe}", "!!omap [x: 1]")
        ),
        ("name: mm_sall", "has one key, `study`"),
        ("study: [a, list]", "has one key, `study`"),
        ("", "has one key, `study`"),
        ("study: {name: '" + "x" * 1_000_001 + "'}", "too long"),
        ("[" * 100_000, "not YAML"),
        ("study: {x: 022}", "the number 022 .*; write 22, or"),
        ("study: {x: -022}", "; write -22, or"),
        *(
            (f"study: {{x: {odd}}}", f"the number {odd} means")
            for odd in ("1:0", "0x16", "1_0", "0b1", "1:0.5")
        ),
        ("study: {x: 1}\nother_primaries: censor", "Beside `study` stands other_primaries"),
    ],
)
def test_a_file_that_is_no_study_is_refused_before_dbt_starts(tmp_path, text, why):
    with pytest.raises(InputRefused, match=why):
        load_study(study_file(tmp_path, text))


def test_a_refused_study_file_names_the_line(tmp_path):
    with pytest.raises(InputRefused) as refused:
        load_study(study_file(tmp_path, "study:\n  name: a\n  title: b\n  name: c\n"))
    assert refused.value.line == 4
    with pytest.raises(InputRefused) as refused:
        load_study(study_file(tmp_path, "study:\n  name: a\n  age: 022\n"))
    assert (refused.value.code, refused.value.line) == ("STU-02", 3)
    with pytest.raises(InputRefused) as refused:
        load_study(study_file(tmp_path, "study:\n  name: a\nage: 22\n"))
    assert (refused.value.code, refused.value.line) == ("STU-03", 3)


def test_a_study_file_that_cannot_be_read_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError):
        load_study(tmp_path / "none.yml")
    with pytest.raises(UsageError):
        load_study(tmp_path)


def test_a_study_knows_its_name():
    assert run_dbt.study_name() == "mm_sall"
    for file in STUDIES.glob("*.yml"):
        assert run_dbt.study_name(file) == file.stem


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Got 3 results, configured to fail if != 0", "3 rows contradict it"),
        (
            "Runtime Error in model x\n  Conversion Error: Could not convert string 'P-17' to INT32",
            "Conversion Error",
        ),
        ('Constraint Error: Duplicate key "patient_id: P-17" violates', "Constraint Error"),
        (
            'Binder Error: Referenced column "sexx" not found',
            'Binder Error: Referenced column "sexx" not found',
        ),
        ("actual differs from expected:\n @@,patient_id\n P-17", "failed"),
        ("", "failed"),
    ],
)
def test_what_dbt_says_is_told_without_values(message, said):
    assert without_values("test", message) == said
    assert "P-17" not in without_values("test", message)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ('IO Error: Could not set lock on file "raw.duckdb": Conflicting lock is held', WarehouseBusy),
        ("IO Error: Could not write file: No space left on device", ResourcesExhausted),
        ("Out of Memory Error: failed to allocate", ResourcesExhausted),
    ],
)
def test_causes_outside_the_data_are_told_apart(words, kind):
    assert type(refusal_of(words)) is kind
    assert refusal_of("Got 1 result, configured to fail if != 0") is None


def test_a_node_skipped_because_another_failed_is_no_failure_of_its_own(tmp_path):
    def result(unique_id: str, status: str, message: str = "") -> dict:
        return {"unique_id": unique_id, "status": status, "message": message}

    file = tmp_path / "run_results.json"
    nodes = [
        result("model.metachron.staged", "success"),
        result("test.metachron.adds_up", "fail", "Got 2 results, configured to fail if != 0"),
        result("test.metachron.is_likely.1a2b", "warn", "Got 1 result, configured to warn if != 0"),
        result("unit_test.metachron.a_model.twelve_qualifies", "pass"),
        result("model.metachron.mart", "skipped"),
    ]
    file.write_text(json.dumps({"results": nodes}))
    results = read_results(file)
    assert results.models == ("staged", "mart")
    assert results.tests == ("adds_up", "is_likely", "twelve_qualifies")
    assert [str(failure) for failure in results.failures] == ["adds_up (2 rows contradict it)"]
    assert [warning.name for warning in results.warnings] == ["is_likely"]
