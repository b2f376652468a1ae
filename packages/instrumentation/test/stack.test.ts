import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tap } from "../src/adapter.ts";
import { applied } from "../src/tap.ts";

let before: number;
beforeAll(() => {
  before = Error.stackTraceLimit;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
beforeEach(() => void (Error.stackTraceLimit = 10));
afterAll(() => {
  Error.stackTraceLimit = before;
  context.disable();
});

type Handler = () => unknown;

/** A library that calls a handler from deep inside, and awaits it. */
class Library {
  async process(handler: Handler): Promise<unknown> {
    return await this.step(handler);
  }
  async step(handler: Handler): Promise<unknown> {
    return await this.call(handler);
  }
  call(handler: Handler): unknown {
    return handler();
  }
}

const active = trace.setSpanContext(context.active(), {
  traceId: "1".repeat(32),
  spanId: "2".repeat(16),
  traceFlags: 1,
});

function watch(library: object): () => void {
  const undo = applied(
    tap(Object.getPrototypeOf(library), "call", () => ({
      awaited: true,
      within: (go) => context.with(active, go),
      threw: () => undefined,
    })),
    "test",
  );
  return undo;
}

/** The functions in an error's stack, down to the library's outermost. */
async function frames(library: Library, handler: Handler): Promise<readonly string[]> {
  const error = await library.process(handler).catch((thrown: unknown) => thrown);
  const lines = String((error as Error).stack)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(/ \(.*/, ""));
  return lines.slice(0, lines.findLastIndex((line) => line.includes("Library.")) + 1);
}

const deep = (depth: number): never => {
  if (depth > 0) return deep(depth - 1);
  throw new RangeError("never works");
};

const handlers: Readonly<Record<string, Handler>> = {
  "at once": () => deep(0),
  "at once, from deep inside": () => deep(5),
  "in an async function": async () => deep(0),
  "after a pause": async () => {
    await Promise.resolve();
    deep(0);
  },
  "in a function that is not async": () => Promise.resolve().then(() => deep(1)),
};

for (const [how, handler] of Object.entries(handlers))
  test(`an error thrown ${how} has the stack that it has without us`, async () => {
    const bare = await frames(new Library(), handler);
    const library = new Library();
    const undo = watch(library);
    const watched = await frames(library, handler);
    undo();
    expect(watched).toEqual(bare);
    expect(Error.stackTraceLimit).toBe(10);
  });

test("a frozen error, one without a stack and what is no error reach the host as they are", async () => {
  const library = new Library();
  const undo = watch(library);
  const frozen = Object.freeze(new Error("frozen"));
  const bare = Object.defineProperty(new Error("bare"), "stack", { value: undefined });
  for (const thrown of [frozen, bare, "a text", undefined, null])
    expect(
      await library
        .process(() => {
          // oxlint-disable-next-line typescript/only-throw-error
          throw thrown;
        })
        .then(
          () => "fulfilled",
          (error: unknown) => error === thrown,
        ),
    ).toBe(true);
  undo();
});

test("a host that sets its own limit inside keeps it, and an endless one is left", async () => {
  const library = new Library();
  const undo = watch(library);
  await library.process(() => void (Error.stackTraceLimit = 50));
  expect(Error.stackTraceLimit).toBe(50);
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  await library.process(() => expect(Error.stackTraceLimit).toBe(Number.POSITIVE_INFINITY));
  undo();
});
