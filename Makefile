# make demo · make test: both set everything up first. See README.md.
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
TESTS ?= tests
WORKERS ?= 3 # the one with the real hosts waits for them most of its time
unexport PYTHONDONTWRITEBYTECODE # with it, every start of a program under test compiles what the last one did

.PHONY: demo run test check format docs bench lab wheel lock clean

$(STAMP): requirements/dev.txt pyproject.toml scripts/set-up
	@VENV=$(VENV) scripts/set-up
	@touch $@

demo: $(STAMP)            ## the console on a demo fleet of real SSH servers inside this process
	@$(BIN)/daoflow-tui demo $(ARGS)

run: $(STAMP)             ## the console on your own store
	@$(BIN)/daoflow-tui $(ARGS)

test: $(STAMP)            ## the whole suite; what it must leave out it says
	@mkdir -p .cache
	@$(BIN)/python -m pytest --basetemp=.cache/pytest -n $(WORKERS) --dist loadgroup -rs $(TESTS)

check: $(STAMP)           ## format, lint, types, import contracts, dependencies, generated docs
	@$(BIN)/ruff format --check src tests bench lab scripts
	@$(BIN)/ruff check src tests bench lab scripts
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .cache/import-linter
	@$(BIN)/deptry src
	@$(BIN)/python scripts/write_docs.py --check

format: $(STAMP)
	@$(BIN)/ruff format src tests bench lab scripts
	@$(BIN)/ruff check --fix src tests bench lab scripts

docs: $(STAMP)            ## write docs/keys.md and docs/cli.md from the code
	@$(BIN)/python scripts/write_docs.py

bench: $(STAMP)           ## measure and print ratios
	@$(BIN)/python -m bench $(ARGS)

lab:                      ## real OpenSSH and Docker hosts in namespaces (needs root); see docs/lab.md
	@python3 lab/lab.py up $(ARGS)

wheel: $(STAMP)
	@rm -rf dist && $(BIN)/python -m build --no-isolation --outdir dist . >/dev/null && ls dist

lock:                     ## needs uv; writes the hash-locked requirements without addresses
	@scripts/lock

clean:
	@rm -rf $(VENV) .cache dist
