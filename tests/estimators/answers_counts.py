"""How R's answers about counts, rates, means and ranks are asked of ours."""

import numpy as np
from answers_survival import lung
from reference_answers import CLOSED, answers

from analytics.estimators import comparisons, rates, sensitivity, shrinkage
from analytics.estimators.rates import proportion_interval


@answers("sir")
def incidence_ratio(values, _):
    o, e = values["O"], values["E"]
    found = rates.standardised_incidence_ratio(o, e)
    expected = [values[key] for key in ("sir", "exact_lower", "exact_upper")]
    yield "sir", [found.sir, *found.interval], expected, CLOSED
    yield "p", found.p_value, values["p_exact_R"], CLOSED
    yield "twice the tail", rates.poisson_p_value(o, e, "twice_tail"), values["p_exact_twice_tail"], CLOSED
    yield "chi-squared", found.chi_squared, values["chi2_breslow_day"], CLOSED
    for method in ("byar", "midp"):
        limits = rates.standardised_incidence_ratio(o, e, method=method)
        # epitools lets Byar's lower limit of a count of 0 fall below 0; ours stops there.
        lower = max(values[f"{method}_lower"], 0)
        yield method, limits.interval, [lower, values[f"{method}_upper"]], CLOSED


@answers("rates_paper")
def crude_rates(values, _):
    for count, people, name in ((8, 31989, "8_31989"), (10, 32640, "10_32640")):
        found = rates.rate(count, people)
        key = f"crude_per_100000_{name}" if count == 8 else f"crude_{name}"
        yield name, found.value * 1e5, values[key], CLOSED
        yield f"limits {name}", np.array(found.interval) * 1e5, values[f"ci_{count}"], CLOSED
    ratio = rates.rate_ratio(10, 32640, 8, 31989)
    yield "ratio", [ratio.value, *ratio.interval], [values["rate_ratio"], *values["rr_ci"]], CLOSED
    yield "p", ratio.p_value, values["rr_p"], CLOSED


@answers("proportion_ci_paper")
def proportions(values, _):
    for key, count, total in (("cp8", 8, 31989), ("cp10", 10, 32640), ("cp3_1529", 3, 1529)):
        yield key, proportion_interval(count, total), values[key], CLOSED
    for key, count, total in (("wilson8", 8, 31989), ("wilson10", 10, 32640)):
        yield key, proportion_interval(count, total, method="wilson"), values[key], CLOSED


@answers("table1")
def printed_table(values, _):
    found, exact = comparisons.chi_squared(values["counts"]), comparisons.fisher_exact(values["counts"])
    yield (
        "pearson",
        [found.statistic, found.df, found.p_value],
        [values[key] for key in ("pearson", "df", "pearson_p")],
        CLOSED,
    )
    yield (
        "expected",
        [found.min_expected, (found.expected < 5).sum()],
        [values["min_expected"], values["cells_lt5"]],
        CLOSED,
    )
    yield "G2", found.likelihood_ratio, values["G2"], CLOSED
    yield "fisher", exact.p_value, values["fisher_p"], CLOSED
    if values["yates"] is not None:
        corrected = comparisons.chi_squared(values["counts"], correction=True)
        # Yates's statistic of the sexes is 9e-26: a difference of two equal numbers.
        yield "yates p", corrected.p_value, values["yates_p"], CLOSED
        yield "yates", corrected.statistic + 1, values["yates"] + 1, CLOSED
        # R's uniroot stops within 1e-4 of the odds ratio and its limits; ours are solved to 1e-13.
        yield (
            "odds ratio",
            [exact.odds_ratio, *exact.interval],
            [values["fisher_or"], *values["fisher_ci"]],
            5e-4,
        )


@answers("fisher_3x3")
def three_by_three(values, _):
    counts = np.array([3, 1, 4, 2, 7, 1, 0, 5, 9]).reshape(3, 3).T
    yield "p", comparisons.fisher_exact(counts).p_value, values["p"], CLOSED
    yield "pearson", comparisons.chi_squared(counts).statistic, values["pearson"], CLOSED


@answers("ttest_lung_age_by_sex")
def two_means(values, _):
    rows = lung()
    a, b = (rows["age"][rows["sex"] == sex] for sex in (1, 2))
    for name, test in (("student", comparisons.student_t(a, b)), ("welch", comparisons.welch_t(a, b))):
        known = values[name]
        found = [test.statistic, test.df, test.p_value, *test.interval]
        yield name, found, [known["t"], known["df"], known["p"], *known["ci"]], CLOSED
    for key, correction in (("mw_p_cc", True), ("mw_p_nocc", False)):
        test = comparisons.mann_whitney(a, b, correction=correction)
        yield key, [test.statistic, test.p_value], [values["mw_W"], values[key]], CLOSED
    for key, method in (("smd_unpooled_avg", "average"), ("cohen_d", "cohen"), ("hedges_g", "hedges")):
        yield key, comparisons.standardised_difference(a, b, method=method), values[key], CLOSED


@answers("mannwhitney_exact")
def exact_ranks(values, _):
    test = comparisons.mann_whitney([1.1, 2.3, 0.7, 3.9, 2.2], [4.1, 3.3, 5.6, 2.9, 6.0, 4.4])
    yield "U and p", [test.statistic, test.p_value], [values["W"], values["p"]], CLOSED


@answers("smd_categorical")
def categories(values, _):
    rows = lung()
    counts = [[((rows["ph.ecog"] == e) & (rows["sex"] == s)).sum() for e in range(4)] for s in (1, 2)]
    yield "levels", comparisons.standardised_difference_levels(*counts), values["smd_ecog_by_sex"], CLOSED
    binary = comparisons.standardised_difference_proportions(0.622, 0.889)
    yield "two levels", binary, values["smd_binary_622_889"], CLOSED


@answers("evalue")
def e_values(values, _):
    e = sensitivity.e_value
    for key, found in (
        ("rr_3.9", e(3.9).estimate), ("rr_3.9_lcl_1.8", e(3.9, 1.8, 8.7).limit),
        ("hr_6.366_rare", e(6.366, scale="hazard_ratio_rare").estimate),
        ("hr_6.366_common", e(6.366, scale="hazard_ratio").estimate),
        ("hr_lcl_1.395_common", e(6.366, 1.395, 29.059, scale="hazard_ratio").limit),
        ("hr_lcl_1.395_rare", e(6.366, 1.395, 29.059, scale="hazard_ratio_rare").limit),
        ("hr_13.84_common", e(13.84, scale="hazard_ratio").estimate),
        ("or_4_common", e(4, scale="odds_ratio").estimate), ("rr_0.5", e(0.5).estimate),
    ):  # fmt: skip
        yield key, found, values[key], CLOSED


@answers("paper_table2")
def printed_ratios(values, _):
    for row in values:
        found = shrinkage.from_interval(row["lo"], row["hi"], ratio=row["hr"])
        expected = [row["se"], row["z"], row["wald_p"]]
        yield f"{row['hr']}", [found.std_error, found.z, found.p_value], expected, CLOSED
        yield "middle", shrinkage.from_interval(row["lo"], row["hi"]).ratio, row["hr_from_ci"], CLOSED
