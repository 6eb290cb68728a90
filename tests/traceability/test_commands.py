"""The four commands as a person types them, and two releases that differ in one setting."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from flows import stages
from flows.building.study_file import load_study
from flows.cli.main import main
from flows.home import Home
from flows.publishing.releases import current_release
from tests.traceability.conftest import Published
from tests.traceability.test_ledgers_refused import PAPERS
from tests.warm_dbt import building_warm


def said(capsys, *words) -> str:
    main([str(word) for word in words])
    return capsys.readouterr().out


def test_check_paper_needs_no_warehouse(capsys, tmp_path):
    out = said(capsys, "--home", tmp_path / "empty", "check-paper", PAPERS / "jia2024.csv")
    assert "44 agree, 13 differ, 1 impossible, 139 not recomputable" in out.splitlines()[-1]


def test_check_paper_as_json_has_a_verdict_for_every_row(capsys, tmp_path):
    out = json.loads(said(capsys, "--home", tmp_path, "--json", "check-paper", PAPERS / "template.csv"))
    assert out["release"] is None and len(out["claims"]) == out["counts"]["claims"] == 7


def test_a_ledger_that_cannot_be_read_ends_with_exit_code_3(capsys, tmp_path):
    (tmp_path / "paper.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(tmp_path), "check-paper", str(tmp_path / "paper.csv")])
    assert ended.value.code == 3
    assert "file paper.csv, line 1" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check-paper", "explain", "sensitivity", "diff"])
def test_each_command_has_help_with_an_example(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"metachron {command}" in capsys.readouterr().out.partition("example:")[2]


@pytest.mark.slow
def test_check_paper_with_the_warehouse_judges_what_the_results_hold(capsys, published: Published):
    words = ("--home", published.home.root, "--json", "check-paper", PAPERS / "jia2024.csv", "--warehouse")
    out = json.loads(said(capsys, *words))
    assert out["release"] == published.release.id
    assert out["claims"] == json.loads(json.dumps(published.results()["published"]))


@pytest.mark.slow
def test_explain_prints_release_mart_sql_rows_and_lines(capsys, published: Published):
    out = said(capsys, "--home", published.home.root, "explain", "cohort.n_second")
    names = [line[:10].strip() for line in out.splitlines()[1:]]
    assert names == ["is", "release", "mart", "rows", "sql", "lines"]
    out = said(capsys, "--home", published.home.root, "explain", "cohort.n_second", "--no-lines")
    assert "lines" not in out


@pytest.fixture(scope="module")
def two_releases(published: Published, tmp_path_factory) -> tuple[Home, str, str]:
    """A second release in a copy of the home: the same deliveries, second cancers from 2 months on."""
    root = tmp_path_factory.mktemp("two") / "home"
    shutil.copytree(published.home.root, root, symlinks=True)
    study = load_study(published.study)
    study["study"]["settings"]["min_latency_months"] = 2
    file = root.parent / "sooner.yml"
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    home = Home(root)
    with building_warm():
        stages.build(home, file)
    stages.audit(home)
    stages.publish_build(home)
    release = current_release(home)
    assert release is not None
    return home, published.release.id, release.id


@pytest.mark.slow
def test_diff_writes_the_missing_report_and_says_which_setting_and_numbers_moved(capsys, two_releases):
    home, before, after = two_releases
    assert not (home.reports / "mm_sall" / after).exists()
    out = json.loads(said(capsys, "--home", home.root, "--json", "diff", before[:6], "published"))
    assert (home.reports / "mm_sall" / after / "report.html").exists()
    assert (out["before"], out["after"], out["inputs"]) == (before, after, [])
    assert [change["place"] for change in out["settings"]] == ["min_latency_months"]
    step = next(change for change in out["changes"] if change["place"] == "attrition[step=5].n_removed")
    assert step["after"] < step["before"]
    screen = said(capsys, "--home", home.root, "diff", before, after)
    assert screen.splitlines()[0] == f"{before} → {after}"
    assert "setting   min_latency_months: 12 → 2" in screen


@pytest.mark.slow
def test_diff_of_a_release_with_itself_says_that_nothing_differs(capsys, two_releases):
    home, before, _ = two_releases
    out = said(capsys, "--home", home.root, "diff", before, before)
    assert "same study, deliveries and code" in out and "0 verdicts moved" in out and ", 0 differ" in out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["r", "", "nothing"])
def test_diff_of_a_name_that_means_none_or_several_is_wrong_usage(two_releases, name):
    home, before, _ = two_releases
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.root), "diff", before, name])
    assert ended.value.code == 2
