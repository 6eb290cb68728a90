"""What may leave: the one rule through which every small count passes.

    profiles     how strict: the threshold, the rounding, and who may lower it
    cells        a count, the sums it takes part in, and how it is shown
    tables       the counts of results.json with their margins; followup has those of the curves
    attacker     how narrowly an outsider can bound a count from all that is shown (integer programs)
    suppression  which further counts must be hidden so that the attacker fails
    people       who is behind each count, as pseudonyms
    apart        groups of several releases that are the same but for a few people
    history      all earlier releases together with the one asked for
    curves       survival curves coarse enough to hold no person
    models       which tests and hazard ratios rest on enough people
    public       the tables, curves and reasons that an outsider reads
    outward      all of it in order: results in, outward document and decision out

Case tables have no door: nothing here reads them.
"""
