"""The one place where a cross-check calls our own estimator: models that are too large to fit twice whole.

Their numbers in the report are of everybody. So our estimator fits the sample that lifelines fits, and once
more everybody, on rows that the report's own questions did not make.
"""

from __future__ import annotations

import numpy as np

from analytics.cross_checks.rows import ModelRows
from analytics.cross_checks.second_program import Fit
from analytics.estimators.cox import cox


def fit(rows: ModelRows) -> Fit | None:
    """Our Cox model with Efron ties of these rows; None where a coefficient is not finite."""
    model = cox(
        rows.followed.months,
        rows.followed.died,
        rows.design,
        names=[f"x{at}" for at in range(rows.design.shape[1])],
        entry=rows.followed.entry,
        strata=rows.strata,
    )
    if not np.isfinite(model.coef).all():
        return None
    return Fit(model.coef, model.std_error, model.loglik, model.covariance)
