import { createHmac } from "node:crypto";
import { z } from "zod";
import { clientOf } from "../client.ts";
import type { Client } from "../client.ts";
import { duration, server, word } from "../field.ts";
import type { ServerConfig } from "../field.ts";
import type { Surroundings } from "../source.ts";

/** The configuration of the bridge to a domain of Devo: an API key with its secret, or a token. */
export interface DevoConfig extends ServerConfig {
  readonly key?: string | undefined;
  readonly secret?: string | undefined;
  readonly token?: string | undefined;
  /** How often at most the progress of a running job is recorded, in milliseconds. */
  readonly progressEvery?: number | undefined;
}

/** The shape of a Devo bridge's configuration. */
export const devoConfig: z.ZodType<DevoConfig> = z
  .strictObject({
    ...server,
    key: word.optional(),
    secret: word.optional(),
    token: word.optional(),
    progressEvery: duration.optional(),
  })
  .refine(({ key, secret, token }) => token !== undefined || (key !== undefined && secret !== undefined), {
    message: "expected a token, or key and secret",
  });

/** A configuration to begin with, as the command prints it. */
export const devoExample: string = `devo:
  url: https://apiv2-eu.devo.com/search
  key: \${DEVO_KEY}                    # or token: \${DEVO_TOKEN}
  secret: \${DEVO_SECRET}
  every: 30s
  progressEvery: 1m
`;

/** A client of Devo's job requests. */
export function devoClient(
  { url, ca, perMinute, key = "", secret = "", token }: DevoConfig,
  around: Pick<Surroundings, "name" | "clock" | "status">,
): Client {
  const { name } = around;
  return clientOf({
    url,
    ca,
    perMinute,
    clock: around.clock,
    named: {
      address: `url of ${name}`,
      key: token === undefined ? `key and secret of ${name}` : `token of ${name}`,
      permission: `The credentials may not see the domain's jobs: use those of a user who may.`,
    },
    authorise: (body, now) =>
      token === undefined ? signed(key, secret, body, String(Math.round(now))) : { authorization: `Bearer ${token}` },
    asked: around.status.asked,
  });
}

const signed = (key: string, secret: string, body: string, timestamp: string): Readonly<Record<string, string>> => ({
  "content-type": "application/json",
  "x-logtrust-apikey": key,
  "x-logtrust-timestamp": timestamp,
  "x-logtrust-sign": createHmac("sha256", secret).update(`${key}${body}${timestamp}`).digest("hex"),
});
