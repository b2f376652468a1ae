import { once } from "node:events";
import { createServer } from "node:net";
import { at, scalarsIn } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded, referencesIn } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** An address that the Collector listens on. */
interface Listener {
  readonly address: string;
  /** The variable that holds it, or the path of its setting. */
  readonly from: string;
}

/** Faults of the ports that the Collector listens on, one line each. */
export async function portFaults(config: Config, env: Environment): Promise<string[]> {
  // Port 0 stands for any free port.
  const listeners = listenersOf(config, env).filter(({ address }) => !address.endsWith(":0"));
  const twice = listeners.filter(({ address }, i) => listeners.findIndex((each) => each.address === address) !== i);
  const faults = await Promise.all(listeners.filter((listener) => !twice.includes(listener)).map(faultOf));
  return [
    ...twice.map(({ address, from }) => `${address} is used twice, once by ${from}. Give each its own port.`),
    ...faults.filter((fault) => fault !== undefined),
  ];
}

/** The addresses of the receivers that a pipeline has, of the extensions, and of the Collector's own metrics. */
function listenersOf(config: Config, env: Environment): Listener[] {
  const used = new Set(Object.values(config.service.pipelines).flatMap(({ receivers }) => receivers));
  const receivers = Object.entries(config.receivers).filter(([id]) => used.has(id));
  const extensions = Object.entries(config.extensions).filter(([id]) => config.service.extensions.includes(id));
  const endpoints = [...receivers, ...extensions]
    .flatMap(([id, value]) => scalarsIn(value, [id]))
    .filter(({ path }) => path.at(-1) === "endpoint");
  return [
    ...endpoints.map(({ path, text }) => ({
      address: expanded(text, env),
      from: referencesIn(text)[0]?.name ?? path.join("."),
    })),
    ...metricsListeners(config, env),
  ];
}

function metricsListeners(config: Config, env: Environment): Listener[] {
  const readers = at(config.service, ["telemetry", "metrics", "readers"]);
  return (Array.isArray(readers) ? readers : []).flatMap((reader: unknown) => {
    const [host, port] = ["host", "port"].map((key) => at(reader, ["pull", "exporter", "prometheus", key]));
    if (typeof host !== "string" || typeof port !== "string") return [];
    const from = referencesIn(port)[0]?.name ?? "service.telemetry.metrics.readers";
    return [{ address: `${expanded(host, env)}:${expanded(port, env)}`, from }];
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use. Stop the process that listens there (a Collector that already runs?), or set another",
  EADDRNOTAVAIL: "is not an address of this machine. Set another",
  EACCES: "may not be opened by this user. Set a port from 1024",
  ENOTFOUND: "has an unknown host name. Set another",
  EAI_AGAIN: "has an unknown host name. Set another",
};

async function faultOf({ address, from }: Listener): Promise<string | undefined> {
  const match = /^(.*):(\d+)$/.exec(address);
  // The check of variables reports a text that is not an address.
  if (match === null) return undefined;
  const [, host = "", port] = match;
  const server = createServer();
  try {
    server.listen({ port: Number(port), ...(host !== "" && { host: host.replaceAll(/[[\]]/g, "") }) });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return `${address} ${reasons[code] ?? `cannot be listened on (${message}). Set another`}: ${from}.`;
  } finally {
    server.close();
  }
}
