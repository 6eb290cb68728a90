"""What two releases tell together."""

import time
from dataclasses import replace

import numpy as np
import pytest

from analytics.disclosure.history import Differencing, DisclosureRecord
from analytics.disclosure.people import people
from analytics.disclosure.profiles import PROFILES, Profile
from analytics.disclosure.public_results import disclose
from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.ids import SurvivalId
from tests.disclosure.made_up import (
    ERA_1,
    ERA_2,
    NO_HOSPITAL,
    TABLE_1,
    analysis,
    era,
    of_delivery,
    results,
    table1,
)
from tests.disclosure.made_up_people import cohort, who

SEER = PROFILES["seer11"]
FEW = dict.fromkeys(("attrition", "definitions", "sir", "competing", "survival", "cox"), ())
FEW |= {"institution": NO_HOSPITAL}


def large(**changes):
    """Two hundred second primaries, so that every count is shown; no other tables."""
    counts = {"sex": {"Male": (35_000, 110), "Female": (29_500, 90)}}
    cohort = Cohort(64_700, 200, 64_500)
    eras = (era(ERA_1, 32_000, 100, 99_000.0), era(ERA_2, 32_700, 100, 90_000.0))
    made = {"cohort": cohort, "table1": table1(counts), "table1_numeric": (), "eras": eras}
    return results(**(FEW | made | changes))


def released(said, *earlier, name="0001", profile=SEER, people=None, exception=None):
    """The decision and what was told, to the people behind the results unless others are given."""
    behind = people or who(said)
    _, decision, told = disclose(
        said, name, profile=profile, earlier=earlier, who=behind, exception=exception
    )
    return decision, DisclosureRecord.read(told.text())


def other_people(said, sha="6" * 64):
    return of_delivery(said, sha)


def under(said: Results, **names) -> Results:
    """The same results of a study with other names or rules."""
    return replace(said, study=replace(said.study, **names))


def without_one_man(said):
    """The same registry after one patient, a man of the later era without a second primary, was withdrawn."""
    cohort, (first, second) = said.cohort, said.eras
    rows = [
        replace(
            row,
            denominator_without=row.denominator_without - 1,
            n_without=row.n_without - (row.level == "Male"),
        )
        if row.variable == "sex"
        else row
        for row in said.table1
    ]
    fewer = replace(
        said,
        cohort=replace(cohort, n_index=cohort.n_index - 1, n_without_second=cohort.n_without_second - 1),
        table1=tuple(rows),
        eras=(first, replace(second, n_index=second.n_index - 1)),
    )
    return other_people(fewer)


def test_the_same_release_again_tells_the_same():
    decision, told = released(results())
    again, _ = released(results(), told)
    assert again.document_sha256 == decision.document_sha256


def test_one_patient_fewer_is_refused_by_table_and_not_by_number():
    _, told = released(large())
    with pytest.raises(Differencing) as refusal:
        released(without_one_man(large()), told, name="0002")
    assert refusal.value.table in {"cohort", "table1", "eras"}
    assert not any(number in str(refusal.value) for number in ("64699", "64,699", " 1 "))


def test_without_the_earlier_release_the_same_one_passes():
    assert released(without_one_man(large()))[0].narrowest is None


def test_a_much_larger_submission_passes():
    _, told = released(large())
    grown = large(
        cohort=Cohort(70_700, 260, 70_440),
        table1=table1({"sex": {"Male": (38_000, 140), "Female": (32_440, 120)}}),
        eras=(era(ERA_1, 32_000, 100, 99_000.0), era(ERA_2, 38_700, 160, 120_000.0)),
    )
    released(other_people(grown), told, name="0002")


def test_a_rule_that_moves_five_people_is_refused():
    """Another study over the same deliveries: five more are excluded, and the difference is they."""
    _, told = released(large())
    stricter = large(
        cohort=Cohort(64_695, 200, 64_495),
        table1=table1({"sex": {"Male": (34_997, 110), "Female": (29_498, 90)}}),
        eras=(era(ERA_1, 32_000, 100, 99_000.0), era(ERA_2, 32_695, 100, 90_000.0)),
    )
    with pytest.raises(Differencing):
        released(under(stricter, min_age_years=20), told, name="0002")


def test_a_total_less_a_subgroup_is_refused():
    """Released first: everybody. Then, of the same deliveries, all but the seven of one registry."""
    _, told = released(large(table1=(), eras=()))
    subgroup = large(cohort=Cohort(64_693, 193, 64_500), table1=(), eras=())
    subgroup = under(subgroup, registries=(("all but", "one"),))
    with pytest.raises(Differencing, match="cohort"):
        released(subgroup, told, name="0002")


