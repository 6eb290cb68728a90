"""Registries of known truth as whole runs: from a delivery in a registry's own format to the headline.

`world` draws people in days from known rates, `delivery` writes them as registries deliver, `whole_runs` puts
the files through load, build, audit, publish and report, `coverage` asks the report's estimators at the level
of the marts, `against_r` asks R the same. Nothing here is a patient.
"""
