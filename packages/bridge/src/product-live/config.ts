import { z } from "zod";
import { clientOf } from "../client.ts";
import type { Client } from "../client.ts";
import { duration, server, word } from "../field.ts";
import type { ServerConfig } from "../field.ts";
import type { Surroundings } from "../source.ts";

/** The configuration of the bridge to an account of Product-Live. */
export interface ProductLiveConfig extends Partial<ServerConfig> {
  readonly apiKey?: string | undefined;
  /** A folder with rows that were exported from Log Analytics, as CSV or JSON. */
  readonly folder?: string | undefined;
  /** Records of a page. */
  readonly size?: number | undefined;
  /** How long after its time a periodic job counts as missed, in milliseconds. */
  readonly missedAfter?: number | undefined;
}

/** The shape of a Product-Live bridge's configuration. */
export const productLiveConfig: z.ZodType<ProductLiveConfig> = z
  .strictObject({
    ...server,
    url: server.url.default("https://api.product-live.com"),
    apiKey: word.optional(),
    folder: word.optional(),
    size: z.int().min(1).max(1000).optional(),
    missedAfter: duration.optional(),
  })
  .refine(({ apiKey, folder }) => apiKey !== undefined || folder !== undefined, {
    message: "expected an apiKey, a folder with exported rows, or both",
  });

/** A configuration to begin with, as the command prints it. */
export const productLiveExample: string = `product-live:
  apiKey: \${PRODUCT_LIVE_API_KEY}     # or a folder with rows exported from Log Analytics: ./rows
  every: 30s
  missedAfter: 15m                    # after its time a periodic job counts as missed
  stalledAfter: 1d
`;

/** The documented limit. */
const perMinuteLimit = 50;

/** A client of an account's interfaces; none without a key. */
export function productLiveClient(
  { url = "https://api.product-live.com", ca, perMinute = perMinuteLimit, apiKey }: ProductLiveConfig,
  { name, clock, status }: Surroundings,
): Client | undefined {
  if (apiKey === undefined) return undefined;
  return clientOf({
    url,
    ca,
    perMinute,
    clock,
    named: {
      address: `url of ${name}`,
      key: `apiKey of ${name}`,
      permission: "The key may not read audit logs: give it that right in the settings of the account.",
    },
    authorise: () => ({ "x-api-key": apiKey }),
    asked: status.asked,
  });
}
