# Needs only make, sh and python3. Where uv is missing it is installed into .uv/ here.

PYTHON ?= python3
UV := $(shell command -v uv || echo .uv/bin/uv)

# The Python that you have is used; none is downloaded.
export UV_PYTHON ?= $(PYTHON)
export UV_PYTHON_DOWNLOADS ?= never

# The system's certificates count, a company's own among them.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export SSL_CERT_FILE ?= /etc/ssl/certs/ca-certificates.crt
endif

KILLS ?= 50
RUNS ?= 500

.PHONY: help demo test crashes isolation run doctor fix clean

help: ## Show what can be made.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

demo: $(UV) ## Try the bot in your browser: no account, no network. OPTIONS="--reset" and the like.
	@$(UV) run --locked --no-dev --extra sandbox ondemand-bot demo $(OPTIONS)

test: $(UV) ## Check formats, lint, types and import rules, and run every test.
	@$(UV) run --locked python -m tests

crashes: $(UV) ## Kill the bot KILLS times while people talk; SEED repeats a run.
	@$(UV) run --locked python -m tests.crashes --kills $(KILLS) $(if $(SEED),--seed $(SEED))

isolation: $(UV) ## Let five people try everything, RUNS times, and look for foreign words.
	@$(UV) run --locked python -m tests.isolation --runs $(RUNS)

run: $(UV) ## Run the bot. It needs the two secrets in .env.
	@$(UV) run --locked --no-dev ondemand-bot run

doctor: $(UV) ## Check everything the bot needs, before or after it runs.
	@$(UV) run --locked --no-dev ondemand-bot doctor

fix: $(UV) ## Format, and mend what can be mended by itself.
	@$(UV) run --locked ruff check --fix .
	@$(UV) run --locked ruff format .

clean: ## Remove everything that was installed here. Your data stays.
	rm -rf .uv .venv dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.uv/bin/uv:
	@$(PYTHON) .ci/install_uv.py .uv
