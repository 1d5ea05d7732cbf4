# Every package is checked against the lock's digests when it is fetched; of those, only what a server needs is installed.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock .
RUN pip download --quiet --require-hashes --requirement requirements.lock --dest /wheels
COPY pyproject.toml README.md LICENSE CHANGELOG.md celeryconfig.py Procfile ./
COPY src src
RUN pip install --quiet --no-index --find-links /wheels hatchling editables \
 && pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv /opt/holdfast \
 && /opt/holdfast/bin/pip install --quiet --no-index --find-links /wheels "holdfast[server,s3,llm]"

FROM python:3.13-slim
RUN useradd --system --create-home holdfast && install --directory --owner holdfast --mode 700 /blobs
COPY --from=build /opt/holdfast /opt/holdfast
ENV PATH=/opt/holdfast/bin:$PATH PYTHONUNBUFFERED=1
USER holdfast
WORKDIR /home/holdfast
CMD ["holdfast", "--help"]
