"""C and D. Bytes and meaning of deliveries, F44 to F77: the rows of the loader's own table, met by a home
that has something to lose.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.scene import Ended, Fault, Scene
from tests.landing import format_faults


def delivered(row: format_faults.Fault) -> Callable[[Scene], Ended]:
    def inject(scene: Scene) -> Ended:
        row.inject(scene.inbox)
        return scene.run("load", scene.inbox)

    return inject


FAULTS = tuple(
    Fault(row.id or "F100", row.name, delivered(row), row.exit_code, row.code, again=("load", "{good}"))
    for row in format_faults.FAULTS
)
