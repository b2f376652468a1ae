import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { JobStore } from "../contract.ts";
import { development } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import type { Owner } from "./records.ts";

/** What a documented way of asking answers from. */
export interface Asked {
  readonly store: JobStore;
  /** Without them only this machine is answered, with the development key. */
  readonly credentials: Credentials | undefined;
  readonly owner: Owner;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Who may ask at this request: nobody from elsewhere where no credentials were given. */
export const allowedAt = (c: Context, { credentials }: Asked): Credentials | undefined =>
  credentials ?? (isOwnMachine(c) ? development : undefined);

/** Whether a request comes from this machine, and no proxy says that it only passes it on. */
export function isOwnMachine(c: Context): boolean {
  if (["forwarded", "x-forwarded-for", "x-real-ip", "via"].some((name) => c.req.header(name) !== undefined))
    return false;
  const address = remoteAddress(c);
  return address !== undefined && (address === "::1" || /^(::ffff:)?127\./.test(address));
}

/** Nothing where the request came over no socket. */
function remoteAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}

/** Answers JSON that nobody keeps. */
export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
