import { z } from "zod";
import { clientOf } from "../client.ts";
import type { Client } from "../client.ts";
import { server, word } from "../field.ts";
import type { ServerConfig } from "../field.ts";
import type { Surroundings } from "../source.ts";

/** The configuration of the bridge to a tenant of Qlik Cloud. */
export interface QlikConfig extends ServerConfig {
  /** Reads the audits, and runs and their errors where it may. Without it only webhooks are taken. */
  readonly apiKey?: string | undefined;
  /** The webhook's secret. Without it no webhooks are taken. */
  readonly secret?: string | undefined;
  /** Automations whose runs are looked at besides: the audits have no run that is still at work. */
  readonly automations?: readonly string[] | undefined;
  /** Whether test runs count in metrics. */
  readonly countTests?: boolean | undefined;
}

/** The shape of a Qlik bridge's configuration. */
export const qlikConfig: z.ZodType<QlikConfig> = z
  .strictObject({
    ...server,
    apiKey: word.optional(),
    secret: z.string().min(32, "expected a secret of 32 to 64 characters").max(64).optional(),
    automations: z.array(word).optional(),
    countTests: z.boolean().optional(),
  })
  .refine(({ apiKey, secret }) => apiKey !== undefined || secret !== undefined, {
    message: "expected an apiKey, the secret of a webhook, or both",
  });

/** A configuration to begin with, as the command prints it. */
export const qlikExample: string = `qlik:
  url: https://tenant.eu.qlikcloud.com
  apiKey: \${QLIK_API_KEY}             # reads what webhooks missed, and why runs failed
  secret: \${QLIK_WEBHOOK_SECRET}      # webhooks arrive at /webhooks/qlik; they need https and a domain name before it
  automations: []                     # ids of automations whose running runs are shown too
  every: 5m
`;

/** A client of a tenant's interfaces; none without a key. */
export function qlikClient(
  { url, ca, perMinute = 600, apiKey }: QlikConfig,
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
      permission:
        "Audits need the role TenantAdmin, AuditAdmin or AnalyticsAdmin. Webhooks work without it, but what they miss is not caught up.",
    },
    authorise: () => ({ authorization: `Bearer ${apiKey}` }),
    asked: status.asked,
  });
}
