import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { errorLine } from "@jobtrail/conventions";
import { problemOf, shown } from "@jobtrail/delivery";
import { answerError, parseJson } from "@jobtrail/schemas";
import { isRefusal } from "@jobtrail/core/event";
import { catalogue } from "./errors.ts";
import type { Code } from "./errors.ts";
import { paceOf } from "./pace.ts";
import type { Clock, Pace } from "./pace.ts";

/** Why a source could not be read. The message is a code and a line; it holds no header and no body. */
export class SourceError extends Error {
  readonly code: Code;
  readonly status: number | undefined;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly afterMs: number | undefined;

  constructor(code: Code, line: string, more: { readonly status?: number; readonly afterMs?: number } = {}) {
    super(line);
    this.name = "SourceError";
    this.code = code;
    this.status = more.status;
    this.afterMs = more.afterMs;
  }
}

/** The settings that a user changes when a request fails, by the names that he knows. */
export interface Named {
  readonly address: string;
  readonly key: string;
  /** What the credentials need, and what works without it. */
  readonly permission: string;
}

/** How a server is asked. */
export interface ClientOptions {
  readonly url: string;
  readonly named: Named;
  /** A certificate authority's certificate, in PEM. */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
  readonly perMinute?: number | undefined;
  readonly clock: Clock;
  /** The headers that authorise a request. @param now the server's time in milliseconds. */
  readonly authorise: (body: string, now: number) => Readonly<Record<string, string>>;
  /** Called for each request with its status, or with the code of its failure. */
  readonly asked: (status: number | string) => void;
}

/** A request: a path below the client's address, with its query. */
export interface Request {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** A larger answer is refused; 32 MiB where nothing is said. */
  readonly mostBytes?: number;
  /** Statuses besides 2xx whose answer is wanted, if it is JSON. */
  readonly accepts?: readonly number[];
}

/** A text that is JSON as far as its first character says. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks one server, one request after the other. */
export interface Client {
  /**
   * The answer to a request.
   * @throws SourceError for any answer that is not 2xx with JSON.
   */
  ask(request: Request, stop: AbortSignal): Promise<Answer>;
  /** The server's time in milliseconds, as its last answer said it; else the machine's. */
  now(): number;
  /** The error of an answer that is not the JSON that was expected. */
  noJson(found: string): SourceError;
  close(): void;
}

const usualBytes = 32 * 1024 * 1024;

/** Below this the difference of two clocks may come from the network. */
const leastSkewMs = 30_000;

