"""Each row is a rebuild with one setting changed; what is not rebuilt is kept, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from flows import stages
from flows.building.run_dbt import PROJECT
from flows.building.study_file import STUDIES, load_study
from flows.errors import InputRefused, UsageError
from flows.reporting.kept_reports import results_of
from flows.reporting.sensitivity import kept_sensitivity, sensitivity, variants
from tests.traceability.conftest import Published
from tests.warm_dbt import building_warm


@pytest.fixture(scope="module")
def default_study():
    return load_study(PROJECT / "dbt_project.yml")["study"]


@pytest.fixture(scope="module", autouse=True)
def warm():
    with building_warm():
        yield


@pytest.fixture(scope="module")
def page_before(published: Published) -> str:
    """The report as it is before its settings are rebuilt."""
    return page_of(published).read_text("utf-8")


@pytest.fixture(scope="module")
def made(published: Published, page_before: str):
    return sensitivity(published.home, published.release, published.study)


def page_of(published: Published) -> Path:
    return published.home.reports / published.release.study / published.release.id / "report.html"


def test_every_variant_changes_one_setting_and_no_setting_twice(default_study):
    tried = list(variants(default_study))
    assert [variant.name for variant in tried] == [
        "as the study defines it", "second_definition = site_recode_35011", "second_definition = broad",
        "min_latency_months = 2", "min_latency_months = 6", "max_primaries = 3",
        "other_primaries = censor", "apply_to_everyone = True", "keep_nonqualifying_second = True",
    ]  # fmt: skip
    for variant in tried[1:]:
        both = zip(choices(default_study), choices(variant.study), strict=True)
        assert sum(one != other for one, other in both) == 1
    assert tried[0].study == default_study


def choices(study):
    second = study["second"]
    settings = {"other_primaries": "ignore"} | study["settings"]
    return [second["definition"], second["definitions"], study["index"], *settings.values()]


def test_a_study_that_applies_its_rules_to_everyone_is_tried_the_other_way(default_study):
    symmetric = json.loads(json.dumps(default_study, default=str))
    symmetric["settings"]["apply_to_everyone"] = True
    symmetric["settings"]["min_latency_months"] = 2
    names = [variant.name for variant in variants(symmetric)]
    assert "apply_to_everyone = False" in names and "min_latency_months = 12" in names


@pytest.mark.slow
def test_the_row_as_published_has_the_numbers_of_the_report(published, made):
    results, found = published.results(), made.document["rows"][0]["headline"]
    assert made.document["differing_tables"] == []
    for count in ("n_index", "n_second"):
        assert found[count] == results["cohort"][count]
    assert found["rate_per_100k"] == results["incidence_overall"]["rate_per_100k"]
    naive = next(model for model in results["cox"] if model["id"] == "index_naive")["terms"][0]
    assert (found["naive"]["hr"], found["naive"]["hr_ci"]) == (naive["hr"], naive["hr_ci"])
    assert found["sir"] == results["sir"][0]["sir"]
    adjusted = next(m for m in results["cox"] if m["id"] == "index_time_dependent_adjusted")["terms"][0]
    assert found["time_dependent_adjusted"]["hr"] == adjusted["hr"]
    assert [era["median"] for era in found["latencies"]] == [e["latency"]["median"] for e in results["eras"]]


@pytest.mark.slow
def test_settings_move_the_numbers_the_way_their_rules_say(made):
    rows = {(row["setting"], row["value"]): row["headline"] for row in made.document["rows"]}
    own = rows[None, None]
    shortest, shorter = rows["min_latency_months", 2], rows["min_latency_months", 6]
    assert shortest["n_second"] >= shorter["n_second"] >= own["n_second"]
    assert rows["apply_to_everyone", True]["n_index"] < own["n_index"]
    assert rows["apply_to_everyone", True]["n_second"] == own["n_second"]
    assert rows["max_primaries", 3]["n_second"] >= own["n_second"]
    assert (
        rows["max_primaries", 3]["observed"]
        == own["observed"]
        >= rows["other_primaries", "censor"]["observed"]
    )
    assert rows["other_primaries", "censor"]["n_second"] == own["n_second"]
    kept = rows["keep_nonqualifying_second", True]
    assert kept["n_second"] == own["n_second"] and kept["n_index"] > own["n_index"]


@pytest.mark.slow
def test_a_second_call_rebuilds_only_what_was_lost_or_altered(published, made):
    assert (made.n_rebuilt, made.n_kept) == (7, 0)
    lost, altered, *_ = sorted((published.home.work / "sensitivity").glob("*.json"))
    lost.unlink()
    altered.write_text(altered.read_text().replace("1", "2"))
    (page_of(published).parent / "sensitivity.json").unlink()
    again = sensitivity(published.home, published.release, published.study)
    assert (again.n_rebuilt, again.n_kept) == (2, 5)
    assert again.document == kept_sensitivity(published.home, published.release) == made.document
    assert list((published.home.work / "sensitivity").glob("*.duckdb*")) == []


@pytest.mark.slow
def test_the_report_shows_the_table_once_it_exists_and_says_how_to_make_it_before(
    published, page_before, made
):
    assert "run “metachron sensitivity”, then “metachron report”" in page_before
    page = page_of(published)
    stages.report(published.home)
    assert kept_sensitivity(published.home, published.release) == made.document
    assert 'id="table-sensitivity"' in page.read_text("utf-8")
    assert (page.parent / "tables" / "sensitivity.csv").exists()
    assert list((page.parent / "figures").glob("*sensitivity.svg"))
    assert results_of(published.home)["sensitivity"] == made.document


@pytest.mark.slow
def test_another_definition_under_the_same_name_is_refused_and_the_one_it_was_built_with_is_not(
    published, made, tmp_path
):
    study = load_study(published.study)
    study["study"]["settings"]["min_age_years"] = 21
    file = tmp_path / "other.yml"
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        sensitivity(published.home, published.release, file)
    assert "study.study" in refused.value.what and refused.value.code == "SEN-03"
    assert sensitivity(published.home, published.release, published.study).document == made.document


@pytest.mark.slow
def test_a_study_of_another_name_is_refused(published):
    with pytest.raises(UsageError):
        sensitivity(published.home, published.release, STUDIES / "aml_after_breast.yml")
