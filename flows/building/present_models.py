"""What the models of the project say now, to hold a build against."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.building import run_dbt
from flows.building.build_file import create_empty
from flows.building.provenance import recipe_of, study_hash
from flows.home import Home
from flows.terminal.progress import silent


def sources_hash(project: Path | None = None) -> str:
    """One hash over every file from which dbt compiles a model."""
    root = project or run_dbt.PROJECT
    files = [root / "dbt_project.yml"]
    for folder in ("models", "macros", "dbt_packages"):
        files += [file for file in (root / folder).rglob("*") if file.is_file()]
    total = hashlib.sha256()
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def model_names() -> set[str]:
    """The names of the models; each makes the table of its name."""
    return {file.stem for file in (run_dbt.PROJECT / "models").rglob("*.sql")}


def project_study() -> str:
    """The hash of the study in dbt_project.yml."""
    return study_hash(run_dbt.read_definition()["study"])


def compiled_recipes(home: Home, definition: Mapping[str, Any]) -> dict[str, str]:
    """Every table's recipe by the present models: dbt compiles them, which takes seconds.

    definition  the study to compile them for
    Raises what a build raises when dbt cannot read the project.
    """
    home.work.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="compiled-", dir=home.work) as folder:
        workshop = Path(folder)
        create_empty(workshop / "build.duckdb")
        settings = {"METACHRON_BUILD": str(workshop / "build.duckdb"), "METACHRON_RAW": str(home.raw)}
        verb = ["compile", "--select", "resource_type:model", "--no-populate-cache"]
        results, words = run_dbt.invoke(verb, workshop, {"study": dict(definition)}, settings, silent)
        if results is None or results.failures:
            raise run_dbt.refusal(results, words)
        nodes = json.loads((workshop / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    hooks = [node["raw_code"] for node in nodes.values() if node["resource_type"] == "operation"]
    return {
        f"{node['schema']}.{node['alias']}": recipe_of(node, hooks)
        for node in nodes.values()
        if node["resource_type"] == "model"
    }
