import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sender } from "@jobtrail/delivery";
import { CheckpointError, checkpointIn, DeliveryError, recordsTo, runSource } from "@jobtrail/delivery/source";
import type { Source, SourceEnd } from "@jobtrail/delivery/source";
import { fromMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import { receiver } from "./server.ts";
import type { Receiver } from "./server.ts";

const settings = { address: "ENDPOINT", headers: "HEADERS", encoding: "Set PROTOCOL.", certificate: "CERTIFICATE" };

/** A folder that is gone afterwards. */
function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-source-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const event = (n: number): JobEvent => ({
  name: n % 2 === 0 ? "job.queued" : "job.run.started",
  time: fromMillis(n),
  seen: fromMillis(n),
  attributes: { "job.id": `${n}` },
});

/** Pages of two events, numbered from the mark on; fails at some page for so many times. */
function pages(last: number, failing: { readonly at: number; times: number } = { at: -1, times: 0 }): Source<number> {
  return {
    name: "pages",
    mark: (stored) => (typeof stored === "number" ? stored : undefined),
    async *read(from = 0) {
      for (let n = from; n < last; n += 2) {
        await Promise.resolve();
        if (n === failing.at && failing.times-- > 0) throw new Error("the source is away");
        yield { events: [event(n), event(n + 1)], refused: [], next: n + 2 };
      }
    },
  };
}

interface Running {
  readonly end: Promise<SourceEnd>;
  readonly said: string[];
  readonly stop: AbortController;
}

function running(source: Source<number>, to: Receiver, at: string): Running {
  const said: string[] = [];
  const stop = new AbortController();
  const say = (sentence: string): void => void said.push(sentence.replaceAll(/:\d{4,5}\b/g, ":PORT"));
  const sink = recordsTo({
    delivery: { endpoint: to.endpoint, send: sender(to.endpoint, { keepsAlive: true }), patienceMs: 60_000 },
    settings,
    resource: { attributes: { "service.name": "bridge" } },
    scope: { name: "test" },
    refused: (records, reason) => say(`${records} refused: ${reason}`),
  });
  const checkpoint = checkpointIn(at, source.name);
  const run = { source, checkpoint, sink, stop: stop.signal, say, refused: () => undefined };
  return { end: runSource(run), said, stop };
}

const sizes = ({ requests }: Receiver): number[] => requests.map(({ names }) => names.length);

test("a source is read to its end, and the next time from where the receiver had all", async () => {
  using at = folder();
  await using to = await receiver(() => ({}));
  expect(await running(pages(6), to, at.path).end).toEqual({ events: 6, refused: 0 });
  expect(readFileSync(join(at.path, "pages.json"), "utf8")).toBe("6\n");
  expect(await running(pages(10), to, at.path).end).toEqual({ events: 4, refused: 0 });
  expect(sizes(to)).toEqual([2, 2, 2, 2, 2]);
});

test("the checkpoint moves only when the receiver has acknowledged", async () => {
  using at = folder();
  let isOpen = false;
  await using to = await receiver((_, count) => (count < 2 || isOpen ? {} : { status: 401, body: "who are you?" }));
  await expect(running(pages(6), to, at.path).end).rejects.toThrow(
    new DeliveryError(
      `http://127.0.0.1:${new URL(to.endpoint.url).port} answers 401 (not authorized). It said: who are you? Set the key that it asks for in HEADERS.`,
    ),
  );
  expect(readFileSync(join(at.path, "pages.json"), "utf8")).toBe("2\n");
  isOpen = true;
  expect(await running(pages(6), to, at.path).end).toEqual({ events: 4, refused: 0 });
});

test("a receiver that is busy is waited for, until the work is stopped", async () => {
  using at = folder();
  await using to = await receiver((_, count) => (count === 1 ? { status: 503 } : {}));
  expect(await running(pages(2), to, at.path).end).toEqual({ events: 2, refused: 0 });
  await using busy = await receiver(() => ({ status: 429, headers: { "retry-after": "30" } }));
  const { end, stop } = running(pages(8), busy, at.path);
  await new Promise<void>((resolve) => {
    const look = (): void => void (busy.requests.length > 0 ? resolve() : setImmediate(look));
    look();
  });
  stop.abort();
  expect(await end).toEqual({ events: 0, refused: 0 });
  expect(readFileSync(join(at.path, "pages.json"), "utf8")).toBe("2\n");
});

test("a record that the receiver refuses for itself is said, and the others go on", async () => {
  using at = folder();
  await using to = await receiver(({ names }) =>
    names.includes("job.run.started") ? { status: 400, body: "no starts" } : {},
  );
  const { end, said } = running(pages(4), to, at.path);
  expect(await end).toEqual({ events: 4, refused: 0 });
  const refusal =
    "1 refused: http://127.0.0.1:PORT answers 400 (bad request). It said: no starts. It cannot read the request, or does not accept these records: check its limits and its log.";
  expect(said).toEqual([refusal, refusal]);
});

test("a source that fails is read again from the checkpoint", async () => {
  using at = folder();
  await using to = await receiver(() => ({}));
  const { end, said } = running(pages(6, { at: 4, times: 1 }), to, at.path);
  expect(await end).toEqual({ events: 6, refused: 0 });
  expect(said).toEqual(["pages cannot be read: the source is away; it is read again in 1 s."]);
});

test("a checkpoint that is damaged or of another source ends it with what to do", async () => {
  using at = folder();
  await using to = await receiver(() => ({}));
  const path = join(at.path, "pages.json");
  writeFileSync(path, '{"page":3}');
  await expect(running(pages(2), to, at.path).end).rejects.toThrow(
    new CheckpointError(
      path,
      'it holds {"page":3}, which is not a position in pages; remove it to read the source from its beginning',
    ),
  );
  writeFileSync(path, "{");
  await expect(running(pages(2), to, at.path).end).rejects.toThrow(
    /remove it to read the source from its beginning\.$/,
  );
  expect(to.requests).toEqual([]);
});
