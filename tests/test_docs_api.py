"""The page of the Python API: its examples run as they stand, and it names every public function as it is."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import analytics
import analytics.estimators
from analytics.estimators.competing import IncidenceCurve
from analytics.estimators.cox import CoxModel
from analytics.estimators.survival import SurvivalCurve
from analytics.results.json_file import plain, to_json
from analytics.warehouse.published import Warehouse
from tests.analytics.warehouse_fixture import write_warehouse
from tests.disclosure.made_up import results

DOORS = sorted(
    module.name for module in pkgutil.iter_modules(analytics.estimators.__path__) if module.name[0] != "_"
)
PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"


def offered_by(module: ModuleType) -> list[object]:
    """What a door exports: `__all__`, else what is defined there."""
    own = [n for n, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    return [getattr(module, n) for n in getattr(module, "__all__", own) if not n.startswith("_")]


def signature(function) -> str:
    """As a reader types it: without types."""
    found = inspect.signature(function)
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in found.parameters.values()]
    return f"{function.__name__}{found.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"


def test_every_example_gives_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "var"
    file = home / "releases" / "r0123456789ab" / "warehouse.duckdb"
    file.parent.mkdir(parents=True)
    write_warehouse(file)
    (home / "warehouse.duckdb").symlink_to(file)
    report = home / "reports" / "mm_sall" / file.parent.name
    report.mkdir(parents=True)
    (report / "results.json").write_text(to_json(plain(results())), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest(PAGE.read_text(encoding="utf-8"), {}, "api.md", None, 0)
    assert len(examples.examples) > 30
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    assert not told, "".join(told)


@pytest.mark.parametrize("door", DOORS)
def test_the_page_has_every_door_with_all_that_it_offers(door: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"`analytics.estimators.{door}`" in page
    for offered in offered_by(import_module(f"analytics.estimators.{door}")):
        is_function = inspect.isfunction(offered) and door != "building_blocks"
        words = signature(offered) if is_function else offered.__name__
        assert f"`{words}`" in page, f"docs/api.md lacks `{words}`"


def test_the_page_tells_of_the_warehouse() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"`analytics.{signature(analytics.open)}`" in page
    for way in (Warehouse.mart, Warehouse.sql):
        assert f"`{signature(way).replace('self, ', '')}`" in page
    assert isinstance(Warehouse.results, property) and "`results`" in page


@pytest.mark.parametrize("result", [SurvivalCurve, IncidenceCurve, CoxModel])
def test_what_the_page_reads_off_a_result_is_there(result: type) -> None:
    page = PAGE.read_text(encoding="utf-8")
    [line] = re.findall(rf"^`{result.__name__}`: (.*?)\n\n", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`\.(\w+)", line)
    assert len(named) > 5 and not [name for name in named if not hasattr(result, name)]
