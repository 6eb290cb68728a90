from datetime import date

import pytest

from analytics.disclosure.cells import Cell, gather
from analytics.disclosure.profiles import PROFILES, Profile, ProfileRefused, permitted, profile_named
from analytics.disclosure.suppression import protect
from flows.disclosure.signed_exception import read_exception

TODAY = date(2026, 6, 1)
SIGNED = """
name: A. Steward
reason: the agreement of 2026 allows it
expires: 2026-12-31
profile: seer11:5
"""


def signed(folder, text=SIGNED):
    file = folder / "exception.yml"
    file.write_text(text, encoding="utf-8")
    return file


def allowed(asked, *, synthetic=False, exception=None):
    return permitted(asked, is_synthetic=synthetic, exception=exception, today=TODAY)[0]


@pytest.mark.parametrize(("name", "hidden", "told"), [
    ("seer11", 10, 1003), ("uscs16", 15, 1003), ("opensafely", 7, 1005), ("ohdsi5", 4, 1003),
])  # fmt: skip
def test_a_profile_hides_and_rounds_as_it_is_described(name, hidden, told):
    profile = PROFILES[name]
    assert [profile.is_small(count) for count in (0, 1, hidden, hidden + 1)] == [False, True, True, False]
    shown = protect(gather([Cell("people", 1003, "ages")]), profile).shown["people"]
    assert shown.number == told


@pytest.mark.parametrize(("threshold", "base"), [(5, 10), (9, 10), (10, 20), (16, 20), (20, 30), (100, 110)])
def test_numbers_at_risk_are_rounded_to_more_than_the_threshold(threshold, base):
    assert Profile("any", threshold).curve_base == base


@pytest.mark.parametrize(("asked", "threshold"), [("seer11", 11), ("uscs16", 16), ("seer11:30", 30)])
def test_up_is_free(asked, threshold):
    assert allowed(asked).threshold == threshold


@pytest.mark.parametrize("asked", ["seer11:10", "opensafely", "ohdsi5", "seer11:2"])
def test_down_is_refused_for_real_data(asked):
    with pytest.raises(ProfileRefused):
        allowed(asked)


@pytest.mark.parametrize("asked", ["opensafely", "ohdsi5"])
def test_synthetic_data_may_go_through_any_named_profile(asked):
    assert allowed(asked, synthetic=True) == PROFILES[asked]


def test_synthetic_data_need_an_exception_for_a_threshold_of_ones_own():
    with pytest.raises(ProfileRefused, match="signed exception"):
        allowed("seer11:2", synthetic=True)


def test_a_signed_exception_allows_exactly_its_profile(tmp_path):
    exception = read_exception(signed(tmp_path))
    assert allowed("seer11:5", exception=exception).threshold == 5
    with pytest.raises(ProfileRefused, match="not for seer11:4"):
        allowed("seer11:4", exception=exception)


def test_an_expired_exception_allows_nothing(tmp_path):
    exception = read_exception(signed(tmp_path, SIGNED.replace("2026-12-31", "2026-05-31")))
    with pytest.raises(ProfileRefused, match="expired"):
        allowed("seer11:5", exception=exception)


def test_no_exception_lets_real_data_through_the_synthetic_profile(tmp_path):
    exception = read_exception(signed(tmp_path, SIGNED.replace("seer11:5", "ohdsi5")))
    with pytest.raises(ProfileRefused, match="synthetic data only"):
        allowed("ohdsi5", exception=exception)


@pytest.mark.parametrize(
    "text",
    [
        SIGNED.replace("name: A. Steward\n", ""),
        SIGNED.replace("A. Steward", "''"),
        SIGNED.replace("2026-12-31", "soon"),
        SIGNED.replace("seer11:5", "none_such"),
        SIGNED + "threshold: 1\n",
        SIGNED + "expires: 2099-12-31\n",
        SIGNED + "<<: {despite: 0001-r0}\n",
        SIGNED.replace("A. Steward", "&a A. Steward") + "despite: *a\n",
        SIGNED.replace("A. Steward", "\u200b\u200b\u200b"),
        SIGNED.replace("A. Steward", '"A\\e[31mPerson"'),
        SIGNED.replace("2026-12-31", "20261231"),
        "just words",
        "{",
        "name: !!python/object/apply:os.system ['true']",
    ],
)
def test_an_exception_that_is_not_properly_signed_is_refused(tmp_path, text):
    with pytest.raises(ProfileRefused):
        read_exception(signed(tmp_path, text))


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "seer",
        "seer11:",
        "seer11:1",
        "seer11:-3",
        "seer11:x",
        "seer11:\u0661\u0665",
        "seer11:011",
        "seer11:99999999",
    ],
)
def test_a_misspelt_profile_is_refused_or_the_plain_one(asked):
    if asked == "seer11:":
        assert profile_named(asked) == PROFILES["seer11"]
    else:
        with pytest.raises(ProfileRefused):
            profile_named(asked)
