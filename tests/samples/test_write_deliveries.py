"""The same seed writes the same bytes, wherever and under whatever settings."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.sample_files import write_synthetic
from flows.errors import UsageError
from flows.files.output_folder import MARKER
from samples.synthetic import LAYOUTS, VARIANTS, write_deliveries

ROOT = Path(__file__).parents[2]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_same_seed_same_bytes_under_another_hash_seed_locale_zone_and_threads(tmp_path, layout, variant):
    write_deliveries(tmp_path / "here", seed=7, scale=0.02, layout=layout, variant=variant)
    code = (
        "import sys; from pathlib import Path; from samples.synthetic import write_deliveries\n"
        f"write_deliveries(Path(sys.argv[1]), seed=7, scale=0.02, layout={layout!r}, variant={variant!r})"
    )
    elsewhere = os.environ | {
        "PYTHONHASHSEED": "12345",
        "LC_ALL": "C",
        "TZ": "Asia/Shanghai",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], env=elsewhere, check=True)
    assert digests(tmp_path / "here") == digests(tmp_path / "there")


def test_another_seed_writes_other_people_and_the_same_counts(tmp_path):
    told = []
    for seed in (1, 2):
        write_deliveries(tmp_path / str(seed), seed=seed, scale=0.02)
        told.append(json.loads((tmp_path / str(seed) / "synthetic_truth.json").read_text()))
    assert digests(tmp_path / "1") != digests(tmp_path / "2")
    assert told[0]["registry"] == told[1]["registry"]


@pytest.mark.parametrize(
    ("every_case", "n_second", "removed"), [(False, 2, 2), (True, 18, 19)], ids=["all scaled", "every case"]
)
def test_scale_multiplies_everyone_unless_every_case_is_kept(tmp_path, every_case, n_second, removed):
    write_deliveries(tmp_path, scale=0.1, every_case=every_case)
    registry = json.loads((tmp_path / "synthetic_truth.json").read_text())["registry"]
    assert registry["n_second"] == n_second
    assert sum(registry["cohort_flow"]["removed"].values()) == removed
    assert registry["n_without_second"] == 6461


def test_nothing_is_written_for_a_scale_out_of_range_or_an_unknown_layout(tmp_path):
    too_small = {"scale": 0.01, "variant": "messy"}  # one damaged line is over 1 % of a file
    for wrong in ({"scale": 0}, {"seed": -1}, {"layout": "punch cards"}, {"variant": "tidy"}, too_small):
        with pytest.raises(UsageError):
            write_synthetic(tmp_path / "none", **wrong)
    assert not (tmp_path / "none").exists()


def test_a_second_run_into_the_same_inbox_replaces_the_first(tmp_path):
    for layout in ("listing", "naaccr", "listing"):
        written = write_synthetic(tmp_path, seed=7, scale=0.01, layout=layout)
        there = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert there == {*written, tmp_path / MARKER}


@pytest.mark.parametrize("name", ["patients.csv", "hospital.mapping.yml", "naaccr_v24/seer9_1501.xml"])
def test_an_inbox_with_files_of_others_is_refused_and_they_stay(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("years of work")
    with pytest.raises(UsageError, match="OUT-02"):
        write_synthetic(tmp_path, scale=0.01)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_an_inbox_of_an_older_version_is_its_own_unless_somebody_put_a_file_there(tmp_path, layout, variant):
    """It has no marker: the truth file and the names that synth gives say whose files they are."""
    write_synthetic(tmp_path, scale=0.02, layout=layout, variant=variant)
    (tmp_path / MARKER).unlink()
    (tmp_path / "patients.csv").write_text("years of work")
    before = digests(tmp_path)
    with pytest.raises(UsageError, match=r"OUT-02.*patients\.csv"):
        write_synthetic(tmp_path, scale=0.005)
    assert digests(tmp_path) == before
    (tmp_path / "patients.csv").unlink()
    write_synthetic(tmp_path, scale=0.005)
    assert (tmp_path / MARKER).exists()


def test_a_file_that_was_changed_since_is_not_ours_any_more(tmp_path):
    write_synthetic(tmp_path, scale=0.005)
    with (tmp_path / "hospital.mapping.yml").open("a") as file:
        file.write("# our own hospital\n")
    with pytest.raises(UsageError, match=r"hospital\.mapping\.yml"):
        write_synthetic(tmp_path, scale=0.005)
    assert "our own hospital" in (tmp_path / "hospital.mapping.yml").read_text()
