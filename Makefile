# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
# Requirement files are locked with hashes; nothing is installed that they do not name.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin

# A stamp is named after what it was made from: another lock, project file or folder makes another name.
fingerprint = $(shell { cat $(1) pyproject.toml; echo $(CURDIR); } | sha256sum | cut -c1-16)
SANDBOX := $(VENV)/sandbox-$(call fingerprint,requirements/sandbox.txt).stamp
TESTING := $(VENV)/testing-$(call fingerprint,requirements/test.txt).stamp

say = printf '\n==> %s\n' "$(1)"
pip = $(BIN)/python -m pip --disable-pip-version-check --no-input
# Shows one line per package while pip works; everything else pip has to say is kept for a failure.
install = $(call pip) install --require-hashes -r $(1) 2>&1 | tee $(VENV)/install.log | \
	awk '/^Collecting/ { printf "    %3d  %s\n", ++n, $$2; fflush() } /^Installing/ { print "    installing"; fflush() }' || { tail -n 20 $(VENV)/install.log; exit 1; }

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(SANDBOX)  ## set up and start the sandbox: provider, sources, two services
	@exec $(BIN)/motcua demo

.PHONY: test
test: debian $(TESTING) node  ## set up and run everything: style, types, tests on SQLite and PostgreSQL, browser, interop
	@failed=''; \
	$(call say,ruff); $(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check . || failed="$$failed ruff"; \
	$(call say,mypy); $(BIN)/python -m mypy || failed="$$failed mypy"; \
	if [ -n "$$failed" ]; then $(call say,FAILED so far:$$failed); fi; \
	$(call say,pytest); $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS) || failed="$$failed pytest"; \
	[ -z "$$failed" ]

.PHONY: check
check: $(TESTING)  ## style and types only
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

.PHONY: bench
bench: $(TESTING)  ## measure logins per second and what one costs (docs/performance.md)
	@exec $(BIN)/python -m tests.performance $(ARGS)

PEOPLE ?= 100000
SEED ?= 1
SEEDS ?= $(SEED)
FAULTS ?= 1

.PHONY: bench-matching
bench-matching: $(SANDBOX)  ## match registers of invented people: PEOPLE=1000000 SEEDS="1 2 3" FAULTS=2 (docs/matching.md)
	@exec $(BIN)/python -m tests.matching_bench --people $(PEOPLE) --seeds $(SEEDS) --faults $(FAULTS) $(ARGS)

.PHONY: bench-candidates
bench-candidates: $(TESTING)  ## look for people in a real PostgreSQL: PEOPLE="100000 1000000" (docs/matching.md)
	@exec $(BIN)/python -m tests.matching_bench.candidates --people $(PEOPLE) --seed $(SEED) $(ARGS)

.PHONY: docs
docs: $(SANDBOX)  ## write the generated pages again: docs/settings.md, docs/errors.md
	@$(BIN)/motcua settings > docs/settings.md
	@$(BIN)/python -m idp.web.support_catalogue

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
EVERYTHING := --extra idp --extra postgres --extra starlette --extra flask --group sandbox

.PHONY: lock
lock:  ## pin the newest versions again (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	$(LOCK) --upgrade $(EVERYTHING) --extra django --group build --group test -o requirements/test.txt
	$(LOCK) --upgrade $(EVERYTHING) --group build -c requirements/test.txt -o requirements/sandbox.txt
	$(LOCK) --upgrade --extra idp --extra postgres -c requirements/test.txt -o requirements/idp.txt

.PHONY: clean
clean:  ## remove everything these commands made
	rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name node_modules -prune -exec rm -rf {} +
	find . -name __pycache__ -prune -exec rm -rf {} +

# Set-up, done once

.PHONY: debian
debian:
	@PYTHON=$(PYTHON) .ci/debian-packages test

.PHONY: node
node:
	@for lock in $$(find tests -name package-lock.json -not -path '*/node_modules/*'); do \
		folder=$$(dirname $$lock); stamp=$$folder/node_modules/.stamp-$$(sha256sum $$lock | cut -c1-16); \
		[ -e $$stamp ] && continue; \
		$(call say,npm ci in $$folder); \
		(cd $$folder && npm ci --no-audit --no-fund --loglevel=error); touch $$stamp; \
	done

$(BIN)/python:
	@PYTHON=$(PYTHON) .ci/debian-packages python
	@$(call say,virtual environment in .venv)
	@$(PYTHON) -m venv --clear $(VENV)

$(SANDBOX): | $(BIN)/python
	@$(call say,packages of requirements/sandbox.txt)
	@$(call install,requirements/sandbox.txt)
	@$(call pip) install -q --no-index --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/sandbox-*.stamp; touch $@

$(TESTING): | $(BIN)/python
	@$(call say,packages of requirements/test.txt)
	@$(call install,requirements/test.txt)
	@$(call pip) install -q --no-index --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/*.stamp; touch $@ $(SANDBOX)
