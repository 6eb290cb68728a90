"""A twentieth of the twin, published, and its settings rebuilt once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import stages
from flows.building.run_dbt import PROJECT
from flows.building.study_file import load_study
from flows.home import Home
from flows.publishing.releases import Release, current_release
from samples.synthetic import write_deliveries
from tests.warm_dbt import building_warm


@dataclass(frozen=True, slots=True)
class Published:
    """A home with one release and its report, the study it was built with, and the deliveries' folder."""

    home: Home
    release: Release
    study: Path
    inbox: Path

    def results(self) -> dict[str, Any]:
        file = self.home.reports / self.release.study / self.release.id / "results.json"
        return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("traceability")
    home, inbox = Home(folder / "home").prepare(), folder / "inbox"
    write_deliveries(inbox, seed=1, scale=0.05, every_case=True)
    stages.load(home, [inbox])
    study = narrow_study(folder / "mm_sall.yml")
    with building_warm():
        stages.build(home, study)
    stages.audit(home)
    stages.publish_build(home)
    stages.report(home)
    release = current_release(home)
    assert release is not None
    return Published(home, release, study, inbox)


def narrow_study(file: Path) -> Path:
    """The default study with one definition of the second cancer, for fewer settings to rebuild."""
    study = load_study(PROJECT / "dbt_project.yml")["study"]
    definitions = study["second"]["definitions"]
    study["second"]["definitions"] = {"primary": definitions["primary"]}
    file.write_text(yaml.safe_dump({"study": study}, allow_unicode=True), encoding="utf-8")
    return file
