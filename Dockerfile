# One image per function, the same for Cloud Run, Compose and a laptop:
#   docker build --build-arg FUNCTION=predire --tag predire .
# An app (`kind: app` in its function.yaml) needs its own target:
#   docker build --target app --build-arg FUNCTION=explorer --tag explorer .
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV PYTHONPYCACHEPREFIX=/pycache
# The base image has no bytecode and containers are read-only: without this step, every start would compile the modules.
# The layers that change least come first: a change of the code does not compile or install the others again.
RUN python -m compileall -q -j0 --invalidation-mode unchecked-hash \
    -x '/(ensurepip|idlelib|lib2to3|pydoc_data|site-packages|test|tkinter|turtledemo)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
WORKDIR /build
ARG FUNCTION
COPY functions/${FUNCTION}/requirements.txt .
RUN python -m venv --without-pip /venv \
 && PYTHONPYCACHEPREFIX= pip --python /venv/bin/python install --quiet --disable-pip-version-check --no-compile \
    --only-binary=:all: --require-hashes --requirement requirements.txt \
 && find /venv -type d -name tests -prune -exec rm -r {} + \
 && python -m compileall -q -j0 --invalidation-mode unchecked-hash /venv
COPY . .
RUN python tools/package.py "${FUNCTION}" --dist /dist \
 && mv "/dist/${FUNCTION}" /app \
 && python -m compileall -q --invalidation-mode unchecked-hash /app \
 && mkdir /data

FROM ${PYTHON} AS runtime
ARG FUNCTION
ENV FUNCTION_TARGET=${FUNCTION} \
    PATH=/venv/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/pycache
COPY --from=build /venv /venv
COPY --from=build /pycache /pycache
COPY --from=build /app /app
# Empty: a volume that is mounted here gets this owner (compose.yaml).
COPY --from=build --chown=65532:65532 /data /data
WORKDIR /app
USER 65532:65532

FROM runtime AS app
ENV HOME=/tmp HOST=0.0.0.0 PORT=8080
CMD ["sh", "-c", "exec python -m functions.${FUNCTION_TARGET}"]

FROM runtime
CMD ["functions-framework"]
