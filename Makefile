# Two commands: `make demo` shows the service at work, `make test` tests it. Both install what they need.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STAMP := .local/installed
# uv installs in seconds what takes pip more than a minute, from the index that pip is configured to use.
PIP := $(BIN)/pip --quiet --disable-pip-version-check install
# Compiled now, or every process does it again where bytecode is not written.
UV := UV_COMPILE_BYTECODE=1 UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}}}" \
  $(BIN)/uv pip install --quiet --python $(BIN)/python
install = $(UV) $(1) || { echo "uv could not install these packages; pip does, more slowly." >&2; $(PIP) $(1); }
# One worker per processor. tests/conftest.py says which of them runs what.
WORKERS := -n auto
QUICK := -m "not engine and not slow" --ignore tests/system --ignore tests/browser

AUDIT := .local/audit/installed
.PHONY: help setup demo dev example layer quick test coverage fuzz nemesis mutants night bench figures figures-all check lint types docs schemas audit sbom pins clean

help: ## the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## install the virtual environment, the layer's packages and the stand-in for the Lambda runtime

$(STAMP): tools/requirements.txt tools/lambda-runtime.txt layers/reconnect/requirements.txt layers/reconnect/build_layer.py pyproject.toml simulator/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is required; set it: make PYTHON=python3.13 ..." >&2; exit 1; }
	@mkdir -p .local && rm -rf .venv .local/layer .local/lambda-runtime
	@echo "Installing the pinned packages (once; about half a minute) ..."
	@$(PYTHON) -m venv .venv
	@awk '/^[^ ]/ { is_uv = /^uv==/ } is_uv' tools/requirements.txt > .local/uv.txt
	@$(PIP) --require-hashes -r .local/uv.txt || true
	@$(call install,--require-hashes -r tools/requirements.txt)
	@$(call install,--no-deps --no-build-isolation --editable . --editable ./simulator)
	@$(BIN)/python layers/reconnect/build_layer.py .local/layer --local
	@$(call install,--require-hashes --target .local/lambda-runtime -r tools/lambda-runtime.txt)
	@touch $(STAMP)

demo: setup ## run three reconnects, end to end, on this machine
	@$(BIN)/reconnect demo

dev: setup ## run the same stack, with addresses and a request to copy, until it is stopped
	@$(BIN)/reconnect dev

example: setup ## run a fintech's own site on that stack, with both ways to send its user to Connect
	@$(BIN)/python -m devtools.example

layer: ## build the layer as it is deployed, into OUT; needs python3.13
	@test -n "$(OUT)" || { echo "Say where: make layer OUT=FOLDER" >&2; exit 1; }
	@$(MAKE) --no-print-directory -C layers/reconnect build-ReconnectLayer ARTIFACTS_DIR="$(abspath $(OUT))"

quick: setup ## run the tests that need no engine and no browser, in about a minute
	@$(BIN)/python -m pytest $(QUICK) $(WORKERS)

test: setup ## run every test
	@$(BIN)/python -m pytest $(WORKERS)

coverage: setup ## show which lines and branches the tests of `make quick` never run
	@mkdir -p .local/coverage && rm -f .local/coverage/*
	@$(BIN)/coverage run -m pytest $(QUICK) $(WORKERS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/cfn-lint template.yaml
	@$(BIN)/oxlint --deny-warnings

types: setup
	@$(BIN)/mypy

fuzz: setup ## run ten thousand schedules of the whole service, and as many replies through the Flinks client
	@$(BIN)/python -m pytest tests/model/test_schedules.py --hypothesis-profile=fuzz
	@$(BIN)/python -m pytest tests/unit/adapters -m fuzz --hypothesis-profile=fuzz --timeout=1800

nemesis: setup ## show how each session ends if a function crashes just before or after each of its effects
	@$(BIN)/python -m tests.model.nemesis

mutants: setup ## put small bugs into a copy of the code, and name the test that catches each
	@$(BIN)/python -m tests.mutants.run

night: setup ## play twenty nights of 100,000 logins, then one of 2,000 on the local stack, and print what must hold
	@$(BIN)/python -m tests.nights; status=$$?; $(BIN)/python -m tests.nights.deployed && exit $$status

bench: setup ## measure times on this machine, and what else depends on it
	@$(BIN)/python -m devtools.bench

figures: setup ## measure counts and ratios against their targets, in some minutes, and write them into docs/
	@$(BIN)/python -m devtools.figures; status=$$?; $(BIN)/python -m devtools.schemas && exit $$status

figures-all: setup $(AUDIT) ## the same with the slow ones: load, fuzz, cold starts
	@$(BIN)/python -m devtools.figures --all; status=$$?; $(BIN)/python -m devtools.schemas && exit $$status

docs: setup ## build docs/ into .local/site: strict, links checked, no network
	@$(BIN)/mkdocs build --strict

schemas: setup ## write the event schemas, the AsyncAPI document, the page of the API, the pictures and tables of docs/
	@$(BIN)/python -m devtools.schemas

# Scanners in an environment of their own; cdk-nag needs Node, and without it is reported as not run.
$(AUDIT): tools/audit.txt tools/cdk_nag/package-lock.json tools/cdk_nag/scan.js | setup
	@rm -rf .local/audit .local/cdk-nag && mkdir -p .local/cdk-nag
	@echo "Installing the scanners (once; about a minute) ..."
	@$(BIN)/uv venv --quiet .local/audit
	@$(subst $(BIN)/python,.local/audit/bin/python,$(UV)) --require-hashes -r tools/audit.txt
	@cp tools/cdk_nag/*.js* .local/cdk-nag/
	@cd .local/cdk-nag && npm ci --silent --ignore-scripts --no-audit --no-fund || rm -rf .local/cdk-nag
	@touch $(AUDIT)

audit: setup $(AUDIT) ## run the template's scanners, list packages, licences and known vulnerabilities
	@$(BIN)/python -m devtools.audit

sbom: setup $(AUDIT) ## write the CycloneDX bills of materials of the layer and of the development set into .local/sbom
	@$(BIN)/python -m devtools.audit sbom

check: lint types docs test ## lint, format, types, template, documents, then every test

pins: setup ## rewrite the pinned requirements from the .in files
	@for file in layers/reconnect/requirements tools/requirements tools/lambda-runtime tools/audit; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $$file.in -o $$file.txt; \
	done

clean: ## remove everything that setup created
	@rm -rf .venv .local .aws-sam
