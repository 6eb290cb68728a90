"""The person-time behind every ratio of observed over expected, by all traits at once.

Counted in SQL (marts.person_time_by_group). A SIR of any group is made of sums of these rows, which the
report's page adds up for the group that its reader asks for.
"""

from __future__ import annotations

import polars as pl

from analytics.questions.deliveries import SECOND, Deliveries
from analytics.questions.standardised_incidence import place_of_level
from analytics.results.population import PersonTime, Trait
from analytics.results.states import VALUE

TIME = "months_since_index"
COLUMNS = {
    "sex": "sex",
    "attained_age": "attained_age",
    "era": "era",
    TIME: TIME,
    "race": "race",
    "chemotherapy": "chemotherapy_index",
}
"""The column of each trait."""


def person_time(groups: pl.DataFrame, delivered: Deliveries) -> PersonTime | None:
    """The groups as columns, without traits that were not delivered; None where there are no ratios.

    groups  marts.person_time_by_group
    """
    if not groups.height or delivered.reason(SECOND) or delivered.rates.state != VALUE:
        return None
    traits = tuple(
        _trait(name, groups[column]) for name, column in COLUMNS.items() if not delivered.reason(name)
    )
    of_time = {row[TIME]: row for row in groups.select(TIME, "months_since_index_band",
                                                      "counts_second_primaries").to_dicts()}  # fmt: skip
    times = next(trait.levels for trait in traits if trait.name == TIME)
    return PersonTime(
        traits=traits,
        bands=tuple(of_time[level]["months_since_index_band"] for level in times),
        is_counted=tuple(of_time[level]["counts_second_primaries"] for level in times),
        observed=tuple(groups["observed"]),
        person_ticks=tuple(groups["person_ticks"]),
        ticks_per_year=int(groups["ticks_per_year"][0]),
        expected=tuple(groups["expected"]),
    )


def _trait(name: str, column: pl.Series) -> Trait:
    levels = sorted(column.unique(), key=place_of_level)
    position = {level: at for at, level in enumerate(levels)}
    return Trait(name, tuple(levels), tuple(position[level] for level in column))
