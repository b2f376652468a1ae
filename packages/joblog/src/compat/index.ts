import { Hono } from "hono";
import type { JobStore } from "../contract.ts";
import type { Asked } from "./asked.ts";
import { auditWay } from "./audit.ts";
import type { Credentials } from "./credentials.ts";
import { devoWay } from "./devo.ts";
import type { Controls } from "./devo.ts";
import { harperdbWay } from "./harperdb.ts";
import { productLiveWay } from "./product-live.ts";
import { qlikWay } from "./qlik.ts";
import type { Owner } from "./records.ts";
import { openWebhook, webhookWay } from "./webhook.ts";

/** How the documented ways of asking are answered. */
export interface WayOptions {
  /** Without them only this machine is answered, with the development key. */
  readonly credentials?: Credentials | undefined;
  /** Whose jobs they are, where their own records do not say: `jobtrail` by default. */
  readonly owner?: Partial<Owner> | undefined;
  /** Where an event is posted for each run that ends, as Qlik's webhooks do. */
  readonly qlikWebhook?: string | undefined;
}

/** The documented ways of asking, ready. */
export interface Ways extends AsyncDisposable {
  readonly app: Hono;
}

const nobody: Owner = { tenant: "jobtrail", account: "jobtrail", service: "jobtrail" };

/**
 * Makes the documented ways of asking ready.
 * @param folder keeps what the webhook has delivered; without one a restart begins anew.
 */
export async function openWays(store: JobStore, options: WayOptions, folder: string | undefined): Promise<Ways> {
  const { credentials, qlikWebhook: url } = options;
  const asked: Asked = { store, credentials, owner: { ...nobody, ...options.owner }, now: Date.now };
  const secret = credentials?.["qlik-webhook"]?.secret;
  const webhook = url === undefined ? undefined : await openWebhook(store, asked.owner, { url, secret, folder });
  const app = compat(asked);
  if (webhook !== undefined) app.route("/", webhookWay(asked, webhook));
  return { app, [Symbol.asyncDispose]: async () => webhook?.[Symbol.asyncDispose]() };
}

/** All documented ways of asking. Each makes a `JobQuery`, and writes what it finds in its own schema. */
export function compat(asked: Asked, controls: Controls = {}): Hono {
  const app = new Hono();
  for (const way of [harperdbWay, productLiveWay, qlikWay, auditWay]) app.route("/", way(asked));
  app.route("/", devoWay(asked, controls));
  return app;
}
