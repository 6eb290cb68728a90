# survreg's Weibull and log-normal models of made-up cohorts, as JSON: Rscript ask_survreg.R cohorts.json
suppressMessages({library(survival); library(jsonlite)})
cohorts <- fromJSON(commandArgs(trailingOnly = TRUE)[1], simplifyDataFrame = FALSE)

model <- function(d, distribution) {
  fit <- survreg(Surv(d$months, d$died) ~ 1, dist = distribution, control = survreg.control(rel.tolerance = 1e-14))
  middle <- predict(fit, data.frame(x = 1), type = "uquantile", p = 0.5, se.fit = TRUE)
  list(
    coef = unname(coef(fit)), scale = fit$scale, aic = AIC(fit),
    median = exp(unname(middle$fit[1]) + c(0, -1, 1) * qnorm(0.975) * unname(middle$se.fit[1]))
  )
}

said <- lapply(cohorts, function(d) list(Weibull = model(d, "weibull"), `log-normal` = model(d, "lognormal")))
cat(toJSON(said, digits = NA, auto_unbox = TRUE))
