"""Registries with a known truth: what each estimator answers when the answer is known beforehand.

Used in two ways. The report asks for bands: what would the published contrast show in *this* cohort if the
second cancer did nothing? And ``python -m bench.simulation`` prints the bias and coverage of every
estimator, as kept in ``docs/validation.md``. Nothing here is a patient.
"""
