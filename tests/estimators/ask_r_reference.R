# R's answers about the data sets of its own packages: Rscript ask_r_reference.R answers.json
#
# r_answers.json beside this file is what it wrote with the versions named there; a test asks anew where R is. An
# answer is kept with the call that gave it. What R has no function for is written out below, from the literature.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
gehan <- MASS::gehan
# cmprsk and we count causes; survival wants them as a factor.
mgus2$etime <- with(mgus2, ifelse(pstat == 0, futime, ptime))
mgus2$event <- with(mgus2, ifelse(pstat == 0, 2 * death, 1))
mgus2$state <- factor(mgus2$event, 0:2, c("censored", "pcm", "death"))
lung$died <- lung$status == 2

answers <- list()
ask <- function(id, call, of = identity) {
  answers[[id]] <<- list(call = paste(trimws(deparse(call, 500L)), collapse = " "), values = of(eval(call)))
}

# ---------------------------------------------------------------- what is kept of an answer

bare <- function(x) unname(as.vector(x))
tail_of <- function(x, df) pchisq(x, df, lower.tail = FALSE)

points <- function(times, probs = c(0.25, 0.5, 0.75)) function(fit) {
  at <- summary(fit, times = times, extend = TRUE)
  q <- quantile(fit, probs)
  list(
    n = fit$n, events = sum(fit$n.event),
    at = list(time = times, n_risk = at$n.risk, surv = at$surv, std_err = at$std.err, lower = at$lower, upper = at$upper),
    quantile_probs = probs, quantile = bare(q$quantile), quantile_lower = bare(q$lower), quantile_upper = bare(q$upper)
  )
}

difference <- function(fit) {
  sums <- function(x) bare(if (is.matrix(x)) rowSums(x) else x)
  df <- length(fit$n) - 1
  list(chisq = fit$chisq, df = df, p = tail_of(fit$chisq, df), n = bare(fit$n), observed = sums(fit$obs),
       expected = sums(fit$exp), var = unname(fit$var))
}

model <- function(fit) {
  s <- summary(fit)
  rows <- s$coefficients
  three <- function(test) bare(test)
  list(
    n = fit$n, nevent = fit$nevent, coef = bare(fit$coefficients),
    se = bare(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))), robust_se = bare(sqrt(diag(fit$var))),
    hr = bare(s$conf.int[, "exp(coef)"]), lower95 = bare(s$conf.int[, "lower .95"]),
    upper95 = bare(s$conf.int[, "upper .95"]), z = bare(rows[, "z"]), p = bare(rows[, ncol(rows)]), loglik = fit$loglik,
    lrt = three(s$logtest), wald = bare(c(fit$wald.test, s$waldtest[["df"]], tail_of(fit$wald.test, s$waldtest[["df"]]))),
    score = three(s$sctest), concordance = s$concordance[[1]], concordance_se = s$concordance[[2]]
  )
}

score <- function(fit) list(score = bare(fit$score), p = bare(tail_of(fit$score, length(coef(fit)))),
                            coef = bare(coef(fit)), se = bare(sqrt(diag(fit$var))))

drift <- function(zph) {
  rows <- zph$table
  list(chisq = bare(rows[, "chisq"]), df = bare(rows[, "df"]), p = bare(rows[, "p"]))
}

# ---------------------------------------------------------------- curves

of_cohort <- function(name, fit, types, times) for (type in types) {
  fit$conf.type <- type
  ask(paste0("km_", name, "_", type), fit, points(times))
}
three <- c("plain", "log", "log-log")
five <- c(three, "logit", "arcsin")
months <- c(12, 60, 120, 180, 240, 360)
of_cohort("lung", quote(survfit(Surv(time, died) ~ 1, lung)), five, c(100, 200, 300, 365, 500, 700, 900))
of_cohort("myeloma_naive", quote(survfit(Surv(futime, death) ~ 1, myeloma)), five, c(30, 365.25 * c(0.5, 1, 2, 5, 10, 20)))
of_cohort("veteran", quote(survfit(Surv(time, status) ~ 1, veteran)), three, c(10, 50, 80, 100, 200, 400, 600, 900))
of_cohort("ovarian", quote(survfit(Surv(futime, fustat) ~ 1, ovarian)), five, c(100, 300, 365, 500, 800, 1200))
of_cohort("gehan_6mp", quote(survfit(Surv(time, cens) ~ 1, gehan, subset = treat == "6-MP")), five, c(6, 10, 16, 23, 35))
of_cohort("gehan_control", quote(survfit(Surv(time, cens) ~ 1, gehan, subset = treat == "control")), five, c(1, 4, 8, 12, 23))
of_cohort("mgus2_os", quote(survfit(Surv(futime, death) ~ 1, mgus2)), c(three, "arcsin"), months)

