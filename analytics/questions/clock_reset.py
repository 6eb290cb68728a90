"""How long do they live from the second primary on, beside people without it whose clock starts as late?

A curve from the index cancer on credits people who have the second primary with the years that they lived
until it came. Here both clocks start anew: at the diagnosis of the second primary, and for people without it
at the landmark nearest to the median latency, so that both have lived about as long with the index cancer.
Nothing is estimated: both groups stand in other analyses. They are not adjusted for age, and there is no test
of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.results.ids import SurvivalId
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum


@dataclass(frozen=True, slots=True)
class ClockReset:
    """Survival after the second primary, and without it after the landmark."""

    after_second: SurvivalStratum
    without: SurvivalStratum

    @property
    def analysis(self) -> SurvivalAnalysis:
        """Both as one, those without first, as everywhere."""
        return SurvivalAnalysis(SurvivalId.FROM_SECOND, "second", (self.without, self.after_second), ())


def reset_clock(survival: Sequence[SurvivalAnalysis], median_latency: float | None) -> ClockReset | None:
    """The two groups; None where either is empty.

    median_latency  months from the index cancer to the second primary
    """
    by_id = {analysis.id: analysis for analysis in survival}
    after = by_id.get(SurvivalId.FROM_SECOND)
    landmarks = by_id.get(SurvivalId.AT_LANDMARKS)
    without = [row for row in landmarks.strata if row.group == "without"] if landmarks else []
    if after is None or not after.strata or median_latency is None or not without:
        return None
    nearest = min(without, key=lambda row: abs((row.landmark_months or 0) - median_latency))
    return ClockReset(after.strata[0], nearest)
