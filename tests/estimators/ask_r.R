# R's answers for one made-up cohort a file, as JSON: Rscript ask_r.R answers.json cohort.csv ...
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
said <- commandArgs(trailingOnly = TRUE)

test <- function(x, df) list(statistic = unname(x), df = df, p = pchisq(unname(x), df, lower.tail = FALSE))

curve <- function(fit) list(
  time = fit$time, n_risk = fit$n.risk, n_event = fit$n.event, surv = fit$surv, std_err = fit$std.err * fit$surv
)

kaplan_meier <- function(d) {
  y <- Surv(d$time, d$event)
  types <- c(log = "log", loglog = "log-log", plain = "plain", logit = "logit", arcsine = "arcsin")
  limits <- lapply(types, function(type) {
    fit <- survfit(y ~ 1, conf.type = type)
    q <- quantile(fit, c(0.2, 0.5, 0.7))
    list(lower = fit$lower, upper = fit$upper, q = unname(q$quantile), q_lower = unname(q$lower),
         q_upper = unname(q$upper))
  })
  mean <- summary(survfit(y ~ 1), rmean = 15)$table
  list(
    plain = curve(survfit(y ~ 1)), limits = limits, rmean = unname(mean[c("rmean", "se(rmean)")]),
    late = curve(survfit(Surv(d$entry, d$time, d$event) ~ 1)),
    weighted = curve(survfit(y ~ 1, weights = d$weight, robust = FALSE))
  )
}

logrank <- function(d) {
  y <- Surv(d$time, d$event)
  of <- function(fit) test(fit$chisq, sum(rowSums(as.matrix(fit$exp)) > 0) - 1)
  list(
    plain = of(survdiff(y ~ group, d)), peto = of(survdiff(y ~ group, d, rho = 1)),
    stratified = of(survdiff(y ~ group + strata(stratum), d)),
    observed = unname(survdiff(y ~ group, d)$obs), expected = unname(survdiff(y ~ group, d)$exp)
  )
}

model <- function(fit, zph = TRUE) {
  s <- summary(fit)
  found <- list(
    coef = unname(coef(fit)), se = unname(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))),
    used_se = unname(sqrt(diag(fit$var))), loglik = fit$loglik, score = unname(fit$score), wald = unname(fit$wald.test),
    concordance = unname(s$concordance)
  )
  if (zph) found$zph <- lapply(c(km = "km", rank = "rank", identity = "identity"),
                               function(g) unname(cox.zph(fit, g)$table[, "chisq"]))
  found
}

cox <- function(d) {
  f <- function(y, more = "") as.formula(paste(y, "~ x1 + x2 + x3", more))
  plain <- "Surv(time, event)"
  efron <- coxph(f(plain), d)
  base <- basehaz(efron, centered = FALSE)
  list(
    efron = model(efron), breslow = model(coxph(f(plain), d, ties = "breslow")),
    exact = model(coxph(f(plain), d, ties = "exact"), zph = FALSE),
    late = model(coxph(f("Surv(entry, time, event)"), d)),
    strata = model(coxph(f(plain, "+ strata(stratum)"), d)),
    weighted = model(coxph(f(plain), d, weights = weight, robust = FALSE), zph = FALSE),
    weighted_robust = model(coxph(f(plain, "+ cluster(clinic)"), d, weights = weight), zph = FALSE),
    cluster = model(coxph(f("Surv(entry, time, event)", "+ cluster(clinic)"), d, ties = "breslow"), zph = FALSE),
    baseline = list(time = base$time, hazard = base$hazard)
  )
}

# Nobody of group 0 has the event: the other two levels run off together.
separated <- function(d) {
  d$late_event <- d$event * (d$group != 0); d$one <- as.numeric(d$group == 1); d$two <- as.numeric(d$group == 2)
  f <- function(y, more = "") as.formula(paste(y, "~ one + two + x1 + x3", more))
  of <- function(fit) list(
    coef = unname(coef(fit)), se = unname(sqrt(diag(fit$var))), loglik = fit$loglik,
    concordance = unname(fit$concordance[c("concordance", "std")])
  )
  plain <- "Surv(time, late_event)"; late <- "Surv(entry, time, late_event)"
  # Stopped by its limit of iterations coxph would leave the covariance half made.
  long <- coxph.control(eps = 1e-11, iter.max = 100)
  suppressWarnings(list(
    efron = of(coxph(f(plain), d, control = long)), breslow = of(coxph(f(plain), d, ties = "breslow", control = long)),
    exact = of(coxph(f(plain), d, ties = "exact", control = long)),
    late = of(coxph(f(late, "+ strata(stratum)"), d, control = long)),
    weighted_robust = of(coxph(f(late, "+ cluster(clinic)"), d, weights = weight, control = long))
  ))
}