ask("km_lung_full_curve", quote(survfit(Surv(time, died) ~ 1, lung)), function(fit) list(
  time = fit$time, n_risk = fit$n.risk, n_event = fit$n.event, n_censor = fit$n.censor, surv = fit$surv,
  std_err_log = fit$std.err))
ask("km_lung_by_sex", quote(survfit(Surv(time, died) ~ sex, lung)), function(fit) {
  q <- quantile(fit, 0.5)
  list(n = bare(fit$n), median = bare(q$quantile), lower = bare(q$lower), upper = bare(q$upper))
})
ask("km_myeloma_left_truncated", quote(survfit(Surv(entry, futime, death) ~ 1, myeloma)), function(fit) {
  found <- points(c(30, 365.25 * c(0.5, 1, 2, 5, 10, 20)))(fit)
  list(events = found$events, at = found$at, quantile = found$quantile, lower = found$quantile_lower,
       upper = found$quantile_upper)
})
# S is 1/2 on a whole step: R takes its middle, SAS and SPSS its first month.
ask("km_median_flat_midpoint", quote(survfit(Surv(1:8, rep(1, 8)) ~ 1)), function(fit) {
  q <- quantile(fit, 0.5)
  list(median = bare(q$quantile), lower = bare(q$lower), upper = bare(q$upper),
       smallest_t_with_S_le_half = fit$time[fit$surv <= 0.5 + 1e-12][1])
})
ask("km_tied_censor_death",
    quote(survfit(Surv(c(5, 5, 5, 8, 8, 10, 12, 12, 15, 20), c(1, 0, 1, 1, 0, 1, 0, 1, 0, 1)) ~ 1)), function(fit) list(
  time = fit$time, n_risk = fit$n.risk, surv = fit$surv, se = fit$std.err * fit$surv, lower = fit$lower,
  upper = fit$upper))
ask("rmst_lung_730", quote(summary(survfit(Surv(time, died) ~ sex, lung), rmean = 730)), function(s) {
  mean_of <- function(row) list("Est." = s$table[row, "rmean"][[1]], se = s$table[row, "se(rmean)"][[1]])
  list(arm0 = mean_of(1), arm1 = mean_of(2))
})
ask("mean_lung_to_last", quote(summary(survfit(Surv(time, died) ~ 1, lung), rmean = "common")),
    function(s) as.list(s$table))
ask("km_weighted_lung", quote(survfit(Surv(time, died) ~ 1, lung, weights = ifelse(sex == 1, 0.7, 1.6), robust = FALSE)),
    function(fit) points(c(100, 300, 500))(fit)$at)

# The error of a percentile as SPSS gives it: Greenwood's over the density between five percent above and below.
spss_percentile <- function(fit, p) {
  curve <- list(time = fit$time[fit$n.event > 0], surv = fit$surv[fit$n.event > 0],
                error = (fit$std.err * fit$surv)[fit$n.event > 0])
  i <- which(curve$surv <= p + 1e-12)[1]
  upper <- max(which(curve$surv >= p + 0.05 - 1e-12)); lower <- which(curve$surv <= p - 0.05 + 1e-12)[1]
  density <- (curve$surv[upper] - curve$surv[lower]) / (curve$time[lower] - curve$time[upper])
  t <- curve$time[i]; se <- curve$error[i] / density
  list(t_p = t, se = se, density = density, ci_lower = t - qnorm(0.975) * se, ci_upper = t + qnorm(0.975) * se)
}
spss <- function(fit) c(spss_percentile(fit, 0.5), list(q25 = spss_percentile(fit, 0.75), q75 = spss_percentile(fit, 0.25)))
ask("spss_median_gehan_6mp", quote(survfit(Surv(time, cens) ~ 1, gehan, subset = treat == "6-MP")),
    function(fit) spss_percentile(fit, 0.5))
