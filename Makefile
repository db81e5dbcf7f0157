# Two commands matter: `make run` serves the site on http://127.0.0.1:8000, `make test` passes every test.
# Both set up what they need first; `make help` lists the others.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV = .venv/bin/python

.PHONY: help run test quick lint bench faults fmt pictures setup setup-dev doctor

help:
	@echo 'make run       serve the site on http://127.0.0.1:8000 (Ctrl-C stops it; data stay in var/)'
	@echo 'make doctor    say in words what is well with the site and what is not'
	@echo 'make test      every test, the browser and the journeys included (some 22 minutes)'
	@echo 'make quick     the tests without browser and nothing slow (6 minutes)'
	@echo 'make lint      style, types, directions of imports, migrations, translations, generated documents'
	@echo 'make fmt       put the code into its style'
	@echo 'make bench     measure (BENCH_SCALE=0.02 for a small county; figures in docs/performance.md)'
	@echo 'make faults    kill a hundred processes of a site at work, and see that nothing is lost (25 minutes)'
	@echo 'make pictures  take the pictures of the README anew'

setup:
	@$(PYTHON) tools/set_up.py

setup-dev:
	@$(PYTHON) tools/set_up.py dev

run: setup
	@$(VENV) manage.py serve

doctor: setup
	@$(VENV) manage.py doctor

# The browser and the journeys each drive a whole site and often wait for it: three files at once, not beside the rest.
test: setup-dev
	@tools/test -n 2 -m 'not browser and not journey and not bench and not faults'
	@tools/test -n 3 --dist loadfile -m '(browser or journey) and not bench and not faults'

quick: setup-dev
	@tools/test -n 2 -m 'not browser and not journey and not slow and not bench and not faults'

lint: setup-dev
	@tools/lint

bench: setup-dev
	@DURABLE=yes tools/test -m bench -s

faults: setup-dev
	@tools/test -m faults -s

fmt: setup-dev
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

pictures: setup-dev
	@PICTURES=docs/images tools/test -m browser tests/browser/test_pictures.py
