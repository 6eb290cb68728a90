"""A second programmer: the report's survival analyses computed again, by lifelines, from the same marts.

`rows` derives the rows of each analysis anew in SQL, `second_program` computes with lifelines, `compare`
walks over the results and says of every number whether both agree, or why there is no second opinion. Our own
estimators are called in `our_fits` alone, for models that are too large for lifelines.
"""
