# Campus: `make run` starts it, `make help` lists the rest. Python 3.11 or newer is all that must be there.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: run test check bench screenshots device-table lock help install install-tests servers

run: install  ## start the whole campus; on a new data dir with the demo hub
	@$(BIN)/python app.py

test: install-tests servers  ## run every test; what cannot run here is named, with CI=true it fails
	@$(BIN)/pytest -n logical --maxprocesses 8 --dist loadfile $(TESTS)

check: install-tests  ## lint, format, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install-tests servers  ## measure what docs/performance.md quotes
	$(BIN)/python -m benchmarks

screenshots: install-tests servers  ## make the pictures of README.md anew
	@$(BIN)/python -m tools.screenshots

device-table: install-tests  ## write the table of dialects in docs/devices.md anew
	@$(BIN)/python -m tools.payload_table

lock: install-tests  ## compile the requirements and the front-end lock file anew
	$(BIN)/pip install --quiet uv
	for file in requirements requirements-dev requirements-node; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
			--custom-compile-command "make lock" $$file.in --output-file $$file.txt; done
	tools/npm install --package-lock-only --ignore-scripts --no-audit --no-fund

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What the targets stand on. A stamp is as old as the lock file that it was installed from.

install: .venv/installed node_modules/installed

install-tests: .venv/installed-tests node_modules/installed-tests

servers: .venv/installed-tests
	@tools/servers

.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "Campus needs Python 3.11 or newer; none was found." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-tests: requirements-dev.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/installed

node_modules/installed: package-lock.json | .venv/installed
	tools/npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/installed-tests: package-lock.json | .venv/installed-tests
	tools/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@ node_modules/installed