ask("spss_median_gehan_control", quote(survfit(Surv(time, cens) ~ 1, gehan, subset = treat == "control")), spss)
ask("spss_median_lung", quote(survfit(Surv(time, died) ~ 1, lung)), spss)

# ---------------------------------------------------------------- tests of curves

ask("logrank_lung_sex", quote(survdiff(Surv(time, died) ~ sex, lung)), difference)
ask("peto_lung_sex", quote(survdiff(Surv(time, died) ~ sex, lung, rho = 1)), difference)
ask("logrank_veteran_celltype", quote(survdiff(Surv(time, status) ~ as.character(celltype), veteran)), difference)
ask("logrank_gehan", quote(survdiff(Surv(time, cens) ~ treat, gehan)), difference)
ask("logrank_mgus2_sex", quote(survdiff(Surv(futime, death) ~ sex, mgus2)), difference)
ask("logrank_lung_sex_strat_ecog", quote(survdiff(Surv(time, died) ~ sex + strata(ph.ecog), lung)),
    function(fit) difference(fit)[c("chisq", "df", "p", "observed", "expected")])
ask("logrank_left_truncated_myeloma",
    quote(coxph(Surv(entry, futime, death) ~ I(year >= 70), myeloma, ties = "breslow")), score)
ask("trend_lung_ecog", quote(coxph(Surv(time, died) ~ ph.ecog, lung, ties = "breslow")), score)

# The weighted log-rank test, summed death time by death time (Tarone & Ware 1977).
weighted_logrank <- function(time, event, group, weight) {
  group <- factor(as.character(group)); k <- nlevels(group)
  u <- numeric(k); v <- matrix(0, k, k)
  for (t in sort(unique(time[event == 1]))) {
    n_j <- bare(table(group[time >= t])); d_j <- bare(table(group[time == t & event == 1]))
    n <- sum(n_j); d <- sum(d_j); w <- weight(n); share <- n_j / n
    u <- u + w * (d_j - d * share)
    if (n > 1) v <- v + w^2 * d * (n - d) / (n - 1) * (diag(share) - outer(share, share))
  }
  keep <- seq_len(k - 1)
  chisq <- drop(u[keep] %*% solve(v[keep, keep, drop = FALSE], u[keep]))
  list(chisq = chisq, df = k - 1, p = tail_of(chisq, k - 1), U = u)
}
ask("wlr_logrank_lung_sex", quote(with(lung, weighted_logrank(time, died, sex, function(n) 1))))
ask("wlr_gehan_lung_sex", quote(with(lung, weighted_logrank(time, died, sex, function(n) n))))
ask("wlr_tarone_lung_sex", quote(with(lung, weighted_logrank(time, died, sex, sqrt))))
ask("wlr_logrank_gehan", quote(with(gehan, weighted_logrank(time, cens, treat, function(n) 1))))
ask("wlr_logrank_veteran_celltype", quote(with(veteran, weighted_logrank(time, status, celltype, function(n) 1))))

# ---------------------------------------------------------------- Cox models

