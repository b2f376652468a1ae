import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { killed } from "../collector/child.ts";

/** A service of a Compose file, as far as ours say it. */
export interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
}

/** A Compose file. */
export interface Composed {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

/** The Compose file of a folder. */
export const composedIn = (folder: string): Composed =>
  parse(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true }) as Composed;

/** How the services of a Compose file are run as processes of this machine. */
export interface Place {
  /** Stands for the volumes, each a folder in it. */
  readonly folder: string;
  /** The addresses that stand for those of the file, such as `collector:14318`. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** How the process of a service is started. */
export interface How {
  /** The program that its image has, with its first arguments. */
  readonly program: readonly string[];
  /** Variables that only a process beside others needs, such as free ports. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Arguments after those of the file. */
  readonly more?: readonly string[];
}

/** The processes that stand for the services. */
export interface Processes extends AsyncDisposable {
  start(name: string, how: How): ChildProcess;
  /** Runs a service to its end. @throws Error where it fails, with what it said. */
  run(name: string, how: How): Promise<string>;
  /** What a service has said. */
  said(name: string): string;
}

/** Runs the services of a Compose file as processes, with its own commands, variables and volumes. */
export function processesOf({ services }: Composed, { folder, addresses }: Place): Processes {
  const heard = new Map<string, string>();
  const children: ChildProcess[] = [];
  const start: Processes["start"] = (name, { program, env = {}, cwd = folder, more = [] }) => {
    const service = services[name] ?? {};
    const here = (text: string): string => placed(text, service, folder, addresses);
    for (const [source] of mountsOf(service)) mkdirSync(join(folder, source), { recursive: true });
    const own = Object.fromEntries(Object.entries(service.environment ?? {}).map(([key, value]) => [key, here(value)]));
    const [file = "", ...args] = [...program, ...(service.command ?? []).map(here), ...more];
    const child = spawn(file, args, {
      cwd,
      env: { PATH: process.env["PATH"], HOME: folder, ...own, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    heard.set(name, "");
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => heard.set(name, `${heard.get(name)}${text}`));
    children.push(child);
    return child;
  };
  return {
    start,
    said: (name) => heard.get(name) ?? "",
    async run(name, how) {
      const [code] = (await once(start(name, how), "close")) as [number | null];
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${heard.get(name)}`);
      return heard.get(name) ?? "";
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(killed));
    },
  };
}

/** The mounts of a service: the volume, and where it is in the image. */
export const mountsOf = ({ volumes = [] }: Service): (readonly [source: string, target: string])[] =>
  volumes.map((each) => each.split(":")).map(([source = "", target = ""]) => [source, target]);

function placed(text: string, service: Service, folder: string, addresses: Readonly<Record<string, string>>): string {
  const addressed = Object.entries(addresses).reduce((left, [name, address]) => left.replaceAll(name, address), text);
  const mounted = mountsOf(service).reduce(
    (left, [source, target]) => left.replaceAll(RegExp(`(?<![\\w/])${target}(?![\\w])`, "g"), join(folder, source)),
    addressed,
  );
  // Compose puts the default where a variable is not set.
  return mounted.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
}
