# Two commands are enough: `make study` and `make test`. Needs Python 3.11 or later and make, nothing else.

PYTHON ?= python3
# Where everything lies: `make HOME_DIR=...`, else $METACHRON_HOME, else ./var.
HOME_DIR ?= $(or $(METACHRON_HOME),var)
VENV := .venv
BIN := $(VENV)/bin

# A stamp per lock file: a second call installs nothing; a changed lock, or another way to be found, installs again.
RUNTIME := $(VENV)/.runtime-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')
TESTING := $(VENV)/.testing-$(shell cat requirements.lock requirements-test.lock | cksum | tr ' ' '-')
SPARK := $(VENV)/.spark-$(shell cat requirements.lock requirements-spark.lock | cksum | tr ' ' '-')

# What `make quick` runs, without the slow ones of them.
QUICK := tests/estimators tests/landing tests/publishing $(wildcard tests/test_*.py)

# Bytecode halves every start; telemetry of every tool is off.
unexport PYTHONDONTWRITEBYTECODE
export METACHRON_HOME := $(HOME_DIR)
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help study test quick soak lint lint-python lint-sql bench serve spark wheel clean install install-test install-spark

help:  ## what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

study: install  ## synthetic deliveries in, report.html out
	@test -f "$(HOME_DIR)/inbox/synthetic_truth.json" || $(BIN)/metachron synth "$(HOME_DIR)/inbox"
	@$(BIN)/metachron run --inbox "$(HOME_DIR)/inbox"

# Three workers keep two cores busy: some tests wait, for a server, a browser or a lock. No test pulls the plug, so
# none need wait for the disk either where eatmydata is installed.
test: install-test  ## the whole test suite (10 to 25 minutes on two cores)
	$(shell command -v eatmydata 2>/dev/null) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Estimators, deliveries, releases, imports, error codes and pages: no marts are built, no server or browser is started.
quick: install-test  ## the tests to run while you work: under two minutes on two cores
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(QUICK)

soak: install-test  ## the long sweeps: every kill point, walks, fuzz, a very large load (hours)
	$(BIN)/python -m tests.soak

lint: lint-python lint-sql  ## style of Python and SQL, and types; with -j2 both at once

lint-python: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-sql: install-test
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests dbt_project/macros

bench: install-test  ## speed, as ratios against a baseline in the same run
	$(BIN)/python -m bench.readers
	$(BIN)/python -m bench.estimators
	$(BIN)/python -m bench.person_time
	$(BIN)/python -m bench.terminal "$(HOME_DIR)"

serve: install  ## Prefect server, worker and deployments on loopback
	$(BIN)/python -m flows.scheduling.serve

spark: install-spark  ## the same marts on Spark, compared row by row; needs Java 17
	@test -f "$(HOME_DIR)/raw.duckdb" || { $(BIN)/metachron synth "$(HOME_DIR)/inbox" && $(BIN)/metachron load "$(HOME_DIR)/inbox"; }
	@$(BIN)/metachron build
	@$(BIN)/metachron spark
	@$(BIN)/metachron compare-engines

wheel: install  ## build/metachron-*.whl: to install where there is no checkout
	@rm -rf build/lib build/bdist.* build/metachron-*.whl
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build .
	@ls build/metachron-*.whl

clean:  ## remove the environment, caches and dbt's scratch; homes and their deliveries stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build *.egg-info dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(RUNTIME)
install-test: $(TESTING)
install-spark: $(SPARK)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "metachron needs Python 3.11 to 3.13; $(PYTHON) is another. Try: make PYTHON=python3.11 study" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# uv installs in seconds; where it cannot be had, pip does the same from the same hashes.
$(RUNTIME): $(BIN)/python
	@echo "Installing the pinned dependencies ..."
	@if $(BIN)/pip install --quiet --require-hashes -r requirements-installer.lock 2>/dev/null; \
	then $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock; \
	else $(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock; fi
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.runtime-* && touch $@

$(TESTING): $(RUNTIME)
	@echo "Installing the test tools ..."
	@if test -x $(BIN)/uv; \
	then $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-test.lock; \
	else $(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-test.lock; fi
	@rm -f $(VENV)/.testing-* && touch $@

$(SPARK): $(RUNTIME)
	@echo "Installing Spark ..."
	@if test -x $(BIN)/uv; \
	then $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-spark.lock; \
	else $(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-spark.lock; fi
	@rm -f $(VENV)/.spark-* && touch $@
