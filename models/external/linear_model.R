# SPDX-License-Identifier: Apache-2.0
# Bayesian linear regression in closed form, in R with jsonlite. In a suite:
#   {"model": "external", "label": "lm in R", "parameters": {
#     "command": ["Rscript", "linear_model.R"], "format": "csv", "parameters": {"noise_variance": 0.1}}}

answers <- stdout()
sink(stderr())  # whatever is printed must not get between the answers

numbers <- function(folder, name) {
  as.matrix(read.csv(file.path(folder, name), header = FALSE))
}
write_numbers <- function(values, folder, name) {
  write.table(format(values, digits = 17, trim = TRUE), file.path(folder, name),
              sep = ",", quote = FALSE, row.names = FALSE, col.names = FALSE)
}

# Coefficients w ~ N(0, v I): the posterior has covariance A = (X'X / noise + I / v)^-1 and mean A X'y / noise.
fit <- function(x, y, seed, parameters) {
  noise <- if (is.null(parameters$noise_variance)) 0.1 else parameters$noise_variance
  prior <- if (is.null(parameters$prior_variance)) 10 else parameters$prior_variance
  x <- cbind(x, 1)
  covariance <- solve(crossprod(x) / noise + diag(ncol(x)) / prior)
  weights <- covariance %*% crossprod(x, y) / noise
  function(query) {
    q <- cbind(query, 1)
    list(mean = q %*% weights, latent_cov = q %*% covariance %*% t(q), noise_var = noise)
  }
}

fits <- list()  # by folder
answer <- function(request) {
  folder <- request$folder
  if (request$do == "fit") {
    set.seed(request$seed)
    fits[[folder]] <<- fit(numbers(folder, "x.csv"), numbers(folder, "y.csv"), request$seed, request$parameters)
  } else if (request$do == "predict") {
    prediction <- fits[[folder]](numbers(folder, "query.csv"))
    for (name in names(prediction)) write_numbers(prediction[[name]], folder, paste0(name, ".csv"))
  } else if (request$do == "forget") {
    fits[[folder]] <<- NULL
  } else {
    stop("unknown request ", request$do)
  }
  list(ok = TRUE)
}

requests <- file("stdin", "r")
while (length(line <- readLines(requests, n = 1)) > 0) {
  reply <- tryCatch(answer(jsonlite::fromJSON(line)), error = function(e) list(ok = FALSE, error = conditionMessage(e)))
  writeLines(jsonlite::toJSON(reply, auto_unbox = TRUE), answers)
  flush(answers)
}
