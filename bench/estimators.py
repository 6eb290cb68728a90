"""How fast the estimators are, beside lifelines and R's survival in the same run.

    python bench/estimators.py [--rows N ...] [--skip-lifelines]

One synthetic cohort with monthly ties, six covariates (five of 0/1 and age), about two thirds dead. Each job
runs in a process of its own, so that peak memory is its own; seconds are the processor's, on one thread, for
the call alone, imports and data apart: a busy machine stretches them less than the clock. R is used where
``Rscript`` and its survival package are installed. Nothing here is a test: machines differ, ratios less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

NAMES = ["male", "married", "black", "era", "chemotherapy", "age"]
R_JOBS = """
suppressMessages(library(survival)); d <- read.csv(commandArgs(TRUE)[1])
f <- Surv(t, e) ~ male + married + black + era + chemotherapy + age
s <- function(x) unname(system.time(x)[["user.self"]])
exact <- transform(d, age = age + seq_len(nrow(d)) / nrow(d))
cat(s({survfit(Surv(t, e) ~ 1, d); survdiff(Surv(t, e) ~ male, d)}), s(coxph(f, d)), s(coxph(f, exact)))
"""


def cohort(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Months, died, covariates: Weibull survival floored to whole months, uniform censoring."""
    rng = np.random.default_rng(1)
    x = np.column_stack([*rng.integers(0, 2, (5, rows)), rng.integers(18, 86, rows)]).astype(float)
    death = 40 * rng.weibull(0.85, rows) * np.exp(-(x @ [0.06, -0.12, 0.1, -0.4, -0.22, 0.03]) + 1.8)
    censoring = rng.uniform(0, 528, rows)
    return np.floor(np.minimum(death, censoring)), death <= censoring, x


def exact_ages(x: np.ndarray) -> np.ndarray:
    """Everybody an age of their own, so that no two people share their covariates."""
    return x + np.outer(np.arange(1, len(x) + 1) / len(x), np.array(NAMES) == "age")


def ours_curves(t, e, x) -> None:
    from analytics.estimators.survival import kaplan_meier, logrank

    yield
    kaplan_meier(t, e)
    logrank(t, e, x[:, 0])


def ours_cox(t, e, x) -> None:
    from analytics.estimators.cox import cox

    yield
    cox(t, e, x, names=NAMES)


def ours_exact(t, e, x) -> None:
    yield from ours_cox(t, e, exact_ages(x))


def lifelines_curves(t, e, x) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test

    yield
    KaplanMeierFitter().fit(t, e)
    logrank_test(t[x[:, 0] == 0], t[x[:, 0] == 1], e[x[:, 0] == 0], e[x[:, 0] == 1])


def lifelines_cox(t, e, x) -> None:
    import pandas
    from lifelines import CoxPHFitter

    frame = pandas.DataFrame(x, columns=NAMES).assign(t=t, e=e)
    yield
    CoxPHFitter().fit(frame, "t", "e")


def lifelines_exact(t, e, x) -> None:
    yield from lifelines_cox(t, e, exact_ages(x))


OURS, LIFELINES = (ours_curves, ours_cox, ours_exact), (lifelines_curves, lifelines_cox, lifelines_exact)
JOBS = {job.__name__: job for job in (*OURS, *LIFELINES)}


def run_job(name: str, rows: int) -> None:
    """In the child: prepare, then time what follows the yield; seconds and the peak in MB as JSON.

    A first call on a few people loads what is loaded late.
    """
    data = cohort(rows)
    for job in (JOBS[name](*cohort(2000)), JOBS[name](*data)):
        next(job)
        start = time.process_time()
        next(job, None)
        seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([seconds, peak / (1024**2 if sys.platform == "darwin" else 1024)]))


def measured(name: str, rows: int) -> tuple[float, float]:
    command = [sys.executable, __file__, "--job", name, "--rows", str(rows)]
    one_thread = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=one_thread)
    return tuple(json.loads(ended.stdout))


def r_seconds(rows: int) -> dict[str, float]:
    """Seconds of R's survfit with survdiff, and of coxph twice; empty without R or its survival package."""
    if not shutil.which("Rscript"):
        return {}
    t, e, x = cohort(rows)
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "cohort.csv", Path(folder) / "jobs.R"
        header = ",".join(["t", "e", *NAMES])
        np.savetxt(data, np.column_stack([t, e, x]), "%g", ",", header=header, comments="")
        script.write_text(R_JOBS)
        ended = subprocess.run(
            ["Rscript", str(script), str(data)], capture_output=True, text=True, check=False
        )
    if ended.returncode:
        return {}
    return dict(zip(("curves", "cox", "exact"), map(float, ended.stdout.split()), strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[64_629, 1_000_000])
    parser.add_argument("--skip-lifelines", action="store_true")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.job:
        sys.path.insert(0, str(Path(__file__).parents[1]))
        return run_job(options.job, options.rows[0])

    titles = {
        "curves": "Kaplan-Meier + log-rank",
        "cox": "Cox, 6 covariates, Efron",
        "exact": "the same, age exact",
    }
    columns = f"{'ours s':>9}{'lifelines s':>13}{'ratio':>8}{'R s':>8}{'ratio':>8}   peak MB"
    print(f"{'rows':>10}  {'what':26}{columns}")
    for rows in options.rows:
        r = r_seconds(rows)
        for what, title in titles.items():
            seconds, peak = measured(f"ours_{what}", rows)
            line = f"{rows:>10,}  {title:26}{seconds:>9.3f}"
            peaks = f"{peak:.0f}"
            if options.skip_lifelines:
                line += f"{'-':>13}{'-':>8}"
            else:
                theirs, their_peak = measured(f"lifelines_{what}", rows)
                line += f"{theirs:>13.3f}{theirs / seconds:>7.1f}x"
                peaks += f" (lifelines {their_peak:.0f})"
            line += f"{r[what]:>8.2f}{r[what] / seconds:>7.1f}x" if r else f"{'no R':>8}{'':>8}"
            print(f"{line}   {peaks}")
    return None


if __name__ == "__main__":
    main()
