# `make demo`: real and made-up customers in their segments. `make test`: all that must hold.
# Both need Python 3.11 or newer and make, nothing else; everything is kept in .venv.

PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
BIN := $(VENV)/bin
WORKERS ?= 2

SHOP := lapsed_vips
CDNOW := champions lapsing

.PHONY: demo test test-oldest check clean help

help:
	@echo "make demo   preview segments of examples/cdnow and examples/shop"
	@echo "make test   ruff, mypy, the import contract and all tests"
	@echo "make test-oldest   what meets an engine, on the oldest DuckDB and Postgres"
	@echo "make clean  remove what the two have made"

demo: $(VENV)/.demo examples/cdnow/data/purchases.parquet
	@echo; echo "== 23,570 real customers of CDNOW, as of 1 July 1998"; echo
	$(BIN)/segql --project examples/cdnow --as-of 1998-07-01 preview $(CDNOW)
	@echo; echo "== A made-up shop, as of 1 January 2026"; echo
	$(BIN)/segql --project examples/shop --as-of 2026-01-01 preview $(SHOP)

test: check .venv-dbt/.ready
	$(BIN)/pytest -n $(WORKERS)

check: $(VENV)/.dev examples/cdnow/data/purchases.parquet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# `make test` has the newest DuckDB and Postgres, this the oldest: what all engines must agree on.
test-oldest: $(OLDEST)/.dev
	$(OLDEST)/bin/pytest -n $(WORKERS) --postgres-major 16 --agreement-examples 60 \
		tests/conformance tests/agreement tests/engines tests/sql/test_operations_reading.py

clean:
	rm -rf $(VENV) .venv-dbt $(OLDEST) dist build examples/cdnow/data examples/*/.segql

examples/cdnow/data/purchases.parquet: examples/cdnow/fetch.py | $(VENV)/.demo
	$(BIN)/python examples/cdnow/fetch.py
	@touch $@

# dbt, which the tests build models with, has an environment of its own: it wants other versions of what segql rests on.
# Newer versions of dbt-core than these are completed by a download from elsewhere when they are installed.
.venv-dbt/.ready: Makefile
	$(PYTHON) -m venv .venv-dbt
	.venv-dbt/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
		'dbt-core>=1.10,<1.11' 'dbt-duckdb>=1.10,<2'
	@touch $@

# Stamps: an installation is repeated when pyproject.toml has changed.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "segql needs Python 3.11 or newer; say which: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[arrow]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(OLDEST)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check 'duckdb==1.5.*' -e '.[dev]'
	@touch $@
