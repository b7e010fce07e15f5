# All commands for working on Augure; `make help` lists them. Messages and help: French | English.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is 3.11 or newer. `make PYTHON=...` chooses another.
PYTHON ?= $(shell for p in python3.13 python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Pinned requirements of the functions. Apps (no main.py) have their own, which functions do not need.
LOCKS := $(patsubst %/main.py,%/requirements.txt,$(wildcard functions/*/main.py))
EXPLORER := functions/explorer/requirements.txt
SOURCES := shared functions models training benchmarks tools tests
NAME := predire
DATA :=
TARGET :=
ESTIMATOR :=
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

# The language of the terminal, by the rule of shared/terminal.py; empty: English.
FRENCH := $(filter fr fr_% fr.%,$(or $(LC_ALL),$(LC_MESSAGES),$(LANG)))
ifdef FRENCH
NO_PYTHON := Il faut Python 3.11 ou plus récent : l'installer, ou le nommer par make PYTHON=...
NO_SHELLCHECK := PASSÉ : shellcheck n'est pas installé
INSTALL_SERVE := installation des dépendances des fonctions dans $(VENV)...
INSTALL_EXPLORER := installation des dépendances de l'explorateur dans $(VENV)...
INSTALL_DEV := installation des dépendances de développement dans $(VENV)...
else
NO_PYTHON := Python 3.11 or newer is needed: install it, or name it with make PYTHON=...
NO_SHELLCHECK := SKIPPED: shellcheck is not installed
INSTALL_SERVE := installing the functions' requirements into $(VENV) ...
INSTALL_EXPLORER := installing the explorer's requirements into $(VENV) ...
INSTALL_DEV := installing the development requirements into $(VENV) ...
endif

.PHONY: help install serve explorer test check lint format new train notebooks bench peers lock examples imports compose package deploy destroy clean

help: ## Lister ces commandes | List these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' -v french="$(FRENCH)" \
		'{split($$2, text, / [|] /); printf "  make %-10s %s\n", $$1, text[2] && french == "" ? text[2] : text[1]}'

install: $(VENV)/.dev ## Installer dans .venv tout ce qu'il faut pour développer | Install everything a developer needs into .venv

serve: $(VENV)/.serve ## Démarrer chaque fonction sur son port, à partir de PORT=8081, et afficher les adresses | Start every function on its own port, from PORT=8081 on, and print the addresses
	@$(BIN)/python -m tools.serve --port $(PORT)

explorer: HOST := 127.0.0.1
explorer: PORT := 8501
explorer: $(VENV)/.explorer ## Explorer données, modèles et journal des requêtes dans une page, sur PORT=8501 (DATA_ROOT=dossier JOURNAL=fichier) | Explore data sets, models and the request log in a page, on PORT=8501 (DATA_ROOT=folder JOURNAL=file)
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m functions.explorer

# With bytecode, whatever the environment says: the tests start some hundred processes.
test: $(VENV)/.dev ## Exécuter toute la suite de tests (ARGS="-k nom" pour une partie) | Run the whole test suite (ARGS="-k name" for a part of it)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(or $(ARGS),$(WHOLE))

check: lint ## Vérifier style, types et scripts shell | Check style, types and shell scripts
	@$(BIN)/python -m mypy $(SOURCES)
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run .ci/terraform tools/*.sh tests/infra/fake_*; else echo "$(NO_SHELLCHECK)"; fi

lint: $(VENV)/.dev ## Ruff : règles et format | Ruff: rules and format
	@$(BIN)/python -m ruff check $(SOURCES)
	@$(BIN)/python -m ruff format --check $(SOURCES)

format: $(VENV)/.dev ## Récrire les sources dans le format du projet | Rewrite the sources in the project's format
	@$(BIN)/python -m ruff format $(SOURCES)
	@$(BIN)/python -m ruff check --fix $(SOURCES)

# What the command line sets is in the recipe's environment: values with spaces or quotes need no quoting of their own.
new: $(VENV)/.dev ## Faire de son modèle une fonction : make new NAME=vin DATA=vin.csv TARGET=cultivar ESTIMATOR=vin.joblib (sans ESTIMATOR : un modèle est entraîné ; plusieurs cibles : TARGET="a, b") | Turn a model into a function: make new NAME=wine DATA=wine.csv TARGET=cultivar ESTIMATOR=wine.joblib (without ESTIMATOR a model is trained; several targets: TARGET="a, b")
	@columns=(); IFS=, read -ra targets <<< "$$TARGET"; for target in "$${targets[@]}"; do columns+=(--target "$${target# }"); done; \
		$(BIN)/python -m models new "$$NAME" $${DATA:+--data "$$DATA"} $${ESTIMATOR:+--estimator "$$ESTIMATOR"} "$${columns[@]}" $(ARGS)

train: $(VENV)/.dev ## Réentraîner un modèle : make train NAME=predire | Train a model again: make train NAME=predire
	@$(BIN)/python -m models train $(NAME)

notebooks: $(VENV)/.dev ## Réexécuter les carnets des modèles et enregistrer leurs résultats (ARGS=predire : un seul) | Run every model's notebook again and save its outputs (ARGS=predire for one)
	@$(BIN)/python -m tools.notebooks $(ARGS)

bench: $(VENV)/.dev ## Mesurer chaque fonction à côté d'un hello-world du Functions Framework (Linux) | Measure every function beside a Functions Framework hello-world (Linux)
	@$(BIN)/python -m benchmarks $(ARGS)

peers: $(VENV)/.dev ## Mesurer Augure à côté d'autres outils, chacun dans son propre environnement (Linux ; ARGS=fastapi : un seul) | Measure Augure beside other tools, each in its own environment (Linux; ARGS=fastapi for one)
	@$(BIN)/python -m benchmarks.peers $(ARGS)

examples: $(VENV)/.dev ## Récrire les réponses de functions/*/examples d'après celles des fonctions d'aujourd'hui | Rewrite the responses in functions/*/examples with those of today's functions
	@$(BIN)/python -m tests.replay

imports: $(VENV)/.dev ## Récrire functions/*/imports.txt, les modules importés à la première réponse (ARGS=predire : une seule) | Rewrite functions/*/imports.txt, the modules imported at the first response (ARGS=predire for one)
	@$(BIN)/python -m tools.imports $(ARGS)

compose: ## Récrire compose.yaml d'après functions/*/function.yaml | Rewrite compose.yaml from functions/*/function.yaml
	@$(PYTHON) -m tools.compose

package: ## Assembler une fonction pour gcloud dans dist : make package FUNCTION=predire (défaut : toutes) | Assemble a function for gcloud in dist: make package FUNCTION=predire (default: all)
	@$(PYTHON) tools/package.py $(FUNCTION) --dist $(DIST)

lock: $(VENV)/.dev ## Résoudre les dépendances et les figer avec leurs empreintes | Resolve the requirements and pin them with hashes
	@$(BIN)/python -m tools.lock

deploy: $(VENV)/.dev ## Déployer, d'un projet vide aux adresses qui répondent : make deploy PROJECT=mon-projet (ARGS=--dry-run affiche les commandes) | Deploy, from an empty project to addresses that answer: make deploy PROJECT=my-project (ARGS=--dry-run prints the commands)
	@$(BIN)/python -m tools.deploy deploy $(CLOUD) $(ARGS)

destroy: $(VENV)/.dev ## Tout retirer, après confirmation : make destroy PROJECT=mon-projet | Take everything down, after confirmation: make destroy PROJECT=my-project
	@$(BIN)/python -m tools.deploy destroy $(CLOUD) $(ARGS)

clean: ## Supprimer .venv et tout ce qui a été produit | Remove .venv and everything that was built
	@rm -rf $(VENV) dist .coverage .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(LOCKS) | $(VENV)/bin/python
	@echo "$(INSTALL_SERVE)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(LOCKS:%=-r %)
	@touch $@

$(VENV)/.explorer: $(EXPLORER) | $(VENV)/bin/python
	@echo "$(INSTALL_EXPLORER)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(EXPLORER)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(LOCKS) | $(VENV)/bin/python
	@echo "$(INSTALL_DEV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt $(LOCKS:%=-r %)
	@touch $@ $(VENV)/.serve $(VENV)/.explorer
