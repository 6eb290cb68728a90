"""What every test of faults stands on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from analytics.results.sensitivity import Headline
from flows import stages
from flows.building.build_file import discard
from flows.building.run_dbt import BuildResult
from flows.building.spark import stage as spark_stage
from flows.building.spark.build import SparkBuild
from flows.building.study_file import load_study
from flows.home import Home
from flows.publishing import publish
from flows.publishing.releases import Release
from flows.reporting import sensitivity
from flows.reporting.sensitivity import Variant
from flows.terminal.progress import Progress
from tests.faults import actions
from tests.faults.scene import Scene, copied, make_build, make_published, make_report, spark_in_little
from tests.publishing.made_home import write_audit

# Of a table of settings that nobody counted.
NO_NUMBERS = {each.name: None for each in fields(Headline)}
LIMITS = {name: (None, None) for name in NO_NUMBERS if name.endswith("_ci")}
HEADLINE = NO_NUMBERS | LIMITS | {"n_index": 0, "latencies": ()}


@pytest.fixture(scope="module", autouse=True)
def private() -> Iterator[None]:
    """As the command line sets it; a fault may set it otherwise."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def template(private: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "code_version", lambda: actions.TESTED)
        yield make_published(tmp_path_factory.mktemp("published") / "home")


@pytest.fixture
def scene(template: Home, tmp_path: Path) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        yield Scene(copied(template, tmp_path / "home"), tmp_path, patch)
    shutil.rmtree(tmp_path)


@pytest.fixture
def in_little(scene: Scene) -> Scene:
    """Stages that need dbt, Great Expectations or a whole report, as the scene makes them."""

    def reported(
        home: Home, out: Path | None = None, study: Path | None = None, *, for_print: bool = False
    ) -> stages.Report:
        make_report(home)
        return stages.Report(home.reports, home.reports, "")

    def built(home: Home, study: Path | None = None) -> BuildResult:
        name = load_study(study)["study"]["name"] if study else "mm_sall"
        make_build(home, study=name)
        return BuildResult(str(home.build), name, 0, 0, ())

    def built_by_spark(home: Home, **given: object) -> SparkBuild:
        spark_in_little(home)
        return SparkBuild(str(home.spark), "mm_sall", "", 0, 0, ())

    def rebuilt(
        home: Home, release: Release, variant: Variant, study: Path | None, progress: Progress
    ) -> dict[str, Any]:
        if variant.setting is None:
            candidate = home.work / "variant.duckdb"
            make_build(home, study=release.study, file=candidate)
            sensitivity.refuse_other_deliveries(candidate, release)
            discard(candidate)
        return {"headline": HEADLINE, "differing_tables": []}

    scene.patch.setattr(stages, "build", built)
    scene.patch.setattr(sensitivity, "rebuild_variant", rebuilt)
    scene.patch.setattr(spark_stage, "spark", built_by_spark)
    scene.patch.setattr(stages, "audit", write_audit)
    scene.patch.setattr(stages, "report", reported)
    return scene
