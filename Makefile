# `make demo` and `make test` do all the set-up themselves; `make help` lists the rest.
.PHONY: help setup training demo test test-window test-core test-training test-pyqt5
.PHONY: faults faults-window faults-rest bench check wheel peers pictures screenshots clean

python := .venv/bin/python

# The suites run side by side: each takes one core for minutes. Networks of several that share out
# every core between their threads would mostly wait for each other.
ifneq (,$(filter test faults,$(MAKECMDGOALS)))
MAKEFLAGS += --jobs=3 --output-sync=line
export OMP_NUM_THREADS := 1
endif

help:
	@echo "make demo    make a demo project and try the program"
	@echo "make training  add what training needs (several GB)"
	@echo "make test    run the test suite"
	@echo "make test-pyqt5  run every eighth test of the window on Qt 5 (LONG=1: all)"
	@echo "make bench   measure speed, as ratios to the bare work"
	@echo "make screenshots, make pictures  draw what the README shows"
	@echo "make check   style, types, architecture, manifest, spelling"
	@echo "make wheel   build the wheel and try what is in it"
	@echo "make faults  kill it, fill its disk, feed it rubbish (LONG=1 for hours, SEED=7 for others)"
	@echo "make peers   measure it beside other programs (an environment of 7 GB more)"

setup:
	@tools/setup

training:
	@tools/setup pyqt6 training

demo: setup
	@tools/demo

ifdef TESTS
test: training
	tools/with-screen $(python) -m pytest $(TESTS)
else
# The longest first.
test: test-window test-core test-training faults
endif

test-window: training
	tools/with-screen $(python) -m pytest tests/plugin

test-core: training
	tools/with-screen $(python) -m pytest tests/core tests/integration

test-training: training
	$(python) -m pytest tests/training

# After `training`, which installs the system libraries that both need.
test-pyqt5: training
	@tools/setup pyqt5
	S2LABEL_LONG=$(LONG) tools/with-screen .venv-pyqt5/bin/python -m pytest tests/plugin

bench: training
	tools/with-screen $(python) -m tests.benchmarks.run $(BENCH)

check: training
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	.venv/bin/lint-imports
	.venv/bin/npe2 validate plugins/napari_s2label/napari.yaml
	.venv/bin/typos

wheel: training
	tools/check-wheel

faults: faults-window faults-rest

# Two halves that take about the same time, each with a screen of its own.
faults_pytest = S2LABEL_LONG=$(LONG) S2LABEL_SEED=$(SEED) tools/with-screen $(python) -m pytest $(if $(LONG),-s)

faults-window: training
	$(faults_pytest) tests/faults/window

faults-rest: training
	$(faults_pytest) tests/faults --ignore=tests/faults/window

faults-window faults-rest test-pyqt5: LONG ?= $(S2LABEL_LONG)
faults-window faults-rest: SEED ?= $(S2LABEL_SEED)

peers: training
	tests/benchmarks/peers/setup
	tools/with-screen $(python) -m tests.benchmarks.peers.run $(PEERS)

screenshots: training
	$(python) tools/make_screenshots.py
	$(python) tools/make_map_picture.py

pictures: training
	$(python) tools/make_pictures.py

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