/** A client of a server. It follows no redirect, and asks no other host. */
export function clientOf(options: ClientOptions): Client {
  const { url, clock, asked, ca, timeoutMs = 60_000, authorise } = options;
  const { protocol } = new URL(url);
  const pace: Pace = paceOf(options.perMinute, clock);
  const { Agent: AgentOf, request: start } = protocol === "https:" ? https : http;
  const agent = new AgentOf({ keepAlive: true, maxSockets: 4, ...(ca !== undefined && { ca }) });
  let skewMs = 0;
  const now = (): number => clock.now() + skewMs;
  const ask = async (request: Request, stop: AbortSignal): Promise<Answer> => {
    await pace.turn(stop);
    const { body = "", method = "GET" } = request;
    const address = addressOf(url, request);
    const reply = await replyTo(
      start,
      address,
      {
        method,
        agent,
        timeout: timeoutMs,
        signal: stop,
        headers: {
          accept: "application/json",
          "user-agent": "jobtrail-bridge",
          ...(body !== "" && { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` }),
          ...authorise(body, now()),
        },
      },
      { body, mostBytes: request.mostBytes ?? usualBytes },
    ).catch((error: unknown) => {
      if (stop.aborted) throw error;
      asked(codeOf(error));
      throw unreachable(error, options, timeoutMs);
    });
    asked(reply.status);
    const before = skewMs;
    skewMs = skewIn(reply.headers, clock) ?? skewMs;
    if (request.accepts?.includes(reply.status) === true && foundInstead(reply.headers, reply.text) === undefined)
      return { status: reply.status, text: reply.text };
    return answerIn(reply, options, skewMs === before ? 0 : skewMs);
  };
  return { ask, now, noJson: (found) => noJson(options, found), close: () => agent.destroy() };
}

function addressOf(base: string, { path, query = {} }: Request): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly limit: number;
}

type Start = (url: URL, options: RequestOptions & { readonly agent: Agent }) => http.ClientRequest;

const tooLarge = "TOO_LARGE";

function replyTo(
  start: Start,
  url: URL,
  options: RequestOptions & { readonly agent: Agent },
  { body, mostBytes }: { readonly body: string; readonly mostBytes: number },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = start(url, options);
    request.on("timeout", () => request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    request.on("error", reject);
    request.on("response", (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        if (size > mostBytes) request.destroy(Object.assign(new Error("too large"), { code: tooLarge }));
        else parts.push(part);
      });
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text: Buffer.concat(parts).toString(), limit: mostBytes });
      });
    });
    request.end(body);
  });
}

const codeOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "ERROR";
};

function unreachable(error: unknown, { url, named }: ClientOptions, waitedMs: number): SourceError {
  const code = codeOf(error);
  const from = shown(url);
  if (code === tooLarge) {
    const line = errorLine(catalogue, "JOBTRAIL_SOURCE_TOO_LARGE", { from, limit: usualBytes });
    return new SourceError("JOBTRAIL_SOURCE_TOO_LARGE", line);
  }
  const { errors, message } = error as Error & { readonly errors?: readonly Error[] };
  const failed = {
    kind: "failed" as const,
    code,
    message: errors?.[0]?.message ?? message,
    connected: code === "ECONNRESET",
    reused: false,
    isLasting: false,
    ...(code === "ETIMEDOUT" && { waitedMs }),
  };
  const settings = {
    address: named.address,
    headers: named.key,
    encoding: "",
    certificate: "ca",
    isOther: true,
    start: "The bridge tries again.",
  };
  const { says, advice } = problemOf({ url }, failed, settings);
  return new SourceError(
    "JOBTRAIL_SOURCE_UNREACHABLE",
    errorLine(catalogue, "JOBTRAIL_SOURCE_UNREACHABLE", { says, advice }),
  );
}

/** How far the server's clock is ahead of this one, where it says its time. */
function skewIn({ date }: IncomingHttpHeaders, clock: Clock): number | undefined {
  const at = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return undefined;
  const skew = at - clock.now();
  return Math.abs(skew) < leastSkewMs ? 0 : skew;
}

/** @param skewMs by how much the server's clock turned out to differ with this answer. */
function answerIn(reply: Reply, options: ClientOptions, skewMs: number): Answer {
  const { status, text, headers } = reply;
  const from = shown(options.url);
  const { named } = options;
  if (status >= 300 && status < 400) {
    const { location } = headers;
    const target = location === undefined ? "nowhere" : shown(new URL(location, options.url).href);
    const line = errorLine(catalogue, "JOBTRAIL_SOURCE_REDIRECTS", { ...common(reply, from, named), target, ...named });
    throw new SourceError("JOBTRAIL_SOURCE_REDIRECTS", line, { status });
  }
  if (status >= 200 && status < 300) {
    const found = foundInstead(headers, text);
    if (found === undefined) return { status, text };
    throw noJson(options, found);
  }
  const values = { ...common(reply, from, named), ...named, skew: skewText(skewMs) };
  const isClock = status === 401 && skewMs !== 0;
  const chosen = isClock ? "JOBTRAIL_SOURCE_CLOCK" : (codes.get(status) ?? "JOBTRAIL_SOURCE_FAILING");
  throw new SourceError(chosen, errorLine(catalogue, chosen, values), { status, ...afterOf(headers, options.clock) });
}

type StatusCode =
  | "JOBTRAIL_SOURCE_UNAUTHORIZED"
  | "JOBTRAIL_SOURCE_CLOCK"
  | "JOBTRAIL_SOURCE_FORBIDDEN"
  | "JOBTRAIL_SOURCE_NOT_FOUND"
  | "JOBTRAIL_SOURCE_BUSY"
  | "JOBTRAIL_SOURCE_FAILING";

const codes: ReadonlyMap<number, StatusCode> = new Map([
  [401, "JOBTRAIL_SOURCE_UNAUTHORIZED"],
  [403, "JOBTRAIL_SOURCE_FORBIDDEN"],
  [404, "JOBTRAIL_SOURCE_NOT_FOUND"],
  [429, "JOBTRAIL_SOURCE_BUSY"],
  [503, "JOBTRAIL_SOURCE_BUSY"],
]);

function noJson({ url, named }: ClientOptions, found: string): SourceError {
  const line = errorLine(catalogue, "JOBTRAIL_SOURCE_NO_JSON", { from: shown(url), found, address: named.address });
  return new SourceError("JOBTRAIL_SOURCE_NO_JSON", line);
}

function foundInstead(headers: IncomingHttpHeaders, text: string): string | undefined {
  const start = text.trimStart();
  if (/\bx?html\b/i.test(headers["content-type"] ?? "") || start.startsWith("<")) return "a web page";
  if (start === "") return "nothing";
  return /^[[{"]|^\uFEFF/.test(start) ? undefined : "a text";
}

const common = (
  { status, text, headers }: Reply,
  from: string,
  { key }: Named,
): { readonly from: string; readonly status: number; readonly message: string; readonly key: string } => ({
  from,
  status,
  key,
  message: messageIn(text, headers),
});

/** The server's own words, where they are an error in JSON; what looks like a secret is taken out of them. */
function messageIn(text: string, headers: IncomingHttpHeaders): string {
  if (foundInstead(headers, text) !== undefined) return "";
  const parsed = parseJson(text);
  const said = isRefusal(parsed) ? undefined : answerError(parsed.value);
  return said === undefined || said === "" ? "" : `: ${said.replace(/[.:]+$/, "")}`;
}

const skewText = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const size = minutes >= 60 ? `${Math.round(minutes / 6) / 10} h` : `${minutes} min`;
  return `${size} ${ms > 0 ? "behind" : "ahead of"}`;
};

function afterOf(headers: IncomingHttpHeaders, clock: Clock): { readonly afterMs?: number } {
  const asked = headers["retry-after"];
  if (asked === undefined) return {};
  const seconds = Number(asked);
  const afterMs = Number.isNaN(seconds) ? Date.parse(asked) - clock.now() : seconds * 1000;
  return afterMs > 0 ? { afterMs } : {};
}
