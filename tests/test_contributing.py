"""The pages for those who change the code name files, folders and functions that there are."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import __version__

PROJECT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md")
PICTURE = PROJECT / "docs" / "pictures" / "architecture.svg"
FOLDERS = "flows|analytics|expectations|dbt_project|samples|studies|bench|tests|docs"
# A recipe's own example is what a reader is to write.
TO_BE_WRITTEN = re.compile(r"/acme/|age_at_second\.py")

PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
BARE = re.compile(r"`(\w+\.(?:py|sql|yml|csv|md))`")
IN_A_FILE = re.compile(r"`(\w+)`(?: and `\w+`)*(?: as `\w+`)? in\s+`([\w/.]+\.(?:py|yml))`")
HEAD = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)


def text_of(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def names_in(file: Path) -> set[str]:
    """What a Python file defines at its top, or the words of another file."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return set(re.findall(r"\w+", text))
    return set(defined(ast.parse(text)))


def defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_a_page_exists(page: str) -> None:
    named = [path for path in PATH.findall(text_of(page)) if not TO_BE_WRITTEN.search(path)]
    assert len(named) > 10
    assert [path for path in named if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_named_without_its_folder_exists(page: str) -> None:
    there = {file.name for folder in FOLDERS.split("|") for file in (PROJECT / folder).rglob("*.*")}
    there |= {file.name for file in PROJECT.glob("*.*")}
    assert [name for name in BARE.findall(text_of(page)) if name not in there] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_a_file_is_defined_there(page: str) -> None:
    named = IN_A_FILE.findall(text_of(page))
    assert len(named) >= 4
    assert [(name, file) for name, file in named if name not in names_in(PROJECT / file)] == []


def test_every_folder_of_the_picture_exists() -> None:
    named = re.findall(r">([\w/]+)/<", PICTURE.read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [
        name for name in named if not any((PROJECT / at / name).is_dir() for at in (".", "analytics"))
    ] == []


def test_each_recipe_ends_with_its_test() -> None:
    recipes = re.findall(r"^## Add (?:a|an) (.+?)\n(.*?)(?=^## )", text_of("CONTRIBUTING.md"), re.M | re.S)
    assert [title for title, _ in recipes] == ["form of delivery", "rule", "question", "figure"]
    assert [title for title, body in recipes if "`tests/" not in body or "```" not in body] == []


def test_the_change_log_tells_of_this_version() -> None:
    assert HEAD.findall(text_of("CHANGELOG.md"))[0] == __version__


def test_the_licence_is_the_one_that_the_project_names() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0" and project["license-files"] == ["LICENSE"]
    assert "Apache License\n                           Version 2.0" in text_of("LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text_of("LICENSE")
