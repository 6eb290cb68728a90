# Rscript against_r.R FOLDER: what R answers on the marts in FOLDER, as JSON on standard output, one name a number.
# patients.csv, at_risk.csv, intervals.csv, sir.csv, table1.csv: as written by against_r.py
suppressPackageStartupMessages({library(survival); library(cmprsk); library(splines); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
given <- function(name) read.csv(file.path(folder, name), stringsAsFactors = FALSE)
answers <- list()
say <- function(name, value) answers[[name]] <<- unname(as.numeric(value))

# Published: groups of the published cohort. The median is the first time at which half have died, as SPSS takes it.
people <- given("patients.csv")
group <- ifelse(people$has_second_primary == "true", "with", "without")
time <- people$survival_months
dead <- as.integer(people$died == "true")
medians <- function(id, by) for (level in unique(by)) {
  curve <- survfit(Surv(time[by == level], dead[by == level]) ~ 1)
  reached <- curve$time[curve$surv <= 0.5 + 1e-12]
  say(paste("median", id, level), if (length(reached)) reached[1] else NA)
}
logrank <- function(id, by) {
  test <- survdiff(Surv(time, dead) ~ by)
  say(paste("logrank", id), test$chisq)
  say(paste("logrank p", id), pchisq(test$chisq, length(test$n) - 1, lower.tail = FALSE))
}
for (id in c("os_from_index_by_second", "os_from_index_by_era")) {
  by <- if (id == "os_from_index_by_era") people$era else group
  medians(id, by)
  logrank(id, by)
}
exposure <- function(id, model) {
  say(paste("coef", id), coef(model)[[1]])
  say(paste("se", id), sqrt(vcov(model)[1, 1]))
}
# R stops early by default: a millionth needs more.
exact <- coxph.control(eps = 1e-11, iter.max = 50)
exposure("index_naive", coxph(Surv(time, dead) ~ I(group == "with"), ties = "breslow", control = exact))

# Corrected: the second cancer from the month of its diagnosis on.
rows <- given("intervals.csv")
rows$died <- as.integer(rows$died == "true")
rows$exposed <- as.integer(rows$exposed == "true")
risk <- Surv(rows$start_months, rows$stop_months, rows$died)
exposure("index_time_dependent", coxph(risk ~ exposed, data = rows, ties = "efron", control = exact))
knots <- quantile(rows$age_at_index_years, c(0.05, 0.35, 0.65, 0.95))
age <- ns(rows$age_at_index_years, knots = knots[2:3], Boundary.knots = knots[c(1, 4)])
exposure("index_time_dependent_adjusted", coxph(
  risk ~ exposed + age + sex + race + index_year + strata(era), data = rows, ties = "efron", control = exact
))

# Aalen and Johansen, death competing.
events <- given("at_risk.csv")
code <- c(none = 0, second_primary = 1, death = 2)[events$first_event]
curve <- timepoints(cuminc(events$months_to_first_event, code), c(60, 120, 180, 240))$est["1 1", ]
for (at in names(curve)) say(paste("incidence", at), curve[[at]])

# Exact limits and p-values of observed over expected.
ratios <- given("sir.csv")
for (row in seq_len(nrow(ratios))) {
  test <- poisson.test(ratios$observed[row], ratios$expected[row])
  say(paste("sir", row), test$estimate)
  say(paste("sir lower", row), test$conf.int[1])
  say(paste("sir upper", row), test$conf.int[2])
  say(paste("sir p", row), test$p.value)
}

# Table 1: with and without by level.
counts <- given("table1.csv")
for (variable in unique(counts$variable)) {
  cells <- as.matrix(counts[counts$variable == variable, c("n_without", "n_with")])
  cells <- cells[rowSums(cells) > 0, , drop = FALSE]
  if (nrow(cells) < 2) next
  say(paste("pearson_chi2", variable), suppressWarnings(chisq.test(cells, correct = FALSE))$p.value)
  say(paste("fisher_exact", variable), fisher.test(cells, workspace = 2e7)$p.value)
}
cat(toJSON(answers, auto_unbox = TRUE, digits = NA, na = "null"))
