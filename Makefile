# `make demo` and `make test` do all the set-up themselves; `make help` lists the rest.
.PHONY: help setup demo test test-window test-core test-pyqt5 bench check wheel faults
.PHONY: pictures screenshots clean

python := .venv/bin/python

# Tests of the window and the others run side by side: each takes one core for minutes.
ifneq (,$(filter test,$(MAKECMDGOALS)))
MAKEFLAGS += --jobs=3 --output-sync=line
endif

help:
	@echo "make demo    make a demo project and try the program"
	@echo "make test    run the test suite"
	@echo "make test-pyqt5  run the tests of the window on Qt 5"
	@echo "make bench   measure speed, as ratios to the bare work"
	@echo "make screenshots, make pictures  draw what the README shows"
	@echo "make check   style, types, architecture, manifest, spelling"
	@echo "make wheel   build the wheel and try what is in it"
	@echo "make faults  kill the program again and again (long)"

setup:
	@tools/setup

demo: setup
	@tools/demo

ifdef TESTS
test: setup
	tools/with-screen $(python) -m pytest $(TESTS)
else
test: test-window test-core
endif

test-window: setup
	tools/with-screen $(python) -m pytest tests/plugin tests/faults

test-core: setup
	tools/with-screen $(python) -m pytest tests/core tests/integration

# After `setup`, which installs the system libraries that both need.
test-pyqt5: setup
	@tools/setup pyqt5
	tools/with-screen .venv-pyqt5/bin/python -m pytest tests/plugin

bench: setup
	tools/with-screen $(python) -m tests.benchmarks.run $(BENCH)

check: setup
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	.venv/bin/lint-imports
	.venv/bin/npe2 validate plugins/napari_s2label/napari.yaml
	.venv/bin/typos

wheel: setup
	tools/check-wheel

faults: setup
	S2LABEL_LONG=1 tools/with-screen $(python) -m pytest tests/faults

screenshots: setup
	$(python) tools/make_screenshots.py

pictures: setup
	$(python) tools/make_pictures.py

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