def test_a_later_release_shows_no_star_of_the_same_people():
    """A new table of the same people may not print what another hid, nor what tells it."""
    _, told = released(results(sir=()))
    before = {key for key, how in told.shown.items() if key in told.hidden}
    _, later = released(results(), told, name="0002")
    assert all(later.shown[key][0] is None for key in before)
    low = min(how[2] - how[1] for key, how in later.shown.items() if key in later.hidden)
    assert low >= SEER.threshold


def test_a_lower_threshold_later_does_not_lift_stars():
    _, told = released(results())
    _, later = released(results(), told, name="0002", profile=Profile("lowered", 5))
    assert later.shown[f"second|era={ERA_1}"][0] is None
    assert set(told.hidden) <= set(later.hidden) | {key for key in told.shown if later.shown[key][0] is None}


def test_what_a_lower_threshold_showed_cannot_be_protected_afterwards():
    _, told = released(results(), profile=Profile("lowered", 2))
    with pytest.raises(Differencing):
        released(results(), told, name="0002")


def test_other_cancers_are_other_people():
    _, told = released(large(), people=who(large()))
    other = under(without_one_man(large()), index_label="breast cancer")
    frame = cohort(other)
    everybody = np.ones(len(frame), bool)
    strangers = people((f"other {each}" for each in frame["patient_id"]), {"index": everybody}, "00" * 16)
    released(other, told, name="0002", people=strangers)
    with pytest.raises(Differencing):
        disclose(other, "0002", profile=SEER, earlier=[told])  # who they are is not known


MEN = [f"second-{number}" for number in range(11)]


def small_with_men():
    """Results of 35 second primaries, 10 of men, so that either sex is hidden; and the people behind them."""
    said = large(
        cohort=Cohort(64_535, 35, 64_500),
        table1=table1({"sex": {"Male": (35_000, 10), "Female": (29_500, 25)}}),
        eras=(),
    )
    return said, who(said, **{"second|sex=Male": MEN[:10]})


def grown_with_men(men: list[str]):
    """A hundred second primaries, 11 of men, which are shown; and the people behind them."""
    said = large(
        cohort=Cohort(74_600, 100, 74_500),
        table1=table1({"sex": {"Male": (40_000, 11), "Female": (34_500, 89)}}),
        eras=(),
    )
    return other_people(said), who(said, **{"second|sex=Male": men})


OTHER_MEN = [f"second-{number}" for number in range(80, 91)]


def test_growth_can_bound_what_was_hidden():
    """First the 10 men are hidden. If later all men are 11, the earlier men were at most 11."""
    said, people = small_with_men()
    _, told = released(said, people=people)
    grown, people = grown_with_men(MEN)
    with pytest.raises(Differencing, match=r"table1 .* would reveal a small count"):
        released(grown, told, name="0002", people=people)
    grown, strangers = grown_with_men(OTHER_MEN)
    released(grown, told, name="0002", people=strangers)


def test_what_was_shown_before_can_bound_what_is_hidden_now():
    """The same the other way round: 10 men are hidden, and an earlier report showed that all men are 11."""
    said, people = small_with_men()
    grown, theirs = grown_with_men(MEN)
    _, told = released(grown, people=theirs)
    with pytest.raises(Differencing, match=r"table1 .* would reveal a small count"):
        released(said, told, name="0002", people=people)
    grown, strangers = grown_with_men(OTHER_MEN)
    _, told = released(grown, people=strangers)
    released(said, told, name="0002", people=people)


def test_the_paper_and_one_case_more_is_refused():
    more = dict(
        TABLE_1,
        era={ERA_1: (31_981, 8), ERA_2: (32_630, 11)},
        sex={"Male": (35_067, 11), "Female": (29_544, 8)},
    )
    more = {name: more[name] for name in ("sex", "era")}
    said = results(**FEW)
    _, told = released(said)
    said = results(
        **FEW | {
            "cohort": Cohort(64_630, 19, 64_611),
            "table1": table1(more),
            "eras": (era(ERA_1, 31_989, 8, 99_620.7), era(ERA_2, 32_641, 11, 90_092.2)),
            "survival": (analysis(SurvivalId.FROM_SECOND, {"all": (19, 14)}, origin="second"),),
        }
    )  # fmt: skip
    with pytest.raises(Differencing):
        released(other_people(said), told, name="0002")


def test_an_earlier_report_costs_no_more_than_three_times_a_report():
    """Compared in the same run: seconds say nothing on another machine."""
    started = time.process_time()
    _, told = released(results())
    alone = time.process_time() - started
    _, again = released(results(), told, name="0002")
    assert time.process_time() - started - alone < 3 * alone
    assert again.shown == told.shown


def test_of_a_rounded_or_hidden_count_an_earlier_report_told_a_range():
    shown = {"rounded": (20, 18, 22, 5), "hidden": (None, 1, 10, None)}
    told = DisclosureRecord("0001", 11, shown, sums=(), hidden=(), tables={})
    assert told.knowledge().ranges == {"rounded": (18, 22), "hidden": (1, 10)}
