# R's answers about exact tests and strata, as JSON: Rscript ask_r_exact.R answers.json questions.json
suppressMessages({library(survival); library(jsonlite)})
said <- commandArgs(trailingOnly = TRUE)
asked <- fromJSON(said[2], simplifyMatrix = FALSE)
whole <- function(d) lapply(d, unlist)

tables <- vapply(asked$tables, function(t) fisher.test(do.call(rbind, t), workspace = 2e7)$p.value, 0)
poisson <- vapply(asked$poisson, function(q) poisson.test(q[[1]], r = q[[2]])$p.value, 0)
binomial <- vapply(asked$binomial, function(q) binom.test(q[[1]], q[[2]], q[[3]])$p.value, 0)

# survdiff itself stops at a singular covariance; groups that never meet add up over their strata.
d <- as.data.frame(whole(asked$nested))
parts <- lapply(split(d, d$stratum), function(part) survdiff(Surv(time, event) ~ group, part))
nested <- c(sum(vapply(parts, function(x) x$chisq, 0)), sum(vapply(parts, function(x) length(x$n) - 1, 0)))

# Mantel and Haenszel's rate ratio with Greenland and Robins's variance, as they print it.
r <- whole(asked$rates)
m <- r$years + r$years0
for_1 <- sum(r$count * r$years0 / m); for_0 <- sum(r$count0 * r$years / m)
error <- sqrt(sum(r$years * r$years0 * (r$count + r$count0) / m^2) / (for_1 * for_0))
mantel <- c(for_1 / for_0, for_1 / for_0 * exp(c(-1, 1) * qnorm(0.975) * error))

write_json(list(tables = tables, poisson = poisson, binomial = binomial, nested = nested, mantel = mantel),
           said[1], digits = NA, auto_unbox = TRUE)
