"""Two results documents: every number once, and only verdicts that moved."""

from __future__ import annotations

import copy

import pytest

from analytics.compared import compare
from analytics.places import canonical, leaves, selector

RESULTS = {
    "study": {"name": "s", "min_latency_months": 12},
    "run": {"id": "one"},
    "cohort": {"n_index": 100, "n_second": 5},
    "eras": [{"era": "early", "n_second": 2}, {"era": "late", "n_second": 3}],
    "era_ratios": [{"label": "rate", "estimate": 1.2, "ci": [0.5, 3.0], "p_value": 0.7}],
    "latency_tests": [{"test": "student_t", "statistic": 0.6, "df": 3, "p_value": 0.517, "note": None}],
    "cox": [{"id": "m", "terms": [
        {"variable": "v", "level": "l", "hr": 1.8, "hr_ci": [1.1, 2.9], "p_value": 0.04}]}],
    "sir": [{"stratum": {}, "sir": 7.0, "sir_ci": [4.0, 11.0], "p_value": 0.0},
            {"stratum": {"sex": "Male"}, "sir": 6.0, "sir_ci": [2.0, 11.0], "p_value": 0.0}],
    "published": [{"id": "001", "printed": "5", "recomputed": 5, "verdict": "agrees"}],
}  # fmt: skip


def changed(**at):
    after = copy.deepcopy(RESULTS)
    for path, value in at.items():
        *steps, last = [int(s) if s.isdigit() else s for s in path.split("__")]
        here = after
        for step in steps:
            here = here[step]
        here[last] = value
    return compare(RESULTS, after)


def test_a_document_against_itself_has_no_change_and_no_moved_verdict():
    found = compare(RESULTS, copy.deepcopy(RESULTS))
    assert (found.changes, found.moved, found.settings) == ((), (), ())
    assert found.n_compared["eras"] == 2 and "run" not in found.n_compared


def test_swapping_the_documents_swaps_every_change():
    after = copy.deepcopy(RESULTS)
    after["cohort"]["n_second"], after["latency_tests"][0]["p_value"] = 6, 0.03
    there, back = compare(RESULTS, after), compare(after, RESULTS)
    for one, other in zip(there.changes + there.moved, back.changes + back.moved, strict=True):
        assert (one.place, one.before, one.after) == (other.place, other.after, other.before)


@pytest.mark.parametrize(("path", "value", "moved"), [
    ("latency_tests__0__p_value", 0.049, "latency_tests[test=student_t].p_value"),
    ("latency_tests__0__p_value", 0.06, None),
    ("latency_tests__0__p_value", 0.05, None),
    ("latency_tests__0__p_value", None, "latency_tests[test=student_t].p_value"),
    ("cox__0__terms__0__hr_ci", [0.9, 2.9], "cox[id=m].terms[variable=v,level=l].hr_ci"),
    ("cox__0__terms__0__hr_ci", [1.0, 2.9], "cox[id=m].terms[variable=v,level=l].hr_ci"),
    ("cox__0__terms__0__hr_ci", [1.01, None], None),
    ("era_ratios__0__ci", [1.1, 3.0], "era_ratios[label=rate].ci"),
    ("sir__1__sir_ci", [0.5, 11.0], "sir[stratum.sex=Male].sir_ci"),
    ("sir__0__sir_ci", [0.2, 0.9], "sir[0].sir_ci"),
    ("published__0__verdict", "differs", "published[id=001].verdict"),
])  # fmt: skip
def test_a_verdict_moves_only_when_its_threshold_is_crossed(path, value, moved):
    found = changed(**{path: value})
    assert [change.place for change in found.moved] == ([moved] if moved else [])


def test_a_setting_that_differs_is_told_apart_from_the_numbers():
    found = changed(study__min_latency_months=6)
    assert [(c.place, c.before, c.after) for c in found.settings] == [("min_latency_months", 12, 6)]
    assert found.changes == ()


def test_rounding_of_the_last_digit_is_no_change_and_a_lost_number_is():
    assert changed(era_ratios__0__estimate=1.2 * (1 + 1e-14)).changes == ()
    lost = changed(cohort__n_second=None).changes
    assert [(c.place, c.before, c.after) for c in lost] == [("cohort.n_second", 5, None)]


def test_rows_in_another_order_are_the_same_rows():
    after = copy.deepcopy(RESULTS)
    after["eras"].reverse()
    assert compare(RESULTS, after).changes == ()


def test_a_place_has_one_name_however_it_is_asked_for():
    for place in ("eras[1].n_second", "eras[era=late].n_second", "eras[n_second=3].n_second"):
        assert canonical(place, RESULTS) == "eras[era=late].n_second"
    assert canonical("sir[stratum.sex=Male].sir", RESULTS) == "sir[stratum.sex=Male].sir"
    assert canonical("cox[0].terms[0].hr_ci[1]", RESULTS) == "cox[id=m].terms[variable=v,level=l].hr_ci[1]"


def test_equal_numbers_of_a_list_keep_their_places():
    assert canonical("curve.events[2]", {"curve": {"events": [1, 1, 1]}}) == "curve.events[2]"


def test_every_leaf_is_found_again_at_its_own_place():
    from analytics.published_numbers.expressions import find_value

    for place, value in leaves(RESULTS):
        if value is not None:
            assert find_value(place, RESULTS) == value and canonical(place, RESULTS) == place


def test_an_identity_that_cannot_be_written_falls_back_to_the_position():
    assert selector("eras", {"era": "a=b"}, 3) == "3"
    assert selector("eras", {"era": None}, 3) == "3"
