import { isRefusal, now as clock } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { encodeResponse } from "@jobtrail/otlp";
import type { Encoding, Signal } from "@jobtrail/otlp";
import { Hono } from "hono";
import { bodyReader } from "./body.ts";
import type { ReadBody } from "./body.ts";
import type { Appended, JobStore } from "./contract.ts";
import { StoreError } from "./errors.ts";
import { answer, isRejection, mediaTypes, reject, rejected } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";

const signals: readonly Signal[] = ["logs", "traces", "metrics"];

/**
 * The OTLP/HTTP receiver: `POST /v1/logs`, `/v1/traces`, `/v1/metrics`, in protobuf and JSON, plain and gzip.
 * It answers 200 after what was taken is committed, and never 500: what may be tried again gets 503.
 */
export function receiver(store: JobStore): Hono {
  const app = new Hono();
  const read = bodyReader();
  for (const signal of signals) {
    app.post(`/v1/${signal}`, (c) => take(signal, c.req.raw, store, read));
    app.all(`/v1/${signal}`, (c) => c.text(howTo(signal, c.req.method), 405, { allow: "POST" }));
  }
  return app;
}

async function take(signal: Signal, request: Request, store: JobStore, read: ReadBody): Promise<Response> {
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
  store: JobStore,
  read: ReadBody,
): Promise<Taken | Rejection> {
  const body = await read(request);
  if (isRejection(body)) return body;
  try {
    const appended = await store.append({ signal, encoding, body, received: clock() });
    return isRefusal(appended) ? reject(400, sentence(appended)) : partial(appended);
  } catch (error) {
    return reject(503, reasonOf(error));
  }
}

/** Why a request failed that may be tried again, in one line. */
export const reasonOf = (error: unknown): string =>
  error instanceof StoreError ? error.message : `the job log failed: ${error instanceof Error ? error.message : "?"}`;

function partial({ refused }: Appended): Taken {
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
