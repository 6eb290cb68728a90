"""What may leave: the one rule through which every small count passes.

Which count is small stands in `profiles.Profile.is_small` alone, and how small in `profiles.PROFILES`;
`suppression.protect` hides them all, and whatever else is printed asks `cells.PrintedCount`, which it made.

    profiles        how strict: the threshold, the rounding, and who may lower it
    cells           a count, the sums it takes part in, and how it is shown
    tables          the counts of the results with their margins; followup has those of the curves
    compared        the counts behind models and means
    ties            counts of different tables that are of the same people
    ages            everybody of 90 and over as one group
    attacker        how narrowly an outsider can bound a count from all that is shown (integer programs)
    suppression     which further counts must be hidden so that the attacker fails
    cover           the cheapest of these
    people          who is behind each count, as pseudonyms
    apart           groups of several releases that are the same but for a few people
    history         all earlier releases together with the one asked for
    curves          survival curves coarse enough to hold no person
    models          which tests and hazard ratios rest on enough people
    public          tables, curves and reasons that an outsider reads; made in public_tables, public_curves
    public_results  all of it in order: results in, public report and decision out

Case tables have no door: nothing here reads them.
"""
