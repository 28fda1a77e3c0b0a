# Two images of ours: `site` (web, worker, schedule, migrate) and `s3` (the object store with its
# start script). Others come as they are; see docker-compose.yml.
FROM python:3.11.17-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --only-binary=:all: -r requirements.txt


FROM python:3.11.17-slim-bookworm AS site
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DATA_DIR=/data
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin notes \
    && install -d -o notes -g notes /data/tmp /data/media /data/broker
COPY --from=packages /venv /venv
WORKDIR /site
COPY . .
# The files with hashed names belong to the image, not to a volume: they change with every release.
RUN SECRET_KEY=only-while-building python manage.py collectstatic --noinput
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "deploy/healthy.py", "web"]
CMD ["gunicorn", "notes_site.wsgi", "-c", "notes_site/serving/gunicorn.py"]


FROM chrislusf/seaweedfs:4.48 AS s3
RUN mkdir -p /store && chown 1000:1000 /store
COPY deploy/s3.sh /s3.sh
USER 1000:1000
WORKDIR /store
EXPOSE 8333
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["sh", "-c", "test -e /tmp/ready && wget -qO /dev/null http://127.0.0.1:8333/healthz"]
ENTRYPOINT ["sh", "/s3.sh"]
