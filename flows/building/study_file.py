"""A study definition file, read strictly: plain YAML, each key once, no references."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from flows.errors import InputRefused, UsageError

MOST_BYTES = 1_000_000


class StrictLoader(yaml.SafeLoader):
    """YAML's safe subset, in which a key that appears twice is an error and not the last one wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} appears twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # A few nested references can unfold into more than a machine holds.
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "references (*name) are not accepted", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)


def load_study(file: Path) -> dict[str, Any]:
    """The variables that dbt is given: {'study': {...}}. What the keys must say is checked by the build.

    A dbt_project.yml is accepted for the study it holds under vars.
    Raises UsageError when the file cannot be read, InputRefused when it is not a study.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as problem:
        raise UsageError(
            "STU-01",
            f"The study definition cannot be read: {problem.strerror}",
            file=file,
            unchanged="Nothing was built.",
            remedy="Check the path; examples lie in dbt_project/studies.",
        ) from None
    if len(content) > MOST_BYTES:
        raise refused("STU-02", "This file is too long for a study definition", file)
    try:
        definition = yaml.load(content, Loader=StrictLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise refused("STU-02", f"This is not YAML as we read it: {problem.problem}", file, line) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise refused("STU-02", "This is not YAML as we read it", file) from None
    if isinstance(definition, dict) and "config-version" in definition:
        definition = definition.get("vars")
    if not isinstance(definition, dict) or not isinstance(definition.get("study"), dict):
        raise refused("STU-03", "A study definition has one key, `study`, and its parts below it", file)
    return {"study": definition["study"]}


def refused(code: str, what: str, file: Path, line: int | None = None) -> InputRefused:
    return InputRefused(
        code,
        what,
        file=file,
        line=line,
        unchanged="Nothing was built; the last good release stays published.",
        remedy="Compare with the examples in dbt_project/studies.",
    )
