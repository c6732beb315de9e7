# Everything is set up on first use, in this folder only (.venv*, .demo-data, .bench-legacy): see tools/setup.sh.
# PYTHON=... chooses the Python, ARGS=... goes to the demo or the benchmarks.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test bench notebooks docs lint format typecheck clean

BIN := .venv/bin
SETUP := @tools/setup.sh
SETUP_TEST := $(SETUP) env demo test docs
SETUP_DATA := $(SETUP) folder .demo-data tools/demo-data.txt .venv
BUILD_DOCS := rm -rf build/site && $(BIN)/python -m sphinx --quiet --fail-on-warning --jobs auto -c docs -d build/doctrees . build/site
ARGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## everything demo and test need, so that they work without a network
	$(SETUP_TEST)
	$(SETUP_DATA)

demo: ## replay a real market capture through typed channels (ARGS="--speed inf --plain")
	$(SETUP) env demo
	$(SETUP_DATA)
	@$(BIN)/python -m examples.market $(ARGS)

test: ## format, lint, types, import layers, then the tests on every supported Python found
	$(SETUP_TEST)
	$(SETUP_DATA)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BUILD_DOCS)
	$(SETUP) pythons
	$(BIN)/python -m pytest -n auto --cov -m "not at_scale"
	$(BIN)/python -m pytest -n auto -m at_scale
	@for version in $$(tools/setup.sh others); do \
		tools/setup.sh env-in .venv-$$version $$version demo suite || exit 1; \
		echo ".venv-$$version/bin/python -m pytest -n auto"; \
		.venv-$$version/bin/python -m pytest -n auto || exit 1; \
	done

bench: ## measure against the peers, in one run (ARGS="--quick")
	$(SETUP) env-in .venv-bench any bench
	$(SETUP) folder .bench-legacy tools/bench-legacy.txt .venv-bench
	$(SETUP) folder .demo-data tools/demo-data.txt .venv-bench
	@.venv-bench/bin/python -m benchmarks $(ARGS)

notebooks: ## execute the notebooks in a Jupyter kernel, and keep what they show (ARGS="01-first-channel")
	$(SETUP_TEST)
	$(SETUP_DATA)
	@$(BIN)/python -m docs.notebooks $(ARGS)

docs: ## all pages, to be read without a network: build/site/index.html
	$(SETUP) env docs
	$(BUILD_DOCS)
	@echo "the pages are built: build/site/index.html"

lint: ## formatter check, linter, import layers
	$(SETUP_TEST)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

format: ## format, and fix what the linter can fix safely
	$(SETUP_TEST)
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

typecheck: ## mypy --strict and pyright
	$(SETUP_TEST)
	$(BIN)/mypy
	$(BIN)/pyright

clean: ## remove everything this Makefile made
	rm -rf .venv .venv-* .demo-data* .bench-legacy* build dist htmlcov .coverage .coverage.*
	rm -rf .mypy_cache examples/notebooks/.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