of_ties <- function(name, fit, ties) for (way in ties) {
  fit$ties <- way
  ask(paste0("cox_", name, "_", way), fit, model)
}
both <- c("efron", "breslow")
of_ties("lung", quote(coxph(Surv(time, died) ~ age + sex + ph.ecog, lung)), both)
of_ties("veteran", quote(coxph(Surv(time, status) ~ trt + celltype + karno + diagtime + age + prior, veteran)), both)
of_ties("gehan", quote(coxph(Surv(time, cens) ~ treat == "control", gehan)), c(both, "exact"))
of_ties("mgus2", quote(coxph(Surv(futime, death) ~ age + sex + hgb + mspike, mgus2)), both)
of_ties("myeloma_ltrunc", quote(coxph(Surv(entry, futime, death) ~ year, myeloma)), "efron")
of_ties("heart_tv", quote(coxph(Surv(start, stop, event) ~ age + year + surgery * transplant, heart)), both)
ask("cox_myeloma_naive", quote(coxph(Surv(futime, death) ~ year, myeloma)), model)
ask("cox_lung_robust", quote(coxph(Surv(time, died) ~ age + sex, lung, robust = TRUE, id = seq_along(time))), model)
ask("cox_lung_weighted",
    quote(coxph(Surv(time, died) ~ age + sex, lung, weights = ifelse(sex == 1, 0.7, 1.6), robust = FALSE)),
    function(fit) list(coef = bare(coef(fit)), se_model = bare(sqrt(diag(fit$var))), loglik = fit$loglik))
ask("cox_lung_offset", quote(coxph(Surv(time, died) ~ sex + offset(0.02 * age), lung)), model)
ask("cox_veteran_term_test", quote(list(coxph(Surv(time, status) ~ trt + karno, veteran),
                                        coxph(Surv(time, status) ~ trt + karno + celltype, veteran))), function(fits) {
  full <- fits[[2]]; term <- grep("celltype", names(coef(full)))
  list(lrt_chisq = 2 * (full$loglik[2] - fits[[1]]$loglik[2]), df = length(term),
       wald_chisq = drop(coef(full)[term] %*% solve(full$var[term, term], coef(full)[term])))
})
ask("zph_veteran_km", quote(cox.zph(coxph(Surv(time, status) ~ trt + celltype + karno, veteran), "km", terms = FALSE)), drift)
ask("zph_veteran_identity",
    quote(cox.zph(coxph(Surv(time, status) ~ trt + celltype + karno, veteran), "identity", terms = FALSE)), drift)
ask("zph_mgus2_km", quote(cox.zph(coxph(Surv(futime, death) ~ age + sex + hgb, mgus2), "km")), drift)
ask("basehaz_lung", quote(list(basehaz(coxph(Surv(time, died) ~ age + sex + ph.ecog, lung), centered = FALSE),
                               basehaz(coxph(Surv(time, died) ~ age + sex + ph.ecog, lung), centered = TRUE))),
    function(two) {
  at <- match(c(107, 201, 310, 429, 705), two[[1]]$time)
  list(time = two[[1]]$time[at], H0_uncentered = two[[1]]$hazard[at], H0_centered = two[[2]]$hazard[at])
})
ask("concordance_lung", quote(concordance(coxph(Surv(time, died) ~ age + sex + ph.ecog, lung))),
    function(found) list(C = bare(found$concordance), var = bare(found$var), counts = as.list(found$count)))

