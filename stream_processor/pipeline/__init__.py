"""From request records to results: functions of bytes, state and model, without Faust or Kafka."""
