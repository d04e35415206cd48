# make run      the demo federation, page on port 8000
# make test     every test, with a real Mosquitto and Chromium (TESTS="tests/store -k journal": these)
# make test-fast  the decisions (tests/core) and the rules of the house, in seconds
# make check    ruff, mypy --strict, eslint and prettier, the rules of the house
# make fmt      what ruff, eslint and prettier can mend by themselves
# make bench    the measurements, into build/bench.json
# make postgres what PostgreSQL wants besides (COLDSHED_DATABASE_URL)
# make messages the catalogues, after a change of texts
# make lock     the pinned requirements, after a change of pyproject.toml

VENV := .venv
BIN := $(VENV)/bin
INSTALL := sh deploy/install.sh

# Some machines forbid Python to keep what it compiled; every start of a service would compile it all again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-fast check fmt bench postgres messages lock clean
.DELETE_ON_ERROR:

run: $(VENV)/built
	@exec $(BIN)/coldshed up --demo

test: $(VENV)/built $(VENV)/work
	@$(INSTALL) tools
	@# By file: Chromium, `coldshed up` and shared scenes are one for a module. Files with most tests start first.
	$(BIN)/python -m pytest -n logical --dist loadfile $(TESTS)

check: $(VENV)/built $(VENV)/work
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python web/lint/check.py
	$(BIN)/python -m pytest -q tests/test_house.py

test-fast: $(VENV)/packages $(VENV)/work
	$(BIN)/python -m pytest -q tests/core tests/test_house.py

fmt: $(VENV)/built $(VENV)/work
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python web/lint/check.py --fix

bench: $(VENV)/built $(VENV)/work
	@$(INSTALL) tools
	$(BIN)/python -m benchmarks

postgres: $(VENV)/built
	@$(INSTALL) packages requirements-postgres.txt

messages: $(VENV)/packages
	$(BIN)/python -m i18n.messages

lock: $(VENV)/work
	$(INSTALL) lock

clean:
	rm -rf $(VENV) build web/static/vendor

$(VENV)/python:
	@$(INSTALL) venv
	@touch $@

$(VENV)/packages: $(VENV)/python requirements.txt
	@$(INSTALL) packages requirements.txt
	@touch $@

$(VENV)/work: $(VENV)/packages requirements-work.txt
	@$(INSTALL) packages requirements-work.txt
	@touch $@

$(VENV)/built: $(VENV)/packages pyproject.toml web/build_hook.py web/package.json web/package-lock.json
	@$(INSTALL) build
	@touch $@
