import type { Endpoint } from "./endpoint.ts";
import { Outbox } from "./outbox.ts";
import type { Parcel } from "./outbox.ts";
import { poster } from "./post.ts";
import { say } from "./report.ts";

/** One signal on its way out. */
export interface Channel<Provider = unknown> {
  readonly provider: Provider;
  readonly endpoint: Endpoint;
  /** Sends what is here now. Whether nothing has to be tried again. */
  readonly flush: () => Promise<boolean>;
  /** How much has been recorded so far. */
  added(): number;
  /** Makes ready, in promises alone, what an end that leaves no time for it would miss. */
  prepare?(): Promise<void>;
  /** Takes out what has not been answered, encoded. */
  take(): readonly Parcel[];
  /** Takes back what was taken out and could not be sent. */
  put(...parcels: readonly Parcel[]): void;
}

/** Who wants to know what became of the items. */
export interface Watcher {
  /** Items that nobody will have. */
  readonly lost: (items: number) => void;
  readonly taken: (answer: Uint8Array) => void;
}

/** An outbox to one endpoint that tells the user once why nothing arrives. */
export const channel = (endpoint: Endpoint, { lost, taken }: Watcher): Outbox =>
  new Outbox(poster(endpoint), {
    taken: (_, answer) => taken(answer),
    refused({ items }, status) {
      refusedBy(endpoint.url, status);
      lost(items);
    },
    delayed: (cause) => unreachable(endpoint.url, cause),
  });

/** Says that the endpoint gave a final no. */
export const refusedBy = (url: string, status: number): void =>
  say("refused", `${url} refuses what is sent (HTTP ${status}), so it is dropped. ${advice(status)}`);

const advice = (status: number): string =>
  status === 401 || status === 403
    ? "Set the key that it asks for in OTEL_EXPORTER_OTLP_HEADERS."
    : "Check that OTEL_EXPORTER_OTLP_ENDPOINT names a receiver of OTLP over HTTP, without /v1/… at its end.";

/** Says that the endpoint cannot be reached; what breaks off or is asked to come later is tried again in silence. */
export function unreachable(url: string, cause: string): void {
  if (cause.startsWith("HTTP ") || cause === "ECONNRESET" || cause === "EPIPE") return;
  const { origin } = new URL(url);
  const what = cause === "ETIMEDOUT" ? "does not answer" : nobody.has(cause) ? "nothing listens at" : "cannot reach";
  const where = cause === "ETIMEDOUT" ? `${origin} ${what}` : `${what} ${origin}`;
  say(
    "unreachable",
    `${where} (${cause}), so no telemetry of jobs arrives. Start a job log with \`npx @jobtrail/cli serve\`, or name your receiver in OTEL_EXPORTER_OTLP_ENDPOINT.`,
  );
}

const nobody: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);
