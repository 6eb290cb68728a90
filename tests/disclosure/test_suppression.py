import os

import numpy as np
import pytest

from analytics.disclosure.attacker import bounds
from analytics.disclosure.cells import HIDDEN, Cell, Sum, Unsound, gather, print_exactly
from analytics.disclosure.cover import silenced
from analytics.disclosure.profiles import PROFILES, Profile
from analytics.disclosure.suppression import knowledge_of, protect
from analytics.disclosure.tables import counts_of
from tests.disclosure.made_up import results
from tests.disclosure.random_tables import random_table, with_margins

SEER = PROFILES["seer11"]


def attacked(counts, shown) -> dict[str, tuple[int, int]]:
    """Bounds of every count that is small or starred, from what is shown alone."""
    secret = [
        key
        for key, cell in counts.cells.items()
        if SEER.is_small(cell.value) or (cell.public and shown[key].is_hidden)
    ]
    return bounds(knowledge_of(counts, shown), secret)


def widths(intervals) -> list[int]:
    return [high - low for low, high in intervals.values()]


def attack(seeds: range) -> list[int]:
    """The widths that an attacker is left with, in the paper's table and in a random one of each seed."""
    tables = [with_margins(random_table(seed)) for seed in seeds]
    tables.append(gather(item for item in paper_table_1()))
    found = []
    for counts in tables:
        found += widths(attacked(counts, protect(counts, SEER).shown))
    return found


def check_that_a_higher_threshold_reveals_no_more(seed: int) -> None:
    counts = with_margins(random_table(seed))
    lower, higher = protect(counts, SEER), protect(counts, PROFILES["uscs16"])
    assert lower.primary <= higher.primary, seed


def check_that_renamed_levels_hide_as_many(seed: int) -> None:
    table = random_table(seed)
    turned = with_margins(np.flip(table))
    protection = protect(turned, SEER)
    assert len(protection.primary) == len(protect(with_margins(table), SEER).primary), seed
    assert min(widths(attacked(turned, protection.shown)), default=99) >= SEER.threshold, seed


def test_random_tables_and_the_papers_hold_against_the_attacker():
    """Twenty of the two hundred that `python -m tests.soak tables` attacks."""
    found = attack(range(0, 200, 10))
    protected = sum(width >= SEER.threshold for width in found)
    print(f"\ncells protected {protected}/{len(found)}, narrowest interval {min(found)}")
    assert protected == len(found) > 100


def test_without_complementary_cells_the_attacker_wins():
    """Planted: stars on the small counts alone. The paper's chemotherapy No is then exactly 2."""
    counts = gather(paper_table_1())
    shown = {
        key: HIDDEN if SEER.is_small(cell.value) else print_exactly(cell.value)
        for key, cell in counts.cells.items()
    }
    found = attacked(counts, shown)
    assert found["second|chemotherapy=No/Unknown"] == (2, 2)
    assert min(widths(found)) < SEER.threshold


def test_a_lower_threshold_is_caught():
    """Planted: protect as if 1 to 4 were small, judge by 11."""
    counts = gather(paper_table_1())
    found = attacked(counts, protect(counts, Profile("lowered", 5)).shown)
    assert min(widths(found)) < SEER.threshold


@pytest.mark.parametrize(("kept", "hidden"), [
    ("cohort", "institution"), ("institution", "table1"), ("eras", "attrition"), ("table1", "attrition"),
    ("table1", "sir"), ("attrition", "ages"), ("sir", "ages"),
])  # fmt: skip
def test_of_two_counts_that_would_do_the_one_that_readers_miss_less_is_hidden(kept, hidden):
    counts = gather([
        Cell("few", 3, "ages"), Cell("one", 400, kept), Cell("other", 600, hidden),
        Cell("whole", 1003, "cohort"), Sum("whole", ("few", "one", "other")),
    ])  # fmt: skip
    for draw in "abcdefgh":
        assert protect(counts, SEER, draw=draw).complementary == {"other"}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
def test_every_profile_keeps_its_own_promise_on_the_whole_report(profile):
    counts = counts_of(results())
    protection = protect(counts, profile)
    small = {key for key, cell in counts.cells.items() if profile.is_small(cell.value)}
    assert small <= protection.intervals.keys()
    assert protection.narrowest >= profile.threshold
    assert all(protection.shown[key].number is None for key in small)


@pytest.mark.parametrize("seed", range(0, 20, 4))
def test_raising_the_threshold_reveals_no_small_count(seed):
    check_that_a_higher_threshold_reveals_no_more(seed)


@pytest.mark.parametrize("seed", range(0, 10, 3))
def test_renaming_levels_hides_as_many(seed):
    check_that_renamed_levels_hide_as_many(seed)


def test_zeros_are_shown_and_cover_for_nobody():
    counts = with_margins(np.array([[0, 30], [4, 40]]))
    protection = protect(counts, SEER)
    assert protection.shown["0,0"] == print_exactly(0)
    assert protection.narrowest >= SEER.threshold


def test_nothing_small_hides_nothing():
    protection = protect(with_margins(np.array([[20, 30], [40, 50]])), SEER)
    assert not any(how.is_hidden for how in protection.shown.values())


def test_a_table_that_would_be_mostly_stars_is_rounded():
    """Removing 3 and 7 of thousands: rounded margins hide them, and only the steps themselves are stars."""
    counts = gather(
        [
            Cell("in", 5_000, "steps"),
            Cell("removed 1", 3, "steps"),
            Cell("between", 4_997, "steps"),
            Cell("removed 2", 600, "steps"),
            Cell("then", 4_397, "steps"),
            Cell("removed 3", 7, "steps"),
            Cell("left", 4_390, "steps"),
            Sum("in", ("removed 1", "between")),
            Sum("between", ("removed 2", "then")),
            Sum("then", ("removed 3", "left")),
        ]
    )
    twelve = Profile("twelve", 8, base=20)
    protection = protect(counts, twelve)
    assert protection.rounded_tables == {"steps"}
    assert protection.narrowest >= twelve.threshold
    assert not protection.shown["then"].is_hidden and protection.shown["then"].rounded_to == 20


def test_a_sum_that_does_not_add_up_is_refused():
    with pytest.raises(Unsound, match="do not add up"):
        gather(
            [Cell("all", 5, "t"), Cell("some", 3, "t"), Cell("rest", 3, "t"), Sum("all", ("some", "rest"))]
        )


def paper_table_1():
    from analytics.disclosure.tables import characteristics, cohort, eras

    said = results()
    for part in (cohort, characteristics, eras):
        yield from part(said)


def test_what_the_solver_prints_is_silenced_and_what_is_printed_afterwards_is_not(capfd):
    for text, silent in ((b"before ", False), (b"by the solver ", True), (b"after", False)):
        if silent:
            with silenced():
                os.write(1, text)
        else:
            os.write(1, text)
    assert tuple(capfd.readouterr()) == ("before after", "")
