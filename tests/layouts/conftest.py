"""One synthetic population in every layout of a registry, each landed and built in a home of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from analytics.answers import analyse
from analytics.results.json_file import plain
from analytics.warehouse.marts import open_marts
from flows.building import run_dbt
from flows.building.study_file import STUDIES
from flows.home import Home
from flows.landing import land
from samples.synthetic import write_deliveries
from samples.synthetic.naaccr import FOLDER
from tests.analytics.empty_results import RUN
from tests.building.raw_fixture import query
from tests.warm_dbt import building_warm

LAYOUTS = ("listing", "ascii", "naaccr")
DERIVED_BY_THE_REGISTRY = re.compile(r' *<Item naaccrId="(survFlagActiveFollowup|survMosActiveFollowup)".*\n')

Row = dict[str, Any]


@dataclass(frozen=True)
class Delivered:
    """The build made from one layout, and the folder of what was delivered."""

    build: Path
    inbox: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        """results.json as it would be written, but for the run."""
        with open_marts(self.build) as marts:
            return plain(analyse(marts, RUN))

    @cached_property
    def patients(self) -> dict[str, Row]:
        """marts.index_patients by patient number."""
        columns = query(self.build, "select column_name from (describe marts.index_patients)")
        names = [name for (name,) in columns]
        rows = query(self.build, "from marts.index_patients")
        return {row["patient_id"]: row for row in (dict(zip(names, values, strict=True)) for values in rows)}

    @cached_property
    def flow(self) -> list[tuple[Any, ...]]:
        return query(self.build, "from marts.cohort_flow order by step")


def delivered(folder: Path) -> Delivered:
    """What lies in the folder's inbox, landed and built."""
    home = Home.at(folder / "home").prepare()
    land.load([folder / "inbox"], home)
    with building_warm():
        run_dbt.build(home)
    return Delivered(home.build, folder / "inbox")


def in_every_layout(
    tmp_path_factory: pytest.TempPathFactory, *, scale: float, variant: str
) -> dict[str, Delivered]:
    made = {}
    for layout in LAYOUTS:
        folder = tmp_path_factory.mktemp(f"{layout}_{variant}")
        write_deliveries(
            folder / "inbox", seed=3, scale=scale, every_case=True, layout=layout, variant=variant
        )
        made[layout] = delivered(folder)
    return made


@pytest.fixture(scope="session")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Delivered]:
    return in_every_layout(tmp_path_factory, scale=0.1, variant="clean")


@pytest.fixture(scope="session")
def messy_layouts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Delivered]:
    return in_every_layout(tmp_path_factory, scale=0.02, variant="messy")


@pytest.fixture(scope="session")
def dates_alone(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The NAACCR delivery without the survival that the registry derives: the dates have to do."""
    folder = tmp_path_factory.mktemp("dates_alone")
    write_deliveries(folder / "inbox", seed=3, scale=0.1, every_case=True, layout="naaccr")
    for file in (folder / "inbox" / FOLDER).iterdir():
        file.write_text(DERIVED_BY_THE_REGISTRY.sub("", file.read_text("utf-8")), encoding="utf-8")
    return delivered(folder)


@pytest.fixture(scope="session")
def second_study(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Acute myeloid leukaemia after breast cancer, in the twin with all cancers."""
    home = Home.at(tmp_path_factory.mktemp("second_study") / "home").prepare()
    write_deliveries(home.inbox, cancers="all", scale=0.02)
    land.load([home.inbox], home)
    with building_warm():
        run_dbt.build(home, study=STUDIES / "aml_after_breast.yml")
    return Delivered(home.build, home.inbox)
