# popEpi's person-time and ratios of two cohorts: Rscript ask_popepi.R folder
#
# Its own cohort with the mortality of Finland, and relsurv's with that of Slovenia.
# Written are the persons and the rates, for us, and popEpi's cells, its ratios by time since entry, and their test.
suppressMessages({library(popEpi); library(relsurv); library(data.table)})
folder <- commandArgs(trailingOnly = TRUE)[1]
since <- c(0, 1, 2, 5, 10, 20, Inf)

# relsurv's hazards are of days in years of 365.241, and a year that is not listed has those of the last before it.
year <- 1950:2012
listed <- as.integer(dimnames(slopop)$year)
slovenia <- CJ(sex = 1:2, year = year, agegroup = 0:103)
slovenia[, haz := 365.241 * unclass(slopop)[cbind(agegroup + 1, findInterval(year, listed), sex)]]
others <- with(rdata, data.table(sex = sex, dg_date = as.IDate(as.Date(year)), time, status = cens))
others[, bi_date := dg_date - as.integer(round(rdata$age * 365.241))][, ex_date := dg_date + time]

cohorts <- list(finland = list(persons = as.data.table(sire), rates = as.data.table(popmort), observed = 2),
                slovenia = list(persons = others, rates = slovenia, observed = 1))
found <- lapply(cohorts, function(of) {
  persons <- of$persons[dg_date < ex_date, .(sex, bi_date, dg_date, ex_date, died = as.integer(status == of$observed))]
  cells <- lexpand(persons, birth = bi_date, entry = dg_date, exit = ex_date, status = died, fot = since, age = 1:100,
                   per = 1950:2013, pophaz = of$rates, pp = FALSE,
                   aggre = list(sex, year = per, agegroup = age, fot))
  ratios <- sir(cells, coh.obs = "from0to1", coh.pyrs = "pyrs", ref.data = of$rates, ref.rate = "haz",
                adjust = c("sex", "year", "agegroup"), print = "fot")
  test <- attr(ratios, "sir.meta")$lrt.test
  list(persons = persons, rates = of$rates[year %in% 1950:2012],
       cells = cells[, .(sex, year, agegroup, fot, pyrs, expected = d.exp, died = from0to1)],
       ratios = data.table(ratios)[, .(fot, observed, expected, homogeneity = test)])
})
for (name in names(found[[1]])) {
  fwrite(rbindlist(lapply(found, `[[`, name), idcol = "cohort"), file.path(folder, paste0(name, ".csv")))
}
