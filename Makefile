# Two commands do all the set-up on a machine that has Python 3.11 and make:
#   make practice   the interface on an embedded practice platform, no Docker needed
#   make test       linters, types, import contracts and the tests
# While you work: `make check` is the same with the fast tests alone, `make fix` mends what ruff can.
# Of tests that say one thing many times `make test` runs those whose turn it is, `make all` every one.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PRACTICE ?= practice-platform

.PHONY: practice test all check fix nightly coverage lint types imports unit fast snapshots screenshots clean fuzz sanitize

# What is written in C is built at installation, where there is a compiler.
$(VENV)/.installed: pyproject.toml hatch_build.py $(wildcard pryv_tui/vault/native/*.[ch])
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

practice: $(VENV)/.installed
	test -e $(PRACTICE)/practice.json || $(BIN)/pryv-tui practice create $(PRACTICE)
	$(BIN)/pryv-tui --practice $(PRACTICE)

test: lint types imports unit

# Every case of those that take turns too: tests/suite/turns.py.
all nightly: export PRYV_TUI_TURN = all
all: test

check: lint types imports fast

fix: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

unit: $(VENV)/.installed-dev
	# The tests start the program some thousand times: it is compiled once, also where the
	# environment says that Python keeps nothing. Two of the six workers mostly wait for an engine.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 6 --dist loadgroup

# Which tests those are: tests/suite/slow.py. Their random inputs are the same each time, without a limit for each.
fast: $(VENV)/.installed-dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2 --dist loadgroup --hypothesis-profile=ci -m 'not slow and not dear'

# All that takes turns; then ten times as many random inputs, without a limit for a test: tests/helpers/examples.py.
nightly: all
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2 --hypothesis-profile=nightly \
		-o timeout=0 tests/vault tests/formats tests/operations

# How much of the program the tests that are not slow run in their own processes (tests/helpers/measured.py), not with what
# they start: .coveragerc has the floor.
coverage: $(VENV)/.installed-dev
	$(BIN)/coverage erase
	PYTHONDONTWRITEBYTECODE= $(BIN)/coverage run -m pytest -q -n 2 --dist loadgroup --hypothesis-profile=ci -m 'not slow'
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

snapshots: $(VENV)/.installed-dev
	$(BIN)/python -m tests.tui.snapshots

screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m tests.docs.make_screenshots screenshots

clean:
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz .sanitized dist build

# Every parser of what others wrote under a coverage-guided fuzzer (FUZZ_SECONDS each), and the C library
# under its sanitizers: tests/fuzz, tests/vault/native/sanitized.py. Where the fuzzer can't be installed it is skipped.
# With FUZZ_INPUTS it tries so many, the same ones each time.
FUZZ_SECONDS ?= 60
FUZZ_INPUTS ?= 0
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]' || echo 'fuzz: the extra can not be installed here'
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) --inputs $(FUZZ_INPUTS)

sanitize: $(VENV)/.installed-dev
	$(BIN)/python -m tests.vault.native.sanitized
