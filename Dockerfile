# One image for every process; the command chooses: `python -m ingest_api`, `python -m stream_processor.scorer`,
# `python -m stream_processor.sink`, `python -m stream_processor.provision`, `flowserve COMMAND`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements-image.txt requirements-local.txt ./
RUN python -m venv /opt/flowserve \
    && /opt/flowserve/bin/pip install --no-cache-dir --require-hashes -r requirements-image.txt \
    # the build back end, by its pinned hashes as well; it does not reach the final image
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-local.txt
# The wheel of flowserve-ml is there where the backend was cut off; elsewhere the pattern finds nothing.
COPY pyproject.toml README.md vendo[r]/*.whl ./
COPY schemas schemas
COPY ingest_api ingest_api
COPY stream_processor stream_processor
COPY local_stack local_stack
COPY cli cli
COPY client client
COPY ml ml
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . ./client \
        $(if [ -e ml/pyproject.toml ]; then echo ./ml; else echo ./*.whl; fi) \
    && /opt/flowserve/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/flowserve --create-home flowserve
COPY --from=build /opt/flowserve /opt/flowserve
COPY ml/models /var/lib/flowserve/models
ENV PATH=/opt/flowserve/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    FLOWSERVE_API_HOST=0.0.0.0 \
    FLOWSERVE_DATA_DIR=/var/lib/flowserve/data \
    FLOWSERVE_MODELS_DIR=/var/lib/flowserve/models
RUN mkdir /var/lib/flowserve/data && chown flowserve /var/lib/flowserve/data
USER flowserve
WORKDIR /var/lib/flowserve
EXPOSE 8000
CMD ["python", "-m", "ingest_api"]
