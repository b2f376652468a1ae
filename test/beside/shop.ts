import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { startReceiver } from "@jobtrail/testing";
import type { Receiver, Running } from "@jobtrail/testing";
import { register } from "../hosts/hosts.ts";
import type { Neighbour } from "./neighbours.ts";
import { installSet } from "./set.ts";

/** A span of the neighbour's: its name, and that of its parent; and each request's address by what it leads to. */
export type Seen = readonly [name: string, parent: string];

/** What became of the shop. */
export interface Shopped {
  /** What the neighbour saw, without what Redis, DNS and sockets do. */
  readonly seen: readonly Seen[];
  /** What Jobtrail told. */
  readonly events: readonly string[];
  /** Jobtrail's spans, wherever they arrived; those with a link to the producer have its name behind them. */
  readonly spans: readonly string[];
  /** The headers of agents that our requests had. */
  readonly headers: readonly string[];
  readonly said: string;
}

/** Where the flag stands: before the neighbour's, after it, or nowhere. */
export type Order = "before" | "after" | "without";

/** Runs the shop beside a neighbour. */
export async function shop(neighbour: Neighbour, order: Order, redis: Running): Promise<Shopped> {
  const folder = await installSet(neighbour.set);
  await using receiver = await startReceiver();
  const flag = ["--import", register];
  const flags = {
    before: [...flag, ...neighbour.flags],
    after: [...neighbour.flags, ...flag],
    without: neighbour.flags,
  };
  const child = spawn(process.execPath, ["--conditions=@jobtrail/source", ...flags[order], "shop.mjs"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      ...redis.env,
      QUEUE: `mail-${neighbour.name}-${order}`.replaceAll(/\W+/g, "-"),
      ...sending(receiver),
      ...neighbour.env,
    },
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const said = text(child.stderr);
  const printed: Printed[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"beside":')) printed.push((JSON.parse(line) as { beside: Printed }).beside);
    if (line !== "worked") continue;
    // The records are sent while the request is open: whoever traces it could see their request.
    if (order !== "without" && neighbour.sdk === undefined)
      await receiver.waitFor(({ events }) => events().some(({ name }) => name === "job.run.ended"), 30_000);
    child.stdin.end("go on\n");
  }
  return {
    ...told(receiver),
    seen: named([...printed, ...traced(receiver)], receiver),
    headers: receiver.headers().filter((name) => agents.test(name)),
    said: await said,
  };
}

/** Everything at once, and only to the receiver. */
const sending = ({ url }: Receiver): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  OTEL_BLRP_SCHEDULE_DELAY: "50",
  OTEL_BSP_SCHEDULE_DELAY: "50",
});

/** A span as a preload prints it. */
interface Printed {
  readonly name: string;
  readonly id: string;
  readonly parent?: string;
}

const agents = /datadog|sentry|newrelic|elastic|traceparent|baggage/;

/** What others do for the app and what differs from run to run. */
const noise =
  /redis|:redis|\b(client|info|hset|eval|evalsha|bzpopmin|quit|ready)\b|^(tcp|dns|net|fs)\b|http\.Agent|StalledCheck|^ROOT$/i;

const isOurs = ({ scope }: { readonly scope: { readonly name: string } }): boolean =>
  scope.name.startsWith("@jobtrail/");

const traced = (receiver: Receiver): Printed[] =>
  receiver
    .spans()
    .filter((span) => !isOurs(span))
    .map(({ name, spanId: id, parentSpanId: parent, attributes }) => {
      const path =
        attributes["url.full"] ?? attributes["url.path"] ?? attributes["http.url"] ?? attributes["http.target"];
      return { name: path === undefined ? name : `${name} ${String(path)}`, id, ...(parent && { parent }) };
    });

function named(printed: readonly Printed[], receiver: Receiver): Seen[] {
  const { host } = new URL(receiver.url);
  const plain = (name: string): string =>
    name
      .replaceAll(host, "receiver")
      .replaceAll(/(http:\/\/)?127\.0\.0\.1(:\d+)?/g, "shop")
      .replaceAll(/mail-[\w-]+/g, "mail");
  const names = new Map(printed.map(({ id, name }) => [id, plain(name)]));
  return printed
    .filter(({ name }) => !noise.test(name))
    .map(({ name, parent }): Seen => [plain(name), names.get(parent ?? "") ?? "none"])
    .toSorted((one, other) => one.join().localeCompare(other.join(), "en"));
}

function told(receiver: Receiver): Pick<Shopped, "events" | "spans"> {
  const spans = receiver.spans().filter(({ name }) => /^(add|process) /.test(name));
  const nameOf = (id: string): string | undefined => spans.find(({ spanId }) => spanId === id)?.name;
  return {
    events: receiver.events().map(({ name }) => name),
    spans: spans
      .map(({ name, links }) => [name, ...links.map(({ spanId }) => `of ${nameOf(spanId)}`)].join(" "))
      .map((name) => name.replaceAll(/mail-[\w-]+/g, "mail"))
      .toSorted(),
  };
}
