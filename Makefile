# Backpropagation by Hand: `make book` builds the site, `make test` checks everything.
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PORT ?= 8000
# `make test WITHOUT=sandbox` leaves out the grading of exercises, which needs bubblewrap, WITHOUT=engines the
# pages in Firefox and WebKit, WITHOUT=postgresql a gradebook on a server, WITHOUT="sandbox engines" two of them
WITHOUT ?=
export WITHOUT
# one thread a process, and the same order of everything in every run
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SITE := _build/html

.DEFAULT_GOAL := help
.PHONY: help book ready test quick serve lab notebooks claims conclusions libraries changes lint format types mutate heard pdf epub offer machines lighthouse bench hub address clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 18

$(VENV)/python: # stamp: the environment itself
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Try: make book PYTHON=python3.11"; exit 1; }
	@$(PYTHON) tools/system.py book
	@test -x $(BIN)/python || { echo "making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@touch $@

$(VENV)/book: $(VENV)/python requirements.txt constraints.txt code/*/pyproject.toml
	@echo "installing what the book needs (two minutes the first time)"
	@$(PIP) install --progress-bar on -r requirements.txt || \
	  { echo "Installing failed: see the lines above. Without a network, point pip at a mirror with PIP_INDEX_URL."; exit 1; }
	@touch $@

$(VENV)/test: $(VENV)/book requirements-test.txt
	@echo "installing what the tests need"
	@$(PIP) install --progress-bar on -r requirements-test.txt || \
	  { echo "Installing failed: see the lines above."; exit 1; }
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json | $(VENV)/test
	@echo "installing axe-core, Lighthouse and the Speech Rule Engine"
	@PUPPETEER_SKIP_DOWNLOAD=1 $(BIN)/npm ci --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@

book: $(VENV)/book ## run the chapters and build the site into _build/html
	@$(BIN)/python tools/build.py

# what the machine lacks comes first: nothing long runs before a need is named
ready: ## install all that `make test` needs, and run nothing yet
	@$(PYTHON) tools/system.py test --without $(WITHOUT)
	@$(MAKE) --no-print-directory $(VENV)/test node_modules/.package-lock.json
	@$(BIN)/python tools/system.py programs --without $(WITHOUT)

test: ready ## check everything: equations, package, chapters, site
	@$(MAKE) --no-print-directory lint types claims
	@$(BIN)/python tools/build.py
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --ignore=tests/site/test_lighthouse.py
	@$(BIN)/python -m pytest -n 0 tests/site/test_lighthouse.py # speed is measured with nothing else running

quick: $(VENV)/test ## check what takes a few minutes: no site, no browser, no grading runs
	@$(MAKE) --no-print-directory lint types claims
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow and not long"

serve: book ## build, then show the site at http://localhost:8000
	@$(BIN)/python tools/server.py $(SITE) --port $(PORT)

notebooks: book ## make the chapters' notebooks in notebooks/
	@$(BIN)/python tools/notebooks.py

pdf: ready ## make the whole book one PDF, _build/backpropagation-by-hand.pdf
	@$(BIN)/python tools/build.py
	@$(BIN)/python tools/pdf.py

epub: book ## make the whole book one EPUB 3, _build/backpropagation-by-hand.epub
	@$(BIN)/python tools/epub.py

offer: pdf epub ## make both, and offer them on the landing page of the site
	@$(BIN)/python tools/whole_book.py

heard: ready ## have a speech engine say formulas of each kind, and write down what it says
	@$(BIN)/python tools/build.py
	@$(BIN)/python tools/heard.py

lab: $(VENV)/test notebooks ## open the chapters as notebooks in JupyterLab
	@$(BIN)/python -m jupyter lab notebooks

conclusions: $(VENV)/book ## try every conclusion again whose result is not fresh (long; all of them: ALL=1)
	@$(BIN)/python -m claims.conclusions $(if $(ALL),,--changed) --jobs $(JOBS)

libraries: $(VENV)/book ## ask other libraries what the book prints of them (long, gigabytes; NEW=1: newest releases, what changed)
	@$(BIN)/python -m claims.libraries $(if $(NEW),--new,$(if $(ALL),,--changed))

changes: $(VENV)/test ## change what a reader may change, in every notebook, and see what comes (long)
	@$(BIN)/python tools/changes.py --jobs $(JOBS)

lint: $(VENV)/test ## check the style of all Python
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/test ## put the style of all Python right, as far as a program can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/test ## hold the types that the packages name against their code
	@$(BIN)/mypy

claims: $(VENV)/book ## check every printed equation
	@$(BIN)/python -m eqworlds check chapters/*.md --worlds claims.worlds --strict --inline claims/inline.toml

mutate: $(VENV)/book ## turn signs and indices in the equations and see each noticed
	@$(BIN)/python -m eqworlds mutate chapters/*.md --worlds claims.worlds --survivors claims/survivors.toml --results claims/mutants.json

machines: $(VENV)/test ## run all code in the arithmetics of other processors and compare what is read
	@$(BIN)/python tools/machines.py --jobs $(JOBS) --report claims/machines.json

lighthouse: ready ## measure the pages with Lighthouse
	@$(BIN)/python tools/build.py
	@$(BIN)/python tools/lighthouse.py --runs 3

bench: benchmarks/requirements.txt code/handgrad/pyproject.toml ## measure training beside scikit-learn, PyTorch and JAX (about 10 minutes)
	@test -x .venv-bench/bin/python || { $(PYTHON) tools/system.py book && $(PYTHON) -m venv .venv-bench; }
	@echo "installing what is measured into .venv-bench (a gigabyte the first time)"
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@.venv-bench/bin/python -m benchmarks

hub: tools/hub/requirements.txt tools/hub/package-lock.json ## take an assignment through a JupyterHub on this machine, in a browser (minutes)
	@test -x .venv-hub/bin/python || { $(PYTHON) tools/system.py book && $(PYTHON) -m venv .venv-hub; }
	@echo "installing JupyterHub into .venv-hub, its proxy into tools/hub (300 MB the first time)"
	@.venv-hub/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@.venv-hub/bin/npm ci --prefix tools/hub --no-audit --no-fund --loglevel=error
	@.venv-hub/bin/python tools/hub/drive.py

address: $(VENV)/book ## put the repository's address from _config.yml into README.md
	@$(BIN)/python tools/address.py

clean: ## remove what was built (keeps the environment)
	rm -rf _build notebooks
