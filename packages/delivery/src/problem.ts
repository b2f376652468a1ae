import { shown } from "./address.ts";
import type { Answer, Busy, Failed, Refused } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";

/** The names of the settings that a user changes to fix a problem. */
export interface Settings {
  /** What names the receiver, such as `OTEL_EXPORTER_OTLP_ENDPOINT` or `--endpoint`. */
  readonly address: string;
  /** What holds the keys, such as `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers: string;
  /** How a key is written there, such as `authorization=Bearer%20abc`. */
  readonly keyExample?: string;
  /** A sentence on how to send the other encoding. */
  readonly encoding: string;
  /** What names the file of an own certificate authority. */
  readonly certificate: string;
  /** Whether the receiver speaks something else than OTLP over HTTP. */
  readonly isOther?: boolean;
  /** A sentence on how to start a receiver, where there may be none yet. */
  readonly start?: string;
  /** A sentence on how to start one on another machine, that this one can reach. @param host its name */
  readonly startAt?: (host: string) => string;
}

/** The description of a failure. */
export interface Problem {
  /** A clause without a full stop: `http://localhost:4318 answers 429 (too many requests)`. */
  readonly says: string;
  /** Sentences: the receiver's own message, where there is one, and what to do. */
  readonly advice: string;
}

type Target = Pick<Endpoint, "url" | "proxy">;

/** Describes the failure of a request, and how to fix it. */
export function problemOf(
  endpoint: Target,
  answer: Exclude<Answer, { kind: "accepted" }>,
  settings: Settings,
): Problem {
  const { says, advice } =
    answer.kind === "failed" ? failure(endpoint, answer, settings) : answered(endpoint, answer, settings);
  return { says, advice: `${advice}${pageHint(endpoint, answer, settings)}` };
}

/** A hint for hosts with `app.`: users copy it from the address of a vendor's web page. */
function pageHint({ url }: Target, answer: Refused | Busy | Failed, { address }: Settings): string {
  const mayBe =
    answer.kind === "refused" || (answer.kind === "failed" && /^(ENOTFOUND|EAI_|ETIMEDOUT)/.test(answer.code));
  if (!mayBe || !/\.app\./.test(URL.parse(url)?.hostname ?? "")) return "";
  return ` Maybe "app." belongs to the vendor's web page only: try ${address} without it.`;
}

function answered(endpoint: Target, answer: Refused | Busy, settings: Settings): Problem {
  const { status, message } = answer;
  const isPage = answer.kind === "refused" && answer.isPage && status < 300;
  const word = isPage ? "a web page" : words[status];
  const own = message === "" ? "" : `It ${isPage ? "is titled" : "said"}: ${sentence(message)} `;
  return {
    says: `${baseOf(endpoint.url)} answers ${status}${word === undefined ? "" : ` (${word})`}`,
    advice: `${own}${isPage ? pageAdvice(settings) : statusAdvice(endpoint.url, answer, settings)}`.trim(),
  };
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** The address without the signal's path, which the user did not write. */
const baseOf = (url: string): string => shown(url).replace(/\/v1\/(logs|traces|metrics)$/, "");

const words: Readonly<Record<number, string>> = {
  301: "moved permanently",
  302: "a redirect",
  303: "a redirect",
  307: "a redirect",
  308: "moved permanently",
  400: "bad request",
  401: "not authorized",
  402: "payment required",
  403: "forbidden",
  404: "not found",
  405: "method not allowed",
  407: "the proxy requires a login",
  408: "request timeout",
  411: "length required",
  413: "too large",
  415: "unsupported media type",
  422: "cannot be processed",
  429: "too many requests",
  431: "headers too large",
  500: "internal error",
  501: "not implemented",
  502: "bad gateway",
  503: "not available",
  504: "gateway timeout",
};

const pageAdvice = ({ address, headers }: Settings): string =>
  `A login page or another server answers there: put the receiver's own address into ${address}, and its key into ${headers}.`;

type Advice = (settings: Settings, url: string, message: string) => string;

/** What to do where a job log refuses the name by which it was addressed: no key is missing. */
function refusedName(message: string): string | undefined {
  const [, name] = /addressed to "([^"]*?)(?::\d+)?"; this job log answers to /.exec(message) ?? [];
  return name && `Start the job log with --allow-host ${name}.`;
}

