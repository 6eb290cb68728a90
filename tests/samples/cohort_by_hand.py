"""The cohort rules of the default study again, in plain Python over the text of a listing.

Written from the rules alone, one person at a time, to be dull enough to trust; the marts and
the synthetic registry are compared with it. It knows nothing of how the people were made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

RULES = ("index", "adult", "order", "latency known", "latency long enough", "two primaries", "survival known")


def read_listing(data: Path) -> list[dict[str, str]]:
    """Rows of an uncompressed, headerless tab listing; columns are named by the dictionary beside it."""
    named = re.findall(r"^Var(\d+)Name=(.*)$", data.with_suffix(".dic").read_text(), re.MULTILINE)
    names = [name for _, name in sorted(named, key=lambda pair: int(pair[0]))]
    lines = data.read_bytes().decode("ascii").split("\r\n")
    assert lines.pop() == "", "every line ends with CRLF"
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == len(names) for row in rows)
    return [dict(zip(names, row, strict=True)) for row in rows]


def cohort(rows: list[dict[str, str]]) -> dict:
    """Removed per rule, and the index record, second record and latency of everyone left."""
    persons = defaultdict(list)
    for row in rows:
        persons[row["Patient ID"]].append(row)
    removed, left = dict.fromkeys(RULES, 0), {}
    for patient, records in persons.items():
        verdict = screen(sorted(records, key=lambda row: row["Record number recode"]))
        if isinstance(verdict, str):
            removed[verdict] += 1
        else:
            left[patient] = verdict
    return {"persons": len(persons), "removed": removed, "patients": left}


def screen(records: list[dict[str, str]]) -> str | tuple[dict, dict | None, int | None]:
    """The first rule that removes the person, or (index record, second record or None, latency)."""
    federal = [row for row in records if "state registry" not in row["Sequence number"]]
    malignant = [row for row in federal if row["Behavior code ICD-O-3"].strip() == "Malignant"]
    index = next((row for row in malignant if row["Histologic Type ICD-O-3"] == "9732"), None)
    second = next((row for row in malignant if is_leukemia(row)), None)
    if index is None:
        return "index"
    if not index["Age recode with single ages and 85+"][0].isdigit() or age(index) < 18:
        return "adult"
    if second is None:
        return index, None, None
    if malignant.index(second) < malignant.index(index):
        return "order"
    latency = months_between(index, second)
    if latency is None:
        return "latency known"
    if latency < 12:
        return "latency long enough"
    total = index["Total number of in situ/malignant tumors for patient"]
    named = [int(n) for row in (index, second) for n in re.findall(r"of (\d+) or", row["Sequence number"])]
    if int(total) > 2 or max(named, default=1) > 2 or len(malignant) > 2:
        return "two primaries"
    if survival(index) is None or survival(second) is None:
        return "survival known"
    return index, second, latency


def corrected(rows: list[dict[str, str]]) -> dict[str, tuple[bool, int | None]]:
    """Of every adult with myeloma: at risk or not, and months to the first leukaemia after it, if any."""
    persons = defaultdict(list)
    for row in rows:
        persons[row["Patient ID"]].append(row)
    found = {}
    for patient, records in persons.items():
        malignant = [
            row
            for row in sorted(records, key=lambda row: row["Record number recode"])
            if "state registry" not in row["Sequence number"]
            and row["Behavior code ICD-O-3"].strip() == "Malignant"
        ]
        index = next((row for row in malignant if row["Histologic Type ICD-O-3"] == "9732"), None)
        second = next((row for row in malignant if is_leukemia(row)), None)
        if index is None or not index["Age recode with single ages and 85+"][0].isdigit() or age(index) < 18:
            continue
        if second is not None and malignant.index(second) < malignant.index(index):
            found[patient] = (False, None)
        elif second is None:
            found[patient] = (True, None)
        else:
            years = int(second["Year of diagnosis"]) - int(index["Year of diagnosis"])
            months = months_between(index, second)
            found[patient] = (True, (12 * years or 4) if months is None else months)
    return found


def is_leukemia(row: dict[str, str]) -> bool:
    histology, marrow = int(row["Histologic Type ICD-O-3"]), row["Primary Site - labeled"][:5]
    at_marrow = marrow in ("C42.0", "C42.1", "C42.4")
    return histology in (9835, 9836) or (at_marrow and (9811 <= histology <= 9819 or histology == 9837))


def months_between(index: dict[str, str], second: dict[str, str]) -> int | None:
    if survival(index) is not None and survival(second) is not None:
        return survival(index) - survival(second)
    years = int(second["Year of diagnosis"]) - int(index["Year of diagnosis"])
    return 12 * years if years >= 2 else None


def age(row: dict[str, str]) -> int:
    return int(row["Age recode with single ages and 85+"][:2])


def survival(row: dict[str, str]) -> int | None:
    return int(row["Survival months"]) if row["Survival months"].isdigit() else None
