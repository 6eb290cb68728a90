"""A number that lifelines has otherwise: the report stops, names it, and what was there stays."""

from __future__ import annotations

import sys
from importlib import import_module

from flows.process.selfcheck import imported, pinned
from tests.faults.scene import Scene
from tests.traceability.conftest import Published


def test_a_number_that_differs_ends_with_7_until_the_tested_packages_are_back(
    published: Published, tmp_path, monkeypatch
):
    from lifelines import KaplanMeierFitter

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    scene = Scene(published.home, tmp_path, monkeypatch)
    file = published.home.reports / published.release.study / published.release.id / "results.json"
    before, at = file.read_bytes(), KaplanMeierFitter.survival_function_at_times
    with monkeypatch.context() as patch:
        patch.setattr(
            KaplanMeierFitter, "survival_function_at_times", lambda self, times: at(self, times) + 1e-3
        )
        refused = scene.run("report")
    assert refused.exit_code == 7 and "REP-05: " in refused.said, refused.said
    assert "os_from_index, all, Kaplan-Meier curve, month " in refused.said
    assert "a difference of 0.001 where 1e-06 is allowed" in refused.said
    assert file.read_bytes() == before
    again = scene.run("report")
    assert again.exit_code == 0, again.said
    sound = scene.run("verify")
    assert sound.exit_code == 0, sound.said


def test_the_report_names_the_packages_that_its_process_imported(published: Published):
    import duckdb
    import lifelines

    packages = published.results()["run"]["packages"]
    assert packages["lifelines"] == lifelines.__version__ and packages["duckdb"] == duckdb.__version__
    modules = {
        "prefect": "prefect",
        "fastapi": "fastapi",
        "sqlalchemy": "sqlalchemy",
        "python-pptx": "pptx",
        "python-docx": "docx",
        "polars": "polars",
        "dbt-duckdb": "dbt.adapters.duckdb",
    }
    now = imported()
    assert {name for name in modules if name in now} == {
        name for name, module in modules.items() if module in sys.modules
    }
    assert {"polars", "python-docx", "jinja2", "matplotlib"} <= set(packages) <= set(pinned())


def test_an_installer_that_nothing_imported_is_not_named(monkeypatch):
    """Its hook stands in every Python from the start."""
    for name in [name for name in sys.modules if name.split(".")[0] == "setuptools"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "_distutils_hack", import_module("_distutils_hack"))
    assert "setuptools" not in imported()
    monkeypatch.setitem(sys.modules, "setuptools", import_module("setuptools"))
    assert "setuptools" in imported()
