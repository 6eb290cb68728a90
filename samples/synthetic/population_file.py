"""The synthetic population as SEER writes populations: fixed records, 19 age groups, 1969+ races.

The layout has no place for a note, so the people live in ZZ, which no state is; a loader knows the mark.
"""

from __future__ import annotations

from pathlib import Path

from samples.synthetic.population import person_years
from samples.synthetic.registry import FIRST_YEAR, REGISTRIES

FILE_NAME = "synthetic_populations_19ages.txt"
NO_STATE, NO_COUNTY = "ZZ00", "000"
ORIGIN_NOT_APPLICABLE = "9"


def population_lines(scale: float, *, decimals: bool = False) -> list[str]:
    """Records of 26 characters; with decimals, the older layout of 28 with one decimal place.

    scale   share of the nine registries' people, see `population`
    """
    counts = person_years(scale)
    n_years, n_registries, n_races, n_sexes, n_ages = counts.shape
    places = [f"{NO_STATE}{NO_COUNTY}{REGISTRIES[at] - 1500:02d}" for at in range(n_registries)]
    keys = [
        f"{FIRST_YEAR + year}{place}{race}{ORIGIN_NOT_APPLICABLE}{sex}{age:02d}"
        for year in range(n_years)
        for place in places
        for race in range(1, n_races + 1)
        for sex in range(1, n_sexes + 1)
        for age in range(n_ages)
    ]
    form = "{}{:010.1f}" if decimals else "{}{:08d}"
    return [form.format(key, count) for key, count in zip(keys, counts.ravel().tolist(), strict=True)]


def write_population(folder: Path, scale: float, *, decimals: bool = False) -> tuple[Path, int]:
    """The population file and how many records it has."""
    lines = population_lines(scale, decimals=decimals)
    path = folder / FILE_NAME
    path.write_bytes("".join(line + "\r\n" for line in lines).encode("ascii"))
    return path, len(lines)
