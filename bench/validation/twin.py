"""What each study finds in the synthetic twin, at any scale, beside the ratio that was put there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.estimators.rates import StandardisedIncidenceRatio, standardised_incidence_ratio
from flows.building import run_dbt
from flows.building.study_file import STUDIES
from flows.home import Home
from flows.landing import land
from flows.terminal.progress import silent
from samples.synthetic import write_deliveries
from samples.synthetic.truth import true_ratios

# Each study's first and second cancer, as the twin names them.
PAIRS = {
    "aml_after_breast": ("breast", "aml"),
    "any_after_mm": ("myeloma", "any"),
    "lung_after_hodgkin": ("hodgkin", "lung"),
    "oesophagus_after_breast": ("breast", "oesophagus"),
}
# The paper's study, whose cases are put into the twin one by one: no ratio is.
PAPER = "mm_sall"
# Every cancer of the nine registries would be four million rows.
SCALES = {"paper": (1.0, 0.1, 0.05, 0.02), "all": (0.1, 0.05, 0.02)}
OF_THE_RATIO = (
    "build", "--select", "+sir", "--indirect-selection", "cautious", *run_dbt.NO_EXPOSURES,
    "--exclude-resource-type", "unit_test",
)  # fmt: skip
FROM_LATENCY = "select observed, expected from marts.sir where grouping = 'from_latency'"


@dataclass(frozen=True, slots=True)
class Finding:
    """A study's ratio at a scale, with `truth` as put there or None."""

    study: str
    scale: float
    ratio: StandardisedIncidenceRatio
    truth: float | None


def findings(scales: Mapping[str, Sequence[float]], seed: int) -> Iterator[Finding]:
    """What each study finds: the paper's in its own listing, the others in that of all cancers.

    scales  those of each selection of cancers
    """
    for cancers, of_this_selection in scales.items():
        studies = [PAPER] if cancers == "paper" else list(PAIRS)
        for scale in of_this_selection:
            with tempfile.TemporaryDirectory(prefix="metachron-twin-") as place:
                home = Home.at(Path(place) / "home").prepare()
                write_deliveries(home.inbox, seed=seed, scale=scale, cancers=cancers)
                land.load([home.inbox], home)
                for study in studies:
                    yield Finding(study, scale, ratio_found(home, study), truth_of(study))


def ratio_found(home: Home, study: str) -> StandardisedIncidenceRatio:
    """The study's ratio from the month on in which second cancers count.

    Of what is loaded, the models that the ratio is made of are built and tested, and no others.
    """
    definition = run_dbt.read_definition(STUDIES / f"{study}.yml") if study != PAPER else None
    with tempfile.TemporaryDirectory(prefix="metachron-ratio-") as place:
        build = Path(place) / home.build.name
        run_dbt.create_empty(build)
        settings = {"METACHRON_BUILD": str(build), "METACHRON_RAW": str(home.raw)}
        results, words = run_dbt.invoke(OF_THE_RATIO, build.parent, definition, settings, silent)
        if results is None or results.failures:
            raise run_dbt.refusal(results, words)
        with duckdb.connect(str(build), read_only=True) as connection:
            [(observed, expected)] = connection.execute(FROM_LATENCY).fetchall()
    return standardised_incidence_ratio(observed, expected)


def truth_of(study: str) -> float | None:
    """The ratio that was put into the twin, None for the paper's study."""
    if study == PAPER:
        return None
    [ratio] = [row["ratio"] for row in true_ratios() if (row["first"], row["second"]) == PAIRS[study]]
    return float(ratio)
