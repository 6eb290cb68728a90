"""Every answer in one object: its fields are the keys of results.json, in their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from analytics.results.characteristics import LevelCount, NumericSummary, UnknownCount
from analytics.results.cohort import Cohort, DefinitionCount, ScreeningStep
from analytics.results.competing import CompetingAnalysis
from analytics.results.contrasts import Contrast
from analytics.results.cox import CoxAnalysis
from analytics.results.cross_checks import CrossCheck
from analytics.results.eras import FairEras
from analytics.results.guardrails import Misclassification, NullBands, ShrunkenRatio
from analytics.results.hospital import Institution
from analytics.results.incidence import EraIncidence, EraRatio, LatencyPoint
from analytics.results.population import IncidenceRatioTest, PersonTime, StandardisedIncidence
from analytics.results.published import PrintedNumber
from analytics.results.quality import DataQuality
from analytics.results.run import Data, RowsBehind, Run, TracedRows
from analytics.results.sensitivity import Sensitivity
from analytics.results.states import NotDelivered, ReferenceRates
from analytics.results.statistical_tests import LatencyTest, Table1Test, TestFamily
from analytics.results.survival import SurvivalAnalysis
from analytics.warehouse.study import Study

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The answers of one release.

    multiplicity, published              made of the other answers; empty until those are complete
    provenance, rows_behind              likewise, and of the marts
    sensitivity                          None unless the study was rebuilt under other settings
    person_time                          None without reference rates, or from before there were its rows
    data_quality, cross_checks           no key in results.json of an older report
    further                              rows of analyses that have no field here, by key
    """

    schema_version: int = SCHEMA_VERSION
    study: Study
    run: Run
    data: Data
    not_delivered: tuple[NotDelivered, ...]
    attrition: tuple[ScreeningStep, ...]
    cohort: Cohort
    definitions: tuple[DefinitionCount, ...]
    table1: tuple[LevelCount, ...]
    table1_unknown: tuple[UnknownCount, ...]
    table1_numeric: tuple[NumericSummary, ...]
    table1_tests: tuple[Table1Test, ...]
    eras: tuple[EraIncidence, ...]
    incidence_overall: EraIncidence
    era_ratios: tuple[EraRatio, ...]
    latency_tests: tuple[LatencyTest, ...]
    fair_eras: FairEras
    latency_points: tuple[LatencyPoint, ...]
    survival: tuple[SurvivalAnalysis, ...]
    cox: tuple[CoxAnalysis, ...]
    shrunken: tuple[ShrunkenRatio, ...]
    misclassification: Misclassification | None
    competing: tuple[CompetingAnalysis, ...]
    sir: tuple[StandardisedIncidence, ...]
    reference_rates: ReferenceRates
    sir_tests: tuple[IncidenceRatioTest, ...]
    institution: Institution
    contrasts: tuple[Contrast, ...]
    null_bands: NullBands
    multiplicity: tuple[TestFamily, ...] = ()
    published: tuple[PrintedNumber, ...] = ()
    provenance: tuple[RowsBehind, ...] = ()
    sensitivity: Sensitivity | None = None
    rows_behind: tuple[TracedRows, ...] = ()
    person_time: PersonTime | None = field(default=None, metadata={"absent_if_none": True})
    data_quality: DataQuality | None = field(default=None, metadata={"absent_if_none": True})
    cross_checks: tuple[CrossCheck, ...] | None = field(default=None, metadata={"absent_if_none": True})
    further: dict[str, tuple[Any, ...]] = field(default_factory=dict, metadata={"is_spread": True})
