"""A twentieth of the twin, published by the commands that users run, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.building.run_dbt import PROJECT
from flows.building.study_file import load_study
from flows.home import Home
from flows.publishing.releases import Release, current_release
from tests.faults.scene import Scene
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
    home, study = Home(folder / "home"), narrow_study(folder / "mm_sall.yml")
    with pytest.MonkeyPatch.context() as patch, building_warm():
        # In the project's folder `run` would join a server that another test serves.
        patch.chdir(folder)
        patch.delenv("PREFECT_API_URL", raising=False)
        scene = Scene(home, folder, patch)
        for words in (synth_into(home), ("run", "--study", study)):
            ended = scene.run(*words)
            assert ended.exit_code == 0, ended.said
    release = current_release(home)
    assert release is not None
    return Published(home, release, study, home.inbox)


def synth_into(home: Home) -> tuple[str | Path, ...]:
    """What is typed for the deliveries of these tests."""
    return "synth", home.inbox, "--scale", "0.05", "--every-case"


def narrow_study(file: Path) -> Path:
    """The default study with one definition of the second cancer, for fewer settings to rebuild."""
    study = load_study(PROJECT / "dbt_project.yml")["study"]
    definitions = study["second"]["definitions"]
    study["second"]["definitions"] = {"primary": definitions["primary"]}
    file.write_text(yaml.safe_dump({"study": study}, allow_unicode=True), encoding="utf-8")
    return file
