"""Every R answer that our functions cover, one test each; skipped where the reference data are absent."""

import answers_counts
import answers_cox
import answers_survival
import numpy as np
import pytest
from reference_answers import ANSWERS, CHECKS, check_of, numbers_of, reference_checks

# Answers no function of ours gives, and why.
NOT_COVERED = {
    "aft": "accelerated failure time models are not part of the estimators",
    "logistic_lung": "logistic regression is not part of the estimators",
    "kruskal_veteran": "neither the contract nor the report compares several groups by ranks",
    "median_followup_reverse_km": "neither the contract nor the report gives the median follow-up",
    "nelson_aalen_lung": "neither the contract nor the report gives a cumulative hazard without a model",
    "predict_surv_lung": "neither the contract nor the report predicts from a Cox model",
}
ALL = reference_checks()


def is_covered(identity: str) -> bool:
    return not any(identity.startswith(name) for name in NOT_COVERED)


@pytest.mark.shared
@pytest.mark.skipif(not ANSWERS.exists(), reason="the R answers are not beside the project")
@pytest.mark.parametrize("check", [c for c in ALL if is_covered(c["id"])], ids=lambda check: check["id"])
def test_agrees_with_r(check):
    compared = 0
    for what, ours, theirs, tolerance in check_of(check["id"])(check["values"], check["id"]):
        expected = numbers_of(theirs)
        np.testing.assert_allclose(
            np.ravel(np.asarray(ours, float)), expected, rtol=tolerance, atol=1e-12, err_msg=what
        )
        compared += expected.size
    assert compared


@pytest.mark.shared
@pytest.mark.skipif(not ANSWERS.exists(), reason="the R answers are not beside the project")
def test_only_the_answers_named_are_not_covered():
    missing = {check["id"] for check in ALL if check_of(check["id"]) is None}
    assert {name for name in missing if is_covered(name)} == set()
    assert all(any(name.startswith(start) for name in missing) for start in NOT_COVERED)


def test_the_modules_of_answers_are_all_registered():
    assert {answers_cox, answers_counts, answers_survival} and len(CHECKS) > 50
