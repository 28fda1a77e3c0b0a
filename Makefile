# The commands of this project. Each builds and updates .venv by itself.
PORT ?= 8000
HOST ?= 127.0.0.1
DEMO ?= 1
STACK ?=
CORPUS ?=
export PORT HOST DEMO CORPUS

# The first Python that is new enough; else any, so that bootstrap.py can say what is missing.
python = $(shell for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && exit; \
	done; command -v python3 || echo python3)
with_run = @$(python) scripts/bootstrap.py run && exec .venv/bin/python
with_dev = @$(python) scripts/bootstrap.py dev && exec .venv/bin/python

.PHONY: help run test check stack corpus lint bench screenshots
help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## the site on http://localhost:8000 (PORT=, HOST=, DEMO=0, STACK=full)
ifeq ($(STACK),full)
	$(with_dev) scripts/stack.py run -- .venv/bin/python manage.py serve
else
	$(with_run) manage.py serve
endif

test: ## everything that CI runs (CORPUS=DIR adds the corpus slice)
	$(with_dev) scripts/test.py

check: ## what is quick of that: lint, types, the pure tests and those of the rooms that changed
	$(with_dev) scripts/check.py

stack: ## PostgreSQL, Valkey and an S3 server on loopback until Ctrl-C
	$(with_dev) scripts/stack.py

corpus: ## a folder of pictures with its MANIFEST.tsv through the site (CORPUS=DIR, STACK=full)
	$(with_dev) scripts/corpus.py $(if $(filter full,$(STACK)),--full) "$(CORPUS)"

lint: ## ruff, mypy, templates, migrations, deploy settings, Dockerfile, compose
	$(with_dev) scripts/test.py lint

bench: ## the figures that the design promises
	@$(python) scripts/bootstrap.py bench && exec .venv/bin/python -m benchmarks

screenshots: ## the pictures in the README, taken from the site that `make run` shows
	$(with_dev) scripts/screenshots.py
