# Rscript against_r.R FOLDER: every number of a report that R can compute, from the marts in FOLDER as CSV.
# Written from the study's definition, not from the code that it judges. answers.json, beside them, has each number
# or list under its place in results.json, a row by what names it: survival[os_from_index].strata[all].median
suppressPackageStartupMessages({library(survival); library(cmprsk); library(splines); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
given <- function(mart) {
  rows <- read.csv(file.path(folder, paste0(mart, ".csv")), na.strings = "", stringsAsFactors = FALSE)
  flag <- vapply(rows, function(x) is.character(x) && all(x %in% c("true", "false", NA)) && !all(is.na(x)), NA)
  rows[flag] <- lapply(rows[flag], function(x) x == "true")
  rows
}
answers <- new.env()
say <- function(place, ...) assign(paste0(place, ...), NA, answers)  # what has no value says so
tell <- function(value, ...) {
  value <- unname(as.numeric(value))
  assign(paste0(...), if (length(value)) value else NA, answers)
}
told <- function(...) if (is.null(value <- answers[[paste0(...)]])) NA else value
z <- qnorm(0.975)
PER <- 1e5

study <- given("study")
eras <- given("study_eras")
landmarks <- sort(given("study_landmarks")$landmark_months)
people <- given("index_patients")
corrected <- given("index_patients_corrected")
intervals <- given("survival_intervals")
cases <- people[people$has_second_primary, ]
as_spss <- startsWith(study$engine, "spss")
published_ties <- if (as_spss) "breslow" else "efron"
wait <- study$min_latency_months
cutoff <- as.Date(study$study_cutoff)
era_names <- eras$era[order(eras$position)]
first_era <- era_names[1]
last_era <- era_names[length(era_names)]
followed <- !is.na(people$survival_months) & !is.na(people$died)
followed_after <- !is.na(cases$months_after_second) & !is.na(cases$died)
lost <- corrected[corrected$is_at_risk & (is.na(corrected$survival_months) | is.na(corrected$died)), ]

# ---- what several blocks need -------------------------------------------------------------------------------

exact_mean <- function(x) if (length(x)) mean(x) else NA
numbers <- function(place, x, fields = c("n", "mean", "sd", "median", "min", "max")) {
  x <- x[!is.na(x)]
  of <- list(n = length, mean = exact_mean, sd = sd, median = median, min = min, max = max)
  for (field in fields) tell(if (length(x) || field == "n") of[[field]](x) else NA, place, ".", field)
}
# Two samples; a test that cannot be made is null.
t_tests <- function(place, a, b, enough = TRUE) for (name in c("student_t", "welch_t")) {
  test <- if (enough && min(length(a), length(b)) > 1)
    tryCatch(t.test(a, b, var.equal = name == "student_t"), error = function(e) NULL)
  tell(test$statistic, place, "[", name, "].statistic")
  tell(test$parameter, place, "[", name, "].df")
  tell(test$p.value, place, "[", name, "].p_value")
}
# Exact with up to 8 in a sample, ties or none: every choice of ranks, by their sums. Else as wilcox.test has it.
ranks <- function(a, b) {
  if (!length(a) || !length(b) || length(unique(c(a, b))) < 2) return(c(NA, NA))
  if (min(length(a), length(b)) > 8 || length(c(a, b)) > 400) {
    test <- suppressWarnings(wilcox.test(a, b))
    return(c(test$statistic, test$p.value))
  }
  doubled <- 2 * rank(c(a, b))
  w <- sum(doubled[seq_along(a)]) / 2 - length(a) * (length(a) + 1) / 2
  few <- min(length(a), length(b))
  mine <- if (length(a) <= length(b)) seq_along(a) else length(a) + seq_along(b)
  ways <- matrix(0, few + 1, sum(doubled) + 1)
  ways[1, 1] <- 1
  for (d in doubled) for (j in few:1) {
    at <- seq_len(ncol(ways) - d)
    ways[j + 1, at + d] <- ways[j + 1, at + d] + ways[j, at]
  }
  chance <- ways[few + 1, ] / choose(length(doubled), few)
  seen <- sum(doubled[mine]) + 1
  c(w, min(1, 2 * min(sum(chance[seq_len(seen)]), sum(chance[seen:length(chance)]))))
}
# Rates of two counts: R's own exact test. With nobody to divide by there is no ratio.
two_rates <- function(place, count, base, count_0, base_0) {
  test <- if (count + count_0 > 0 && isTRUE(base > 0) && isTRUE(base_0 > 0))
    poisson.test(c(count, count_0), c(base, base_0))
  estimate <- if (is.null(test)) NA else if (count_0 > 0) test$estimate else NA
  tell(estimate, place, ".estimate")
  tell(if (is.null(test)) c(NA, NA) else test$conf.int, place, ".ci")
  tell(if (is.null(test)) NA else test$p.value, place, ".p_value")
}
rate <- function(place, count, years) {
  test <- if (isTRUE(years > 0)) poisson.test(count, years)
  tell(if (is.null(test)) NA else test$estimate * PER, place, ".rate_per_100k")
  tell(if (is.null(test)) c(NA, NA) else test$conf.int * PER, place, ".rate_ci")
}
proportion <- function(place, count, of) {
  tell(if (of) count / of else NA, place, ".proportion")
  tell(if (of) binom.test(count, of)$conf.int else c(NA, NA), place, ".proportion_ci")
}
convolved <- function(a, b) {
  sum <- numeric(length(a) + length(b) - 1)
  for (at in seq_along(b)) {
    here <- at - 1 + seq_along(a)
    sum[here] <- sum[here] + a * b[at]
  }
  sum
}

# ---- who they are: table 1 -----------------------------------------------------------------------------------

tell(nrow(people), "cohort.n_index")
tell(nrow(cases), "cohort.n_second")
tell(sum(!people$has_second_primary), "cohort.n_without_second")
with <- people$has_second_primary
TABLE_1 <- list(
  sex = list("sex", c("Male", "Female")), race = list("race", c("White", "Black", "Other")),
  marital_status = list("marital_status", c("Married", "Other")), era = list("era", era_names),
  chemotherapy = list("chemotherapy_index", c("Yes", "No/Unknown"))
)
for (variable in names(TABLE_1)) {
  values <- people[[TABLE_1[[variable]][[1]]]]
  levels <- TABLE_1[[variable]][[2]]
  counts <- table(factor(values, levels), factor(with, c(TRUE, FALSE)))
  for (level in levels) {
    place <- paste0("table1[", variable, ",", level, "].")
    tell(counts[level, "TRUE"], place, "n_with")
    tell(counts[level, "FALSE"], place, "n_without")
    tell(sum(with & !is.na(values)), place, "denominator_with")
    tell(sum(!with & !is.na(values)), place, "denominator_without")
  }
  tell(sum(with & is.na(values)), "table1_unknown[", variable, "].n_with")
  tell(sum(!with & is.na(values)), "table1_unknown[", variable, "].n_without")
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  testable <- nrow(counts) > 1 && all(colSums(counts) > 0)
  pearson <- if (testable) suppressWarnings(chisq.test(counts, correct = FALSE))
  place <- paste0("table1_tests[", variable, ",")
  tell(pearson$statistic, place, "pearson_chi2].statistic")
  tell(pearson$parameter, place, "pearson_chi2].df")
  tell(pearson$p.value, place, "pearson_chi2].p_value")
  tell(if (testable) fisher.test(counts, workspace = 2e7)$p.value else NA, place, "fisher_exact].p_value")
  for (test in c("pearson_chi2", "fisher_exact"))
    tell(if (testable) min(pearson$expected) else NA, place, test, "].min_expected")
}
age <- people$age_at_index_years
numbers("table1_numeric[age_at_index_years,without]", age[!with])
numbers("table1_numeric[age_at_index_years,with]", age[with])
numbers("table1_numeric[age_at_second_years,with]", cases$age_at_second_years)
numbers("table1_numeric[latency_months,with]", cases$latency_months)
ages <- lapply(c(FALSE, TRUE), function(group) age[with == group & !is.na(age)])
t_tests("table1_tests[age_at_index_years,", ages[[1]], ages[[2]])
for (name in c("student_t", "welch_t")) for (field in c("statistic", "df", "p_value")) {
  from <- paste0("table1_tests[age_at_index_years,[", name, "].", field)
  assign(sub(",[", ",", from, fixed = TRUE), answers[[from]], answers)
  rm(list = from, envir = answers)
}
tell(ranks(ages[[1]], ages[[2]])[1], "table1_tests[age_at_index_years,mann_whitney].statistic")
tell(ranks(ages[[1]], ages[[2]])[2], "table1_tests[age_at_index_years,mann_whitney].p_value")

# ---- how often, by era ---------------------------------------------------------------------------------------

person_time <- given("person_time_by_era")
at_risk <- corrected$is_at_risk & !is.na(corrected$months_to_first_event) & corrected$months_to_first_event >= wait
months_to <- function(moment) {  # from a moment, in years, to the end of the day of the cutoff
  month <- as.integer(format(cutoff, "%m"))
  days <- as.integer(format(seq(as.Date(format(cutoff, "%Y-%m-01")), by = "month", length.out = 2)[2] - 1, "%d"))
  (as.integer(format(cutoff, "%Y")) - moment) * 12 + month - 1 + as.integer(format(cutoff, "%d")) / days
}
for (era in c(era_names, "all")) {
  place <- if (era == "all") "incidence_overall" else paste0("eras[", era, "]")
  of <- function(rows) if (era == "all") rows else rows[rows$era == era, ]
  tell(nrow(of(people)), place, ".n_index")
  tell(nrow(of(cases)), place, ".n_second")
  proportion(place, nrow(of(cases)), nrow(of(people)))
  numbers(paste0(place, ".latency"), of(cases)$latency_months)
  tell(sum(of(person_time)$observed), place, ".observed")
  tell(sum(of(person_time)$person_years), place, ".person_years")
  rate(place, sum(of(person_time)$observed), sum(of(person_time)$person_years))
  tell(nrow(of(corrected[at_risk, ])), place, ".n_index_at_risk")
  from <- eras$first_year[eras$era == if (era == "all") first_era else era]
  year <- as.integer(format(cutoff, "%Y"))
  tell((year - from) * 12 + as.integer(format(cutoff, "%m")), place, ".longest_observable_latency_months")
}
points <- cases[!is.na(cases$latency_months), ]
points <- points[order(points$era, points$latency_months), ]
for (at in seq_len(nrow(points))) tell(points$latency_months[at], "latency_points[", at - 1, "].latency_months")

# One ratio of rates for all strata: Mantel-Haenszel; limits exact given each stratum's events, whose exposed
# part is binomial, or Greenland and Robins's where there are many.
stratified <- function(place, d1, t1, d0, t0) {
  used <- t1 > 0 & t0 > 0 & d1 + d0 > 0
  if (!any(used)) { say(place, ".estimate"); tell(c(NA, NA), place, ".ci"); say(place, ".p_value"); return() }
  d1 <- d1[used]; d0 <- d0[used]; t1 <- t1[used]; t0 <- t0[used]
  all <- t1 + t0
  over <- sum(d1 * t0 / all); under <- sum(d0 * t1 / all)
  value <- over / under
  n <- d1 + d0
  seen <- sum(d1)
  fewest <- min(seen, sum(d0), sum(n * t1 / all), sum(n * t0 / all))
  if (sum(n) <= 1000 || fewest < 5) {
    chances <- function(ratio) {
      share <- ratio * t1 / (ratio * t1 + t0)
      Reduce(convolved, Map(function(n, p) dbinom(0:n, n, p), n, share), 1)
    }
    low <- function(ratio) sum(chances(ratio)[0:seen + 1])
    high <- function(ratio) sum(chances(ratio)[(seen + 1):(sum(n) + 1)])
    solve_for <- function(tail) exp(uniroot(function(r) tail(exp(r)) - 0.025, c(-30, 30), tol = 1e-13)$root)
    lower <- if (seen) solve_for(high) else 0
    upper <- if (sum(d0)) solve_for(low) else Inf
    p <- min(1, 2 * min(low(1), high(1)))
  } else {
    error <- sqrt(sum(n * t1 * t0 / all^2) / (over * under))
    lower <- value * exp(-z * error); upper <- value * exp(z * error)
    p <- 2 * pnorm(-abs(log(value) / error))
  }
  tell(if (is.finite(value)) value else NA, place, ".estimate")
  tell(c(min(lower, value), max(upper, value)), place, ".ci")
  tell(p, place, ".p_value")
}
STRATIFIED <- "rate per person-year, stratified by time since index and attained age"
if (length(era_names) > 1) {
  ratio <- function(label) paste0("era_ratios[", label, "]")
  cell <- function(era) setNames(
    person_time[person_time$era == era, c("months_since_index", "attained_age", "observed", "person_years")],
    c("months", "age", "d", "t")
  )
  both <- merge(cell(last_era), cell(first_era), by = c("months", "age"), suffixes = c("1", "0"))
  stratified(ratio(STRATIFIED), both$d1, both$t1, both$d0, both$t0)
  sums <- lapply(c(last_era, first_era), function(era) colSums(cell(era)[c("d", "t")]))
  two_rates(ratio("rate per person-year"), sums[[1]]["d"], sums[[1]]["t"], sums[[2]]["d"], sums[[2]]["t"])
  two_rates(ratio("proportion of people"), sum(cases$era == last_era), sum(people$era == last_era),
            sum(cases$era == first_era), sum(people$era == first_era))
  latencies <- lapply(c(first_era, last_era), function(era) {
    x <- cases$latency_months[cases$era == era]
    x[!is.na(x)]
  })
  t_tests("latency_tests", latencies[[1]], latencies[[2]])
  tell(ranks(latencies[[1]], latencies[[2]])[1], "latency_tests[mann_whitney].statistic")
  tell(ranks(latencies[[1]], latencies[[2]])[2], "latency_tests[mann_whitney].p_value")
}

# ---- curves --------------------------------------------------------------------------------------------------

# The first time at which a falling curve is at or below one half; the middle where it is flat there.
crossing <- function(time, curve, midpoint = TRUE) {
  known <- is.finite(curve)
  time <- time[known]; curve <- curve[known]
  below <- which(curve <= 0.5 + 1.5e-8)
  if (!length(below)) return(NA)
  at <- below[1]
  if (!midpoint || abs(curve[at] - 0.5) >= 1.5e-8) return(time[at])
  lower <- which(curve < curve[at] - 1.5e-8)
  (time[at] + if (length(lower)) time[lower[1]] else time[length(time)]) / 2
}
# SPSS: Greenwood's error at the median over the slope of the curve between 0.55 and 0.45, at times of death.
spss_limits <- function(fit) {
  dead <- fit$n.event > 0
  time <- fit$time[dead]; surv <- fit$surv[dead]; error <- (fit$std.err * fit$surv)[dead]
  at <- which(surv <= 0.5 + 1e-10)[1]
  above <- which(surv >= 0.55 - 1e-10); below <- which(surv <= 0.45 + 1e-10)
  if (is.na(at) || !length(below) || surv[at] == 0) return(c(NA, NA))
  u <- if (length(above)) max(above) else 0
  slope <- ((if (u) surv[u] else 1) - surv[below[1]]) / (time[below[1]] - if (u) time[u] else 0)
  pmax(time[at] + c(-1, 1) * z * error[at] / slope, 0)
}
# R's survfit; the limits of its median are where the limits of the curve cross one half. quantile() says so
# while those fall; where they rise again late it interpolates, and the first crossing is what is asked.
median_limits <- function(response, type) {
  fit <- survfit(response ~ 1, conf.type = type)
  falls <- function(x) all(diff(x[is.finite(x)]) <= 1e-12)
  if (falls(fit$lower) && falls(fit$upper) && all(fit$n.event + fit$n.censor > 0)) {
    q <- quantile(fit, 0.5)
    return(c(q$lower, q$upper))
  }
  c(crossing(fit$time, fit$lower), crossing(fit$time, fit$upper))
}
describe <- function(place, start, stop, died, ticks, tau = NULL, first = FALSE, begins = 0, late = FALSE) {
  response <- if (late) Surv(start, stop, died) else Surv(stop, died)
  fit <- survfit(response ~ 1, conf.type = "log-log")
  shown <- fit$n.event + fit$n.censor > 0  # R also lists times at which people only enter
  tell(length(stop), place, ".n")
  tell(sum(died), place, ".events")
  for (field in c(time = "time", survival = "surv", lower = "lower", upper = "upper", at_risk = "n.risk",
                  events = "n.event"))
    tell(fit[[field]][shown], place, ".curve.", c(time = "time", surv = "survival", lower = "lower",
         upper = "upper", n.risk = "at_risk", n.event = "events")[field])
  tell((fit$std.err * fit$surv)[shown], place, ".curve.std_error")
  tell(if (late || first) crossing(fit$time[shown], fit$surv[shown], !first) else quantile(fit, 0.5)$quantile,
       place, ".median")
  for (type in c(loglog = "log-log", log = "log", plain = "plain"))
    tell(median_limits(response, type), place, ".median_ci.", sub("-", "", type))
  tell(spss_limits(fit), place, ".median_ci.spss")
  if (!is.null(tau)) {
    mean <- if (tau < min(fit$time)) c(rmean = tau, `se(rmean)` = 0) else summary(fit, rmean = tau)$table
    tell(tau, place, ".restricted_mean.tau")
    tell(mean["rmean"], place, ".restricted_mean.value")
    tell(mean["se(rmean)"], place, ".restricted_mean.se")
  }
  tell(ticks, place, ".risk_table.time")
  tell(vapply(ticks, function(t) sum((start < t | start <= begins) & stop >= t), 0), place, ".risk_table.at_risk")
  entered <- table(start[start > begins])
  if (length(entered)) {
    tell(names(entered), place, ".curve.late_entry.time")
    tell(entered, place, ".curve.late_entry.people")
  }
}
ticks_to <- function(last, step = 60) seq(0, min(last, 360), step)
logrank <- function(place, time, dead, group) {
  test <- if (length(unique(group)) > 1 && any(dead)) survdiff(Surv(time, dead) ~ group)
  df <- if (is.null(test)) NA else sum(test$exp > 0) - 1
  # Where at each death one group is alone there is no variance, which R calls a chi-squared of 0.
  if (!is.null(test) && max(abs(test$var)) < 1e-12) test <- NULL
  tell(test$chisq, place, ".statistic")
  tell(df, place, ".df")
  tell(if (is.null(test)) NA else pchisq(test$chisq, df, lower.tail = FALSE), place, ".p_value")
}
grouped <- function(id, by, levels) {
  time <- people$survival_months[followed]; dead <- people$died[followed]; group <- by[followed]
  present <- levels[levels %in% group]
  tau <- min(vapply(present, function(level) max(time[group == level]), 0))
  for (level in present) {
    place <- paste0("survival[", id, "].strata[", level, "]")
    here <- group == level
    describe(place, rep(0, sum(here)), time[here], dead[here], ticks_to(max(time)), tau, first = as_spss)
    tell(sum(by[!followed] == level), place, ".n_dropped")
  }
  if (length(levels) > 1) logrank(paste0("survival[", id, "].tests[logrank]"), time, dead, group)
  tell(0, "survival[", id, "].from_months")
}
by_second <- ifelse(with, "with", "without")
if (any(followed)) {
  grouped("os_from_index", rep("all", nrow(people)), "all")
  grouped("os_from_index_by_second", by_second, c("without", "with"))
  grouped("os_from_index_by_era", people$era, era_names)
}

# One row a person, made of the intervals of the corrected cohort.
last_row <- order(intervals$patient_id, intervals$stop_months)
persons <- intervals[last_row, ][!duplicated(intervals$patient_id[last_row], fromLast = TRUE), ]
since <- tapply(intervals$start_months[intervals$exposed], intervals$patient_id[intervals$exposed], min)
persons$since <- as.numeric(since[as.character(persons$patient_id)])
stopifnot(all(tapply(intervals$died, intervals$patient_id, sum) <= 1))
at_landmark <- lapply(setNames(landmarks, landmarks), function(month) {
  alive <- persons[persons$stop_months > month, ]
  data.frame(time = alive$stop_months - month, died = alive$died, exposed = !is.na(alive$since) & alive$since <= month)
})
id <- "survival[os_from_index_by_second_landmark]"
tell(0, id, ".from_months")
for (month in landmarks) {
  alive <- at_landmark[[as.character(month)]]
  if (nrow(alive)) {
    groups <- split(alive$time, alive$exposed)
    tau <- min(vapply(groups, max, 0))
    for (level in c("without", "with")) {
      here <- alive$exposed == (level == "with")
      known_by <- lost$has_second_cancer & !is.na(lost$latency_months) & lost$latency_months <= month
      if (!any(here)) next
      place <- paste0(id, ".strata[", level, " by ", month, " months]")
      describe(place, rep(0, sum(here)), alive$time[here], alive$died[here], ticks_to(max(alive$time)), tau)
      tell(month, place, ".landmark_months")
      tell(sum(known_by == (level == "with")), place, ".n_dropped")
    }
  }
  logrank(paste0(id, ".tests[logrank at ", month, " months]"), alive$time, alive$died, alive$exposed)
}

# Second primary as an exposure that comes later: from the first whole month with enough exposed at risk.
exposed <- intervals[intervals$exposed, ]
begin <- sort(unique(ceiling(exposed$start_months)))
enough <- vapply(begin, function(m)
  sum(ceiling(exposed$start_months) <= m & exposed$stop_months > m) >= study$min_at_risk, NA)
id <- "survival[os_from_index_by_second_time_dependent]"
if (any(enough)) {
  begins <- begin[enough][1]
  cut <- intervals[intervals$stop_months > begins, ]
  cut$start_months <- pmax(cut$start_months, begins)
  ticks <- ticks_to(max(cut$stop_months))
  for (level in c("without", "with")) {
    here <- cut$exposed == (level == "with")
    place <- paste0(id, ".strata[", level, "]")
    describe(place, cut$start_months[here], cut$stop_months[here], cut$died[here], c(begins, ticks[ticks > begins]),
             begins = begins, late = TRUE)
    tell(if (level == "with") sum(lost$has_second_cancer, na.rm = TRUE) else nrow(lost), place, ".n_dropped")
  }
  tell(begins, id, ".from_months")
  # Mantel and Byar's test by hand: observed less expected deaths of the exposed, hypergeometric.
  sums <- vapply(sort(unique(cut$stop_months[cut$died])), function(t) {
    risk <- cut$start_months < t & cut$stop_months >= t
    dies <- risk & cut$stop_months == t & cut$died
    n <- as.numeric(sum(risk)); n1 <- as.numeric(sum(risk & cut$exposed)); d <- as.numeric(sum(dies))
    c(sum(dies & cut$exposed) - d * n1 / n, if (n > 1) d * n1 * (n - n1) * (n - d) / (n^2 * (n - 1)) else 0)
  }, c(0, 0))
  statistic <- sum(sums[1, ])^2 / sum(sums[2, ])
  tell(statistic, id, ".tests[mantel_byar].statistic")
  tell(1, id, ".tests[mantel_byar].df")
  tell(pchisq(statistic, 1, lower.tail = FALSE), id, ".tests[mantel_byar].p_value")
} else tell(0, id, ".from_months")
after <- cases[followed_after, ]
if (nrow(after)) {
  place <- "survival[os_from_second].strata[all]"
  describe(place, rep(0, nrow(after)), after$months_after_second, after$died,
           ticks_to(max(after$months_after_second), 24), max(after$months_after_second), first = as_spss)
  tell(sum(!followed_after), place, ".n_dropped")
}
tell(0, "survival[os_from_second].from_months")

# ---- Cox models ----------------------------------------------------------------------------------------------

# R stops early by default: a millionth needs more. A coefficient that runs off must not run so far that its
# information is lost, nor be stopped by the limit of iterations.
exact <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
long <- coxph.control(eps = 1e-11, iter.max = 100, toler.chol = 1e-13)
FAR <- 20  # errors of a coefficient that has run off; a finite one of a 0/1 column has some 1 here
# covariates: by variable a list of values, and of levels, the reference first, where they are categories
cox <- function(id, start, stop, died, covariates, ties, n_lost = 0, strata = NULL, asked = NULL) {
  place <- paste0("cox[", id, "].")
  rows <- data.frame(stop = stop, died = died)
  if (!is.null(start)) rows$start <- start
  if (!is.null(strata)) rows$by <- strata
  for (name in names(covariates)) {
    given <- covariates[[name]]
    rows[[name]] <- if (is.null(given$levels)) given$values else factor(given$values, given$levels)
  }
  complete <- rows[complete.cases(rows), , drop = FALSE]
  tell(nrow(complete), place, "n")
  tell(sum(complete$died), place, "events")
  tell(nrow(rows) - nrow(complete) + n_lost, place, "n_dropped")
  if (!any(complete$died)) return(invisible())
  response <- if (is.null(start)) "Surv(stop, died)" else "Surv(start, stop, died)"
  terms <- paste0("`", names(covariates), "`")
  formula <- as.formula(paste(response, "~", paste(c(terms, if (!is.null(strata)) "strata(by)"), collapse = " + ")))
  climb <- function(control) suppressWarnings(coxph(formula, complete, ties = ties, control = control, model = TRUE))
  fit <- climb(exact)
  # With a hundred thousand rows rounding may keep it climbing: what its limit stopped is no covariance.
  if (fit$iter == exact$iter.max || anyNA(coef(fit)) || any(diag(vcov(fit)) > FAR^2)) fit <- climb(long)
  null <- suppressWarnings(coxph(formula, complete, ties = ties, control = coxph.control(iter.max = 0)))
  error <- sqrt(diag(vcov(fit)))
  # A column that is the same in everybody at risk at each death is not moved from 0 and has no error there; one
  # that has run off may have none either.
  beta <- replace(coef(fit), coef(fit) == 0 & error == 0, NA)
  estimable <- !is.na(beta)
  infinite <- estimable & (error > FAR | error == 0)
  tell(fit$loglik[1], place, "loglik_null")
  tell(fit$loglik[2], place, "loglik")
  per <- if (any(estimable)) sum(complete$died) / sum(estimable) else NA
  tell(per, place, "events_per_parameter")
  tell(per, place, "card.events_per_coefficient")
  at <- fit$assign
  if (is.null(at)) at <- attr(model.matrix(fit), "assign")
  column <- 0
  for (name in names(covariates)) {
    given <- covariates[[name]]
    k <- if (is.matrix(given$values)) ncol(given$values) else max(1, length(given$levels) - 1)
    columns <- column + seq_len(k)
    column <- column + k
    usable <- all(estimable[columns] & !infinite[columns])
    wald <- if (usable) drop(beta[columns] %*% solve(vcov(fit)[columns, columns], beta[columns])) else NA
    tell(wald, place, "wald[", name, "].statistic")
    tell(k, place, "wald[", name, "].df")
    tell(pchisq(wald, k, lower.tail = FALSE), place, "wald[", name, "].p_value")
    if (is.matrix(given$values)) next
    levels <- if (is.null(given$levels)) "per year" else given$levels[-1]
    counts <- function(level) c(sum(complete[[name]] == level), sum(complete$died[complete[[name]] == level]))
    for (j in seq_along(levels)) {
      c <- columns[j]
      b <- if (infinite[c]) NA else beta[c]
      se <- if (is.na(b)) NA else error[c]
      term <- paste0(place, "terms[", name, ",", levels[j], "].")
      tell(b, term, "coef")
      tell(se, term, "se")
      tell(exp(b), term, "hr")
      tell(exp(b + c(-1, 1) * z * se), term, "hr_ci")
      tell(2 * pnorm(-abs(b / se)), term, "p_value")
      tell(infinite[c], term, "card.separated")
      tell(if (estimable[c]) per else NA, term, "card.events_per_coefficient")
      if (is.null(given$levels)) next
      for (level in c(levels[j], given$levels[1])) {
        tell(counts(level)[1], term, "card.groups[", name, ",", level, "].n")
        tell(counts(level)[2], term, "card.groups[", name, ",", level, "].events")
      }
      # Schoenfeld, from the information about a coefficient were all of them 0.
      share <- 1 / vcov(null)[c, c] / sum(complete$died)
      share <- if (!is.na(b) && share > 0 && share <= 0.25) share else NA
      tell(exp((z + qnorm(0.8)) / sqrt(sum(complete$died) * share)),
           place, "card.detectable[", name, ",", levels[j], "].hazard_ratio")
    }
    if (is.null(given$levels) || !(is.null(asked) || asked == name)) next
    for (level in given$levels) {
      tell(counts(level)[1], place, "card.groups[", name, ",", level, "].n")
      tell(counts(level)[2], place, "card.groups[", name, ",", level, "].events")
    }
  }
  if (all(estimable & !infinite)) {
    drift <- cox.zph(fit, "km")$table
    rownames(drift) <- gsub("`", "", rownames(drift))
    if (!"GLOBAL" %in% rownames(drift)) drift <- rbind(drift, GLOBAL = drift[1, ])
    for (name in rownames(drift)) {
      tell(drift[name, "chisq"], place, "proportional_hazards[", name, "].statistic")
      tell(drift[name, "df"], place, "proportional_hazards[", name, "].df")
      tell(drift[name, "p"], place, "proportional_hazards[", name, "].p_value")
    }
  }
  invisible(list(rows = complete, fit = fit, null = vcov(null), estimable = which(estimable)))
}
second <- function(exposed) list(values = ifelse(exposed, "with", "without"), levels = c("without", "with"))
known <- people[followed, ]
cox("index_naive", NULL, known$survival_months, known$died, list(second_primary = second(known$has_second_primary)),
    "breslow", sum(!followed))
for (month in landmarks) {
  alive <- at_landmark[[as.character(month)]]
  cox(paste0("index_landmark:", month), NULL, alive$time, alive$died, list(second_primary = second(alive$exposed)),
      "efron", nrow(lost))
}
cox("index_time_dependent", intervals$start_months, intervals$stop_months, intervals$died,
    list(second_primary = second(intervals$exposed)), "efron", nrow(lost))
# Adjusted for age (a natural spline with Harrell's knots), sex, race and year; a baseline hazard for each era.
# The commonest level is the reference, the unknown one comes last; what is the same in everybody is left out.
covariates <- list(second_primary = second(intervals$exposed))
years <- intervals$age_at_index_years
if (length(unique(years[!is.na(years)])) > 1) {
  places <- list(`3` = c(0.1, 0.5, 0.9), `4` = c(0.05, 0.35, 0.65, 0.95))[[
    as.character(min(4, length(unique(years[!is.na(years)]))))]]
  knots <- unique(quantile(years, places, na.rm = TRUE))
  basis <- if (length(knots) < 3) matrix(years) else
    ns(years, knots = knots[-c(1, length(knots))], Boundary.knots = knots[c(1, length(knots))])
  covariates[["age (spline)"]] <- list(values = unclass(basis)[, , drop = FALSE])
}
for (name in c("sex", "race")) {
  values <- ifelse(is.na(intervals[[name]]), "Unknown", intervals[[name]])
  if (all(values == "Unknown") || length(unique(values)) < 2) next
  count <- table(values)
  covariates[[name]] <- list(values = values, levels = names(count)[order(names(count) == "Unknown", -count, names(count))])
}
if (length(unique(intervals$index_year)) > 1) covariates$index_year <- list(values = intervals$index_year)
cox("index_time_dependent_adjusted", intervals$start_months, intervals$stop_months, intervals$died, covariates,
    "efron", nrow(lost), strata = intervals$era, asked = "second_primary")

# After the second cancer: each variable alone, all together, and these with Firth's penalty.
AFTER <- list(
  sex = list("sex", "Male", "Female"), race = list("race", c("White", "Black"), "Other"),
  age = list("age_group_at_second", "18-64", "65+"), era = list("era", head(era_names, -1), last_era),
  chemotherapy = list("chemotherapy_second", "No/Unknown", "Yes")
)
everything <- list()
for (name in names(AFTER)) {
  values <- after[[AFTER[[name]][[1]]]]
  seen <- intersect(c(AFTER[[name]][[2]], AFTER[[name]][[3]]), values)
  if (length(seen) < 2) next
  everything[[name]] <- list(values = values, levels = c(seen[length(seen)], head(seen, -1)))
  cox(paste0("second_univariate:", name), NULL, after$months_after_second, after$died, everything[name],
      published_ties)
}
if (length(everything)) {
  cox("second_multivariable", NULL, after$months_after_second, after$died, everything, published_ties)
  cox("second_multivariable_efron", NULL, after$months_after_second, after$died, everything, "efron")
}

# Firth's penalised likelihood (Breslow ties), as R has no package for it in Debian: dull sums over risk sets.
# The penalty is half the log determinant of the information, V its inverse; the score of the penalty sums, over
# deaths, half the mean of (x - m)' V (x - m) (x - m), m being the mean of x in the risk set.
firth <- function(x, time, died) {
  order <- order(-time)
  x <- x[order, , drop = FALSE]; time <- time[order]; died <- died[order]
  p <- ncol(x)
  last <- findInterval(-time[died], -time)  # the risk set of a death: everybody up to here
  pairs <- x[, rep(seq_len(p), p), drop = FALSE] * x[, rep(seq_len(p), each = p), drop = FALSE]
  sums <- colSums(x[died, , drop = FALSE])
  at <- function(beta) {
    eta <- drop(x %*% beta)
    w <- exp(eta)
    s0 <- cumsum(w)[last]
    mean_of <- function(m) apply(m * w, 2, cumsum)[last, , drop = FALSE] / s0
    m <- mean_of(x)
    square <- mean_of(pairs)
    information <- matrix(colSums(square), p) - crossprod(m)
    v <- tryCatch(solve(information), error = function(e) NULL)
    if (is.null(v) || det(information) <= 0) return(list(value = -Inf))
    q <- rowSums((x %*% v) * x)
    turned <- m %*% v
    within <- rowSums(turned * m)
    third <- mean_of(q * x) - drop(mean_of(matrix(q))) * m + 2 * within * m
    for (j in seq_len(p)) third <- third - 2 * square[, (j - 1) * p + seq_len(p), drop = FALSE] * turned[, j]
    list(value = sum(eta[died]) - sum(log(s0)) + log(det(information)) / 2, information = information,
         score = sums - colSums(m) + colSums(third) / 2)
  }
  # Newton, with the curvature that the score has beside it: the information alone lacks that of the penalty.
  climb <- function(beta, free) {
    here <- at(beta)
    for (step in 1:100) {
      curved <- vapply(free, function(k) {
        e <- replace(numeric(p), k, 1e-4)
        (at(beta - e)$score - at(beta + e)$score)[free] / 2e-4
      }, numeric(length(free)))
      curved <- (curved + t(curved)) / 2
      if (min(eigen(curved, TRUE, TRUE)$values) <= 0) curved <- here$information[free, free]
      move <- replace(numeric(p), free, solve(curved, here$score[free]))
      if (max(abs(move)) > 2) move <- move * 2 / max(abs(move))
      for (half in 0:30) if ((there <- at(beta + move / 2^half))$value >= here$value - 1e-10) break
      beta <- beta + move / 2^half
      here <- there
      if (max(abs(move)) < 1e-9) break
    }
    c(here, list(beta = beta))
  }
  top <- climb(numeric(p), seq_len(p))
  error <- sqrt(diag(solve(top$information)))
  held <- function(j, value, beta) {
    beta[j] <- value
    if (p == 1) c(at(beta), list(beta = beta)) else climb(beta, setdiff(seq_len(p), j))
  }
  # The others may have several hills: of that of the top, in steps of half an error, each from where the last ended.
  limit <- function(j, side) {
    drop <- qchisq(0.95, 1) / 2
    near <- top
    repeat {
      far <- held(j, near$beta[j] + side * error[j] / 2, near$beta)
      if (top$value - far$value >= drop) break
      if (abs(far$beta[j] - top$beta[j]) > 1000 * error[j]) return(NA)
      near <- far
    }
    excess <- function(value) top$value - held(j, value, near$beta)$value - drop
    uniroot(excess, sort(c(near$beta[j], far$beta[j])), tol = 1e-9)$root
  }
  without <- function(j) {
    best <- top
    steps <- max(1, ceiling(2 * abs(top$beta[j]) / error[j]))
    for (share in seq(steps - 1, 0) / steps) best <- held(j, share * top$beta[j], best$beta)
    pchisq(2 * (top$value - best$value), 1, lower.tail = FALSE)
  }
  list(beta = top$beta, error = error, null = at(numeric(p))$value, value = top$value, covariance = solve(top$information),
       lower = vapply(seq_len(p), limit, 0, side = -1), upper = vapply(seq_len(p), limit, 0, side = 1),
       p = vapply(seq_len(p), without, 0))
}
if (length(everything)) {
  plain <- cox("second_multivariable_firth", NULL, after$months_after_second, after$died, everything, "breslow")
  rm(list = grep("^cox\\[second_multivariable_firth\\]\\.proportional", ls(answers), value = TRUE), envir = answers)
  kept <- plain$estimable
  if (length(kept)) {
    fit <- firth(model.matrix(plain$fit)[, kept, drop = FALSE], plain$rows$stop, plain$rows$died)
    place <- "cox[second_multivariable_firth]."
    tell(fit$null, place, "loglik_null")
    tell(fit$value, place, "loglik")
    column <- 0
    for (name in names(everything)) {
      levels <- everything[[name]]$levels[-1]
      columns <- match(column + seq_along(levels), kept)
      column <- column + length(levels)
      wald <- if (anyNA(columns)) NA else
        drop(fit$beta[columns] %*% solve(fit$covariance[columns, columns], fit$beta[columns]))
      tell(wald, place, "wald[", name, "].statistic")
      tell(pchisq(wald, length(columns), lower.tail = FALSE), place, "wald[", name, "].p_value")
      for (j in seq_along(levels)) {
        c <- columns[j]
        term <- paste0(place, "terms[", name, ",", levels[j], "].")
        tell(fit$beta[c], term, "coef")
        tell(fit$error[c], term, "se")
        tell(exp(fit$beta[c]), term, "hr")
        tell(exp(c(fit$lower[c], fit$upper[c])), term, "hr_ci")
        tell(fit$p[c], term, "p_value")
        tell(FALSE, term, "card.separated")
        share <- 1 / plain$null[kept[c], kept[c]] / sum(plain$rows$died)
        share <- if (!is.na(share) && share > 0 && share <= 0.25) share else NA
        tell(exp((z + qnorm(0.8)) / sqrt(sum(plain$rows$died) * share)),
             place, "card.detectable[", name, ",", levels[j], "].hazard_ratio")
      }
    }
  }
}

# ---- survival as a smooth curve: survreg's Weibull and log-normal, the one of the lower AIC -----------------------

smooth <- function(id, level, time, died) {
  place <- paste0("parametric_survival[", id, ",", level, "].")
  tell(length(time), place, "n")
  tell(sum(died), place, "deaths")
  if (length(time) == 0) return()
  tell(max(time), place, "followed_months")
  tell(told("survival[", id, "].strata[", level, "].median"), place, "kaplan_meier_median")
  km <- survfit(Surv(time, died) ~ 1)
  for (at in c(12, 60, 120)) {
    last <- length(km$time)
    tell(if (at > km$time[last] && km$surv[last] > 0) NA else c(1, km$surv)[findInterval(at, km$time) + 1],
         place, "kaplan_meier_at.", at)
  }
  if (sum(died) < 20 || length(unique(time[died])) == 1) return()
  tight <- survreg.control(maxiter = 200, rel.tolerance = 1e-13, toler.chol = 1e-13)
  fits <- lapply(c(Weibull = "weibull", `log-normal` = "lognormal"), function(dist)
    survreg(Surv(time, died) ~ 1, dist = dist, control = tight))
  aic <- vapply(fits, function(fit) 4 - 2 * fit$loglik[2], 0)
  shape <- 1 / fits$Weibull$scale; scale <- exp(coef(fits$Weibull))
  mean <- coef(fits$`log-normal`); sd <- fits$`log-normal`$scale
  tell(shape, place, "fits[Weibull].parameters.shape")
  tell(scale, place, "fits[Weibull].parameters.scale")
  tell(mean, place, "fits[log-normal].parameters.meanlog")
  tell(sd, place, "fits[log-normal].parameters.sdlog")
  for (name in names(fits)) tell(aic[name], place, "fits[", name, "].aic")
  best <- names(which.min(aic))
  of_median <- if (best == "Weibull") c(1, log(log(2)) / shape) else c(1, 0)
  middle <- if (best == "Weibull") log(scale) + log(log(2)) / shape else mean
  error <- sqrt(drop(of_median %*% vcov(fits[[best]]) %*% of_median))
  months <- exp(middle + c(0, -1, 1) * z * error)
  months[months > 1200] <- NA  # a lifetime
  tell(months[1], place, "median")
  tell(months[-1], place, "median_ci")
  for (at in c(12, 60, 120)) {
    half <- at + 0.5  # the middle of the step that Kaplan-Meier has at a completed month
    density <- if (best == "Weibull") dweibull(half, shape, scale) else dlnorm(half, mean, sd)
    alive <- if (best == "Weibull") pweibull(half, shape, scale, lower.tail = FALSE) else plnorm(half, mean, sd, lower.tail = FALSE)
    tell(1200 * density / alive, place, "hazard_per_100_person_years.", at)
    tell(alive, place, "survival_at.", at)
  }
  # Where the model lies furthest outside the 95% limits of a step, compared at the middle of it and where it is shown.
  limits <- survfit(Surv(time, died) ~ 1, conf.type = "log-log")
  step <- seq_len(length(limits$time) - 1)
  middle <- (limits$time[step] + limits$time[step + 1]) / 2
  shown <- Filter(function(at) min(time) <= at && at <= max(time), c(12, 60, 120))
  month <- c(middle, shown + 0.5)
  step <- c(step, findInterval(shown, limits$time))
  alive <- if (best == "Weibull") pweibull(month, shape, scale, lower.tail = FALSE) else plnorm(month, mean, sd, lower.tail = FALSE)
  outside <- pmax(limits$lower[step] - alive, alive - limits$upper[step])
  at <- which.max(outside)  # NA where Kaplan-Meier is 1 or 0
  if (outside[at] > 0) {
    tell(month[at], place, "misfit.month")
    tell(alive[at], place, "misfit.modelled")
    tell(limits$surv[step[at]], place, "misfit.kaplan_meier")
    tell(c(limits$lower[step[at]], limits$upper[step[at]]), place, "misfit.kaplan_meier_ci")
  } else tell(NA, place, "misfit")
}
if (any(followed)) {
  smooth("os_from_index", "all", people$survival_months[followed], people$died[followed])
  for (era in era_names) {
    here <- followed & people$era == era
    smooth("os_from_index_by_era", era, people$survival_months[here], people$died[here])
  }
}
smooth("os_from_second", "all", after$months_after_second, after$died)

# ---- that of chemotherapy read with a prior; its record corrected ---------------------------------------------

e_value <- function(ratio) { ratio <- max(ratio, 1 / ratio); ratio + sqrt(ratio * (ratio - 1)) }
row <- 0
for (model in c("second_multivariable", "second_univariate:chemotherapy")) {
  place <- paste0("cox[", model, "].")
  term <- paste0(place, "terms[chemotherapy,No/Unknown].")
  b <- told(term, "coef"); se <- told(term, "se")
  if (is.na(b)) next
  common <- told(place, "events") > 0.15 * told(place, "n")
  as_risk <- function(hr) if (common) (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1 / hr)) else hr
  for (k in c(4, 10, 20, 40)) {
    spread <- log(k) / z
    error <- 1 / sqrt(1 / se^2 + 1 / spread^2)
    mean <- b / se^2 * error^2
    ci <- exp(mean + c(-1, 1) * z * error)
    nearer <- if (mean >= 0) ci[1] else ci[2]
    here <- paste0("shrunken[", row, "].")
    row <- row + 1
    tell(c(1 / k, k), here, "prior")
    tell(exp(b), here, "unshrunken_hr")
    tell(exp(b + c(-1, 1) * z * se), here, "unshrunken_ci")
    tell(exp(mean), here, "hr")
    tell(ci, here, "hr_ci")
    tell(e_value(as_risk(exp(mean))), here, "e_value.estimate")
    tell(if ((nearer <= 1) == (mean >= 0)) 1 else e_value(as_risk(nearer)), here, "e_value.limit")
  }
}
chemo <- people$chemotherapy_index
recorded <- table(factor(with, c(TRUE, FALSE)), factor(chemo, c("Yes", "No/Unknown")))
if (all(rowSums(recorded) > 0) && sum(recorded[, "Yes"]) > 0) {
  odds <- function(a, b, c, d) if (b * c == 0) NA else a * d / (b * c)
  counted <- c(cases_yes = recorded[1, 1], cases_no_unknown = recorded[1, 2], others_yes = recorded[2, 1],
               others_no_unknown = recorded[2, 2])
  for (name in names(counted)) tell(counted[[name]], "misclassification.", name)
  tell(do.call(odds, unname(as.list(counted))), "misclassification.odds_ratio")
  tell(recorded[1, 1] / sum(recorded[1, ]), "misclassification.share_of_cases_yes")
  tell(pbinom(recorded[1, 1] - 1, sum(recorded[1, ]), 0.68, lower.tail = FALSE),
       "misclassification.chance_if_all_cases_treated")
  row <- 0
  for (ppv in c(0.85, 0.9, 0.95)) for (in_cases in c(0.68, 0.9, 0.95, 1)) {
    place <- paste0("misclassification.grid[", row, "].")
    row <- row + 1
    yes <- sum(recorded[, 1])
    untreated <- sum(recorded) - yes * ppv / 0.68
    specificity <- 1 - yes * (1 - ppv) / untreated
    usable <- untreated > 0 && specificity >= 0 && min(0.68, in_cases) + specificity > 1
    tell(if (usable) specificity else NA, place, "specificity")
    tell(0.68, place, "sensitivity")
    tell(in_cases, place, "sensitivity_in_cases")
    tell(ppv, place, "ppv")
    if (!usable) next
    treated <- (recorded[, 1] - (1 - specificity) * rowSums(recorded)) / (c(in_cases, 0.68) + specificity - 1)
    true <- c(rbind(treated, rowSums(recorded) - treated))
    true[abs(true) <= 1e-9] <- 0
    for (at in 1:4) tell(true[at], place, "counts.", c("cases_given", "cases_not_given", "others_given", "others_not_given")[at])
    tell(if (any(true < 0)) NA else odds(true[1], true[2], true[3], true[4]), place, "odds_ratio")
  }
}

# ---- competing risks -----------------------------------------------------------------------------------------

HORIZONS <- c(60, 120, 180, 240)
first <- corrected[at_risk & !is.na(corrected$first_event), ]
first$code <- c(none = 0, second_primary = 1, death = 2)[first$first_event]
at_time <- function(time, values, when) if (when > max(time)) NA else c(0, values)[findInterval(when, time) + 1]
step_errors <- list()
competing <- function(id, variable, group, levels) {
  place <- paste0("competing[", id, "].")
  present <- levels[levels %in% group]
  several <- length(levels) > 1
  tell(sum(corrected$is_at_risk & (is.na(corrected$months_to_first_event) | is.na(corrected$first_event))), place, "n_dropped")
  tell(wait, place, "from_months")
  for (level in present) {
    here <- first[group == level, ]
    stratum <- paste0(place, "strata[", level, "].")
    fit <- survfit(Surv(months_to_first_event, factor(code, 0:2)) ~ 1, here)
    alone <- survfit(Surv(months_to_first_event, code == 1) ~ 1, here)
    cif <- fit$pstate[, 2]; error <- fit$std.err[, 2]
    half <- ifelse(cif > 0, z * error / (cif * log(cif)), NA)
    lower <- cif^exp(-half); upper <- cif^exp(half)
    tell(nrow(here), stratum, "n")
    tell(sum(here$code == 1), stratum, "events")
    tell(sum(here$code == 2), stratum, "competing_events")
    tell(fit$time, stratum, "curve.time")
    tell(cif, stratum, "curve.cif")
    tell(error, stratum, "curve.std_error")
    tell(lower, stratum, "curve.lower")
    tell(upper, stratum, "curve.upper")
    tell(fit$n.risk[, 1], stratum, "curve.at_risk")
    tell(fit$n.event[, 2], stratum, "curve.events")
    tell(1 - alone$surv, stratum, "curve.one_minus_km")
    # A second program for the horizons that the report prints.
    own <- if (any(here$code == 1)) cuminc(here$months_to_first_event, here$code)
    for (when in HORIZONS) {
      estimate <- if (when > max(fit$time)) NA else if (is.null(own)) 0 else timepoints(own, when)$est["1 1", ]
      if (is.na(estimate) && when <= max(fit$time)) estimate <- at_time(fit$time, cif, when)  # cuminc ends earlier
      tell(estimate, stratum, "at.", when)
      tell(c(at_time(fit$time, lower, when), at_time(fit$time, upper, when)), stratum, "at_ci.", when)
      tell(at_time(alone$time, 1 - alone$surv, when), stratum, "one_minus_km_at.", when)
      step_errors[[paste(id, level, when)]] <<- at_time(fit$time, error, when)
    }
  }
  if (!several) return()
  inside <- group %in% levels
  rows <- first[inside, ]
  rows$group <- factor(group[inside], levels)
  testable <- length(present) > 1 && any(rows$code == 1)
  test <- if (testable) cuminc(rows$months_to_first_event, rows$code, rows$group)$Tests[1, ]
  tell(test["stat"], place, "gray.statistic")
  tell(test["df"], place, "gray.df")
  tell(test["pv"], place, "gray.p_value")
  if (!testable) return()
  n <- table(rows$group); events <- table(rows$group[rows$code == 1])
  per <- function(df) sum(events) / df
  tell(per(test["df"]), place, "card.events_per_coefficient")
  counted <- function(at, level) {
    tell(n[[level]], at, "groups[", variable, ",", level, "].n")
    tell(events[[level]], at, "groups[", variable, ",", level, "].events")
  }
  for (level in present) counted(paste0(place, "card."), level)
  # Fine and Gray: whoever died stays at risk, weighted by the censoring curve of the own group. finegray() with
  # strata() cuts each group at its own events alone, for a stratified model; here one model has them all, so that
  # the rows are made by hand, one for each event after the death. A person is a cluster.
  rows$person <- seq_len(nrow(rows))
  time <- rows$months_to_first_event
  events_at <- sort(unique(time[rows$code == 1]))
  plain <- data.frame(start = 0, stop = time, status = rows$code == 1, weight = 1, rows[c("group", "person")])
  lingering <- lapply(present, function(level) {
    here <- rows$group == level
    own <- sort(unique(time[here]))
    # Tied events leave before the censored.
    of <- survfit(Surv(match(time[here], own) - 0.2 * (rows$code[here] != 0), rows$code[here] == 0) ~ 1)
    before <- function(t) c(1, of$surv)[findInterval(findInterval(t, own, left.open = TRUE) + 1, of$time, left.open = TRUE) + 1]
    dead <- rows[here & rows$code == 2, ]
    later <- outer(dead$months_to_first_event, events_at, "<") & rep(events_at <= max(own), each = nrow(dead))
    which <- which(later, arr.ind = TRUE)
    if (!nrow(which)) return(NULL)
    t <- events_at[which[, 2]]
    died <- dead$months_to_first_event[which[, 1]]
    data.frame(start = pmax(died, c(0, events_at)[which[, 2]]), stop = t, status = FALSE, weight = before(t) / before(died),
               dead[which[, 1], c("group", "person")])
  })
  split <- rbind(plain, do.call(rbind, lingering))
  split <- split[split$weight > 0, ]
  fit <- suppressWarnings(coxph(Surv(start, stop, status) ~ group + cluster(person), split, weights = weight, control = long))
  error <- sqrt(diag(fit$var)); naive <- sqrt(diag(fit$naive.var))
  for (j in seq_along(levels[-1])) {
    level <- levels[-1][j]
    term <- paste0(place, "fine_gray.terms[", variable, ",", level, "].")
    off <- is.na(coef(fit)[j]) || naive[j] > FAR
    b <- if (off) NA else coef(fit)[j]
    se <- if (off) NA else error[j]
    tell(b, term, "coef")
    tell(se, term, "se")
    tell(exp(b), term, "hr")
    tell(exp(b + c(-1, 1) * z * se), term, "hr_ci")
    tell(2 * pnorm(-abs(b / se)), term, "p_value")
    tell(off, term, "card.separated")
    tell(per(length(levels) - 1), term, "card.events_per_coefficient")
    for (one in c(level, levels[1])) if (one %in% present) counted(paste0(term, "card."), one)
  }
}
if (nrow(first)) {
  competing("second_primary", "", rep("all", nrow(first)), "all")
  competing("second_primary_by_era", "era", first$era, era_names)
  competing("second_primary_by_chemotherapy", "chemotherapy", first$chemotherapy_index, c("No/Unknown", "Yes"))
}

# ---- eras with equal follow-up -------------------------------------------------------------------------------

if (length(era_names) > 1 && nrow(first)) {
  for (when in HORIZONS) {
    place <- paste0("fair_eras.horizons[", when, "].")
    tell(when, place, "months")
    for (era in era_names) {
      from <- paste0("competing[second_primary_by_era].strata[", era, "].")
      tell(told(from, "at.", when), place, "eras[", era, "].incidence")
      ci <- told(from, "at_ci.", when)
      tell(if (length(ci) < 2) c(NA, NA) else ci, place, "eras[", era, "].ci")
    }
    ends <- c(told(place, "eras[", last_era, "].incidence"), told(place, "eras[", first_era, "].incidence"))
    error <- sqrt(sum(vapply(c(first_era, last_era), function(era) {
      e <- step_errors[[paste("second_primary_by_era", era, when)]]
      if (is.null(e)) NA else e^2
    }, 0)))
    sure <- anyNA(ends) || is.na(error) || error == 0  # 0 of 0 is no difference of which we were sure
    tell(if (sure) NA else ends[1] - ends[2], place, "difference")
    tell(if (sure) c(NA, NA) else ends[1] - ends[2] + c(-1, 1) * z * error, place, "difference_ci")
  }
  watched <- corrected[at_risk, ]
  for (months in HORIZONS) {
    whole <- months_to(watched$index_year + 1) >= months  # also those of December
    year <- seq(min(eras$first_year) - 50, max(eras$last_year))
    last_year <- max(year[months_to(year + 1) >= months])
    kept <- vapply(era_names, function(era) sum(whole & watched$era == era) / max(1, sum(watched$era == era)), 0)
    if (min(kept) < 0.1) next
    place <- paste0("fair_eras.windows[", months, "].")
    tell(months, place, "window_months")
    tell(last_year, place, "last_index_year")
    shown <- whole & !is.na(watched$latency_months) & watched$latency_months < months
    years <- pmax(pmin(floor(watched$months_to_first_event) + 0.5, months) - wait, 0) / 12
    sums <- list()
    for (era in era_names) {
      here <- watched$era == era
      latency <- watched$latency_months[here & shown]
      sums[[era]] <- list(d = length(latency), t = sum(years[here & whole]), latency = latency)
      row <- paste0(place, "eras[", era, "]")
      tell(sum(here & whole), row, ".n_index")
      tell(length(latency), row, ".n_second")
      tell(sum(here & !is.na(watched$latency_months) & !shown), row, ".n_second_left_out")
      tell(if (length(latency)) median(latency) else NA, row, ".latency_median")
      tell(sums[[era]]$t, row, ".person_years")
      rate(row, sums[[era]]$d, sums[[era]]$t)
    }
    a <- sums[[last_era]]; b <- sums[[first_era]]
    two_rates(paste0(place, "rate_ratio"), a$d, a$t, b$d, b$t)
    tell(ranks(b$latency, a$latency)[2], place, "latency_p_value")
  }
  possible <- months_to(watched$index_year + 0.5)
  if (all(era_names %in% watched$era)) {
    for (era in era_names) {
      here <- watched$era == era
      tell(floor(months_to(min(watched$index_year[here]))), "fair_eras.truncation.eras[", era, "].longest")
      tell(median(possible[here]), "fair_eras.truncation.eras[", era, "].median")
    }
    shown <- watched$latency_months[watched$era == first_era & !is.na(watched$latency_months)]
    share <- vapply(shown, function(latency) mean(possible[watched$era == last_era] < latency), 0)
    tell(exact_mean(share), "fair_eras.truncation.share_not_yet_observable")
  }
}

# ---- against the population's rates --------------------------------------------------------------------------

# Sums of the groups by all traits at once; nobody without a reference rate counts.
groups <- given("person_time_by_group")
sir <- given("sir")
DIMENSIONS <- c("months_since_index", "attained_age", "era", "sex", "race", "chemotherapy")
column <- c(months_since_index = "months_since_index_band", chemotherapy = "chemotherapy_index")
ratio_of <- function(place, rows, mart) {
  covered <- rows[rows$has_reference_rate, ]
  if (is.na(mart$expected)) covered <- rows
  years <- sum(covered$person_ticks) / groups$ticks_per_year[1]
  observed <- sum(covered$observed)
  expected <- if (is.na(mart$expected)) NA else sum(covered$expected)
  test <- if (!is.na(expected) && expected > 0) poisson.test(observed, expected)
  tell(observed, place, ".observed")
  tell(expected, place, ".expected")
  tell(years, place, ".person_years")
  tell(test$estimate, place, ".sir")
  tell(if (is.null(test)) c(NA, NA) else test$conf.int, place, ".sir_ci")
  tell(test$p.value, place, ".p_value")
  tell(if (is.null(test) || years == 0) NA else (observed - expected) / years * 1e4, place, ".excess_per_10k")
  c(observed, expected)
}
if (nrow(groups) && nrow(sir)) {
  counts <- groups[groups$counts_second_primaries, ]
  of <- function(grouping, level) sir[sir$grouping == grouping & sir$level == level, ]
  ratio_of("sir[]", counts, of("from_latency", "all"))
  if (wait) ratio_of("sir[from=diagnosis]", groups, of("from_index", "all"))
  for (dimension in DIMENSIONS) {
    values <- counts[[if (dimension %in% names(column)) column[[dimension]] else dimension]]
    levels <- unique(sir$level[sir$grouping == dimension])
    leading <- suppressWarnings(as.integer(sub("\\D.*", "", levels)))
    levels <- levels[order(leading, levels)]
    pairs <- vapply(levels, function(level)
      ratio_of(paste0("sir[", dimension, "=", level, "]"), counts[values == level, ], of(dimension, level)), c(0, 0))
    pairs <- pairs[, !is.na(pairs[2, ]) & pairs[2, ] > 0, drop = FALSE]
    if (ncol(pairs) < 2) next
    o <- pairs[1, ]; e <- pairs[2, ]; k <- length(o); n <- sum(o)
    fitted <- e * n / sum(e)
    tests <- c("homogeneity", if (dimension %in% c("months_since_index", "attained_age", "era") && k > 2) "trend")
    for (test in tests) {
      place <- paste0("sir_tests[", dimension, ",", test, "].")
      scores <- seq_len(k) - 1
      statistic <- if (test == "homogeneity") sum((o - fitted)^2 / fitted) else
        sum(scores * (o - fitted))^2 / (sum(fitted * scores^2) - sum(fitted * scores)^2 / sum(fitted))
      df <- if (test == "homogeneity") k - 1 else 1
      if (n == 0) statistic <- NA
      approximate <- pchisq(statistic, df, lower.tail = FALSE)
      exact <- NA
      if (n > 0 && test == "homogeneity" && choose(n + k - 1, k - 1) <= 5e6) {
        # Every way in which n events fall on the levels; as likely within R's own tolerance.
        left <- n; chance <- lgamma(n + 1)
        for (share in log(e / sum(e))[-k]) {
          from <- rep(seq_along(left), left + 1)
          value <- sequence(left + 1) - 1
          chance <- chance[from] + value * share - lgamma(value + 1)
          left <- left[from] - value
        }
        chance <- chance + left * log(e[k] / sum(e)) - lgamma(left + 1)
        exact <- min(1, sum(exp(chance[chance <= dmultinom(o, prob = e, log = TRUE) + 1e-7])))
      } else if (n > 0 && test == "trend" && n * (k - 1) <= 20000) {
        chance <- Reduce(function(chance, one) convolved(chance, e / sum(e)), seq_len(n), 1)
        away <- abs(seq_along(chance) - 1 - n * sum(e / sum(e) * scores))
        exact <- min(1, sum(chance[away >= away[sum(o * scores) + 1] - 1e-9 * max(1, n)]))
      }
      tell(if (is.na(exact)) approximate else exact, place, "p_value")
      tell(approximate, place, "p_value_chi_squared")
      tell(statistic, place, "statistic")
      tell(if (is.na(statistic)) NA else df, place, "df")
      tell(min(fitted), place, "smallest_fitted")
    }
  }
}

# ---- the hospital --------------------------------------------------------------------------------------------

summary <- given("institution_summary")
own <- given("institution_cases")
tell(sum(summary$n_index), "institution.n_index")
tell(sum(summary$n_second), "institution.n_second")
if (nrow(summary) && summary$n_index) {
  n <- summary$n_index; d <- summary$n_second
  proportion("institution", d, n)
  expected <- n * nrow(cases) / nrow(people)
  for (place in c("institution.registry_ratio", "institution.comparison.ratio"))
    two_rates(place, d, n, nrow(cases), nrow(people))
  tell(expected, "institution.comparison.expected")
  tell(if (expected > 0) poisson.test(d, expected)$p.value else NA, "institution.comparison.p_value")
  tell(if (d + nrow(cases)) fisher.test(rbind(c(d, n - d), c(nrow(cases), nrow(people) - nrow(cases))))$p.value else NA,
       "institution.comparison.fisher_p_value")
}
if (nrow(own)) {
  alike <- function(rows, after) data.frame(rows[c("sex", "died", "age_at_index_years", "latency_months",
                                                   "age_at_second_years")], after = rows[[after]])
  series <- list(registry = alike(cases, "months_after_second"), hospital = alike(own, "survival_months_after_second"))
  series$pooled <- do.call(rbind, series)
  for (name in names(series)) {
    rows <- series[[name]]
    place <- paste0("institution.case_series[", name, "]")
    known <- rows[!is.na(rows$after) & !is.na(rows$died), ]
    tell(nrow(rows), place, ".n")
    tell(sum(rows$sex == "Male", na.rm = TRUE), place, ".n_male")
    tell(sum(known$died), place, ".deaths")
    tell(nrow(known), place, ".n_survival_known")
    fit <- if (nrow(known)) survfit(Surv(after, died) ~ 1, known)
    tell(if (is.null(fit)) NA else quantile(fit, 0.5)$quantile, place, ".median_survival")
    tell(if (is.null(fit)) c(NA, NA) else median_limits(Surv(known$after, known$died), "log-log"),
         place, ".median_survival_ci")
    for (field in c("age_at_index_years", "latency_months", "age_at_second_years"))
      numbers(paste0(place, ".numeric[", field, "]"), rows[[field]])
  }
}

# ---- so many tests: Holm, within each family of P values of R's own -------------------------------------------

family <- function(name, places) {
  p <- vapply(places, function(place) told(place)[1], 0)
  if (all(is.na(p))) return()
  adjusted <- rep(NA, length(p))
  adjusted[!is.na(p)] <- p.adjust(p[!is.na(p)], "holm")
  place <- paste0("multiplicity[", name, "].")
  tell(sum(!is.na(p)), place, "n_tests")
  tell(sum(p < 0.05, na.rm = TRUE), place, "n_below_05")
  tell(sum(adjusted < 0.05, na.rm = TRUE), place, "n_below_05_holm")
  for (at in seq_along(p)) {
    tell(p[at], place, "tests[", names(places)[at], "].p_value")
    tell(adjusted[at], place, "tests[", names(places)[at], "].p_holm")
  }
}
named <- function(names, pattern) setNames(sprintf(pattern, names), names)
is_told <- function(places) places[vapply(places, exists, NA, envir = answers, inherits = FALSE)]
table_1 <- function(by_counts, by_values) c(
  named(names(TABLE_1), paste0("table1_tests[%s,", by_counts, "].p_value")),
  named("age_at_index_years", paste0("table1_tests[%s,", by_values, "].p_value")))
family("Table 1, conventional", table_1("pearson_chi2", "student_t"))
family("Table 1, exact or by ranks", table_1("fisher_exact", "mann_whitney"))
levels <- grep("^sir\\[.+=.+\\]\\.p_value$", ls(answers), value = TRUE)
levels <- levels[!startsWith(levels, "sir[from=")]
if (length(levels)) family("Observed over expected, level by level",
  setNames(levels, sub("=", ": ", sub("^sir\\[(.*)\\]\\.p_value$", "\\1", levels))))
between <- grep("^sir_tests.*\\.p_value$", ls(answers), value = TRUE)
if (length(between)) family("Observed over expected, between levels",
  setNames(between, sub(",", ": ", sub("^sir_tests\\[(.*)\\]\\.p_value$", "\\1", between))))
if (length(era_names) > 1)
  family("Latency between eras", named(c("student_t", "welch_t", "mann_whitney"), "latency_tests[%s].p_value"))
curves <- c(
  "os_from_index_by_second: logrank", "os_from_index_by_era: logrank",
  paste0("os_from_index_by_second_landmark: logrank at ", landmarks, " months"),
  "os_from_index_by_second_time_dependent: mantel_byar")
family("Survival curves",
       setNames(paste0("survival[", sub(": ", "].tests[", curves), "].p_value"), curves))
family("Hazard with the second primary, by method", named(
  c("index_naive", paste0("index_landmark:", landmarks), "index_time_dependent_adjusted", "index_time_dependent"),
  "cox[%s].terms[second_primary,with].p_value"))
alone <- setNames(paste0("cox[second_univariate:", names(everything), "].wald[", names(everything), "].p_value"), names(everything))
if (length(everything)) {
  family("Table 2, each variable alone", alone)
  family("Table 2, together", named(names(everything), "cox[second_multivariable].wald[%s].p_value"))
  terms <- unlist(lapply(names(everything), function(name) paste0(name, ",", everything[[name]]$levels[-1])))
  family("Table 2, together with Firth's penalty", setNames(
    paste0("cox[second_multivariable_firth].terms[", terms, "].p_value"), sub(",", ": ", terms)))
}
drifts <- grep("^cox\\[.*\\.proportional_hazards\\[GLOBAL\\]\\.p_value$", ls(answers), value = TRUE)
models <- sub("^cox\\[(.*)\\]\\.proportional.*", "\\1", drifts)
# Of a model that is about one variable, that of this variable.
drifts <- sub("GLOBAL", "second_primary", drifts)
drifts[!startsWith(models, "index")] <- sub("second_primary", "GLOBAL", drifts[!startsWith(models, "index")])
if (length(models)) family("Proportional hazards", setNames(drifts, models))
if (length(era_names) > 1) {
  windows <- sub("^fair_eras.windows\\[(.*)\\]\\.window_months$", "\\1", grep("window_months$", ls(answers), value = TRUE))
  windows <- as.character(sort(as.numeric(windows)))
  longest <- tail(windows, 1)
  subdistribution <- grep("^competing\\[second_primary_by_era\\]\\.fine_gray\\..*\\.p_value$", ls(answers), value = TRUE)
  family("Last era against first, by method", c(
    named(c(STRATIFIED, "rate per person-year", "proportion of people"), "era_ratios[%s].p_value"),
    setNames(sprintf("fair_eras.windows[%s].rate_ratio.p_value", longest),
             sprintf("rate per person-year within %s months", longest)),
    setNames(subdistribution, sprintf("Fine & Gray, %s against %s, death competing",
             sub(".*terms\\[era,(.*)\\]\\.p_value", "\\1", subdistribution), rep(first_era, length(subdistribution))))))
  # Fewer than five second primaries in either era are not compared.
  enough <- Filter(function(w) min(told("fair_eras.windows[", w, "].eras[", first_era, "].n_second"),
                                   told("fair_eras.windows[", w, "].eras[", last_era, "].n_second")) >= 5, windows)
  if (length(enough)) family("Latency in equal windows", setNames(
    sprintf("fair_eras.windows[%s].latency_p_value", enough), sprintf("latency within %s months", enough)))
}
family("Cumulative incidence between groups", is_told(named(
  c("second_primary_by_era", "second_primary_by_chemotherapy"), "competing[%s].gray.p_value")))
family("The hospital against the registry", is_told(setNames(
  paste0("institution.comparison.", c("p_value", "fisher_p_value")),
  c("observed against expected", "Fisher's exact test"))))

write_json(as.list(answers), file.path(folder, "answers.json"), auto_unbox = TRUE, digits = NA, na = "null")
