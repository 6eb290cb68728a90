"""Results of nobody, to which a test adds the rows it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.eras import FairEras
from analytics.results.guardrails import NullBands
from analytics.results.hospital import Institution
from analytics.results.incidence import EraIncidence, LatencySummary
from analytics.results.run import Data, Run
from analytics.results.states import ReferenceRates
from analytics.warehouse.study import Study

NOTHING = (None, None)
STUDY = Study(
    name="study", title="A study", index_label="A", index_short_label="A", second_label="B",
    second_short_label="B", second_definition="primary", min_age_years=18, min_latency_months=12,
    max_primaries=2, apply_to_everyone=False, keep_nonqualifying_second=False, other_primaries="ignore",
    first_year=1975, last_year=2018, study_cutoff=date(2018, 12, 31), engine="spss25", cancers=(), eras=(),
    min_at_risk=5, sources=(), registries=(), landmarks=(),
)  # fmt: skip
RUN = Run("", "", 0.0, "", {}, (), "")


def results_of_nobody(**held: Any) -> Results:
    """No rows, no people, but for the fields given."""
    nobody = Results(
        study=STUDY, run=RUN, data=Data(True, ()), not_delivered=(), attrition=(), cohort=Cohort(3, 3, 0),
        definitions=(), table1=(), table1_unknown=(), table1_numeric=(), table1_tests=(), eras=(),
        incidence_overall=EraIncidence(
            "all", 3, 3, 0.0, NOTHING, LatencySummary(0, None, None, None, None, None), None, None, NOTHING),
        era_ratios=(), latency_tests=(), fair_eras=FairEras((), (), None), latency_points=(), survival=(),
        cox=(), shrunken=(), misclassification=None, competing=(), sir=(),
        reference_rates=ReferenceRates("value", None, None), sir_tests=(),
        institution=Institution(0, None, 0, None, None, None, NOTHING, None, None, (), (), ()),
        contrasts=(), null_bands=NullBands(None, None),
    )  # fmt: skip
    return replace(nobody, **held)
