import { Hono } from "hono";
import type { Asked } from "./asked.ts";
import { auditWay } from "./audit.ts";
import { devoWay } from "./devo.ts";
import type { Controls } from "./devo.ts";
import { harperdbWay } from "./harperdb.ts";
import { productLiveWay } from "./product-live.ts";
import { qlikWay } from "./qlik.ts";

export type { Asked } from "./asked.ts";
export type { Control, Controls } from "./devo.ts";

/** All documented ways of asking. Each makes a `JobQuery`, and writes what it finds in its own schema. */
export function compat(asked: Asked, controls: Controls = {}): Hono {
  const app = new Hono();
  for (const way of [harperdbWay, productLiveWay, qlikWay, auditWay]) app.route("/", way(asked));
  app.route("/", devoWay(asked, controls));
  return app;
}
