"""The README and the help say what there is, and nothing that is not."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
import yaml

from flows.cli.main import parser

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
def test_every_command_is_in_the_readme_and_its_example_parses(command: str) -> None:
    assert f"metachron {command}" in README
    example = (commands()[command].epilog or "").split("example:")[-1].strip().splitlines()[0]
    for each in example.split("&&"):
        program, *words = shlex.split(each)
        assert program == "metachron"
        parser().parse_args(words)


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"metachron ([a-z]+(?:-[a-z]+)*)\b", README)) - {"is"}
    assert named <= set(commands()), named - set(commands())


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


def test_every_file_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:flows|dbt_project|analytics|expectations|docs)/[\w./-]*)`", README)
    assert named and not [path for path in named if not (PROJECT / path).exists()]


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
