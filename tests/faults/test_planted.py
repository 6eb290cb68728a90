"""Each check of this suite goes red when the defect it is there for is put in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.home import Home
from tests.faults.planted import DEFECTS, Defect
from tests.faults.scene import Scene, copied


def check(defect: Defect, template: Home, folder: Path) -> None:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        defect.check(Scene(copied(template, folder / "home"), folder, patch))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.stage}: {defect.what}")
def test_a_defect_is_caught(
    defect: Defect, template: Home, tmp_path: Path, record_property: Callable[[str, int], None]
) -> None:
    record_property("defect", 1)
    check(defect, template, tmp_path / "without")
    with pytest.MonkeyPatch.context() as planted:
        defect.plant(planted)
        try:
            check(defect, template, tmp_path / "with")
        except Exception as noticed:
            assert not isinstance(noticed, NameError | ImportError | SyntaxError), (
                "the defect itself is broken"
            )
            record_property("defect_caught", 1)
            return
        except pytest.fail.Exception:
            record_property("defect_caught", 1)
            return
    pytest.fail("nobody noticed")