# Firth's penalised likelihood (Heinze & Schemper 2001), climbed over coxph's likelihood and information at given
# coefficients; limits where twice the profile falls by the quantile, as coxphf has them.
firth <- function(y, x) {
  still <- coxph.control(iter.max = 0)
  at <- function(b) coxph.fit(x, y, NULL, NULL, b, still, NULL, "breslow", NULL, resid = FALSE)
  penalised <- function(b) {
    fit <- at(b)
    value <- fit$loglik[1] - 0.5 * determinant(fit$var)$modulus[[1]]
    if (is.finite(value)) value else -1e6
  }
  p <- ncol(x); scale <- apply(x, 2, sd)
  # nlminb comes near; optim's own derivatives, in units of a deviation, take it to the top.
  climb <- function(start, free) {
    if (!any(free)) return(list(value = penalised(start), b = start))
    put <- function(z) replace(start, free, z / scale[free])
    f <- function(z) -penalised(put(z))
    z <- nlminb(start[free] * scale[free], f)$par
    for (i in 1:3) {
      slope <- vapply(seq_along(z), function(j) { h <- replace(0 * z, j, 1e-4); (f(z + h) - f(z - h)) / 2e-4 }, 0)
      z <- z - solve(optimHess(z, f), slope)
    }
    list(value = penalised(put(z)), b = put(z))
  }
  top <- climb(numeric(p), rep(TRUE, p)); se <- sqrt(bare(diag(at(top$b)$var)))
  drop_to <- function(j, value) { b <- top$b; b[j] <- value; 2 * (top$value - climb(b, seq_len(p) != j)$value) }
  limit <- function(j, way) {
    far <- function(v) drop_to(j, v) - qchisq(0.95, 1)
    uniroot(far, sort(top$b[j] + way * se[j] * c(0.2, 4)), tol = 1e-9, extendInt = if (way > 0) "upX" else "downX")$root
  }
  js <- seq_len(p)
  list(profile = list(
    coef = top$b, se = se, ci_lower = exp(vapply(js, limit, 0, way = -1)), ci_upper = exp(vapply(js, limit, 0, way = 1)),
    p = vapply(js, function(j) tail_of(drop_to(j, 0), 1), 0), loglik_pen = c(penalised(numeric(p)), top$value)
  ), wald = list(ci_lower = exp(top$b - qnorm(0.975) * se), ci_upper = exp(top$b + qnorm(0.975) * se)))
}
ask("firth_toy3", quote(firth(Surv(1:3, c(1, 1, 1)), cbind(c(1, 1, 0)))))
ask("firth_ovarian",
    quote(with(ovarian, firth(Surv(futime, fustat), cbind(age, rx, resid.ds, ecog.ps)))))

# ---------------------------------------------------------------- competing causes, time-dependent exposure

ask("aj_mgus2", quote(survfit(Surv(etime, state) ~ 1, mgus2)), function(fit) {
  s <- summary(fit, times = seq(60, 360, 60))
  list(time = s$time, pstate = unname(s$pstate), se = unname(s$std.err), lower = unname(s$lower), upper = unname(s$upper))
})
ask("cuminc_mgus2_by_sex", quote(with(mgus2, cuminc(etime, event, sex))), function(fit) {
  at <- timepoints(fit, c(60, 120, 240, 360))
  tests <- fit$Tests
  list(curves = rownames(at$est), est = unname(at$est), var = unname(at$var), gray_stat = bare(tests[, "stat"]),
       gray_p = bare(tests[, "pv"]), gray_df = bare(tests[, "df"]))
})
ask("finegray_mgus2_survival",
    quote(coxph(Surv(fgstart, fgstop, fgstatus) ~ age + sex, finegray(Surv(etime, state) ~ age + sex, mgus2, etype = "pcm"),
                weights = fgwt)), function(fit) {
  list(coef = bare(coef(fit)), se_naive = bare(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))),
       se_default = bare(sqrt(diag(fit$var))))
})
ask("mantel_byar_heart", quote(lapply(c(exact = "exact", breslow = "breslow", efron = "efron"), function(ties)
  coxph(Surv(start, stop, event) ~ transplant, heart, ties = ties))), function(fits) {
  o <- 0; e <- 0; v <- 0
  for (t in sort(unique(heart$stop[heart$event == 1]))) {
    here <- heart[heart$start < t & heart$stop >= t, ]
    moved <- here$transplant == 1; died <- here$stop == t & here$event == 1
    n <- nrow(here); d <- sum(died); share <- mean(moved)
    o <- o + sum(died & moved); e <- e + d * share
    if (n > 1) v <- v + d * share * (1 - share) * (n - d) / (n - 1)
  }
  list(O = o, E = e, V = v, chisq = (o - e)^2 / v, score_exact = bare(fits$exact$score),
       score_breslow = bare(fits$breslow$score), cox_efron = list(coef = bare(coef(fits$efron))))
})

# ---------------------------------------------------------------- counts, rates, tables, means, ranks

