"""Every answer of R that the repository keeps, one test each; and whether R still gives it."""

import math
from pathlib import Path

import answers_counts
import answers_cox
import answers_survival
import numpy as np
import pytest
from reference_answers import ANSWERS, CHECKS, answers_in, check_of, numbers_of

from tests.evidence import ask_r

KEPT = answers_in(ANSWERS)


@pytest.mark.parametrize("identity", KEPT)
def test_agrees_with_r(identity):
    compared = 0
    for what, ours, theirs, tolerance in check_of(identity)(KEPT[identity]["values"], identity):
        expected = numbers_of(theirs)
        np.testing.assert_allclose(
            np.ravel(np.asarray(ours, float)), expected, rtol=tolerance, atol=1e-12, err_msg=what
        )
        compared += expected.size
    assert compared


def leaves(value, place=""):
    """Every number and word of an answer with its place in it; null as NaN."""
    if not isinstance(value, dict | list):
        yield place, math.nan if value is None else value
    else:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, f"{place}.{key}")


def same(told, kept) -> bool:
    # Limits that R looks for stop within a millionth or so of each other.
    return told == kept if isinstance(kept, str) else told == pytest.approx(kept, rel=1e-6, nan_ok=True)


def test_r_gives_these_answers(tmp_path):
    answer = tmp_path / "answers.json"
    ask_r(Path(__file__).with_name("ask_r_reference.R"), answer)
    told = answers_in(answer)
    assert list(told) == list(KEPT)
    for identity, kept in KEPT.items():
        assert told[identity]["call"] == kept["call"]
        theirs, ours = dict(leaves(told[identity]["values"])), dict(leaves(kept["values"]))
        assert list(theirs) == list(ours), identity
        moved = {place: theirs[place] for place in ours if not same(theirs[place], ours[place])}
        assert moved == {}, identity


def test_every_check_has_an_answer():
    assert {answers_cox, answers_counts, answers_survival}
    assert set(CHECKS.values()) == {check_of(identity) for identity in KEPT}
