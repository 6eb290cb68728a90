"""A study definition file: plain YAML, each key once, no references, no tags; then checked for meaning."""

from __future__ import annotations

import re
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from flows.building.study_meaning import problems
from flows.building.study_rules import Place, Problem, format_place
from flows.errors import DefinitionRefused
from flows.files.given_file import read_given

UNCHANGED = "Nothing was built; the last good release stays published."
# Worked studies, beside the default one of dbt_project.yml.
STUDIES = Path(__file__).resolve().parents[2] / "studies"
MOST_TOLD = 12

# The environment variable that tells dbt's models that their study was checked (dbt_project/macros/study).
CHECKED = "METACHRON_STUDY_CHECKED"

Lines = Mapping[Place, int]

# Keys that were called otherwise; the old name is still read. dbt started by hand is given it as it stands
# (dbt_project/models/study/study.sql).
OLD_KEYS = {"engine": "conventions"}

# YAML reads 022 as 18, 1:0 as 60, 0x10 as 16 and 1_000 as 1000: whoever writes them may mean something else.
ODD_NUMBER = re.compile("[-+]?0[0-9bx]|.*[_:]")


class StrictLoader(yaml.SafeLoader):
    """YAML's safe subset, in which a key that appears twice is an error and not the last one wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key in seen or key_node.tag == "tag:yaml.org,2002:merge":
                why = "appears twice" if isinstance(key, Hashable) and key in seen else "is not accepted"
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} {why}", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_plain(self, node: yaml.ScalarNode) -> int | float:
        if ODD_NUMBER.match(node.value):
            plain = re.sub("^([-+]?)0+", r"\1", node.value)
            written = plain if plain.lstrip("+-").isdecimal() else "a plain one"
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"the number {node.value} means another to YAML; write {written}, "
                f'or "{node.value}" if it is a text',
                node.start_mark,
            )
        if node.tag.endswith(":int"):
            return self.construct_yaml_int(node)
        return self.construct_yaml_float(node)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # A few nested references can unfold into more than a machine holds.
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "references (*name) are not accepted", self.peek_event().start_mark
            )
        # A tag says what a value is, against what it looks like.
        if getattr(self.peek_event(), "tag", None) is not None:
            raise yaml.composer.ComposerError(
                None, None, "tags (!name) are not accepted", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)


# A date stays a text: YAML would say of one that does not exist neither where nor why.
StrictLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

for kind in ("int", "float"):
    StrictLoader.add_constructor(f"tag:yaml.org,2002:{kind}", StrictLoader.construct_plain)


def load_study(file: Path) -> dict[str, Any]:
    """The variables that dbt is given: {'study': {...}}, after every rule of `study_meaning` was kept.

    A dbt_project.yml is accepted for the study it holds under vars.
    Raises UsageError when the file cannot be read, InputRefused when it is not a study (STU-02, STU-03) or
    says something wrong (STU-04, with every problem's line).
    """
    content = read_given(file, "study definition", code="STU-01", known=sorted(STUDIES.glob("*.yml")))
    return check_text(content, file)


def check_text(content: bytes | str, file: Path | None = None) -> dict[str, Any]:
    """The same of what stands in a file, or was given to dbt as --vars."""
    definition, lines = read_yaml(content, file)
    if isinstance(definition, dict) and "config-version" in definition:
        definition = definition.get("vars")
        lines = {place[1:]: line for place, line in lines.items() if place[0] == "vars"}
    return check_variables(definition, file=file, lines=lines)


def check_variables(given: Any, *, file: Path | None = None, lines: Lines | None = None) -> dict[str, Any]:
    """The same variables, if they are one study and nothing else, in which nothing is wrong.

    Raises InputRefused: STU-03 for what is no study, STU-04 with everything that is wrong in one.
    """
    if not isinstance(given, dict) or not isinstance(given.get("study"), dict):
        raise refused("STU-03", "A study definition has one key, `study`, and its parts below it", file)
    if beside := [str(key) for key in given if key != "study"]:
        raise refused(
            "STU-03",
            f"Beside `study` stands {', '.join(beside)}, which would mean nothing there",
            file,
            line_of((beside[0],), lines or {}),
            remedy="Indent it below the key that it belongs to, or take it out.",
        )
    study, lines = with_new_names(given["study"], lines or {})
    if found := [*named_twice(given["study"]), *problems(study)]:
        raise refusal(found, file=file, lines=lines)
    return {"study": study}


def with_new_names(study: dict[str, Any], lines: Lines) -> tuple[dict[str, Any], Lines]:
    """A study and its lines, each key as it is called now; of two names the new one counts."""
    for old, new in OLD_KEYS.items():
        if old in study:
            tell_new_name(old, new)
            was, now = ("study", old), ("study", new)
            study = {new if key == old else key: value for key, value in study.items()} | (
                {new: study[new]} if new in study else {}
            )
            lines = {**lines, now: lines.get(now, lines[was])} if was in lines else lines
    return study, lines


def named_twice(study: Mapping[str, Any]) -> Iterator[Problem]:
    for old, new in OLD_KEYS.items():
        if old in study and new in study:
            yield Problem(("study", new), f"stands beside its old name `{old}`: keep one of them")
            yield Problem(("study", old), f"is the old name of `{new}`: keep one of them")


@cache
def tell_new_name(old: str, new: str) -> None:
    """A word on standard error, once however often a study is read."""
    sys.stderr.write(f"study key `{old}` is called `{new}` now\n")


def read_yaml(content: bytes | str, file: Path | None) -> tuple[Any, Lines]:
    """What a YAML file says, and the line of each key and list item."""
    try:
        loader = StrictLoader(content)
        try:
            node = loader.get_single_node()
            if node is None:
                return None, {}
            return loader.construct_document(node), dict(places(node, ()))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise refused(
            "STU-02", f"This is not YAML that metachron accepts: {problem.problem}", file, line
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise refused("STU-02", "This is not YAML that metachron accepts", file) from None


def places(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """Each place in a document and the line on which it begins."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from places(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*place, number), item.start_mark.line + 1
            yield from places(item, (*place, number))


def line_of(place: Place, lines: Lines) -> int | None:
    """The line of a place, or of what it should be in."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


def refusal(
    found: Sequence[Problem], *, file: Path | None = None, lines: Lines | None = None
) -> DefinitionRefused:
    """Every problem at once; the first of them is where the reader is sent."""
    at = [line_of(problem.place, lines or {}) for problem in found]
    ordered = sorted(zip(at, found, strict=True), key=lambda each: each[0] or 0)
    told = [
        f"line {line}, {problem}" if line and len(found) > 1 else str(problem) for line, problem in ordered
    ]
    count = "" if len(found) == 1 else f" for {len(found)} reasons"
    more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
    line, first = ordered[0]
    return DefinitionRefused(
        "STU-04",
        f"The study definition was refused{count}: " + "; ".join([*told[:MOST_TOLD], *more]),
        file=file,
        line=line,
        column=format_place(first.place),
        value=first.value,
        unchanged=UNCHANGED,
    )


def refused(
    code: str, what: str, file: Path | None, line: int | None = None, *, remedy: str | None = None
) -> DefinitionRefused:
    return DefinitionRefused(code, what, file=file, line=line, unchanged=UNCHANGED, remedy=remedy)
