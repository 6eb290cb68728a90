"""A study that cannot be meant is refused before anything starts, with the line of each problem."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest

from flows.building import present_models, run_dbt, study_file
from flows.building.run_dbt import PROJECT
from flows.building.spark.build import build_on_spark
from flows.building.study_file import STUDIES, load_study
from flows.building.study_meaning import problems
from flows.cli.main import main
from flows.errors import InputRefused, PolicyRefused
from flows.home import Home
from flows.terminal.progress import silent

EXAMPLE = (STUDIES / "aml_after_breast.yml").read_text(encoding="utf-8")
FIRST_CODES = '{histology: "8000-9049", site: "C500-C509"}'

CONVENTIONS = "conventions: spss25"


def with_paper(doi: str, *highlights: str) -> str:
    """A paper on the line before the conventions."""
    fields = f"authors: A, title: T, journal: J, year: 2024, doi: {doi}"
    said = f", highlights: [{', '.join(highlights)}]" if highlights else ""
    return f"paper: {{{fields}{said}}}\n  {CONVENTIONS}"


# What stands in the example, what a person writes instead, the key that is named, and words of the reason.
WRONG = {
    # the name is a folder's
    "a name that climbs": (
        "name: aml_after_breast",
        "name: ../releases",
        "name",
        "'../releases', not a name",
    ),
    "a name that leaves": ("name: aml_after_breast", "name: ../../x", "name", "not a name of at most"),
    "a name of two folders": ("name: aml_after_breast", "name: a/b", "name", "not a name of at most"),
    "an absolute name": ("name: aml_after_breast", "name: /etc", "name", "not a name of at most"),
    "a hidden name": ("name: aml_after_breast", "name: .aml", "name", "not a name of at most"),
    "a name with a space": ("name: aml_after_breast", "name: my study", "name", "not a name of at most"),
    "a name in capitals": ("name: aml_after_breast", "name: AML", "name", "lower-case"),
    "a name that is too long": ("name: aml_after_breast", f"name: {'a' * 61}", "name", "at most 60"),
    "a number as name": ("name: aml_after_breast", "name: 2024", "name", "is 2024, not a name"),
    "a truth as name": ("name: aml_after_breast", "name: yes", "name", "is true, not a name"),
    # keys
    "an unknown key": (
        "max_primaries: 2",
        "max_primarys: 2",
        "settings.max_primarys",
        "mean 'max_primaries'",
    ),
    "a missing key": ("    band_months: [60, 120]\n", "", "settings.band_months", "is missing"),
    "an empty key": ("short_label: BC", "short_label:", "index.short_label", "is empty"),
    "an unknown convention": (
        "conventions: spss25",
        "conventions: sas",
        "conventions",
        "is 'sas', not spss25",
    ),
    # texts
    "a number as label": ("short_label: BC", "short_label: 5", "index.short_label", "is 5, not a text"),
    "a list as title": ("short_label: BC", "short_label: [BC]", "index.short_label", "is a list, not a text"),
    "a terminal's escape": ("label: BC", 'label: "B\\e[2J"', "index.short_label", "printable"),
    "a long label": ("label: BC", f"label: {'B' * 301}", "index.short_label", "301 characters"),
    # codes
    "reversed histologies": ('"8000-9049"', '"9049-8000"', "index.cancers[0].histology", "reversed range"),
    "reversed sites": ('"C500-C509"', '"C509-C500"', "index.cancers[0].site", "write C500-C509"),
    "a code with behaviour": (
        '"9840"',
        '"9840/3"',
        "second.definitions.primary[0].histology",
        "without behav",
    ),
    "a site with a point": ('"C500-C509"', '"C50.0"', "index.cancers[0].site", "not a topography code"),
    "years in reverse": (
        FIRST_CODES,
        '{histology: "9049", first_year: 2010, last_year: 2009}',
        "index.cancers[0].last_year",
        "is 2009, before first_year 2010",
    ),
    "an unknown definition": ("definition: primary", "definition: primry", "second.definition", "one of the"),
    "a definition that climbs": (
        "therapy_related:",
        '"../x":',
        "second.definitions.../x",
        "not a name of at most",
    ),
    "one cancer for a list": (
        '\n        - {histology: "9920"}\n\n',
        ' {histology: "9920"}\n\n',
        "second.definitions.therapy_related",
        "is a mapping of keys to values, not a list",
    ),
    "no cancer at all": (
        'related:\n        - {histology: "9920"}',
        "related: []",
        "second.definitions.therapy_related",
        "is an empty list",
    ),
    # dates and years
    "a day that does not exist": (
        '"2018-12-31"',
        "2018-02-30",
        "sources.seer.study_cutoff",
        "'2018-02-30', not",
    ),
    "a date of another order": ('"2018-12-31"', "31.12.2018", "sources.seer.study_cutoff", "not a date"),
    "a year as a date": ('"2018-12-31"', "2018", "sources.seer.study_cutoff", "is 2018, not a date"),
    "an octal number": ("min_age_years: 18", "min_age_years: 0o22", "settings.min_age_years", "'0o22', not"),
    "a cutoff to come": ('"2018-12-31"', "9999-12-31", "sources.seer.study_cutoff", "in a future year"),
    "a cutoff too early": (
        '"2018-12-31"',
        "2017-12-31",
        "sources.seer.study_cutoff",
        "the last year of diag",
    ),
    "a year of two digits": ("first_year: 1975", "first_year: 75", "sources.seer.first_year", "is 75, not a"),
    "a source in reverse": (
        "last_year: 2018",
        "last_year: 1974",
        "sources.seer.last_year",
        "before first_year",
    ),
    "one registry for a list": (
        "registries: [1501, 1502, 1520, 1521, 1522, 1523, 1525, 1526, 1527]",
        "registries: 1501",
        "sources.seer.registries",
        "is 1501, not a list",
    ),
    "a registry twice": ("1501, 1502", "1501, 1501", "sources.seer.registries[1]", "stands there twice"),
    "an unknown registry": (
        "1501, 1502",
        "1501, 42",
        "sources.seer.registries[1]",
        "is 42, not a whole number",
    ),
    # eras
    "overlapping eras": (
        "first_year: 1995",
        "first_year: 1994",
        "eras[1].first_year",
        "overlaps the era before",
    ),
    "a gap between eras": ("first_year: 1995", "first_year: 1996", "eras[1].first_year", "leaves a gap"),
    "eras out of order": ("last_year: 1994}", "last_year: 2020}", "eras[1].first_year", "overlaps"),
    "eras too short": (
        "{first_year: 1975, last",
        "{first_year: 1980, last",
        "eras",
        "do not cover the years",
    ),
    # settings
    "a text as number": (
        "latency_months: 12",
        "latency_months: twelve",
        "settings.min_latency_months",
        "'twelve'",
    ),
    "a truth as number": (
        "latency_months: 12",
        "latency_months: yes",
        "settings.min_latency_months",
        "is true",
    ),
    "a fraction": (
        "latency_months: 12",
        "latency_months: 11.5",
        "settings.min_latency_months",
        "is 11.5, not a",
    ),
    "a text as truth": (
        "everyone: false",
        'everyone: "no"',
        "settings.apply_to_everyone",
        "not true or false",
    ),
    "a third of a month": (
        "months: 0.5",
        "months: 0.3",
        "settings.zero_survival_months",
        "counts half months",
    ),
    "no number": ("months: 0.5", "months: .nan", "settings.zero_survival_months", "counts half months"),
    "curves of nobody": ("at_risk: 5", "at_risk: 0", "settings.min_at_risk", "1 to 1000"),
    "an unknown choice": (
        "primaries: ignore",
        "primaries: drop",
        "settings.other_primaries",
        "ignore or censor",
    ),
    "one landmark for a list": (
        "[24, 60, 120]",
        "24",
        "settings.landmark_months",
        "is 24, not a list of months",
    ),
    "landmarks that fall": (
        "[24, 60, 120]",
        "[60, 24]",
        "settings.landmark_months[1]",
        "does not rise from 60",
    ),
    "a band within the latency": ("[60, 120]\n", "[12, 120]\n", "settings.band_months[0]", "is not beyond"),
    "bands that fall": (
        "band_months: [60, 120]",
        "band_months: [60, 60]",
        "settings.band_months[1]",
        "not rise",
    ),
    # the paper
    "a paper by its name": (CONVENTIONS, f"paper: Jia\n  {CONVENTIONS}", "paper", "'Jia', not a mapping"),
    "a doi with its address": (
        CONVENTIONS,
        with_paper("https://doi.org/10.1000/x"),
        "paper.doi",
        "not a doi such as 10.1016",
    ),
    "a doi that is none": (CONVENTIONS, with_paper("10.1000/x<b>"), "paper.doi", "not a doi"),
    "a highlight on something else": (
        CONVENTIONS,
        with_paper("10.1000/x", "{about: race, says: more}"),
        "paper.highlights[0].about",
        "not age or chemotherapy or survival or treatment_after or incidence or eras",
    ),
    "a highlight twice": (
        CONVENTIONS,
        with_paper("10.1000/x", "{about: age, says: more}", "{about: age, says: less}"),
        "paper.highlights[1].about",
        "is age a second time",
    ),
    "a highlight that says nothing": (
        CONVENTIONS,
        with_paper("10.1000/x", "{about: age}"),
        "paper.highlights[0].says",
        "is missing",
    ),
    "a highlight of 26 words": (
        CONVENTIONS,
        with_paper("10.1000/x", f"{{about: age, says: {'more ' * 26}}}"),
        "paper.highlights[0].says",
        "has 26 words; at most 25",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_refused_with_its_line_key_and_value(case, tmp_path):
    before, after, key, why = WRONG[case]
    at = EXAMPLE.index(before)
    file = tmp_path / "wrong.yml"
    file.write_text(EXAMPLE[:at] + after + EXAMPLE[at + len(before) :], encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        load_study(file)
    assert (refused.value.code, refused.value.column) == ("STU-04", f"study.{key}")
    assert why in refused.value.what
    # A missing key is looked for where it should be; eras are wrong as a whole, or by the one before.
    wanted = {
        "a missing key": "  settings:",
        "eras too short": "  eras:\n",
        "eras out of order": "    - {first_year: 1995",
    }.get(case)
    place = EXAMPLE.index(wanted) if wanted else at
    assert refused.value.line == EXAMPLE.count("\n", 0, place) + 1


def test_a_paper_may_be_named_with_or_without_its_highlights(tmp_path):
    for written in (
        with_paper("10.1016/j.cpt.2024.06.007"),
        with_paper("10.1000/x", f"{{about: age, says: {'more ' * 25}}}", "{about: eras, says: none}"),
    ):
        file = tmp_path / "paper.yml"
        file.write_text(EXAMPLE.replace(CONVENTIONS, written), encoding="utf-8")
        assert load_study(file)["study"]["paper"]["year"] == 2024


def test_several_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path):
    file = tmp_path / "wrong.yml"
    text = EXAMPLE.replace("conventions: spss25", "conventions: sas").replace(
        "max_primaries: 2", "max_primaries: two"
    )
    file.write_text(text.replace("name: aml_after_breast", "name: AML"), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        load_study(file)
    said = refused.value.what
    assert "for 3 reasons" in said
    assert (
        said.index("study.name")
        < said.index("study.conventions")
        < said.index("study.settings.max_primaries")
    )
    assert refused.value.column == "study.name" and said.count("; line ") == 2


def test_a_key_by_its_old_name_is_read_with_one_word(tmp_path, capsys):
    study_file.tell_new_name.cache_clear()
    file = tmp_path / "old.yml"
    file.write_text(EXAMPLE.replace("conventions: spss25", "engine: spss25"), encoding="utf-8")
    assert load_study(file) == load_study(file) == load_study(STUDIES / "aml_after_breast.yml")
    assert capsys.readouterr().err == "study key `engine` is called `conventions` now\n"


def test_a_wrong_value_by_the_old_name_is_refused_on_its_line(tmp_path):
    file = tmp_path / "old.yml"
    file.write_text(EXAMPLE.replace("conventions: spss25", "engine: sas"), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        load_study(file)
    assert refused.value.what.endswith("study.conventions is 'sas', not spss25")
    assert refused.value.line == EXAMPLE.count("\n", 0, EXAMPLE.index("conventions: ")) + 1


def test_both_names_of_a_key_are_refused_with_both_lines(tmp_path):
    file = tmp_path / "both.yml"
    file.write_text(EXAMPLE.replace("  conventions:", "  engine: spss25\n  conventions:"), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        load_study(file)
    line = EXAMPLE.count("\n", 0, EXAMPLE.index("  conventions:")) + 1
    assert f"line {line}, study.engine is the old name" in refused.value.what
    assert f"line {line + 1}, study.conventions stands beside its old name `engine`" in refused.value.what


def test_relations_are_not_asked_of_values_that_are_wrong_themselves():
    study = load_study(PROJECT / "dbt_project.yml")["study"]
    study["eras"][0]["last_year"] = "2002"
    study["sources"]["seer"] = None
    assert [problem.place for problem in problems(study)] == [
        ("study", "sources", "seer"),
        ("study", "eras", 0, "last_year"),
    ]


@pytest.mark.parametrize("study", [None, [], "x", {}, {"name": None}, {1: 2}])
def test_anything_at_all_has_problems_and_no_traceback(study):
    assert problems(copy.deepcopy(study))


def each_key(study, place=()):
    for key, value in study.items():
        yield (*place, key)
        if isinstance(value, dict):
            yield from each_key(value, (*place, key))


def test_a_misspelt_key_is_told_wherever_it_stands():
    """Nobody can compare what stands under another name."""
    study = load_study(STUDIES / "aml_after_breast.yml")["study"]
    for *above, key in each_key(study):
        changed = copy.deepcopy(study)
        inner = changed
        for name in above:
            inner = inner[name]
        if key in study["second"]["definitions"]:
            continue  # names of the author's own
        inner[f"{key}x"] = inner.pop(key)
        assert f"do you mean '{key}'?" in str(problems(changed)[0]), (above, key)


@pytest.mark.parametrize("command", ["build", "report", "run", "sensitivity", "spark", "forget x"])
def test_no_command_takes_a_name_that_is_a_path(command, tmp_path, capsys):
    file = tmp_path / "climbing.yml"
    file.write_text(EXAMPLE.replace("name: aml_after_breast", "name: ../releases"), encoding="utf-8")
    home = tmp_path / "home"
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), *command.split(), "--study", str(file)])
    assert ended.value.code == 3
    assert "STU-04" in capsys.readouterr().err
    assert not home.exists()


DOORS = {
    "a build": lambda home: run_dbt.build(home),
    "a build by Spark": lambda home: build_on_spark(home, "local[2]", home.root / "landed"),
    "any other dbt": lambda home: run_dbt.invoke(["run"], home.work, None, {}, silent),
    "the study of a build that is audited": lambda home: present_models.compiled_recipes(
        home, {**load_study(PROJECT / "dbt_project.yml")["study"], "name": "../releases"}
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_dbt_of_ours_starts_with_a_wrong_study(door, tmp_path, monkeypatch):
    """Neither with one that is given, nor with one that is edited in dbt_project.yml."""
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    project = tmp_path / "dbt_project"
    project.mkdir()
    (project / "dbt_project.yml").write_text(text.replace("name: mm_sall", "name: ../x"), encoding="utf-8")
    monkeypatch.setattr(run_dbt, "PROJECT", project)
    monkeypatch.setattr(run_dbt, "DBT", tmp_path / "no such program")
    home = Home(tmp_path / "home").prepare()
    home.build.touch()
    with pytest.raises(InputRefused) as refused:
        DOORS[door](home)
    assert (refused.value.code, refused.value.column) == ("STU-04", "study.name")
    assert home.build.exists()


@pytest.mark.parametrize("name", ["../releases", "../../x", "/etc", "a/b", "..", ""])
def test_a_release_that_was_built_under_such_a_name_has_no_reports(name, tmp_path):
    with pytest.raises(PolicyRefused):
        Home(tmp_path).reports_of(name)
    assert Home(tmp_path).reports_of("mm_sall") == tmp_path / "reports" / "mm_sall"


def test_it_takes_less_than_dbt_needs_to_start():
    """Neither dbt nor DuckDB is imported to say that a study is wrong."""
    code = "import sys, flows.building.study_file; print({'dbt', 'duckdb', 'polars'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_projects_own_studies_have_no_problem():
    for file in (PROJECT / "dbt_project.yml", *STUDIES.glob("*.yml")):
        assert load_study(file)["study"]
