# Every target works on a fresh Debian machine with Python 3.11 and make; nothing else is assumed.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Where the backend was cut off (docs/publishing.md), its half of flowserve-ml is a wheel.
ML := $(if $(wildcard ml/pyproject.toml),-e ./ml,$(wildcard vendor/*.whl))
# Node packages of the tests; installed below .cache, never globally.
NODE_TOOLS := .cache/node
ASYNCAPI_TOOLS := .cache/node-asyncapi
EXAMPLE_TOOLS := .cache/node-examples
CONSOLE_TOOLS := .cache/node-console
PROMETHEUS_TOOLS := .cache/prometheus
# What the tests need beside Python packages.
TOOLS := $(NODE_TOOLS)/.installed $(ASYNCAPI_TOOLS)/.installed $(EXAMPLE_TOOLS)/.installed \
        $(CONSOLE_TOOLS)/.installed $(PROMETHEUS_TOOLS)/.installed
# Test modules side by side: each starts real servers of its own and waits for them much of the time.
PYTEST = $(BIN)/python -m pytest -q -n $(or $(WORKERS),3) --dist loadfile --no-loadscope-reorder

# Where the environment forbids bytecode, hundreds of processes of the tests would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

# What does not need each other is made side by side: packages of Node while types are checked.
MAKEFLAGS += --jobs=2

.DEFAULT_GOAL := help
.PHONY: help up down clean demo check check-types check-rest test test-unit test-integration test-e2e test-ml \
        test-postman test-all mutation faults faults-more soak test-containers bench schemas docs requirements sbom

help:  ## What there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

# The run environment: serving and the local stack. Re-made when the pinned versions change.
$(VENV)/.local: requirements-local.txt pyproject.toml schemas/version.py client/pyproject.toml client/flowserve_client/version.py $(wildcard ml/pyproject.toml vendor/*.whl)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what running needs (first time: a minute or less) ..."
	@scripts/install.sh $(BIN)/python --require-hashes -r requirements-local.txt
	@scripts/install.sh $(BIN)/python --no-deps --no-build-isolation -e . -e ./client $(ML)
	@touch $@

# Everything else: training, checks and tests.
$(VENV)/.dev: requirements-dev.txt $(VENV)/.local
	@echo "Installing what tests and checks need ..."
	@scripts/install.sh $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

# Where the machine has no Node, the first of them puts one into the environment, and the others find it there.
$(NODE_TOOLS)/.installed: postman/package.json postman/package-lock.json | $(VENV)/.dev
	@scripts/node.sh $(@D) $(<D)

$(ASYNCAPI_TOOLS)/.installed: tests/integration/asyncapi/package.json tests/integration/asyncapi/package-lock.json | $(NODE_TOOLS)/.installed
	@scripts/node.sh $(@D) $(<D)

$(EXAMPLE_TOOLS)/.installed: docs/examples/javascript/package.json docs/examples/javascript/package-lock.json | $(NODE_TOOLS)/.installed
	@scripts/node.sh $(@D) $(<D)

$(PROMETHEUS_TOOLS)/.installed: scripts/prometheus.sh
	@scripts/prometheus.sh $(@D)

$(CONSOLE_TOOLS)/.installed: tests/e2e/console/package.json tests/e2e/console/package-lock.json | $(NODE_TOOLS)/.installed
	@scripts/node.sh $(@D) $(<D)

up: $(VENV)/.local  ## Start everything, score a first transaction, stay until Ctrl-C
	@exec $(BIN)/python -m local_stack up

down:  ## Stop what `make up` started
	@test ! -x $(BIN)/python || $(BIN)/python -m local_stack down

clean:  ## Stop everything and erase its data
	@test ! -x $(BIN)/python || $(BIN)/python -m local_stack clean

demo: $(VENV)/.local  ## Own stack, 52,000 transactions, a killed scorer, and the account of it all
	@exec $(BIN)/python -m cli.demo

check: check-types check-rest  ## Format, lint, strict types, import rules, known vulnerabilities

check-types: $(VENV)/.dev
	@$(BIN)/mypy

check-rest: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/python -m pytest -q tests/unit/test_architecture.py
	@scripts/audit.sh $(BIN)

test: check $(TOOLS)  ## All tests but the long ones; WORKERS=n at once (3)
	@$(PYTEST) -m "not slow" tests
	@echo "make test: everything passed"

test-unit: $(VENV)/.dev  ## The unit tests and those of client/: no server
	@$(BIN)/python -m pytest -q -m "not slow" tests/unit
	@cd client && ../$(BIN)/python -m pytest -q

test-ml: $(VENV)/.dev  ## The tests of ml/ in place; `make test` runs them on a copy that stands alone
	@cd ml && ../$(BIN)/python -m pytest -q

test-integration: $(VENV)/.dev $(TOOLS)  ## Tests of each part on a real Kafka and a real PostgreSQL
	@$(PYTEST) -m "not slow" tests/integration

test-e2e: $(VENV)/.dev $(TOOLS)  ## Tests over HTTP and topics only, the console and the tutorials too
	@$(PYTEST) -m "not slow" tests/e2e

test-postman: $(VENV)/.dev $(NODE_TOOLS)/.installed  ## The Postman collection against a stack of its own
	@$(BIN)/python -m pytest -q tests/postman

test-all: test  ## `make test`, the long tests, the middle fault campaign, the demo
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m slow tests
	@$(BIN)/python -m tests.faults --middle
	@$(MAKE) --no-print-directory demo

mutation: $(VENV)/.dev  ## Small mistakes in the pure core, noticed or not; SAMPLE=40 of a module, ONLY=words of names
	@$(BIN)/python -m tests.mutation $(ONLY) --sample $(or $(SAMPLE),0)

faults: $(VENV)/.dev  ## The fault campaign, up to three hours; writes docs/reliability.md
	@rm -rf build/faults
	@$(BIN)/python -m tests.faults; code=$$?; $(BIN)/python -m tests.faults --report && exit $$code

faults-more: $(VENV)/.dev  ## Goes on with the campaign for MINUTES (60), leaving out what is done
	@$(BIN)/python -m tests.faults --resume --minutes $(or $(MINUTES),60); code=$$?; \
		$(BIN)/python -m tests.faults --report && exit $$code

soak: $(VENV)/.dev  ## Half of capacity for MINUTES (32) with restarts; writes docs/soak.md and its plot
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),32)

test-containers: $(VENV)/.dev $(TOOLS)  ## Tests of scorer, sink and end to end in containers; needs a Docker daemon
	@$(BIN)/python -m tests.containers

bench: $(VENV)/.dev  ## FlowServe beside its floors, 15 minutes; SHORT=1 only sees that it works; docs/performance.md
	@$(BIN)/python -m benchmarks $(if $(SHORT),--short)

schemas: $(VENV)/.local  ## Write JSON Schemas, asyncapi.json, .env.example, docs/cli.md and docs/configuration.md again
	@$(BIN)/python -m schemas.generate
	@$(BIN)/python -m cli.env_example
	@$(BIN)/python -m cli.reference
	@$(BIN)/python -m cli.configuration_page

sbom: $(VENV)/.local  ## The bill of materials of what the image holds (CycloneDX), in build/sbom.json
	@scripts/sbom.sh $(BIN)/python build/sbom.json

docs: $(VENV)/.dev  ## The documents as a site, in build/site
	@scripts/site.sh $(BIN) && echo "open build/site/index.html"

requirements: $(VENV)/.dev  ## Pin the versions again, with hashes
	@BIN=$(BIN) scripts/requirements.sh
