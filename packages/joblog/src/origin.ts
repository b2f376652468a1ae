import type { Context, MiddlewareHandler } from "hono";

/** Names that a request may be addressed to, beside the loopback ones. */
export interface Hosts {
  /** Host names and addresses, without port. */
  readonly names: readonly string[];
  /** Whether any address will do: the job log then listens on all of this machine's. */
  readonly anyAddress: boolean;
}

/**
 * Refuses what a hostile page in the same browser could send: a request addressed to a name that is not ours
 * (a name of the attacker's that resolves to this machine), and one that another origin's page made.
 * Programs say neither `Origin` nor `Sec-Fetch-Site` and pass.
 */
export const ownOrigin =
  (hosts: Hosts): MiddlewareHandler =>
  async (c, next) => {
    const strange = strangeHost(c.req.header("host") ?? "", hosts) ?? strangeOrigin(c);
    if (strange !== undefined) return c.text(`${strange}\n`, 403);
    return next();
  };

function strangeHost(header: string, hosts: Hosts): string | undefined {
  const name = hostnameOf(header);
  if (name !== undefined && isOurs(name, hosts)) return undefined;
  return (
    `The request is addressed to ${JSON.stringify(header.slice(0, 100))}; this job log answers to localhost` +
    `${hosts.names.map((each) => ` and ${each}`).join("")}. A further name is allowed with --allow-host.`
  );
}

const isOurs = (name: string, { names, anyAddress }: Hosts): boolean =>
  name === "localhost" ||
  name === "[::1]" ||
  /^127\.\d+\.\d+\.\d+$/.test(name) ||
  names.some((each) => hostnameOf(each.includes(":") ? `[${each}]` : each) === name) ||
  // A page of an attacker's has a name: whoever writes an address into the browser means this machine.
  (anyAddress && (name.startsWith("[") || /^[\d.]+$/.test(name)));

/** The name in a Host header, without its port, as browsers write it; nothing where it is none. */
function hostnameOf(host: string): string | undefined {
  if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname;
}

function strangeOrigin(c: Context): string | undefined {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  if (origin !== undefined && URL.parse(origin)?.host !== URL.parse(`http://${c.req.header("host")}`)?.host)
    return `A page of ${JSON.stringify(origin.slice(0, 100))} may not use this job log.`;
  if (site === undefined || site === "same-origin" || site === "none" || isVisit(c)) return undefined;
  return `A page of another site may not use this job log (Sec-Fetch-Site: ${site.slice(0, 20)}).`;
}

/** Somebody followed a link from another page, such as a dashboard's. That page sees nothing of the answer. */
const isVisit = (c: Context): boolean =>
  c.req.method === "GET" &&
  c.req.header("sec-fetch-mode") === "navigate" &&
  c.req.header("sec-fetch-dest") === "document";
