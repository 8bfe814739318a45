#!/bin/bash
# As the official image: KAFKA_LOG_DIRS becomes log.dirs, and so on; a fresh folder is formatted.
set -eu
config=/opt/kafka/config/server.properties
: "${KAFKA_LOG_DIRS:=/tmp/kraft-combined-logs}"
export KAFKA_LOG_DIRS
env | grep '^KAFKA_' | while IFS='=' read -r name value; do
    name=${name#KAFKA_}
    printf '%s=%s\n' "$(printf '%s' "${name,,}" | tr _ .)" "$value"
done >"$config"
java=(/opt/java/bin/java -Xms128m -Xmx512m -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml -cp '/opt/kafka/libs/*')
if [ ! -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
    "${java[@]}" kafka.tools.StorageTool format --ignore-formatted --cluster-id=FlowServeBaseImages000 --config "$config" >/dev/null
fi
exec "${java[@]}" kafka.Kafka "$config"
