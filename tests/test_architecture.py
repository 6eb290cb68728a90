"""Imports follow the arrows: flows, then expectations and analytics, each ignorant of the others' insides."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "expectations", "analytics", "samples")

# What a folder may import of ours and of the heavy tools; the longest matching prefix of a file decides.
ALLOWED = {
    "flows/refresh.py": {"flows", "prefect"},
    "flows/scheduling/schedule.py": {"flows", "prefect"},
    "flows/stages.py": {"flows", "expectations"},
    "flows/reporting/report.py": {"flows", "analytics"},
    "flows/disclosure/public_report.py": {"flows", "analytics"},
    "flows": {"flows", "analytics", "duckdb"},
    "flows/cli/sample_files.py": {"flows", "samples"},
    "flows/landing": {"flows", "duckdb"},
    "samples": {"samples"},
    "expectations": {"expectations", "duckdb", "great_expectations"},
    "analytics": {"analytics", "polars"},
    "analytics/warehouse": {"analytics", "duckdb", "polars"},
    "analytics/estimators": {"analytics.estimators"},
    "analytics/bias": {"analytics.bias", "analytics.estimators"},
    "analytics/results": {"analytics.results", "analytics.bias", "analytics.warehouse"},
    "analytics/questions": {
        "analytics.questions",
        "analytics.results",
        "analytics.warehouse",
        "analytics.estimators",
        "analytics.bias",
        "analytics.published_numbers",
        "polars",
    },
    "analytics/cross_checks": {
        "analytics.cross_checks",
        "analytics.results",
        "analytics.warehouse",
        "polars",
        "pandas",
        "lifelines",
    },
    # The one place where a second programmer may ask our estimators.
    "analytics/cross_checks/our_fits.py": {"analytics.cross_checks", "analytics.estimators"},
    "analytics/questions/parametric_survival.py": {
        "analytics.questions",
        "analytics.results",
        "analytics.warehouse",
        "analytics.estimators",
        "polars",
        "lifelines",
        "pandas",
    },
    "analytics/disclosure": {"analytics.disclosure", "analytics.results"},
    "analytics/render": {"analytics", "polars", "matplotlib"},
}
WATCHED = {
    *PACKAGES,
    "prefect",
    "great_expectations",
    "lifelines",
    "duckdb",
    "polars",
    "pandas",
    "matplotlib",
}


# Folders and files of flows from the bottom up: each may import what stands in its own line or above it here.
# The Spark build exports the raw tables as an analyst would.
LAYERS = (
    "errors.py terminal locks process home.py copies.py integrity files",
    "landing",
    "building",
    "publishing",
    "reporting",
    "disclosure",
    "serving",
    "stages.py building/spark",
    "maintenance",
    "scheduling",
    "pipeline.py refresh.py",
    "cli",
)

ESTIMATORS = "analytics/estimators"


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def allowed_for(path: str) -> set[str]:
    prefixes = [prefix for prefix in ALLOWED if path == prefix or path.startswith(prefix + "/")]
    return ALLOWED[max(prefixes, key=len)]


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in allowed)


@pytest.mark.parametrize("path", [str(path.relative_to(PROJECT)) for path in sources()])
def test_imports_follow_the_arrows(path: str) -> None:
    allowed = allowed_for(path)
    watched = {name for name in imported_by(PROJECT / path) if name.split(".")[0] in WATCHED}
    wrong = {name for name in watched if not is_within(name, allowed)}
    assert not wrong, f"{path} may not import {sorted(wrong)}"


def layer_of(path: str) -> int:
    """Place in LAYERS of a file below flows; the longest name that fits decides."""
    fits = [
        (len(name), place)
        for place, line in enumerate(LAYERS)
        for name in line.split()
        if path == f"flows/{name}" or path.startswith(f"flows/{name}/")
    ]
    return max(fits)[1]


def file_of(module: str) -> str:
    """The file, or the folder's first file, that a name of ours is imported from."""
    path = PROJECT / module.replace(".", "/")
    return str((path if path.is_dir() else path.with_suffix(".py")).relative_to(PROJECT)) + (
        "/__init__.py" if path.is_dir() else ""
    )


FLOWS = [str(path.relative_to(PROJECT)) for path in sources() if path.parts[len(PROJECT.parts)] == "flows"]


@pytest.mark.parametrize("path", [path for path in FLOWS if path != "flows/__init__.py"])
def test_no_layer_of_flows_imports_one_above_it(path: str) -> None:
    """Also inside functions, so that no two folders need each other."""
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    names = {name for name in imported_by(PROJECT / path) if name.startswith("flows.")}
    names |= {f"flows.{each.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
              and node.module == "flows" for each in node.names if each.name != "__version__"}  # fmt: skip
    wrong = {name for name in names if layer_of(file_of(name)) > layer_of(path)}
    assert not wrong, f"{path} imports {sorted(wrong)}, which stands above it"


BENCH = sorted((PROJECT / "bench").rglob("*.py"))


@pytest.mark.parametrize("path", [str(path.relative_to(PROJECT)) for path in (*sources(), *BENCH)])
def test_estimators_are_imported_by_their_doors(path: str) -> None:
    """Also inside functions; the private packages are free to change."""
    if not path.startswith(ESTIMATORS + "/"):
        nodes = list(ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))))
        names = {f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom)
                 for name in node.names} | set(imported_by(PROJECT / path))  # fmt: skip
        private = {name for name in names if name.startswith("analytics.estimators._")}
        assert not private, f"{path} imports {sorted(private)}: a door is to export what it needs"


def users_of(tool: str) -> list[Path]:
    return [path for path in sources() if tool in {name.split(".")[0] for name in imported_by(path)}]


def test_only_the_flow_and_the_schedule_import_prefect() -> None:
    users = {str(path.relative_to(PROJECT)) for path in users_of("prefect")}
    assert users == {"flows/refresh.py", "flows/scheduling/schedule.py"}


PROGRAM, MODEL = "analytics/cross_checks/second_program.py", "analytics/questions/parametric_survival.py"


def test_only_cross_checks_and_the_parametric_model_import_lifelines_and_nobody_waits_for_it() -> None:
    users = users_of("lifelines")
    assert {str(path.relative_to(PROJECT)) for path in users} == {PROGRAM, MODEL}
    for path in users:
        outside = [node for node in ast.parse(path.read_text(encoding="utf-8")).body
                   if isinstance(node, ast.Import | ast.ImportFrom)]  # fmt: skip
        assert "lifelines" not in ast.dump(ast.Module(outside, [])), f"{path} imports it with itself"


def test_processes_are_started_so_that_they_end_with_us() -> None:
    started = re.compile(r"subprocess\.(Popen|run|call|check_\w+)\(|os\.(fork|spawn|system|popen)")
    # A query's process outlives the thread of the server that started it, and watches for the server itself.
    assert {str(path.relative_to(PROJECT)) for path in sources() if started.search(path.read_text())} == {
        "flows/process/mortal.py",
        "flows/serving/query_places.py",
    }


@pytest.mark.parametrize("forbidden", ["pickle", "marshal", "shelve", "cloudpickle"])
def test_nothing_that_runs_code_when_it_is_read(forbidden: str) -> None:
    assert not [path for path in sources() if forbidden in set(imported_by(path))]


def test_yaml_is_read_safely() -> None:
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert "yaml.load(" not in text or "SafeLoader" in text, path
        assert "yaml.unsafe_load" not in text and "yaml.full_load" not in text, path
