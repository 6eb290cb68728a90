"""Which files of an inbox belong together: data, and the dictionary, program or mapping for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.errors import InputRefused
from flows.landing import vault
from flows.landing.forms.delivery import RecognisedDelivery
from flows.landing.forms.hospital import hospital, mapping
from flows.landing.forms.seer_ascii import ascii_files, sas_program
from flows.landing.forms.seer_listing import dictionary


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file and what its first bytes say it is."""

    path: Path
    form: str


def listings(seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]) -> list[RecognisedDelivery]:
    """Each dictionary with its listing or matrix: of the same stem, else of the name saved under, else the
    only one."""
    free = [each.path for each in seen if each.form in ("text", "other")]
    sessions = [each.path for each in seen if each.form == "session"]
    matrices = [each.path for each in seen if each.form == "session_matrix"]
    found: list[RecognisedDelivery] = []
    forms = {each.path: each.form for each in seen}
    dictionaries = [path for path, form in forms.items() if form == "dictionary"]
    described_by_program = {
        path
        for path, form in forms.items()
        if form == "listing_program" and not has_dictionary(path, dictionaries)
    }
    dictionaries += sorted(described_by_program)
    pairs: dict[Path, Path] = {}
    for same in (same_stem, saved_as, same_folder):
        for described in dictionaries:
            if described in pairs:
                continue
            left = [path for path in free if path not in pairs.values() and same(path, described)]
            rivals = [other for other in dictionaries if other not in pairs and other != described]
            if left and (same is not same_folder or (len(left) == 1 and not rivals)):
                pairs[described] = left[0]
    for described, data in pairs.items():
        companions = {"program" if described in described_by_program else "dictionary": described}
        session = [path for path in sessions if same_stem(path, data) or len(sessions) == len(pairs) == 1]
        if session:
            companions["session"] = session[0]
        for number, matrix in enumerate(path for path in matrices if same_stem(path, data)):
            companions[f"session_matrix_{number}"] = matrix
        is_table = described not in described_by_program and dictionary.says_table(vault.peek(described))
        found.append(RecognisedDelivery("seer_matrix" if is_table else "seer_listing", (data,), companions))
    return found


def has_dictionary(program: Path, dictionaries: Sequence[Path]) -> bool:
    return any(same_stem(program, each) or len(dictionaries) == 1 for each in dictionaries)


def stem(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return name.rsplit(".", 1)[0].removesuffix("_session").removesuffix(".session")


def same_stem(data: Path, described: Path) -> bool:
    return data.parent == described.parent and stem(data) == stem(described)


def saved_as(data: Path, described: Path) -> bool:
    start = vault.peek(described).decode("utf-8", "replace")
    lines = [line for line in start.splitlines() if line.startswith("Output filename=")]
    saved = lines[0].replace("/", "\\").rsplit("\\", 1)[-1].strip().lower() if lines else ""
    return data.parent == described.parent and data.name.lower() in (saved, f"{saved}.gz")


def same_folder(data: Path, described: Path) -> bool:
    return data.parent == described.parent


def hospital_tables(
    seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]
) -> list[RecognisedDelivery]:
    found = []
    for each in seen:
        if each.form == "hospital":
            match = hospital.entry_for(each.path, mappings)
            if match is not None:
                found.append(RecognisedDelivery("hospital", (each.path,), {"mapping": match.mapping_path}))
    return found


def redcap_projects(
    seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]
) -> list[RecognisedDelivery]:
    """Each REDCap export with the data dictionary in its folder, and the mapping that fits, if any."""
    found = []
    for each in (each for each in seen if each.form == "redcap"):
        folder = each.path.parent
        beside = [
            other.path for other in seen if other.form == "redcap_dictionary" and other.path.parent == folder
        ]
        if not beside:
            raise InputRefused(
                "IN-12",
                "This is a REDCap export, and the project's data dictionary is missing",
                file=each.path,
                remedy="Download the data dictionary from the project and put it into the same folder.",
            )
        companions = {"dictionary": beside[0]}
        if (match := hospital.entry_for(each.path, mappings)) is not None:
            companions["mapping"] = match.mapping_path
        found.append(RecognisedDelivery("redcap", (each.path,), companions))
    return found


def by_folder(
    seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping], *, form: str, companion: str = ""
) -> list[RecognisedDelivery]:
    """Files that explain themselves, or with a companion; all of one form in one folder are one delivery."""
    folders: dict[Path, list[Path]] = {}
    for each in seen:
        if each.form == form:
            folders.setdefault(each.path.parent, []).append(each.path)
    beside = {
        each.path.parent: {"layout": each.path} for each in seen if companion and each.form == companion
    }
    return [
        RecognisedDelivery(form, tuple(files), beside.get(folder, {})) for folder, files in folders.items()
    ]


def populations_by_age(
    seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]
) -> list[RecognisedDelivery]:
    """The population files of each folder, the oldest first: a newer one may replace an older."""
    return oldest_first(by_folder(seen, mappings, form="populations"))


def oldest_first(found: Sequence[RecognisedDelivery]) -> list[RecognisedDelivery]:
    """Deliveries, and the files of each, in the order in which they were written."""
    return sorted(
        (replace(each, files=tuple(sorted(each.files, key=written_at))) for each in found),
        key=lambda each: written_at(each.files[-1]),
    )


def written_at(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def overlays(seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]) -> list[RecognisedDelivery]:
    return [RecognisedDelivery("overlay", (each.path,)) for each in seen if each.form == "overlay"]


def ascii_releases(
    seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]
) -> list[RecognisedDelivery]:
    """Each fixed-width input program with every file that its filename statements name."""
    found = []
    for program in (each.path for each in seen if each.form == "layout"):
        patterns = sas_program.files_named(vault.peek(program))
        files = tuple(
            each.path
            for each in seen
            if each.form in ("text", "other") and ascii_files.belongs_to(each.path, program, patterns)
        )
        if not files:
            raise InputRefused(
                "IN-12",
                "None of the data files that this program reads is there",
                file=program,
                value="; ".join(patterns),
                remedy="Keep the release's folders as they were shipped, with the program above them.",
            )
        found.append(RecognisedDelivery("seer_ascii", files, {"program": program}))
    return found