for (pair in list(c("0", "0.7"), c("1", "0.25"), c("8", "2.9"), c("18", "3.2847"), c("18", "3.28467153284672"), c("1226", "1214.5397"))) {
  o <- as.numeric(pair[1]); e <- as.numeric(pair[2])
  ask(paste0("sir_O", pair[1], "_E", pair[2]), bquote(poisson.test(.(o), .(e))), function(test) {
    # Byar's approximation as epitools has it, with a half added; the mid-P limits by their definition.
    byar <- function(z) (o + 0.5) * (1 - 1 / (9 * (o + 0.5)) + z / 3 / sqrt(o + 0.5))^3 / e
    tail_at <- function(m) ppois(o, m) - dpois(o, m) / 2
    midp <- function(p) uniroot(function(m) tail_at(m) - p, c(1e-12, 10 * (o + 4)), tol = 1e-14)$root / e
    list(O = o, E = e, sir = bare(test$estimate), exact_lower = test$conf.int[1], exact_upper = test$conf.int[2],
         p_exact_R = test$p.value, p_exact_twice_tail = min(1, 2 * min(ppois(o, e), ppois(o - 1, e, lower.tail = FALSE))),
         chi2_breslow_day = max(abs(o - e) - 0.5, 0)^2 / e, byar_lower = byar(-qnorm(0.975)), byar_upper = byar(qnorm(0.975)),
         midp_lower = if (o == 0) 0 else midp(0.975), midp_upper = midp(0.025))
  })
}
ask("rates_paper", quote(list(poisson.test(8, 31989), poisson.test(10, 32640), poisson.test(c(10, 8), c(32640, 31989)))),
    function(tests) list(
  crude_per_100000_8_31989 = 1e5 * bare(tests[[1]]$estimate), ci_8 = 1e5 * bare(tests[[1]]$conf.int),
  crude_10_32640 = 1e5 * bare(tests[[2]]$estimate), ci_10 = 1e5 * bare(tests[[2]]$conf.int),
  rate_ratio = bare(tests[[3]]$estimate), rr_ci = bare(tests[[3]]$conf.int), rr_p = tests[[3]]$p.value))
ask("proportion_ci_paper", quote(list(
  cp8 = binom.test(8, 31989), cp10 = binom.test(10, 32640), cp3_1529 = binom.test(3, 1529),
  wilson8 = prop.test(8, 31989, correct = FALSE), wilson10 = prop.test(10, 32640, correct = FALSE))),
    function(tests) lapply(tests, function(test) bare(test$conf.int)))

# The paper's Table 1: without and with a second primary.
paper <- list(
  gender = rbind(c(35067, 10), c(29544, 8)), race = rbind(c(49117, 12), c(11296, 5), c(3974, 1)),
  marital = rbind(c(36886, 12), c(23843, 4)), era = rbind(c(31981, 8), c(32630, 10)), chemo = rbind(c(40197, 16), c(24414, 2))
)
for (name in names(paper)) {
  counts <- paper[[name]]
  ask(paste0("table1_", name), bquote(suppressWarnings(list(
    pearson = chisq.test(paper[[.(name)]], correct = FALSE), yates = chisq.test(paper[[.(name)]]),
    fisher = fisher.test(paper[[.(name)]])))), function(tests) {
    square <- nrow(counts) == 2
    list(counts = counts, pearson = bare(tests$pearson$statistic), pearson_p = tests$pearson$p.value,
         df = bare(tests$pearson$parameter), yates = if (square) bare(tests$yates$statistic),
         yates_p = if (square) tests$yates$p.value, fisher_p = tests$fisher$p.value,
         fisher_or = if (square) bare(tests$fisher$estimate), fisher_ci = if (square) bare(tests$fisher$conf.int),
         G2 = 2 * sum(counts * log(counts / tests$pearson$expected)), min_expected = min(tests$pearson$expected),
         cells_lt5 = sum(tests$pearson$expected < 5))
  })
}

