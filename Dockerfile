# The bot, as one image for every process: `run`, `web`, `worker`, `migrate`.
# The first stage builds; the second has no compiler, no package manager of ours, and no root.

FROM python:3.13-slim-trixie AS build
COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /usr/local/bin/uv
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src
# What others wrote changes seldom, and is a layer of its own.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project --no-editable
COPY bot ./bot
COPY migrations ./migrations
RUN uv sync --locked --no-dev --no-editable

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --create-home --home-dir /app app && mkdir /app/data && chown app:app /app/data
COPY --from=build /src/.venv /src/.venv
ENV PATH=/src/.venv/bin:$PATH PYTHONUNBUFFERED=1 LISTEN_ADDRESS=0.0.0.0
WORKDIR /app
USER app
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 8080)}/healthz\", timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["ondemand-bot"]
CMD ["run"]
