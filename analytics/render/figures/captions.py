"""What stands under each figure."""

from __future__ import annotations

from analytics.warehouse.study import Study


def captions(study: Study) -> dict[str, str]:
    """By figure id, with the study's own names."""
    second = study.second_short_label
    return {
        "flow": "One box for each screening rule; the boxes add up to the tables below.",
        "incidence": "Left as published, a share of people; right corrected for how long they were "
        "followed. Exact 95% confidence intervals.",
        "latency": "Each dot is one person. In the grey area no latency can be seen: the registry's "
        "follow-up "
        "ends before.",
        "fair_eras": "Left: death competing, log-log confidence intervals at 5, 10, 15 and 20 years. "
        "Right: grey, where the "
        "median would lie in four of five cohorts with one constant hazard in both eras; filled, as "
        "observed; "
        "hollow, inside a window that everybody counted could be followed through.",
        "survival_as_published": "Patients on the orange curve had to live until their second "
        "cancer: its flat beginning reflects selection, not survival.",
        "survival_corrected": "Both curves begin in the first month with five people on the orange one, with "
        f"those alive then; later ones move to it on the day of {second}. Simon-Makuch curves, not adjusted "
        "for age; where few are at risk they jump.",
        "contrasts": f"The hazard ratio of {second} under each method; below 1 reads as living "
        "longer. Purple: not adjusted. Grey: the 10th to 90th percentile of simulations in this cohort in "
        f"which {second} has no effect.",
        "survival_by_era": "Everybody, by year of diagnosis. Log-log bands.",
        "survival_after_second": "Everybody with a second primary, from its diagnosis. Log-log band.",
        "forest": "Arrow heads leave the axis. Hollow and dotted: printed because it was published; it "
        "rests on too few deaths. Firth's estimates draw unlikely extremes inwards.",
        "cumulative_incidence": "The band is 1.96 standard errors either way.",
        "standardised_incidence": "Strata with at least one case. Right: observed / expected, and their "
        "ratio.",
        "swimmer": "Bars in months. An arrow means alive at last contact, a cross died.",
    }


STANCE = {
    "survival_as_published": "published",
    "survival_by_era": "published",
    "survival_corrected": "corrected",
}
"""Figures that take one side; the others show both."""
