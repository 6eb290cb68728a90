"""Each limit of the audit is held on both sides: just inside an expectation holds, just outside it fails."""

from __future__ import annotations

import pytest

from expectations.all_suites import all_expectations
from expectations.audit import audit
from flows.landing.deliveries import raw_tables
from tests.expectations.thresholds import ROUNDS

EXPECTATIONS = {expectation.says: expectation for expectation in all_expectations(tuple(raw_tables()))}


@pytest.mark.parametrize("name", ROUNDS)
def test_expectations_hold_up_to_their_limits_and_not_beyond(name, copy, tmp_path):
    before, limits = ROUNDS[name]
    copy.spoil(*before)
    asked = [EXPECTATIONS[limit.says] for limit in limits]
    for side, outcome in (("inside", "held"), ("outside", "failed")):
        copy.spoil(*(statement for limit in limits for statement in getattr(limit, side)))
        report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=asked)
        assert {each.expectation: each.outcome for each in report.expectations[1:]} == {
            limit.says: outcome for limit in limits
        }
