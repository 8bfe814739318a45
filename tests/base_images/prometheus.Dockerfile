# Debian's package of this image's own release, unpacked and not installed: it would bring a service manager's files.
FROM python:3.11-slim-bookworm AS package
WORKDIR /package
RUN apt-get --quiet=2 update && apt-get --quiet=2 download prometheus && dpkg-deb --extract prometheus_*.deb .

FROM python:3.11-slim-bookworm
# As in the official image: nobody runs it, and owns where its figures are kept.
RUN mkdir /prometheus && chown nobody:nogroup /prometheus
COPY --from=package /package/usr/bin/prometheus /package/usr/bin/promtool /usr/bin/
USER nobody
WORKDIR /prometheus
EXPOSE 9090
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
