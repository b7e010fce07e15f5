# Everything a person does with Augure. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is 3.11 or newer. `make PYTHON=...` chooses another one.
PYTHON ?= $(shell for p in python3.13 python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Of the functions; an app, which has no main.py, has requirements that none of them needs.
LOCKS := $(patsubst %/main.py,%/requirements.txt,$(wildcard functions/*/main.py))
EXPLORER := functions/explorer/requirements.txt
SOURCES := shared functions models training benchmarks tools tests
NAME := predire
PORT := 8081
PROJECT :=
REGION := europe-west9
BUILD_REGION :=
BILLING :=
EMAIL :=
FUNCTION :=
ARGS :=
DIST := dist
CLOUD = --project="$(PROJECT)" --region="$(REGION)" --build-region="$(BUILD_REGION)" --billing="$(BILLING)" --function="$(FUNCTION)" --email="$(EMAIL)"
# The whole suite: coverage of lines and branches with the least that each package must have, and all processors.
GATES := shared=95 training=90 functions=90
WHOLE := $(foreach gate,$(GATES),--cov=$(firstword $(subst =, ,$(gate))) --cov-gate=$(gate)) --cov-branch --cov-report=term-missing:skip-covered --numprocesses=auto --dist=loadscope --no-loadscope-reorder

.PHONY: help install serve explorer test check lint format train notebooks bench peers lock examples imports package deploy destroy clean

help: ## List these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(VENV)/.dev ## Install everything a developer needs into .venv

serve: $(VENV)/.serve ## Start every function on its own port, from PORT=8081 on, and print the addresses
	@$(BIN)/python -m tools.serve --port $(PORT)

explorer: HOST := 127.0.0.1
explorer: PORT := 8501
explorer: $(VENV)/.explorer ## Explore data sets, models and the request log in a page, on PORT=8501 (DATA_ROOT=folder JOURNAL=file)
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m functions.explorer

test: $(VENV)/.dev ## Run the whole test suite (ARGS="-k name" for a part of it)
	@$(BIN)/python -m pytest $(or $(ARGS),$(WHOLE))

check: lint ## Lint, types and shell scripts
	@$(BIN)/python -m mypy $(SOURCES)
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run .ci/terraform tools/*.sh tests/infra/fake_*; else echo "SKIPPED: shellcheck is not installed"; fi

lint: $(VENV)/.dev ## Ruff: rules and format
	@$(BIN)/python -m ruff check $(SOURCES)
	@$(BIN)/python -m ruff format --check $(SOURCES)

format: $(VENV)/.dev ## Rewrite the sources in the project's format
	@$(BIN)/python -m ruff format $(SOURCES)
	@$(BIN)/python -m ruff check --fix $(SOURCES)

train: $(VENV)/.dev ## Train a model again: make train NAME=predire
	@$(BIN)/python -m models train $(NAME)

notebooks: $(VENV)/.dev ## Run every model's notebook again and save what it shows (ARGS=predire for one)
	@$(BIN)/python tools/notebooks.py $(ARGS)

bench: $(VENV)/.dev ## Measure every function beside a Functions Framework hello-world (Linux)
	@$(BIN)/python -m benchmarks $(ARGS)

peers: $(VENV)/.dev ## Measure Augure beside other tools, each in an environment that this makes (Linux; ARGS="fastapi" for one)
	@$(BIN)/python -m benchmarks.peers $(ARGS)

examples: $(VENV)/.dev ## Write the answers of functions/*/examples again from what the functions answer now
	@$(BIN)/python -m tests.replay

imports: $(VENV)/.dev ## Write functions/*/imports.txt again: what each has imported at its first answer (ARGS=predire for one)
	@$(BIN)/python -m tools.imports $(ARGS)

package: ## Assemble a function for gcloud in dist: make package FUNCTION=predire (all of them by default)
	@$(PYTHON) tools/package.py $(FUNCTION) --dist $(DIST)

lock: $(VENV)/.dev ## Resolve the requirements again and pin them with hashes
	@$(BIN)/python tools/lock.py

deploy: $(VENV)/.dev ## From nothing to addresses that answer: make deploy PROJECT=my-project (ARGS=--dry-run prints the commands)
	@$(BIN)/python -m tools.deploy deploy $(CLOUD) $(ARGS)

destroy: $(VENV)/.dev ## Take all of it down, after asking: make destroy PROJECT=my-project
	@$(BIN)/python -m tools.deploy destroy $(CLOUD) $(ARGS)

clean: ## Remove .venv and everything that was made
	@rm -rf $(VENV) dist .coverage .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install one, or name it with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(LOCKS) | $(VENV)/bin/python
	@echo "installing the functions' requirements into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(LOCKS:%=-r %)
	@touch $@

$(VENV)/.explorer: $(EXPLORER) | $(VENV)/bin/python
	@echo "installing the explorer's requirements into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(EXPLORER)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(LOCKS) | $(VENV)/bin/python
	@echo "installing the development requirements into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt $(LOCKS:%=-r %)
	@touch $@ $(VENV)/.serve $(VENV)/.explorer
