"""What dbt runs at its start, whatever the command, the profile and the engine: a wrong study stops there.

dbt asks every module for plugins whose name begins with `dbt_` and that lies on its path, so this one has no
package.
"""

from __future__ import annotations

from dbt.plugins.manager import dbtPlugin

from flows.building.study_of_dbt import check_study


class CheckedStudy(dbtPlugin):
    """dbt makes one for each command, before it reads a model."""

    def initialize(self) -> None:
        if self.project_name == "metachron":
            check_study()


plugins = [CheckedStudy]
