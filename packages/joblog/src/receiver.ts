import { isRefusal, now as clock } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { countPoints, countSpans, decodeLogs, encodeResponse } from "@jobtrail/otlp";
import type { Encoding, Refused, Signal } from "@jobtrail/otlp";
import { Hono } from "hono";
import { bodyReader } from "./body.ts";
import type { ReadBody } from "./body.ts";
import { StoreError } from "./contract.ts";
import type { Store } from "./contract.ts";
import { answer, isRejection, mediaTypes, reject, rejected } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";

/**
 * The OTLP/HTTP receiver: `POST /v1/logs`, `/v1/traces`, `/v1/metrics`, in protobuf and JSON, plain and gzip.
 * It answers 200 after what was taken is committed, and never 500: what may be tried again gets 503.
 */
export function receiver(store: Store): Hono {
  const app = new Hono();
  const read = bodyReader();
  for (const signal of Object.keys(takers) as Signal[]) {
    app.post(`/v1/${signal}`, (c) => take(signal, c.req.raw, store, read));
    app.all(`/v1/${signal}`, (c) => c.text(howTo(signal, c.req.method), 405, { allow: "POST" }));
  }
  return app;
}

async function take(signal: Signal, request: Request, store: Store, read: ReadBody): Promise<Response> {
  const encoding = encodingOf(request);
  if (encoding === undefined) return rejected(wrongType(request), "json");
  const taken = await outcome(signal, request, encoding, store, read);
  if ("status" in taken) return rejected(taken, encoding);
  return answer(encodeResponse(signal, encoding, taken.partial), encoding, 200);
}

interface Taken {
  readonly partial?: { readonly count: number; readonly message: string };
}

async function outcome(
  signal: Signal,
  request: Request,
  encoding: Encoding,
  store: Store,
  read: ReadBody,
): Promise<Taken | Rejection> {
  const body = await read(request);
  if (isRejection(body)) return body;
  try {
    const taken = takers[signal](body, encoding, store);
    return isRefusal(taken) ? reject(400, sentence(taken)) : taken;
  } catch (error) {
    return reject(503, reasonOf(error));
  }
}

/** Why a request failed that may be tried again, in one line. */
export const reasonOf = (error: unknown): string =>
  error instanceof StoreError ? error.message : `the job log failed: ${error instanceof Error ? error.message : "?"}`;

/** What takes each signal's body: in one transaction, whole or not at all. */
const takers: Record<Signal, (body: Uint8Array, encoding: Encoding, store: Store) => Taken | Refusal> = {
  logs(body, encoding, store) {
    const decoded = decodeLogs(body, encoding);
    if (isRefusal(decoded)) return decoded;
    const appended = store.append(decoded.records, decoded.refused, clock());
    return partial([...decoded.refused, ...appended.refused]);
  },
  traces(body, encoding, store) {
    const spans = countSpans(body, encoding);
    if (isRefusal(spans)) return spans;
    store.countSpans(spans);
    return {};
  },
  metrics(body, encoding, store) {
    const points = countPoints(body, encoding);
    if (isRefusal(points)) return points;
    store.countPoints(points);
    return {};
  },
};

function partial(refused: readonly Refused[]): Taken {
  const [first] = refused;
  if (first === undefined) return {};
  const more = refused.length === 1 ? "" : `; and ${refused.length - 1} more`;
  return {
    partial: { count: refused.length, message: `${sentence(first.reason)}${more}. Refused records are kept aside.` },
  };
}

const sentence = ({ path, expected, found }: Refusal): string => `${path}: expected ${expected}, found ${found}`;

function encodingOf(request: Request): Encoding | undefined {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return (Object.keys(mediaTypes) as Encoding[]).find((encoding) => mediaTypes[encoding] === type);
}

const wrongType = (request: Request): Rejection =>
  reject(
    415,
    `content-type is ${JSON.stringify(request.headers.get("content-type")?.slice(0, 100) ?? "")}; ` +
      `expected ${Object.values(mediaTypes).join(" or ")}`,
  );

const howTo = (signal: Signal, method: string): string =>
  `This is the OTLP/HTTP receiver for ${signal}: it takes POST, not ${method}. The pages are at /.\n`;
