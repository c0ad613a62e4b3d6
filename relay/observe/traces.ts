import { reportOf } from '../../shared/failure.ts';

/** What a span says of itself. Codes, provider ids, route patterns and the request's own id: never a name or a token. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Spans of requests and of calls to providers, for an OpenTelemetry collector. */
export interface Traces {
  /** Runs `work` in a span; `tell` adds what is known only afterwards. A failure marks the span and goes on its way. */
  span<Result>(
    name: string,
    attributes: SpanAttributes,
    work: (tell: (more: SpanAttributes) => void) => Promise<Result>,
  ): Promise<Result>;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** Traces nothing, at no cost. */
export const noTraces: Traces = {
  span: (_name, _attributes, work) => work(() => undefined),
  stop: () => Promise.resolve(),
};

/** Sends spans to the collector at `url` (OTLP over HTTP). The SDK is loaded only by a relay that was asked to. */
export async function createTraces(url: string): Promise<Traces> {
  const [
    { SpanStatusCode },
    { BatchSpanProcessor, TracerProvider },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'staffetta-relay' }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }), scheduledDelayMillis: 1_000 }),
    ],
  });
  const tracer = provider.getTracer('staffetta-relay');
  return {
    async span(name, attributes, work) {
      const span = tracer.startSpan(name, { attributes });
      try {
        return await work((more) => void span.setAttributes(more));
      } catch (error) {
        // The code of a failure; nobody's words.
        span.setStatus({ code: SpanStatusCode.ERROR, message: reportOf(error).code });
        throw error;
      } finally {
        span.end();
      }
    },
    stop: () => provider.shutdown(),
  };
}
