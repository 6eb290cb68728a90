"""The README and the help say what there is, and nothing that is not."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from flows import __version__
from flows.cli.command import list_commands
from flows.cli.main import COMMANDS, main, parser
from flows.publishing.citation import software
from flows.publishing.code_version import code_version

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
INDEX = (PROJECT / "docs" / "README.md").read_text(encoding="utf-8")
PAGES = {
    page.stem: page.read_text(encoding="utf-8")
    for page in sorted((PROJECT / "docs").glob("*.md"))
    if page.name != "README.md"
}


def commands() -> dict[str, argparse.ArgumentParser]:
    [choices] = [
        action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    ]
    # An old name is another key of the same parser, which knows itself by the new one.
    return {name: made for name, made in choices.items() if made.prog == f"metachron {name}"}


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_example_of_every_command_parses(command: str) -> None:
    example = (commands()[command].epilog or "").split("example:")[-1].strip().splitlines()[0]
    for each in example.split("&&"):
        program, *words = shlex.split(each)
        assert program == "metachron"
        parser().parse_args(words)


def test_the_readme_lists_the_commands_as_the_help_does() -> None:
    assert f"```\n{list_commands(COMMANDS, 118)}\n```" in README
    assert {command.name for command in COMMANDS} == set(commands())


def test_the_help_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = parser().format_help().splitlines()
        assert max(map(len, lines)) < max(columns, 64)
        assert {command.name for command in COMMANDS} <= {line.split()[0] for line in lines if line.strip()}


def test_what_is_cited_is_said_in_one_place() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "flows.publishing.citation"], capture_output=True, cwd=PROJECT, check=True
    )
    assert (PROJECT / "CITATION.cff").read_bytes() == made.stdout
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = software()
    assert (own.abstract, own.license) == (project["description"], project["license"])
    assert own.version == __version__


def test_cite_names_the_software_and_the_paper_of_the_study(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cite"])
    told = capsys.readouterr().out
    paper = yaml.safe_load((PROJECT / "dbt_project/dbt_project.yml").read_text())["vars"]["study"]["paper"]
    assert software().sentence(code_version()) in told and told.count(paper["doi"]) == 2
    main(["cite", "--json", "--study", str(PROJECT / "studies" / "aml_after_breast.yml")])
    assert [len(told) for told in json.loads(capsys.readouterr().out).values()] == [1, 1]


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"metachron ([a-z]+(?:-[a-z]+)*)\b", README)) - {"is"}
    assert named <= set(commands()), named - set(commands())


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE)) <= targets


def test_every_file_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:flows|dbt_project|analytics|expectations|docs)/[\w./-]*)`", README)
    assert named and not [path for path in named if not (PROJECT / path).exists()]


def test_the_picture_of_the_readme_is_small() -> None:
    [picture] = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert (PROJECT / picture).stat().st_size < 300_000


def test_every_column_of_every_model_is_described() -> None:
    for file in (PROJECT / "dbt_project" / "models").rglob("*__models.yml"):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            assert model["description"].startswith(("One row", "One")), model["name"]
            bare = [column["name"] for column in model.get("columns", []) if not column.get("description")]
            assert not bare, f"{model['name']}: {bare}"


def test_every_file_that_a_page_names_exists() -> None:
    for name, page in PAGES.items():
        named = re.findall(
            r"`((?:flows|dbt_project|analytics|expectations|docs|deploy|queries|tests)/[\w./-]*\w)`", page
        )
        named += [f"docs/{file}" for file in re.findall(r"`(\w+\.md)`", page) if file != "README.md"]
        assert not [path for path in named if not (PROJECT / path).exists()], name


def test_the_index_lists_every_page_and_no_other() -> None:
    assert set(re.findall(r"\]\((\w+)\.md\)", INDEX)) == set(PAGES)