const wrongPath: Advice = ({ address, isOther }, url) => {
  if (isOther === true) return `Correct the path in ${address}.`;
  return /\/v1\/(logs|traces|metrics)\/v1\//.test(url)
    ? `${address} has the path /v1/… already: leave it out, it is added.`
    : `No OTLP receiver is at ${URL.parse(url)?.pathname ?? url}: correct the path in ${address}; /v1/logs, /v1/traces and /v1/metrics are added to it.`;
};

const later: Advice = () => "It asks for a retry later.";

const statusAdvices: Readonly<Record<number, Advice>> = {
  400: () => "It cannot read the request, or does not accept these records: check its limits and its log.",
  401: ({ headers, keyExample }) =>
    `Set the key that it asks for in ${headers}${keyExample === undefined ? "" : `, such as ${keyExample}`}.`,
  403: ({ headers }, _, message) => refusedName(message) ?? `Check the permissions of the key in ${headers}.`,
  404: wrongPath,
  405: wrongPath,
  407: () => "Put the proxy's user and password into HTTP_PROXY or HTTPS_PROXY.",
  413: () => "Even a single item is too large for it: raise its limit, or that of a proxy in front of it.",
  415: ({ encoding }) => `It accepts another encoding. ${encoding}`,
  429: () => "Its rate limit is reached: raise the limit, or send less.",
  431: ({ headers }) => `Shorten the headers in ${headers}.`,
  500: () => "Check its log. An OTLP sender must not retry after 500; a receiver that wants a retry answers 503.",
  501: wrongPath,
  502: () => "A proxy in front of it does not reach it: check that the receiver runs.",
  503: later,
  504: () => "A proxy in front of it got no answer in time: check that the receiver runs.",
};

function statusAdvice(url: string, answer: Refused | Busy, settings: Settings): string {
  const { status, message } = answer;
  if (/http request (was sent )?to (an )?https|plain http request was sent to https/i.test(message))
    return `It expects TLS: write https:// in ${settings.address}.`;
  const { location } = answer.kind === "refused" ? answer : {};
  if (status >= 300 && status < 400)
    return `It redirects to ${location === undefined ? "no address" : shown(location)}: put the address that accepts OTLP into ${settings.address}.`;
  return (
    (statusAdvices[status] ?? (status < 500 ? statusAdvices[400] : statusAdvices[500]))?.(settings, url, message) ?? ""
  );
}

interface Failing {
  /** `http://localhost:4318` */
  readonly origin: string;
  readonly host: string;
  readonly isSecure: boolean;
  readonly isGrpcPort: boolean;
  readonly failed: Failed;
  /** ` within 10 s`, where it is known. */
  readonly within: string;
  readonly settings: Settings;
}

const grpc = ({ isGrpcPort, settings: { address, isOther } }: Failing): string => {
  if (isOther === true) return `Check host and port in ${address}.`;
  return isGrpcPort
    ? `Port 4317 is for gRPC: write the port for OTLP over HTTP into ${address}, usually 4318.`
    : `Check in ${address} that this is the port for OTLP over HTTP (usually 4318), not the one for gRPC.`;
};

function notStarted({ host, settings: { start, startAt, address } }: Failing): string {
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
  return (isHere ? start : startAt?.(host)) ?? `Start the receiver, or correct its host and port in ${address}.`;
}

