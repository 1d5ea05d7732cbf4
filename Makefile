# Every target sets up `.venv` from the lock by itself, once. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
SEED ?=
MINUTES ?= 10

.PHONY: help demo test up check coverage bench chaos docs lock clean

help:
	@echo "make demo    the main job, shown on a small example, within a minute"
	@echo "make up      start the stack and stay: Redis, Postgres, worker, beat, Flower"
	@echo "make test    every test"
	@echo "make check   ruff, mypy, the import rules"
	@echo "make coverage, make bench [NAME=ingest], make chaos [MINUTES=10 SEED=1], make lock, make clean"

demo: $(INSTALLED)
	@$(BIN)/holdfast demo

up: $(INSTALLED)
	@$(BIN)/holdfast up

test: $(INSTALLED)
	@$(BIN)/python -m pytest -q -n auto

check: $(INSTALLED)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

coverage: $(INSTALLED)
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n auto
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --fail-under=95

bench: $(INSTALLED)
	@$(BIN)/python bench $(NAME)

chaos: $(INSTALLED)
	@PYTHONPATH=tests $(BIN)/python -m acceptance.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# Some systems ship Python without the pip that a new environment needs; then theirs does the work from outside.
$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Holdfast needs Python 3.11 or newer; found none. Say which: make PYTHON=..."; exit 1; }
	@echo "Setting up .venv from requirements.lock, with $(PYTHON) (once; takes a minute or so) ..."
	@set -e; export PIP_DISABLE_PIP_VERSION_CHECK=1; \
	if $(PYTHON) -m venv --clear .venv >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
	else $(PYTHON) -m venv --clear --without-pip .venv; pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	$$pip install --quiet --quiet --require-hashes --requirement requirements.lock; \
	$$pip install --quiet --quiet --no-deps --no-build-isolation --editable .
	@touch $@

docs: $(INSTALLED)
	@$(BIN)/python docs/render.py

# The only target that asks a package index what is new. The lock names no index, so that any will do.
lock:
	@$(PYTHON) -m venv .lock
	@.lock/bin/pip install --quiet uv
	@echo "# Every package with the digests of all its files, for every system. Written by 'make lock'." > requirements.lock
	@.lock/bin/uv pip compile pyproject.toml --all-extras --group dev --group build --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-package holdfast --no-config --quiet >> requirements.lock
	@rm -r .lock

# Leaves .holdfast alone: that is data.
clean:
	@rm -rf .venv .lock build dist .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
