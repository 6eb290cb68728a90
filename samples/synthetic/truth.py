"""What a synthetic delivery holds, for whoever wants to check a reader or a cohort against it.

`synthetic_truth.json` lies beside the deliveries. It is known by its key
`metachron_synthetic_truth` and is no delivery: a loader passes over it. The cohort's numbers
follow from why each person was put there, not from applying the rules to the records.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from samples.synthetic.kinds import kinds, rows_of
from samples.synthetic.myeloma import AFTER_MYELOMA
from samples.synthetic.records import Records

FILE_NAME = "synthetic_truth.json"
# The rule of the default study that removes each group of people, in the order of the rules.
REMOVED_BY = {
    "adult at index": ("too_young", "age_unknown"),
    "second cancer not first": ("second_first",),
    "latency known": ("latency_unknown",),
    "latency long enough": ("too_soon",),
    "no third primary": ("third_primary",),
    "survival known": ("unknown_survival",),
}
LAYOUTS_WITH_MONTHS = ("ascii", "naaccr")
WITHOUT_SECOND, WITH_SECOND = ("myeloma", "look_alike"), ("case",)


@dataclass(frozen=True, slots=True)
class FileTruth:
    """Rows of one data file, and the numbers of the lines that must not land.

    rows_read       data rows, without a header
    damaged_lines   lines with cells or characters lost or too many
    repeated_lines  lines that repeat an earlier one to the letter
    """

    file_name: str
    kind: str
    rows_read: int
    damaged_lines: list[int] = field(default_factory=list)
    repeated_lines: list[int] = field(default_factory=list)

    def told(self) -> dict:
        rejected = len(self.damaged_lines) + len(self.repeated_lines)
        return asdict(self) | {"rows_rejected": rejected, "rows_landed": self.rows_read - rejected}


def repeated(lines: Iterable[Hashable], *, first: int) -> list[int]:
    """Numbers of the lines that equal an earlier one; the first line has the number `first`."""
    seen: set[Hashable] = set()
    repeats = []
    for number, line in enumerate(lines, first):
        if line in seen:
            repeats.append(number)
        seen.add(line)
    return repeats


def truth(
    records: Records,
    files: list[FileTruth],
    *,
    institution_index: int,
    institution_second: int,
    seed: int,
    scale: float,
    layout: str,
    variant: str,
    cancers: str,
    every_case: bool,
) -> dict:
    """Everything that is known of the deliveries beforehand.

    Only the listings lack the month of diagnosis. Where it is known, so is the latency of
    those whose survival does not tell it.
    """
    tag_of = dict(zip(records.person.tolist(), records.tag.tolist(), strict=True))
    persons = Counter(tag_of.values())
    look_alike = Counter(kinds().histology[records.kind[records.tag == "look_alike"]].tolist())
    of_comparators = (records.tag == "myeloma") & (records.kind == kinds().number("myeloma"))
    n_second = sum(persons[tag] for tag in WITH_SECOND)
    n_without = sum(persons[tag] for tag in WITHOUT_SECOND)
    if layout in LAYOUTS_WITH_MONTHS:
        persons["too_soon"] += persons.pop("latency_unknown", 0)
    removed = {rule: sum(persons[tag] for tag in tags) for rule, tags in REMOVED_BY.items()}
    return {
        "metachron_synthetic_truth": 1,
        "seed": seed,
        "scale": scale,
        "layout": layout,
        "variant": variant,
        "cancers": cancers,
        "every_case": every_case,
        "files": [file.told() for file in files],
        "registry": {
            "persons": len(tag_of),
            "tumors": len(records),
            "cohort_flow": {
                "has an index cancer": n_second + n_without + sum(removed.values()),
                "removed": removed,
            },
            "n_index": n_second + n_without,
            "n_second": n_second,
            "n_without_second": n_without,
            "n_second_by_definition": {
                "primary": n_second,
                "site_recode_35011": n_second + look_alike[9826],
                "broad": n_second + look_alike[9728],
            },
            "without_second_and_survival_unknown": int((of_comparators & (records.survival_flag >= 8)).sum()),
        },
        # How much more often a cancer comes after another than in everybody, from two months after it on.
        "ratios": true_ratios(),
        "institution": {
            "n_index": institution_index,
            "n_second": institution_second,
        },
    }


def true_ratios() -> list[dict]:
    """First cancer, second cancer, ratio; all others, but the same cancer again, are as in everybody."""
    after_myeloma = {"first": "myeloma", "second": "any", "ratio": AFTER_MYELOMA}
    rows = rows_of("second_cancer_ratios.csv")
    return [after_myeloma, *(row | {"ratio": float(row["ratio"])} for row in rows)]


def write_truth(folder: Path, document: dict) -> Path:
    path = folder / FILE_NAME
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path