# Its Table 2: hazard ratios with their limits, from which the error and Wald's P follow.
table_2 <- data.frame(
  hr = c(0.47, 0.628, 0.16, 0.553, 1.263, 6.366, 0.602, 3.467, 0.835, 0.684, 0.616, 13.84),
  lo = c(0.135, 0.074, 0.009, 0.161, 0.348, 1.395, 0.132, 0.153, 0.028, 0.174, 0.133, 1.807),
  hi = c(1.634, 5.324, 2.732, 1.897, 4.581, 29.059, 2.748, 78.406, 25.013, 2.68, 2.853, 106.01)
)
ask("paper_table2", quote(within(table_2, {
  se <- log(hi / lo) / (2 * qnorm(0.975)); z <- log(hr) / se; wald_p <- 2 * pnorm(-abs(z)); hr_from_ci <- sqrt(lo * hi)
})))
ask("fisher_3x3", quote(suppressWarnings(list(fisher.test(matrix(c(3, 1, 4, 2, 7, 1, 0, 5, 9), 3)),
                                              chisq.test(matrix(c(3, 1, 4, 2, 7, 1, 0, 5, 9), 3))))),
    function(tests) list(p = tests[[1]]$p.value, pearson = bare(tests[[2]]$statistic)))
ask("ttest_lung_age_by_sex", quote(suppressWarnings(list(
  student = t.test(age ~ sex, lung, var.equal = TRUE), welch = t.test(age ~ sex, lung),
  corrected = wilcox.test(age ~ sex, lung, exact = FALSE), plain = wilcox.test(age ~ sex, lung, exact = FALSE, correct = FALSE)))),
    function(tests) {
  of <- function(test) list(t = bare(test$statistic), df = bare(test$parameter), p = test$p.value, ci = bare(test$conf.int))
  ages <- split(lung$age, lung$sex); n <- lengths(ages)
  apart <- mean(ages[[1]]) - mean(ages[[2]]); v <- vapply(ages, var, 0)
  pooled <- sqrt(sum((n - 1) * v) / (sum(n) - 2))
  list(student = of(tests$student), welch = of(tests$welch), mw_W = bare(tests$plain$statistic),
       mw_p_cc = tests$corrected$p.value, mw_p_nocc = tests$plain$p.value, smd_unpooled_avg = apart / sqrt(mean(v)),
       cohen_d = apart / pooled, hedges_g = apart / pooled * (1 - 3 / (4 * (sum(n) - 2) - 1)))
})
ask("mannwhitney_exact", quote(wilcox.test(c(1.1, 2.3, 0.7, 3.9, 2.2), c(4.1, 3.3, 5.6, 2.9, 6.0, 4.4), exact = TRUE)),
    function(test) list(W = bare(test$statistic), p = test$p.value))

# Standardised differences of levels (Yang & Dalton 2012) and of two proportions (Austin 2009).
levels_apart <- function(a, b) {
  p <- a[-1]; q <- b[-1]
  s <- (diag(p) - outer(p, p) + diag(q) - outer(q, q)) / 2
  sqrt(drop((p - q) %*% solve(s, p - q)))
}
ask("smd_categorical", quote(prop.table(table(lung$sex, lung$ph.ecog), 1)), function(share) list(
  smd_ecog_by_sex = levels_apart(share[1, ], share[2, ]),
  smd_binary_622_889 = (0.889 - 0.622) / sqrt((0.622 * 0.378 + 0.889 * 0.111) / 2)))

# E-values (VanderWeele & Ding 2017).
e_value <- function(ratio) { ratio <- max(ratio, 1 / ratio); ratio + sqrt(ratio * (ratio - 1)) }
common <- function(hazard_ratio) (1 - 0.5^sqrt(hazard_ratio)) / (1 - 0.5^sqrt(1 / hazard_ratio))
ask("evalue", quote(list(
  rr_3.9 = e_value(3.9), rr_3.9_lcl_1.8 = e_value(1.8), hr_6.366_rare = e_value(6.366),
  hr_6.366_common = e_value(common(6.366)), hr_lcl_1.395_common = e_value(common(1.395)),
  hr_lcl_1.395_rare = e_value(1.395), hr_13.84_common = e_value(common(13.84)), or_4_common = e_value(sqrt(4)),
  rr_0.5 = e_value(0.5))))

versions <- vapply(c("survival", "cmprsk", "MASS"), function(name) paste(name, packageVersion(name)), "")
write_json(
  list(software = paste(c(R.version.string, versions), collapse = ", "), answers = answers),
  commandArgs(trailingOnly = TRUE)[1], digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE
)
