"""What the paper concludes comes out of the synthetic registry too, and so does what it overlooks."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.estimators.cox import cox
from analytics.estimators.survival import logrank
from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import cohort, read_listing, survival


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seed1")
    write_deliveries(folder, seed=1)
    return read_listing(folder / "seer9_plus_1975_2018.txt")


@pytest.fixture(scope="module")
def patients(rows) -> list[tuple[float, bool, int | None]]:
    """Months lived after myeloma, whether that ended in death, and latency of the eighteen."""
    return [
        (survival(index) or 0.5, index["Vital status recode (study cutoff used)"] == "Dead", latency)
        for index, _, latency in cohort(rows)["patients"].values()
        if survival(index) is not None
    ]


def test_grouping_by_the_future_favours_the_eighteen_as_the_paper_has_it(patients):
    months, died, latency = zip(*patients, strict=True)
    exposed = np.array([gap is not None for gap in latency])
    assert 0.004 < logrank(months, died, exposed).p_value < 0.008
    naive = cox(months, died, exposed[:, None].astype(float), names=["second"], ties="breslow")
    assert naive.hazard_ratio[0] == pytest.approx(0.486, abs=0.02)


def test_counting_exposure_from_its_start_turns_the_ratio_round(patients):
    spells = []
    for months, died, latency in patients:
        if latency is None:
            spells.append((0.0, months, died, 0.0))
        else:
            spells += [(0.0, latency, False, 0.0), (latency, max(months, latency + 0.5), died, 1.0)]
    start, stop, died, exposed = (np.array(column) for column in zip(*spells, strict=True))
    honest = cox(stop, died, exposed[:, None], names=["second"], entry=start, ties="breslow")
    assert honest.hazard_ratio[0] == pytest.approx(1.7, abs=0.08)
