import { once } from "node:events";
import { createServer } from "node:net";
import { at, placesIn } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded, referencesIn } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** An address that the Collector listens on. */
interface Door {
  readonly address: string;
  /** The variable that says it, or the place where it stands. */
  readonly from: string;
}

/** What keeps the Collector from its ports, one line each. */
export async function portFaults(config: Config, env: Environment): Promise<string[]> {
  // Port 0 is any that is free.
  const doors = doorsOf(config, env).filter(({ address }) => !address.endsWith(":0"));
  const twice = doors.filter(({ address }, i) => doors.findIndex((each) => each.address === address) !== i);
  const faults = await Promise.all(doors.filter((door) => !twice.includes(door)).map(faultOf));
  return [
    ...twice.map(({ address, from }) => `${address} is asked for twice, once by ${from}. Give each its own port.`),
    ...faults.filter((fault) => fault !== undefined),
  ];
}

/** The addresses of the receivers that a pipeline has, of the extensions, and of the Collector's own metrics. */
function doorsOf(config: Config, env: Environment): Door[] {
  const used = new Set(Object.values(config.service.pipelines).flatMap(({ receivers }) => receivers));
  const receivers = Object.entries(config.receivers).filter(([id]) => used.has(id));
  const extensions = Object.entries(config.extensions).filter(([id]) => config.service.extensions.includes(id));
  const endpoints = [...receivers, ...extensions]
    .flatMap(([id, value]) => placesIn(value, [id]))
    .filter(({ path }) => path.at(-1) === "endpoint");
  return [
    ...endpoints.map(({ path, text }) => ({
      address: expanded(text, env),
      from: referencesIn(text)[0]?.name ?? path.join("."),
    })),
    ...metricsDoors(config, env),
  ];
}

function metricsDoors(config: Config, env: Environment): Door[] {
  const readers = at(config.service, ["telemetry", "metrics", "readers"]);
  return (Array.isArray(readers) ? readers : []).flatMap((reader: unknown) => {
    const [host, port] = ["host", "port"].map((key) => at(reader, ["pull", "exporter", "prometheus", key]));
    if (typeof host !== "string" || typeof port !== "string") return [];
    const from = referencesIn(port)[0]?.name ?? "service.telemetry.metrics.readers";
    return [{ address: `${expanded(host, env)}:${expanded(port, env)}`, from }];
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use. End what listens there (a Collector that runs already?), or set another",
  EADDRNOTAVAIL: "is no address of this machine. Set another",
  EACCES: "may not be opened by this user. Set a port from 1024",
  ENOTFOUND: "has a name that nobody knows. Set another",
  EAI_AGAIN: "has a name that nobody knows. Set another",
};

async function faultOf({ address, from }: Door): Promise<string | undefined> {
  const match = /^(.*):(\d+)$/.exec(address);
  // What is no address was found where the variables were looked at.
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
