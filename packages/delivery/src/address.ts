/** The signals, which are sent separately. */
export type Signal = "traces" | "logs" | "metrics";

/** Where a receiver takes a signal. An address may be given with the signal's path, as some vendors print it. */
export function addressOf(address: string, signal: Signal): string {
  const base = address.replace(/\/+$/, "");
  return URL.parse(base)?.pathname.endsWith(`/${signal}`) === true ? base : `${base}/v1/${signal}`;
}

/** The fault of an address and how to write it; undefined if it is valid. It shows no password. */
export function addressFault(address: string): string | undefined {
  if (/^https?:\/\/[^/]/i.test(address) && URL.canParse(address)) return undefined;
  const seen = shown(address);
  if (/^[\w.-]+(:\d+)?(\/|$)/.test(seen))
    return `"${seen}" has no scheme: write http://${seen}, or https://${seen} where it expects TLS`;
  return `"${seen}" is not an http or https URL: write one such as http://localhost:4318`;
}

/** An address as it may be shown: without user, password and query, which may be secrets. */
export function shown(address: string): string {
  const url = /^[a-z]+:\/\//i.test(address) ? URL.parse(address) : null;
  if (url === null) return address.replace(/^[^/]*@/, "").replace(/[?#].*$/s, "");
  return `${url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin}${url.pathname === "/" ? "" : url.pathname}`;
}
