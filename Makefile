# Two commands: "make run" and "make test". Each target sets up .venv when it is missing or out of date, and only then.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: image image-test run test check bench simulate eval chaos lock clean help fuzz soak security docs
.DEFAULT_GOAL := help

help:  ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/runtime.stamp  ## set up and run everything on this machine with the embedded store
	$(BIN)/copydesk run --or-demo

test: $(VENV)/dev.stamp  ## set up and run every test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

check: $(VENV)/dev.stamp  ## lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: $(VENV)/dev.stamp  ## the long form of the fault suite: 1,000 kills, each fault at every step
	COPYDESK_TEST_KILLS=300 COPYDESK_TEST_DEATHS=700 COPYDESK_TEST_STEPS=all COPYDESK_TEST_SINK_KILLS=40 \
		$(BIN)/python -m pytest tests/faults tests/e2e/test_chaos.py tests/e2e/test_sinks_chaos.py --timeout 7200

security: $(VENV)/dev.stamp  ## the long form of the security tests: with what others wait while somebody attacks
	COPYDESK_TEST_SECURITY=1 $(BIN)/python -m pytest tests/security -rP --timeout 600

fuzz: $(VENV)/dev.stamp  ## hostile input by atheris, or by Hypothesis where that is not to be had; COPYDESK_FUZZ_SECONDS=600
	-$(PIP) install -q --only-binary :all: --no-build-isolation -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz.run

soak: $(VENV)/dev.stamp  ## thousands of feeds on loopback for COPYDESK_SOAK_SECONDS=300: memory, handles, backlog, nothing lost
	$(BIN)/python -m tests.soak.run

image: $(VENV)/dev.stamp  ## the image's install steps in a fresh environment; downloads every package
	COPYDESK_TEST_IMAGE=1 $(BIN)/python -m pytest tests/deploy/test_container.py --timeout 900

image-test: $(VENV)/dev.stamp  ## build the image and run it: root, buildah, podman, and the base image or debootstrap
	PYTHON=$(BIN)/python tests/deploy/image.sh

bench: $(VENV)/dev.stamp  ## figures, side by side with the named baselines
	$(BIN)/python -m tests.bench.run

simulate: $(VENV)/dev.stamp  ## a month of 5,000 feeds by a virtual clock: our polling beside other rules, some minutes
	$(BIN)/python -m tests.bench.simulate

docs: $(VENV)/dev.stamp  ## write the reference pages anew from the schemas and the commands themselves
	$(BIN)/python -m tests.docs.render_events
	$(BIN)/python -m tests.docs.cli_reference
	$(BIN)/python -m tests.docs.render_settings

lock: $(VENV)/dev.stamp  ## write the pinned files anew from pyproject.toml (needs uv on PATH)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" -o requirements.txt pyproject.toml deploy/build.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --extra all -c requirements.txt -o requirements-extras.txt pyproject.toml deploy/build.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --extra dev -c requirements-extras.txt -o requirements-dev.txt pyproject.toml deploy/build.in

clean:  ## forget the environment and every cache; the data folder stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "copydesk needs Python 3.11 or newer; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install -q --require-hashes -r requirements.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	$(PIP) install -q --require-hashes -r requirements-dev.txt
	touch $@
