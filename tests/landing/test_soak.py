"""The long sweep over the readers finds every fuzz test, whatever shape a test is given."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.landing import test_fuzz
from tests.soak import fuzz


def test_the_long_sweep_reaches_every_fuzz_test_of_every_module():
    """By their text: a test with a decorator @given."""
    written = {
        (file.stem, test.name)
        for file in Path(__file__).parent.glob("test_fuzz*.py")
        for test in ast.parse(file.read_text()).body
        if isinstance(test, ast.FunctionDef)
        and any("given(" in ast.unparse(each) for each in test.decorator_list)
    }
    assert {(module, name) for module, name, _ in fuzz.cases()} == written
    forms = [place for _, name, place in fuzz.cases() if name == "test_every_other_form"]
    assert forms == list(range(len(test_fuzz.FORMS)))
