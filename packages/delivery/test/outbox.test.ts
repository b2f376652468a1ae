import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { createLosses, openOutbox, sender, sendNow } from "@jobtrail/delivery";
import type { Outbox, OutboxOptions } from "@jobtrail/delivery";
import { expect, onTestFinished, test, vi } from "vitest";
import { chunkOf, endpointAt, listening, receiver, until } from "./server.ts";
import type { Receiver, Scripted } from "./server.ts";

const settings = { address: "ENDPOINT", headers: "HEADERS", encoding: "Set PROTOCOL.", certificate: "CERTIFICATE" };

interface Sending {
  readonly outbox: Outbox;
  /** What was printed. */
  readonly lines: string[];
  /** How many were lost, each time. */
  readonly lost: number[];
  /** Lets the process "end": what still waits is lost. */
  end(): void;
}

/** An outbox of records that reports its losses. */
function sending({ endpoint }: Pick<Receiver, "endpoint">, options: Partial<OutboxOptions> = {}): Sending {
  const lines: string[] = [];
  const lost: number[] = [];
  const losses = createLosses((line) => lines.push(line.replaceAll(/:\d{4,5}\b/g, ":PORT")), settings);
  const outbox = openOutbox(endpoint, {
    noun: "record",
    losses,
    lost: (items) => lost.push(items),
    report: (items) => chunkOf([`${items} lost`], endpoint.encoding),
    ...options,
  });
  const timeout = { kind: "failed", code: "ETIMEDOUT", message: "", connected: true, reused: false } as const;
  const end = (): void => {
    outbox.giveUp({ ...timeout, isLasting: false, waitedMs: 5000 });
    losses.tell(true);
  };
  return { outbox, lines, lost, end };
}

const namesOf = ({ requests }: Receiver): string[][] => requests.map(({ names }) => [...names]);
const partly = (count: number): Scripted => ({
  body: JSON.stringify({ partialSuccess: { rejectedLogRecords: count, errorMessage: "too old" } }),
});

test("a request that is too large is halved until it fits, and only an item that is too large alone is lost", async () => {
  for (const encoding of ["protobuf", "json"] as const) {
    await using to = await receiver(
      ({ names }) => ({ status: names.length > 3 || names.includes("huge") ? 413 : 200 }),
      { encoding },
    );
    const { outbox, lost, lines, end } = sending(to);
    outbox.put(chunkOf(["a", "b", "c", "d", "huge", "f", "g", "h"], encoding), chunkOf(["next"], encoding));
    expect(await outbox.flush()).toBe(true);
    const taken = to.requests.filter(({ names }) => names.length <= 3 && !names.includes("huge"));
    expect(taken.flatMap(({ names }) => names)).toEqual(["a", "b", "c", "d", "f", "g", "h", "next", "1 lost"]);
    expect(lost).toEqual([1]);
    end();
    expect(lines).toEqual([
      "http://127.0.0.1:PORT answers 413 (too large), so 1 record is lost. Even a single item is too large for it: raise its limit, or that of a proxy in front of it.",
    ]);
  }
});

test("a loss is reported once, when the receiver takes something", async () => {
  await using to = await receiver((_, count) => [{ status: 400 }, {}, partly(1), {}][count - 1] ?? {});
  const { outbox, lost } = sending(to);
  outbox.put(chunkOf(["a", "b"]));
  await outbox.flush();
  outbox.put(chunkOf(["c"]));
  await outbox.flush();
  // Its first report was rejected: that is no loss of its own, and it goes with what is taken next.
  outbox.put(chunkOf(["d"]));
  await outbox.flush();
  outbox.put(chunkOf(["e"]));
  await outbox.flush();
  expect(namesOf(to)).toEqual([["a", "b"], ["c"], ["2 lost"], ["d"], ["2 lost"], ["e"]]);
  expect(lost).toEqual([2]);
});

test("a receiver that takes nothing of any request gets no report, and one line says so with its own words", async () => {
  await using to = await receiver(({ names }) => partly(names.length));
  const { outbox, lines, end } = sending(to);
  for (const name of ["a", "b", "c"]) {
    outbox.put(chunkOf([name, name]));
    await outbox.flush();
  }
  expect(namesOf(to)).toEqual([
    ["a", "a"],
    ["b", "b"],
    ["c", "c"],
  ]);
  end();
  end();
  expect(lines).toEqual([
    "http://127.0.0.1:PORT accepts requests only in part, so 6 records are lost. It said: too old.",
  ]);
});

test("a receiver that rejects one record of each request, reports too, is asked a bounded number of times", async () => {
  await using to = await receiver(() => partly(1));
  const { outbox, lost, end } = sending(to);
  for (const name of ["a", "b", "c"]) {
    outbox.put(chunkOf([name, name]));
    await outbox.flush();
  }
  end();
  expect(namesOf(to)).toEqual([["a", "a"], ["1 lost"], ["b", "b"], ["2 lost"], ["c", "c"], ["3 lost"]]);
  expect(lost).toEqual([1, 1, 1]);
});

test("more rejected records than there were are all that there were", async () => {
  await using to = await receiver(() => partly(99));
  const { outbox, lost } = sending(to);
  outbox.put(chunkOf(["a", "b"]));
  await outbox.flush();
  expect(lost).toEqual([2]);
});

