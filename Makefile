# Two commands do everything: `make report` and `make test`. `make help` lists the others.
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Airflow needs other versions of what the project needs: it has an environment of its own.
AIRFLOW := .venv-airflow
# Each file's tests in one process, which share what they set up. Four hold a few gigabytes each.
SIDE_BY_SIDE := --numprocesses=auto --maxprocesses=4 --dist=loadfile
CHROMIUM ?= $(firstword $(shell command -v chromium chromium-browser google-chrome))
DOCKER ?= docker
# The Python to install with: the first that TensorFlow has a wheel for, and that can make an environment.
SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(firstword $(foreach each,python3 python3.13 python3.12 python3.11,$(shell $(each) -c '$(SUITABLE)' 2>/dev/null && echo $(each))))
REPORT ?= $(lastword $(sort $(wildcard data/sample/08_reporting/report.html/*/report.html)))

.DEFAULT_GOAL := help
.PHONY: help install report pdf test test-all lint format viz viz-site notebook airflow benchmark publish results reproduce lock audit image clean

help: ## Lists these commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(INSTALLED): requirements.lock pyproject.toml
	@python="$(PYTHON)"; \
	if [ -n "$$python" ] && $$python -c '$(SUITABLE)' 2>/dev/null; then \
		echo "Creating $(VENV) with $$($$python --version), $$(command -v $$python)"; \
		$$python -m venv $(VENV); \
	elif [ -z "$$python" ] && command -v uv >/dev/null; then \
		echo "Creating $(VENV) with Python 3.12 from uv"; \
		uv venv --quiet --clear --seed --python=3.12 $(VENV); \
	else \
		echo "Python 3.11 to 3.13 with its venv module is needed; $${python:-python3} is none. Install uv" \
			"(https://docs.astral.sh/uv), or name a Python: make PYTHON=path/to/python3.12" >&2; \
		exit 1; \
	fi
	@printf "Installing packages, 2 to 5 minutes "; \
	(while sleep 4 >/dev/null 2>&1; do printf .; done) & dots=$$!; trap "kill $$dots" EXIT; \
	for pause in 5 30 -; do \
		$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock && break; \
		[ $$pause != - ] || exit 1; \
		echo "This failed: trying again in $$pause s" >&2; \
		sleep $$pause; \
	done && \
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . && echo " done"
	@touch $@

install: $(INSTALLED) ## Creates .venv with the locked dependencies.

report: install ## Trains and compares all six variants on the sample photographs; writes the report.
	$(BIN)/kedro run --pipelines=all_variants --env=sample

pdf: ## Prints the latest report of the sample photographs as a PDF next to it (needs Chromium).
	@test -n "$(CHROMIUM)" || { echo "make pdf needs Chromium: apt-get install chromium, or name a browser like it: make pdf CHROMIUM=path" >&2; exit 1; }
	@test -n "$(REPORT)" || { echo "There is no report yet: make report" >&2; exit 1; }
	@$(CHROMIUM) --headless $(if $(filter 0,$(shell id -u)),--no-sandbox) --disable-gpu --disable-background-networking --no-pdf-header-footer \
		--print-to-pdf="$(REPORT:.html=.pdf)" "file://$(abspath $(REPORT))" 2>/dev/null
	@echo "Printed: $(REPORT:.html=.pdf)"

test: install ## Runs the tests.
	$(BIN)/pytest $(SIDE_BY_SIDE)

test-all: install ## Runs the slow tests, too (about an hour): crash recovery and reproducibility.
	$(BIN)/pytest -m "slow or not slow"

lint: install ## Checks style, types and the direction of imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Formats the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Kedro-Viz calls something of FastAPI's that is deprecated.
viz viz-site: export PYTHONWARNINGS = ignore:ORJSONResponse is deprecated

viz: install ## Opens Kedro-Viz, which shows the pipelines and what they made.
	$(BIN)/kedro viz run --host 127.0.0.1

viz-site: install ## Writes the same to build/, as a site of files that any web server can serve.
	$(BIN)/kedro viz build --include-previews

notebook: install ## Opens the report's notebook in JupyterLab.
	$(BIN)/jupyter lab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/report.ipynb

$(AIRFLOW)/.installed: deployment/airflow/requirements.lock | $(INSTALLED)
	$(BIN)/python -m venv $(AIRFLOW)
	$(AIRFLOW)/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

airflow: ENVIRONMENT = sample
airflow: PIPELINE = all_variants
airflow: install $(AIRFLOW)/.installed ## Has Apache Airflow run PIPELINE="all_variants" of ENVIRONMENT="sample" here, two variants at a time.
	$(BIN)/kedro airflow create --env=$(ENVIRONMENT) --pipelines=$(PIPELINE) --group-by=namespace \
		--jinja-file=deployment/airflow/dag.py.j2 --target-dir=build/airflow/dags '--params=project=$(CURDIR)'
	$(AIRFLOW)/bin/python deployment/airflow/run.py srgan_report_$(ENVIRONMENT)_$(PIPELINE) --home=build/airflow \
		--port=$(or $(PORT),8080) --params="$(PARAMS)" $(if $(DATA_ROOT),--data-root="$(DATA_ROOT)")

benchmark: install ## Measures speed and memory; optional: VARIANTS="srresnet_mse", PYTORCH=path/to/python to compare with.
	$(BIN)/python -m benchmarks.training_step.run $(VARIANTS) $(if $(PYTORCH),--pytorch $(PYTORCH)) $(ARGUMENTS)
ifeq ($(VARIANTS),)
	$(BIN)/python -m benchmarks.training_step.profile
	$(BIN)/python -m benchmarks.input_pipeline
	$(BIN)/python -m benchmarks.upscaling --large
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.scaling.many_records
	$(BIN)/python -m benchmarks.scaling.paper_step
endif

publish: install ## Writes what was measured into docs/speed.md and docs/scaling.md.
	$(BIN)/python -m benchmarks.publishing.speed
	$(BIN)/python -m benchmarks.scaling.estimates

results: install ## Writes the latest results of ENVIRONMENTS="sample" into docs/results, README.md and the docs; the flagship's report into docs/report.
	$(BIN)/python -m benchmarks.publishing.results $(or $(ENVIRONMENTS),sample)

# Anything that is trained already with the same parameters is not trained again.
reproduce: install ## Reproduces the flagship's results (takes hours); BENCHMARKS=folder: on benchmark sets too.
	$(BIN)/kedro run --pipelines=all_variants_from_mse --env=flagship
ifneq ($(BENCHMARKS),)
	$(BIN)/kedro run --pipelines=benchmark_sets --env=flagship --params=benchmark_sets.root=$(BENCHMARKS)
	$(BIN)/kedro run --pipelines=comparison --env=flagship
endif
	$(BIN)/kedro run --pipelines=save_pretrained --env=flagship
	$(BIN)/python -m benchmarks.publishing.results flagship

# pyproject.toml names what is left out (tool.uv).
lock: install ## Locks the dependencies.
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-annotate --no-header pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header deployment/airflow/requirements.in --output-file deployment/airflow/requirements.lock

audit: install ## Looks the locked dependencies up among known vulnerabilities (asks PyPI).
	$(BIN)/uvx pip-audit --requirement requirements.lock --require-hashes --disable-pip

image: ## Builds the image that orchestrators run tasks in (needs Docker, or DOCKER=podman).
	$(DOCKER) build --label org.opencontainers.image.revision="$$(git rev-parse HEAD)" --tag srgan-report $(ARGUMENTS) .

clean: ## Removes .venv, and Airflow's; saved data stays.
	rm -rf $(VENV) $(AIRFLOW)
