# Front-end files from the lock file; nothing is built.
FROM node:22-slim AS front_end
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

# Python packages from the lock file, into a folder that is copied whole.
FROM python:3.13-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEPLOYMENT=production PORT=8000
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The keys live for this one command: collecting files encrypts nothing.
RUN --mount=from=front_end,source=/app/node_modules,target=/app/node_modules \
    SECRET_KEY=only-while-the-static-files-are-collected \
    FIELD_ENCRYPTION_KEYS="build:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    python manage.py collectstatic --no-input \
    && chown -R app:app /app/var
USER app
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-m", "config.probe"]
CMD ["gunicorn", "--config", "gunicorn.conf.py"]