competing <- function(d) {
  state <- factor(d$cause, 0:2, c("censored", "first", "second"))
  fit <- survfit(Surv(time, state) ~ 1, d)
  late <- survfit(Surv(entry, time, state) ~ 1, d, id = seq_len(nrow(d)))
  grays <- cuminc(d$time, d$cause, d$group)$Tests
  strata <- cuminc(d$time, d$cause, d$group, d$stratum)$Tests
  own <- cuminc(d$time, d$cause)
  points <- timepoints(own, unique(sort(d$time[d$cause == 1])))
  x <- as.matrix(d[c("x1", "x2", "x3")])
  d$person <- seq_len(nrow(d))
  fg <- finegray(Surv(time, state) ~ ., d[c("time", "x1", "x2", "x3", "person")], etype = "first")
  weighted <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2 + x3 + cluster(person), fg, weights = fgwt)
  stratified <- finegray(Surv(time, state) ~ x1 + x2 + x3 + strata(stratum), d, etype = "first")
  by_stratum <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2 + x3, stratified, weights = fgwt)
  # Ties of events and censorings, which crr orders as it pleases, are broken.
  crr <- crr(d$time + 0.5 * (d$cause == 0), d$cause, x, gtol = 1e-12)
  list(
    curve = list(time = fit$time, cif = fit$pstate[, 2], std_err = fit$std.err[, 2]),
    late = list(time = late$time, cif = late$pstate[, 2], std_err = late$std.err[, 2]),
    cuminc = list(time = as.numeric(colnames(points$est)), cif = unname(points$est[1, ]), var = unname(points$var[1, ])),
    gray = unname(grays[1, c("stat", "df", "pv")]), gray_strata = unname(strata[1, c("stat", "df", "pv")]),
    finegray = list(coef = unname(coef(weighted)), se = unname(sqrt(diag(weighted$var)))),
    finegray_strata = list(coef = unname(coef(by_stratum))),
    crr = list(coef = unname(crr$coef), se = unname(sqrt(diag(crr$var))))
  )
}

counts <- function(d) {
  square <- table(d$x2, d$event)
  wide <- table(d$group, d$stratum)
  a <- d$x1[d$x2 == 1]; b <- d$x1[d$x2 == 0]
  tied_a <- d$time[d$x2 == 1]; tied_b <- d$time[d$x2 == 0]
  fisher <- fisher.test(square)
  rank <- function(x, y, ...) { w <- suppressWarnings(wilcox.test(x, y, ...)); c(unname(w$statistic), w$p.value) }
  t <- function(...) { found <- t.test(...); c(unname(found$statistic), unname(found$parameter), found$p.value, found$conf.int) }
  events <- tapply(d$event, d$group, sum); totals <- tapply(d$event, d$group, length)
  k <- sum(d$event); person <- sum(d$time)
  list(
    square = unclass(square), wide = unclass(wide),
    chisq = unname(unlist(suppressWarnings(chisq.test(wide, correct = FALSE))[c("statistic", "parameter", "p.value")])),
    yates = unname(unlist(suppressWarnings(chisq.test(square, correct = TRUE))[c("statistic", "parameter", "p.value")])),
    fisher = list(p = fisher$p.value, odds = unname(fisher$estimate), limits = as.numeric(fisher$conf.int)),
    fisher_wide = fisher.test(wide, workspace = 2e7)$p.value,
    student = t(a, b, var.equal = TRUE), welch = t(a, b),
    wilcoxon_exact = rank(a[1:12], b[1:15], exact = TRUE),
    wilcoxon_tied = rank(tied_a, tied_b, exact = FALSE, correct = TRUE),
    wilcoxon_plain = rank(tied_a, tied_b, exact = FALSE, correct = FALSE),
    events = as.numeric(events), totals = as.numeric(totals),
    poisson = c(poisson.test(k, person)$conf.int), poisson_p = poisson.test(k, r = k * 1.3)$p.value,
    rate_ratio = with(poisson.test(events[1:2], totals[1:2]), c(unname(estimate), conf.int, p.value)),
    binomial = c(binom.test(k, nrow(d))$conf.int), wilson = c(prop.test(k, nrow(d), correct = FALSE)$conf.int),
    holm = p.adjust(c(0.01, 0.02, 0.03, 0.5), "holm"), hochberg = p.adjust(c(0.01, 0.02, 0.03, 0.5), "BH")
  )
}

answers <- lapply(said[-1], function(file) {
  d <- read.csv(file)
  list(kaplan_meier = kaplan_meier(d), logrank = logrank(d), cox = cox(d), separated = separated(d), competing = competing(d), counts = counts(d))
})
write_json(answers, said[1], digits = NA, auto_unbox = TRUE, na = "null")
