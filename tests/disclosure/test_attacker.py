from itertools import product

import numpy as np
import pytest

from analytics.disclosure.attacker import Contradiction, Knowledge, Row, bounds, spans
from analytics.disclosure.cells import print_exactly
from analytics.disclosure.suppression import knowledge_of
from tests.disclosure.random_tables import with_margins

TWO_PARTS = Row({"total": -1, "one": 1, "other": 1}, 0, 0)


def test_two_stars_of_eighteen_are_between_one_and_seventeen():
    known = Knowledge({"total": (18, 18), "one": (1, 99), "other": (1, 99)}, (TWO_PARTS,))
    assert bounds(known, ["one", "other"]) == {"one": (1, 17), "other": (1, 17)}


def test_one_star_alone_is_no_secret():
    known = Knowledge({"total": (18, 18), "one": (16, 16), "other": (1, 99)}, (TWO_PARTS,))
    assert bounds(known, ["other"]) == {"other": (2, 2)}


def test_rounded_margins_bound_too():
    known = Knowledge({"total": (18, 22), "one": (8, 12), "other": (1, 99)}, (TWO_PARTS,))
    assert bounds(known, ["other"]) == {"other": (6, 14)}


def test_what_no_counts_agree_with_is_a_contradiction():
    known = Knowledge({"total": (3, 3), "one": (5, 9), "other": (1, 9)}, (TWO_PARTS,))
    with pytest.raises(Contradiction):
        bounds(known, ["other"])


@pytest.mark.parametrize("seed", range(20))
def test_bounds_are_those_of_trying_every_table(seed):
    """Twice: the integer programs against going through all two-by-two tables of counts up to 6."""
    chance = np.random.default_rng(seed)
    counts = with_margins(chance.integers(0, 7, (2, 2)))
    margins = [key for key in counts.cells if "any" in key and chance.random() < 0.7]
    known = knowledge_of(counts, {key: print_exactly(counts.cells[key].value) for key in margins})
    inner = ["0,0", "0,1", "1,0", "1,1"]
    ranges = known.ranges | dict.fromkeys(inner, (0, 6))
    ranges = {key: ranges.get(key, (0, 99)) for key in counts.cells}
    agreeing = []
    for a, b, c, d in product(range(7), repeat=4):
        sums = {"any,any": a + b + c + d, "0,any": a + b, "1,any": c + d, "any,0": a + c, "any,1": b + d}
        if all(sums[key] == counts.cells[key].value for key in margins):
            agreeing.append((a, b, c, d))
    expected = {
        key: (min(column), max(column))
        for key, column in zip(inner, np.array(agreeing).T.tolist(), strict=True)
    }
    assert bounds(Knowledge(ranges, known.rows), inner) == expected


def test_an_interval_that_is_wide_enough_is_not_stretched_further():
    known = Knowledge({"total": (18, 18), "one": (1, 99), "other": (1, 99)}, (TWO_PARTS,))
    low, high = spans(known, ["one"], enough=5)["one"]
    assert 1 <= low <= high <= 17 and high - low >= 5
