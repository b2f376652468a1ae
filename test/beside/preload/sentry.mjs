// Starts Sentry, and prints the spans and breadcrumbs that it would send.
const Sentry = await import(process.env.SENTRY ?? "@sentry/node");

const print = (span) => console.log(JSON.stringify({ beside: span }));
const sent = {
  span: ({ items }) =>
    items.forEach((span) => print({ name: span.name, id: span.span_id, parent: span.parent_span_id })),
  transaction({ transaction, contexts, spans }) {
    print({ name: transaction, id: contexts.trace.span_id, parent: contexts.trace.parent_span_id });
    for (const span of spans) print({ name: span.description, id: span.span_id, parent: span.parent_span_id });
  },
  event: ({ breadcrumbs = [] }) =>
    breadcrumbs.forEach(({ category, data }) => category === "http" && print({ name: `breadcrumb ${data.url}` })),
};

Sentry.init({
  dsn: "http://key@127.0.0.1:1/1",
  tracesSampleRate: 1,
  transport: () => ({
    flush: () => Promise.resolve(true),
    async send([, items]) {
      for (const [{ type }, item] of items) sent[type]?.(item);
      return {};
    },
  }),
});

globalThis.beside = {
  ...(process.env.SENTRY_BULLMQ && { telemetry: new Sentry.BullMQTelemetry() }),
  async flush() {
    Sentry.captureException(new Error("the last one"));
    await Sentry.flush();
  },
};