/** Descriptions and advice by Node's code; the first match counts. */
const failures: readonly (readonly [code: RegExp, says: (of: Failing) => string, advice: (of: Failing) => string])[] = [
  [
    /^ERR_INVALID_URL$/,
    ({ origin }) => `${origin} is not an http or https URL`,
    ({ settings: { address } }) => `Write http:// or https:// before the host in ${address}.`,
  ],
  [
    /^ECONNREFUSED$/,
    ({ origin }) => `nothing listens at ${origin}`,
    (of) => (of.isGrpcPort ? grpc(of) : notStarted(of)),
  ],
  [
    /^ENOTFOUND$/,
    ({ host }) => `no DNS entry exists for ${host}`,
    ({ settings: { address } }) => `Correct the name in ${address}.`,
  ],
  [
    /^EAI_/,
    ({ host }) => `the name ${host} cannot be looked up`,
    ({ settings: { address } }) => `Check the DNS of this machine, or the name in ${address}.`,
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/,
    ({ origin }) => `no network route exists to ${origin}`,
    ({ settings: { address } }) => `Check network and firewall, or the host in ${address}.`,
  ],
  [
    /^ETIMEDOUT$/,
    ({ origin, failed, within }) =>
      failed.connected ? `${origin} does not answer${within}` : `${origin} accepts no connection${within}`,
    (of) =>
      of.failed.connected
        ? `${of.settings.isOther === true ? "" : "Check that an OTLP/HTTP receiver runs there. "}${grpc(of)}`
        : `Check firewall and network, or host and port in ${of.settings.address}.`,
  ],
  [/^HPE_/, ({ origin }) => `${origin} does not answer in HTTP/1.1`, grpc],
  [
    /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL))$/,
    ({ origin, failed: { message } }) =>
      /alert/i.test(message) ? `${origin} ends the TLS handshake` : `${origin} does not speak TLS`,
    ({ failed: { message }, settings: { address, certificate } }) =>
      /alert/i.test(message)
        ? `It may want a client certificate or another version of TLS; ${certificate} and the variables beside it name the files.`
        : `Write http:// instead of https:// in ${address}, or the port that speaks TLS.`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ origin, host }) => `the certificate of ${origin} is not for ${host}`,
    ({ settings: { address } }) => `Write the host name of its certificate into ${address}.`,
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    ({ origin }) => `the certificate of ${origin} is not valid today`,
    () => "Renew it, or set this machine's clock.",
  ],
  [
    /CERT|^UNABLE_TO_/,
    ({ origin }) => `the certificate of ${origin} is not trusted`,
    ({ settings: { certificate } }) => `Name the file of the authority that signed it in ${certificate}.`,
  ],
  [
    /^ERR_INVALID_(CHAR|HTTP_TOKEN)$/,
    () => "a header has a character that HTTP does not allow",
    ({ settings: { headers } }) => `Correct ${headers}.`,
  ],
  [
    /^ERR_PROXY_/,
    ({ origin }) => `the proxy does not reach ${origin}`,
    () => "Correct HTTP_PROXY or HTTPS_PROXY, or exclude the host with NO_PROXY.",
  ],
  [
    /^ERR_ACCESS_DENIED$/,
    () => "the process may not start the thread that sends the last telemetry",
    () => "With --permission, add --allow-worker.",
  ],
  [
    /^ERR_WORKER_/,
    () => "the thread that sends the last telemetry did not start in time",
    () => "Let the process end when it has more time.",
  ],
  [
    /^(ECONNRESET|EPIPE|ERR_STREAM_.+)$/,
    ({ origin }) => `${origin} closes the connection without an answer`,
    (of) =>
      of.isSecure || of.isGrpcPort || of.settings.isOther === true
        ? grpc(of)
        : `${grpc(of)} If it expects TLS, write https://.`,
  ],
];

const fallback: (typeof failures)[number] = [
  /./,
  ({ origin, failed: { message } }) => `no request reaches ${origin}: ${message}`,
  ({ settings: { address } }) => `Check ${address}.`,
];

function failure({ url, proxy }: Target, failed: Failed, settings: Settings): Problem {
  // An exporter of another protocol may name a host and a port only.
  const { protocol, host, hostname, port } = URL.parse(url) ?? {
    protocol: "",
    host: shown(url),
    hostname: url,
    port: "",
  };
  const isSecure = protocol === "https:";
  const own = Number(port || (isSecure ? 443 : 80));
  const through = failed.port !== undefined && failed.port !== own ? proxyFor(proxy, isSecure) : undefined;
  if (through !== undefined)
    return {
      says: `the proxy ${shown(through.address)} (${through.name}) does not answer (${failed.code})`,
      advice: `Start it, correct ${through.name}, or exclude the host with NO_PROXY=${hostname}.`,
    };
  const of: Failing = {
    origin: /^https?:$/.test(protocol) ? `${protocol}//${host}` : shown(url),
    host: hostname,
    isSecure,
    isGrpcPort: own === 4317 && settings.isOther !== true,
    failed,
    within: failed.waitedMs === undefined ? "" : ` within ${Math.round(failed.waitedMs / 100) / 10} s`,
    settings,
  };
  const [, says, advice] = failures.find(([code]) => code.test(failed.code)) ?? fallback;
  return { says: `${says(of)} (${failed.code})`, advice: advice(of) };
}

function proxyFor(
  proxy: Target["proxy"] = {},
  isSecure: boolean,
): { readonly name: string; readonly address: string } | undefined {
  const found = Object.entries(proxy).find(
    ([name]) => name.toUpperCase() === (isSecure ? "HTTPS_PROXY" : "HTTP_PROXY"),
  );
  return found && { name: found[0], address: found[1] };
}