test("a connection that the receiver closed between two requests costs no request", async () => {
  await using to = await receiver(() => ({ headers: { connection: "keep-alive" } }));
  const { outbox, lines, end } = sending(to);
  const raw = createServer((socket) => {
    let heard = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      heard += bytes.toString("latin1");
      if (heard.split("POST /").length > 2) return void socket.destroy();
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  await using at = await listening(raw);
  const kept = sending({ endpoint: endpointAt(`http://127.0.0.1:${at.port}/v1/logs`) });
  for (const name of ["a", "b", "c"]) {
    kept.outbox.put(chunkOf([name]));
    expect(await kept.outbox.flush()).toBe(true);
  }
  outbox.put(chunkOf(["a"]));
  await outbox.flush();
  end();
  expect([...lines, ...kept.lines, ...kept.lost]).toEqual([]);
});

test("many requests on one kept connection make Node warn of nothing", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): unknown => warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  let connections = 0;
  const server = createHttpServer((request, response) => void request.resume().on("end", () => response.end()));
  server.on("connection", () => connections++);
  await using at = await listening(server);
  const send = sender(endpointAt(`http://127.0.0.1:${at.port}/v1/logs`), { keepsAlive: true });
  for (let request = 0; request < 15; request++) expect((await send(new Uint8Array())).kind).toBe("accepted");
  expect([connections, warnings]).toEqual([1, []]);
});

test("what waits behind 429 is lost at the end with that status, without waiting for Retry-After of an hour", async () => {
  await using to = await receiver(() => ({ status: 429, headers: { "retry-after": "3600" } }));
  const { outbox, lines, end } = sending(to);
  outbox.put(chunkOf(["a", "b"]));
  expect(await outbox.flush()).toBe(false);
  outbox.put(chunkOf(["c"]));
  end();
  expect(to.requests).toHaveLength(1);
  expect(lines).toEqual([
    "http://127.0.0.1:PORT answers 429 (too many requests), so 3 records are lost. Its rate limit is reached: raise the limit, or send less.",
  ]);
});

test("a trouble is said once while the process lives, and its end says how much it came to", async () => {
  await using to = await receiver(() => ({ status: 403, body: "no" }));
  const { outbox, lines, end } = sending(to);
  outbox.put(chunkOf(["a"]));
  await outbox.flush();
  await until(() => lines.length > 0);
  outbox.put(chunkOf(["b", "c"]));
  await outbox.flush();
  end();
  expect(lines).toEqual([
    "http://127.0.0.1:PORT answers 403 (forbidden), so 1 record is lost. It said: no. Check the permissions of the key in HEADERS.",
    "http://127.0.0.1:PORT answers 403 (forbidden): in all, 3 records are lost.",
  ]);
});

test("a test environment's clock neither fires a deadline nor finds a timer", async () => {
  await using to = await receiver(({ names }, count) =>
    count === 1 ? { status: 503 } : { status: names.length > 0 ? 200 : 400 },
  );
  const { outbox, lines } = sending(to);
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  outbox.put(chunkOf(["a"]));
  const isDone = outbox.flush();
  vi.advanceTimersByTime(3_600_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(await isDone).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await until(() => !outbox.busy);
  expect({ requests: namesOf(to), lines }).toEqual({ requests: [["a"], ["a"]], lines: [] });
});

test("at exit a thread sends, and what it hears counts as any other answer", async () => {
  // In a process of its own, because this one answers only while it does not wait.
  const script = `
    import { createServer } from "node:http";
    const statuses = [413, 200, 200, 503, 200];
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        const status = statuses.shift() ?? 200;
        response.writeHead(status, status === 503 ? { "retry-after": "0.05" } : {}).end();
        process.stdout.write(status + " ");
      });
    }).listen(0, "127.0.0.1", () => process.stdout.write(server.address().port + " "));`;
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  onTestFinished(() => void child.kill());
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await once(child.stdout, "data");
  const { outbox, lines, lost, end } = sending({ endpoint: endpointAt(`http://127.0.0.1:${said.trim()}/v1/logs`) });
  sendNow([{ outbox, chunks: [chunkOf(["a", "b"])] }], 20_000, true);
  sendNow([{ outbox, chunks: [chunkOf(["c"])] }], 20_000, true);
  end();
  await until(() => said.split(" ").length === 7);
  expect({ statuses: said.split(" ").slice(1, -1), lines, lost }).toEqual({
    statuses: ["413", "200", "200", "503", "200"],
    lines: [],
    lost: [],
  });
});

test("a listener of a signal that may go on gets back what was not answered, and a line says what is at stake", async () => {
  const { outbox, lines, lost, end } = sending({ endpoint: endpointAt("http://127.0.0.1:1/v1/logs") });
  const losses = createLosses((line) => lines.push(line), settings);
  const other = openOutbox(outbox.endpoint, { noun: "span", losses });
  sendNow([{ outbox: other, chunks: [chunkOf(["a"])] }], 10_000, false);
  losses.tell(false);
  expect({ items: other.items, lines, lost }).toEqual({
    items: 1,
    lines: [
      "nothing listens at http://127.0.0.1:1 (ECONNREFUSED), so 1 span is lost if the process ends now. Start the receiver, or correct its host and port in ENDPOINT.",
    ],
    lost: [],
  });
  other.take();
  end();
});
