# Needs Python >= 3.11 with venv, and make. Everything else is installed into .venv and node_modules.
PYTHON := .venv/bin/python
UV := .venv/installer/bin/uv
LOCK := $(UV) pip compile --quiet --universal --python .venv/bin/python --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"

# What `check --deploy` judges: production's settings, with keys made for this one command.
PRODUCTION := env -u DATABASE_URL -u REDIS_URL -u CELERY_BROKER_URL DEPLOYMENT=production DEBUG=0 \
	ALLOWED_HOSTS=orders.example SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))') \
	FIELD_ENCRYPTION_KEYS=check:$$($(PYTHON) -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')
# Few at a time: a worker that takes hundreds of slow ones leaves the other idle at the end.
TESTS := $(PYTHON) -m pytest --numprocesses 2 --maxschedchunk 4

.PHONY: setup run test check format bench screenshots lock formatted linted templates types imports migrations states \
	deployable


setup:
	@sh requirements/install.sh

# The product on embedded parts, with a sandbox in Amazon's place: http://127.0.0.1:8000, or PORT=.
run: setup
	@exec $(PYTHON) -m config.run

# Every test on PostgreSQL and Valkey, then those that suit any database on SQLite too.
test: setup
	$(TESTS)
	$(TESTS) --engine=sqlite -m "not postgres and not browser and not slow"

# Each gate alone, e.g. `make types`; `make --keep-going check` shows the faults of all of them.
check: formatted linted templates types imports migrations states deployable

formatted: setup
	$(PYTHON) -m ruff format --check .

linted: setup
	$(PYTHON) -m ruff check .

templates: setup
	$(PYTHON) -m djlint --lint --quiet templates

types: setup
	$(PYTHON) -m mypy

imports: setup
	.venv/bin/lint-imports --no-logo

migrations: setup
	$(PYTHON) manage.py makemigrations --check --dry-run

# docs/states.md is drawn from the transition tables; after a change: manage.py states_page > docs/states.md
states: setup
	$(PYTHON) manage.py states_page | diff -u docs/states.md -

deployable: setup
	$(PYTHON) manage.py check --fail-level WARNING
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

format: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# Prints a table of ratios and writes it to var/bench/.
bench: setup
	$(PYTHON) -m tests.bench

# The pictures of the README anew, and every page in both sizes and modes under var/screenshots/. Needs a Chromium.
screenshots: setup
	$(PYTHON) -m tests.screenshots

# Renews the lock files from pyproject.toml and package.json; `make lock UPGRADE=--upgrade` takes newer versions too.
lock: setup
	$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements/base.txt
	$(LOCK) $(UPGRADE) pyproject.toml --group dev --constraints requirements/base.txt --output-file requirements/dev.txt
	$(LOCK) $(UPGRADE) --group pyproject.toml:installer --output-file requirements/installer.txt
	$(LOCK) $(UPGRADE) --group pyproject.toml:node --output-file requirements/node.txt
	npm install --package-lock-only
