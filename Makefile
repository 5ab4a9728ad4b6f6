# Two commands on a fresh machine with Python 3.11+ and make: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Uncompiled modules make every start two to three times slower.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
export UV_NO_PROGRESS := 1
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: run test prove bench audit live-test scale-test dev lint format docs lock bundle clean

run: $(VENV)/.pipeline ## build a release from the bundled figures and print the verdicts
	@$(BIN)/tradefin run

test: $(VENV)/.dev ## everything that must hold
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

prove: $(VENV)/.dev ## the promises under fire, in full: about an hour; writes docs/proof.md; or: make prove ONLY=kill
	@$(BIN)/python -m tests.campaigns $(ONLY) --write docs/proof.md

bench: $(VENV)/.dev .venv-bench/dbt/.ready .venv-bench/sdmx/.ready ## speed against the limit and against peers, on a quiet machine; writes benchmarks/RESULTS.md; or: make bench ONLY=start
	@$(BIN)/python -m benchmarks $(ONLY) --write benchmarks/RESULTS.md

audit: $(VENV)/.dev ## known vulnerabilities of what is locked; needs PyPI
	@$(BIN)/python -m tests.campaigns packages

live-test: $(VENV)/.dev ## ask the real services: TRADEFIN_CONTACT=you@example.org make live-test [ONLY=weo]
	@$(BIN)/python -m pytest tests/live -m live -k "$(ONLY)" -n 0 -rA --tb=line

scale-test: $(VENV)/.dev $(if $(SHORT),,.venv-bench/engines/.ready) ## several workers on real servers (postgresql, redis-server), minutes; SHORT=1: the same on a tiny project
	@TRADEFIN_SCALE=$(if $(SHORT),short,full) $(BIN)/python -m pytest tests/scale -m scale -n 0 --durations=0 --durations-min=1

dev: $(VENV)/.pipeline ## the Dagster UI with the whole graph, on 127.0.0.1
	@$(BIN)/tradefin dev

lint: $(VENV)/.dev ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.dev ## let ruff mend what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(VENV)/.dev ## newest versions that fit pyproject.toml, with hashes
	@rm -f requirements/*.lock
	@echo "uv" | $(BIN)/uv pip compile -q - --generate-hashes --no-header --no-annotate --universal -o requirements/uv.lock
	@echo "hatchling==1.33.0" | $(BIN)/uv pip compile -q pyproject.toml - --extra pipeline \
	  --generate-hashes --no-header --no-annotate --universal -o requirements/pipeline.lock
	@echo "hatchling==1.33.0" | $(BIN)/uv pip compile -q pyproject.toml - --extra pipeline --extra dev \
	  -c requirements/pipeline.lock --generate-hashes --no-header --no-annotate --universal -o requirements/dev.lock
	@echo "hatchling==1.33.0" | $(BIN)/uv pip compile -q pyproject.toml - --extra scale \
	  -c requirements/dev.lock --generate-hashes --no-header --no-annotate --universal -o requirements/scale.lock

docs: $(VENV)/.dev ## the pages that are made from contracts, sources, verdicts and tests
	@$(BIN)/python -m tradefin.docs
	@$(BIN)/python -m tests.sources.faults

bundle: $(VENV)/.dev ## reshape compiled facts into the bundled figures: make bundle FACTS=folder
	@$(BIN)/python -m tradefin.bundled.compile $(FACTS)

clean: ## the environment and what was built; releases stay
	rm -rf $(VENV) outputs/staging .mypy_cache .ruff_cache .pytest_cache

$(BIN)/uv: requirements/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tradefin needs Python 3.11 or newer; this is " + sys.version)'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

.venv-bench/%/.ready: benchmarks/requirements/%.lock | $(BIN)/uv # peers, each in an environment of its own
	@$(PYTHON) -m venv .venv-bench/$*
	@$(BIN)/uv pip install -q --python .venv-bench/$*/bin/python --require-hashes -r $<
	@touch $@

$(VENV)/.pipeline: requirements/pipeline.lock pyproject.toml | $(BIN)/uv
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/pipeline.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.pipeline
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@
