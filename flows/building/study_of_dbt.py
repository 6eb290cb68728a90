"""The study that a dbt command was started with: the project's own, or the one in --vars."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from dbt.flags import get_flags
from dbt_common.context import get_invocation_context
from dbt_common.exceptions import DbtRuntimeError

from flows.building.study_file import CHECKED, check_text, check_variables, load_study
from flows.errors import MetachronError


def check_study() -> None:
    """Refuse a wrong study in the words of `metachron`; tell the models that theirs was checked."""
    flags = get_flags()
    try:
        if flags.VARS:
            if (text := text_of_vars(sys.argv)) is not None:
                check_text(text)
            check_variables(flags.VARS)
        else:
            load_study(Path(flags.PROJECT_DIR) / "dbt_project.yml")
    except MetachronError as refused:
        # The error that dbt tells without a traceback.
        raise DbtRuntimeError(str(refused)) from None
    cast(dict[str, str], get_invocation_context().env)[CHECKED] = "yes"


def text_of_vars(arguments: list[str]) -> str | None:
    """What was given as --vars on a command line: dbt keeps what it means, without its lines."""
    text = None
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before == "--vars":
            text = argument
        elif argument.startswith("--vars="):
            text = argument.removeprefix("--vars=")
    return text
