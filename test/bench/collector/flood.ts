/** Sends prebuilt requests over several connections, when the parent asks: it must not be what is waited for. */
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { bodiesOf } from "./bodies.ts";
import type { Signal } from "./bodies.ts";

/** What is to be sent, and where. */
export interface Order {
  readonly signal: Signal;
  readonly url: string;
  readonly requests: number;
}

/** How that went. */
export interface Flooded {
  /** Until the last request was acknowledged. */
  readonly seconds: number;
  /** Answers other than 200; such a request is sent again. */
  readonly refused: number;
}

const connections = 8;
/** What is different, so that no compression finds it again; more would only take memory. */
const different = 40;

const runs = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const bodies = { logs: await bodiesOf("logs", different, runs), traces: await bodiesOf("traces", different, runs) };
const sizeOf = (signal: Signal): number =>
  bodies[signal].reduce((sum, body) => sum + body.length, 0) / different / runs;

process.on("message", (order: Order) => void flood(order).then((flooded) => process.send?.(flooded)));
process.on("disconnect", () => process.exit());
process.send?.({ logs: sizeOf("logs"), traces: sizeOf("traces") });

async function flood({ signal, url, requests }: Order): Promise<Flooded> {
  const start = performance.now();
  let sent = 0;
  let refused = 0;
  const connection = async (): Promise<void> => {
    while (sent < requests) {
      const body = bodies[signal][sent++ % different] ?? new Uint8Array();
      while ((await post(`${url}/v1/${signal}`, body)) !== 200) {
        refused += 1;
        await setTimeout(20);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return { seconds: (performance.now() - start) / 1000, refused };
}

function post(url: string, body: Uint8Array): Promise<number | undefined> {
  const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
  return new Promise((resolve, reject) => {
    request(url, { method: "POST", agent, headers }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    })
      .once("error", reject)
      .end(body);
  });
}
