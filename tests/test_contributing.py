"""The pages for those who change the code name files, folders and functions that there are."""

from __future__ import annotations

import ast
import re
import statistics
import sys
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from analytics.questions.analysis import Analysis
from analytics.render.figures.canvas import Figure, draw
from analytics.warehouse.marts import open_marts
from flows import __version__
from flows.landing import deliveries
from flows.landing.vocabulary import vocabulary
from tests.analytics.empty_results import STUDY, results_of_nobody
from tests.analytics.warehouse_fixture import write_warehouse

PROJECT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md")
PICTURE = PROJECT / "docs" / "pictures" / "architecture.svg"
FOLDERS = "flows|analytics|expectations|dbt_project|samples|studies|bench|tests|docs"
# A recipe's own example is what a reader is to write.
TO_BE_WRITTEN = re.compile(r"/acme/|base_seer__acme\.sql|age_at_second\.py")

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


def examples(recipe: str) -> list[str]:
    """The Python of one recipe."""
    [body] = re.findall(rf"^## Add an? {recipe}\n(.*?)(?=^## )", text_of("CONTRIBUTING.md"), re.M | re.S)
    return [textwrap.dedent(each) for each in re.findall(r"^ *```python\n(.*?)^ *```$", body, re.M | re.S)]


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The first example of a recipe, as the module that a reader would make of it."""
    made = ModuleType("an_example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, made.__name__, made)
        exec(compile(examples(request.param)[0], "CONTRIBUTING.md", "exec"), vars(made))
        yield made


@pytest.mark.parametrize("module", ["form of delivery"], indirect=True)
def test_the_record_of_a_form_is_one_of_the_registry(module: ModuleType) -> None:
    kind = eval(examples("form of delivery")[1], {**vars(deliveries), "acme": module})
    assert isinstance(kind, deliveries.DeliveryKind)
    [recogniser] = kind.recognisers
    assert recogniser.looks_like(b"ACME EXPORT 3\n") and not recogniser.looks_like(b"Patient ID,")
    assert kind.tables == {"acme": tuple(vocabulary().columns)}


@pytest.mark.parametrize("module", ["question"], indirect=True)
def test_the_question_is_answered(module: ModuleType, tmp_path: Path) -> None:
    with open_marts(write_warehouse(tmp_path / "warehouse.duckdb", scale=0.01)) as marts:
        assert isinstance(module.ANALYSIS, Analysis) and module.ANALYSIS.further is not None
        answered = module.ANALYSIS.further.ask(marts, STUDY)
        ages = defaultdict(list)
        for row in marts.second_primaries().iter_rows(named=True):
            ages[row["era"]].append(row["age_at_second_years"])
    assert [(row.era, row.median_age) for row in answered] == [
        (era, statistics.median(ages[era])) for era in sorted(ages)
    ]
    assert len(answered) == 2
    row = answered[0]
    assert [column.cell(row) for column in module.ANALYSIS.further.columns] == [row.era, row.median_age]


@pytest.mark.parametrize("module", ["figure"], indirect=True)
def test_the_figure_is_drawn(module: ModuleType) -> None:
    question: dict[str, type] = {}
    exec(examples("question")[0].split("def age_at_second")[0], question)
    rows = (question["AgeAtSecond"]("early", 61.0), question["AgeAtSecond"]("late", 64.5))
    drawn = draw(module.AGE_AT_SECOND, results_of_nobody(further={"age_at_second": rows}))
    assert isinstance(drawn, Figure) and drawn.id == "age_at_second"
    assert drawn.alt == "Age at B. early: 61.0; late: 64.5" and "<svg" in drawn.svg


def test_the_change_log_tells_of_this_version() -> None:
    assert HEAD.findall(text_of("CHANGELOG.md"))[0] == __version__


def test_the_licence_is_the_one_that_the_project_names() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0" and project["license-files"] == ["LICENSE"]
    assert "Apache License\n                           Version 2.0" in text_of("LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text_of("LICENSE")
