"""Puts the sink together and keeps it going: whatever passes by itself is waited for, with growing pauses."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from aiokafka.errors import KafkaError

from stream_processor.sink.database import connect
from stream_processor.sink.errors import SinkStopped, is_transient
from stream_processor.sink.progress import Totals, report
from stream_processor.sink.session import run_session
from stream_processor.sink.settings import SinkSettings
from stream_processor.sink.signals import pause, stop_signal
from stream_processor.sink.store import Store

logger = logging.getLogger(__name__)
