import { html } from "hono/html";
import type { Summary } from "../contract.ts";
import { counted } from "./format.ts";
import type { Html } from "./format.ts";

/** The port that every OpenTelemetry SDK sends to by default. */
const defaultPort = "4318";

/** Shown as long as there is no job: how to send the first one. */
export const welcome = ({ spans, metrics }: Summary, origin: string): Html =>
  html`<div class="sheet empty" id="rows">
    <h2>No job yet</h2>
    ${
      spans + metrics > 0
        ? html`<p>
            Telemetry arrives (${counted(spans, "span")}, ${counted(metrics, "metric point")}), but there is no job
            event in it. Start the worker with Jobtrail's flag:
          </p>`
        : html`<p>Start your worker with one flag, and its jobs appear here:</p>`
    }
    <pre><code>npm install @jobtrail/register
${isDefault(origin) ? "" : `OTEL_EXPORTER_OTLP_ENDPOINT=${origin} `}node --import @jobtrail/register worker.js</code></pre>
    <p>
      ${
        isDefault(origin)
          ? html`Nothing else has to be set: the flag sends to <code>${origin}</code>, which is this job log.`
          : html`This job log listens at <code>${origin}</code>, for OTLP over HTTP.`
      }
    </p>
  </div>`;

const isDefault = (origin: string): boolean => {
  const { hostname, port } = new URL(origin);
  return port === defaultPort && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
};
