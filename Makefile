# Every target sets up what it needs: a Python from 3.11 to 3.13 and a package index are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
OWUI   := build/openwebui
WHOLE  := build/openwebui-full
PYTEST := $(BIN)/python -m pytest
CALLS  ?= 20000
SEED   ?= 1
COUNT  ?= 200

.PHONY: $(shell sed -n 's/^\([a-z0-9]*\):.*\#\#.*/\1/p' $(MAKEFILE_LIST))
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | expand -t 12

$(READY): pyproject.toml tools/check_python.py
	@$(PYTHON) tools/check_python.py
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(READY)  ## a whole migration on a generated Open WebUI database, and a report to look at
	@$(BIN)/dualwrite rehearse --work build/demo
	@echo "Look at build/demo/report/report.html"

look: $(READY)  ## a rehearsal with Prometheus beside it, left open to look at until Ctrl-C
	@$(BIN)/python -W ignore tools/look.py

test: $(READY) openwebui  ## the tests, against real servers; `make slow` runs the long ones
	@$(PYTEST) -n 2 --dist worksteal -m "not slow and not faults and not e2e"

slow: $(READY) openwebui  ## ten thousand interleavings, thirty kills of a rehearsal
	@$(PYTEST) -n 2 --dist worksteal -m slow

equality: $(READY) openwebui  ## CALLS=20000 random calls on Open WebUI's own classes and ours, from SEED=1 on
	@DUALWRITE_EQUALITY_CALLS=$(CALLS) DUALWRITE_EQUALITY_SEED=$(SEED) $(PYTEST) -n 2 -rP -m slow tests/conformance/test_equality.py

faults: $(READY)  ## every fault on both databases, one after another; writes the table of docs/faults.md
	@$(BIN)/python -W ignore -m tests.faults.matrix

e2e: $(READY) application  ## the real Open WebUI, whole, on these repositories: its HTTP API and its page in a browser
	@$(PYTEST) -n 2 --dist loadfile -m e2e tests/e2e

bench: $(READY)  ## ratios side by side, as a table and in build/bench.json: ONLY=name,name QUICK=1 CHECK=1
	@$(BIN)/python -W ignore -m tests.benchmarks.bench $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(CHECK),--check) --json build/bench.json

outage: $(READY)  ## an hour without PocketBase, what callers pay for it, and the journal as it grows: the figures of docs/pressure.md
	@$(BIN)/python -W ignore -m tests.benchmarks.outage --json build/outage.json
	@$(BIN)/python -W ignore -m tests.benchmarks.hour --json build/hour.json
	@$(BIN)/python -W ignore -m tests.benchmarks.journal --json build/journal.json

switches: $(READY)  ## COUNT=200 cutovers and rollbacks under load, each under a fault drawn from SEED=1; prints what came of it
	@$(BIN)/python -W ignore -m tests.faults.switches --count $(COUNT) --seed $(SEED)

mutations: $(READY)  ## each safeguard taken out of the code in its turn: some test must fail, or this does
	@$(BIN)/python tools/mutations.py

unit: $(READY)  ## the tests that need no server, in seconds
	@$(PYTEST) tests/unit tests/model tests/reports -q -m "not slow"

check: $(READY)  ## lint, types, import contracts, known holes in what is installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/audit.py

format: $(READY)  ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

openwebui: $(READY)  ## the real Open WebUI in an environment of its own, as the tests' oracle
	@$(BIN)/python tools/openwebui.py $(OWUI)
	@$(BIN)/python tools/openwebui.py $(OWUI)-wired --wired
	@$(BIN)/python tools/openwebui.py $(OWUI)-releases --sources

application: $(READY)  ## the whole of Open WebUI in an environment of its own, for `make e2e`: 1 GB
	@$(BIN)/python -m tools.openwebui_application $(WHOLE)

clean:  ## remove everything the targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
