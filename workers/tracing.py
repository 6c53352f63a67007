"""OpenTelemetry: spans of polls, articles and their steps, and how long each takes, sent by OTLP over HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry import context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode, set_span_in_context

from ingest.errors import SettingsError
from ingest.settings import Settings
from workers import VERSION
from workers.telemetry import Attributes

log = structlog.get_logger()

#: Seconds that one export may take, and that a process gives the last one before it ends.
EXPORT_SECONDS = 5
LAST_SECONDS = 2.0
#: Seconds between two exports of the metrics.
METRIC_MILLISECONDS = 30_000


class _Noting(SpanExporter):
    """An exporter that says once that its collector is away, and once that it is back."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        is_away = result is not SpanExportResult.SUCCESS
        if is_away != self._is_away:
            self._is_away = is_away
            log.warning("telemetry.away" if is_away else "telemetry.back", setting="OTEL_EXPORTER_OTLP_ENDPOINT")
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


class Tracing:
    """An observer that makes spans of what it hears, and a histogram of how long they took."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer("copydesk", VERSION)
        self._seconds = meters.get_meter("copydesk", VERSION).create_histogram(
            "copydesk.step.duration", unit="s", description="How long a poll, an article and their steps take."
        )

    def attempt(self, name: str) -> Callable[[], None]:
        """An attempt, of which the later steps of this task are parts."""
        began = time.perf_counter()
        span = self._tracer.start_span(name, context=context.Context())
        # For the rest of this task, which has a context of its own: nobody need take it back.
        context.attach(set_span_in_context(span))

        def end() -> None:
            self._seconds.record(time.perf_counter() - began, {"step": name})
            span.end()

        return end

    @contextmanager
    def step(self, name: str, attributes: Attributes) -> Iterator[None]:
        """A step; of what went wrong only the kind is told, for a message may quote what is foreign."""
        began = time.perf_counter()
        with self._tracer.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise
            finally:
                self._seconds.record(time.perf_counter() - began, {"step": name})


@contextmanager
def open_tracing(settings: Settings, process: str) -> Iterator[Tracing]:
    """
    Tracing to the configured collector, for the length of the block.

    Raises:
        SettingsError: its address is none.
    """
    base = settings.otel_endpoint.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise SettingsError("the address must begin with http:// or https://")
    # The exporter's own lines quote the address and come with every attempt; ours say it once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    resource = Resource.create({"service.name": "copydesk", "service.version": VERSION, "copydesk.process": process})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(
        BatchSpanProcessor(_Noting(OTLPSpanExporter(f"{base}/v1/traces", timeout=EXPORT_SECONDS)))
    )
    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(f"{base}/v1/metrics", timeout=EXPORT_SECONDS), export_interval_millis=METRIC_MILLISECONDS
    )
    meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    try:
        yield Tracing(tracers, meters)
    finally:
        _end(lambda: meters.shutdown(EXPORT_SECONDS * 1000), tracers.shutdown)


def _end(*works: Callable[[], object]) -> None:
    """Send what is left, but end with or without a collector."""
    threads = [threading.Thread(target=work, daemon=True, name="telemetry-end") for work in works]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + LAST_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
