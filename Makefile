# The commands of the project. Every one works on a fresh machine with Python 3.11 and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_HOME := $(CURDIR)/.dagster
export HF_HUB_OFFLINE ?= 1
INSTALLED := $(VENV)/.installed

.PHONY: demo test check ui bench bench-gpu format clean

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(INSTALLED)
	$(BIN)/synth demo

# Where bytecode is not written, every worker and every synth process of the tests compiles the project again.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(INSTALLED)
	$(BIN)/synth models fetch
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

ui: $(INSTALLED)
	$(BIN)/synth init
	$(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

bench: $(INSTALLED)
	$(BIN)/python -m bench

bench-gpu: $(INSTALLED)
	$(BIN)/python -m bench.diffusion

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .dagster data/store data/overview.html
