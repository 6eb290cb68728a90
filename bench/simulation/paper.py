"""The printed margins of Jia et al. 2024 on which the validation is run: totals, nobody's record."""

from __future__ import annotations

from analytics.bias.misclassification import Recorded
from bench.simulation.truth import Era, Truth

# Patients by year of the index cancer and their median survival in months (Table 1 and text).
ERAS = (Era(1975, 2002, 31_989 / 64_629, 26.0), Era(2003, 2018, 32_640 / 64_629, 48.0))
N_INDEX = 64_629
N_SECOND = 18

MEDIAN_WITH, MEDIAN_WITHOUT = 125.0, 34.0
MEDIAN_LATENCIES = (74.5, 51.5)

# Table 1, "Chemotherapy": recorded "Yes" and "No/Unknown", with and without the second cancer.
CHEMOTHERAPY = Recorded(cases_yes=16, cases_no_unknown=2, others_yes=40_197, others_no_unknown=24_414)

# SEER's treatment limitations (November 2020 submission): sensitivity 68%, predictive value "above 85%".
# The widths around them are ours.
SENSITIVITY = (0.60, 0.68, 0.76)
PPV = (0.85, 0.99)


def truth_like_the_paper(hazard_ratio: float) -> Truth:
    """A registry with the paper's eras and about as many second cancers; Weibull shape and frailty are ours.

    Shape 0.85 and a frailty of variance 0.3 leave about a quarter of the later era alive at 10 years.
    """
    return Truth(
        n=N_INDEX,
        eras=ERAS,
        second_cancer_hazard_ratio=hazard_ratio,
        background_rate=8e-5,
        shape=0.85,
        frailty_variance=0.3,
    )
