# A task image: the project as it is checked out, and the locked dependencies that it runs by. docs/scaling.md
# says how to use it. To have the base image by its digest: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS dependencies
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
# The lock holds the tools of development as well. All of it is fetched, by hash; the environment gets what the
# project asks for itself, and for exports, without the C++ headers that are a fifth of TensorFlow. By uv, since pip
# would look for what the lock leaves out (pyproject.toml, tool.uv). The project's code comes later: src is where
# it will be.
RUN python -m venv /venv && mkdir src \
    && python -m pip download --quiet --no-cache-dir --require-hashes --no-deps -r requirements.lock --dest /wheels \
    && python -m pip install --quiet --no-cache-dir --no-index --find-links /wheels uv \
    && uv pip install --quiet --no-cache --compile-bytecode --python /venv --no-index --find-links /wheels \
        -e '.[export,s3]' \
    && rm -r /venv/lib/python3*/site-packages/tensorflow/include

FROM ${PYTHON_IMAGE}
# By number, so that an orchestrator can tell that it is not root. Any other will do that may write to the data;
# Kedro-Viz's hook notes in .viz what ran.
RUN useradd --uid 1000 kedro
WORKDIR /app
COPY --from=dependencies /venv /venv
COPY . .
RUN mkdir --mode=1777 .viz && chown 1000 data
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1
USER 1000
ENTRYPOINT ["kedro"]
CMD ["run"]
