import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { startHarperDb } from "@jobtrail/testing/fakes";
import type { FakeHarperDb, Fault } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { configOf } from "../src/index.ts";
import { bridged, folder } from "./harness.ts";

const config = (url: string, password = "secret-password"): string =>
  `harperdb: { url: "${url}", username: HDB_ADMIN, password: ${password} }\n`;

/** What every failure of a server has in common: it is said once with what to do, and the bridge goes on. */
test.each<[string, Fault, RegExp]>([
  [
    "wrong credentials",
    { status: 401, body: '{"error":"Login failed"}' },
    /UNAUTHORIZED: .*: Login failed\. The credentials are wrong or have expired: correct username and password of harperdb\.$/,
  ],
  [
    "an expired token",
    { status: 401, body: { error: "token expired" } },
    /UNAUTHORIZED: .*: token expired\. The credentials are wrong or have expired/,
  ],
  ["404", { status: 404, body: { error: "Not found" } }, /NOT_FOUND: .*Correct url of harperdb\.$/],
  [
    "429",
    { status: 429, headers: { "retry-after": "7" }, body: {} },
    /BUSY: .*answers 429 \(too many requests\)\. The bridge waits as long as it is asked to/,
  ],
  ["500", { status: 500, body: { error: "disk full" } }, /FAILING: .*answers 500: disk full\. Look at its own log/],
  ["503", { status: 503 }, /BUSY: .*answers 503 \(not available\)/],
  ["a login page", "html", /NO_JSON: .*answers a web page instead of JSON/],
  ["JSON that is cut off", "cut off", /NO_JSON: .*answers JSON that is cut off/],
  ["a connection that is closed", "hang up", /UNREACHABLE: .*ECONNRESET/],
  [
    "a redirect to another host",
    { status: 302, headers: { location: "https://elsewhere.example/?key=abc" } },
    /REDIRECTS: .*answers 302, a redirect to https:\/\/elsewhere\.example\. The bridge follows none/,
  ],
])("%s is said with what to do, and the bridge goes on", async (_, fault, line) => {
  using at = folder();
  await using node = await startHarperDb();
  node.start();
  node.fail(fault, 2);
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.said.join("\n")).toMatch(line);
  expect(bridge.said.join("\n")).not.toContain("secret-password");
  expect(bridge.bridges.standings()).toMatchObject([{ state: "failing" }]);
  await bridge.clock.step();
  await bridge.clock.step();
  expect(bridge.bridges.standings()).toMatchObject([{ state: "reading" }]);
  expect(bridge.said.length).toBe(2);
  expect(bridge.said[1]).toBe("harperdb is read again.");
  expect(bridge.jobs().length).toBe(1);
});

test("pauses grow, and are never shorter than the server asks for", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.fail({ status: 503 }, 4);
  node.fail({ status: 429, headers: { "retry-after": "1800" } });
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  for (let i = 0; i < 4; i++) await bridge.clock.step();
  const [first = 0, second = 0, third = 0, fourth = 0, asked = 0] = bridge.clock.waits;
  const within = (wait: number, longest: number): boolean => wait >= longest / 2 && wait <= longest;
  expect([within(first, 1000), within(second, 2000), within(third, 4000), within(fourth, 8000)]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(asked).toBeGreaterThanOrEqual(1_800_000);
});

const clockOff = async (node: FakeHarperDb, hours: number): Promise<readonly string[]> => {
  using at = folder();
  node.skewMs = hours * 3_600_000;
  const before = node.start();
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  node.start();
  await bridge.clock.step();
  expect(bridge.jobs().length).toBe(2);
  node.end(before.id);
  await bridge.clock.step();
  return bridge.jobs().map(({ state }) => state);
};

test.each([2, -2])("a server whose clock is %d hours off is read by its own clock", async (hours) => {
  await using node = await startHarperDb();
  expect(await clockOff(node, hours)).toEqual(["completed", "active"]);
});

test("what no schema takes is kept aside with its reason and without its secrets, and the others go on", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.start();
  node.strangers.push({ id: "x", status: 7, request: { password: "hunter2" } }, "no job", {
    id: "of-tomorrow",
    status: "QUANTUM",
    start_datetime: Date.now(),
    colour: "blue",
  });
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step();
  expect(bridge.refused("harperdb")).toMatchObject([
    { path: "status", expected: "a text", found: "7", record: { id: "x", status: 7, request: "[secret]" } },
    { path: "record" },
  ]);
  expect(bridge.bridges.standings()).toMatchObject([{ state: "reading", refused: 2 }]);
  const stranger = bridge.receiver.events().findLast(({ attributes }) => attributes["job.id"] === "of-tomorrow");
  expect(stranger?.attributes["job.record.rest"]).toContain("blue");
  expect(stranger?.attributes["job.record.anomaly"]).toContain("QUANTUM");
});

test("an event from the future is read, says so, and does not hold back what comes before it", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.strangers.push({ id: "f", status: "IN_PROGRESS", start_datetime: Date.now() + 90 * 60_000 });
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  const job = node.start();
  await bridge.clock.step();
  expect(bridge.jobs().map(({ attributes }) => attributes["job.id"])).toContain(job.id);
  expect(bridge.receiver.events()[0]?.attributes["job.record.anomaly"]).toBe(
    "it says that it happens 90 min after it was read",
  );
});

test("the checkpoint stays while the receiver is away, and nothing is lost", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.start();
  await using bridge = await bridged(config(node.url), { folder: at.path, endpoint: "http://127.0.0.1:9" });
  await bridge.clock.idle();
  await bridge.clock.step();
  expect(bridge.said[0]).toMatch(
    /^harperdb: JOBTRAIL_SEND_FAILED: .* Nothing is lost: it is read again from where the receiver has it\.$/,
  );
  expect(bridge.bridges.standings()).toMatchObject([{ state: "failing", records: 0 }]);
  await bridge.bridges.stop();
  await using again = await bridged(config(node.url), { folder: at.path });
  await again.clock.idle();
  expect(again.jobs().length).toBe(1);
});

test("TLS is checked: an own certificate authority is named, and another certificate is refused", async () => {
  using at = folder();
  const certificates = join(import.meta.dirname, "../../delivery/test");
  const ca = join(certificates, "cert.pem");
  await using node = await startHarperDb({
    tls: { key: readFileSync(join(certificates, "key.pem"), "utf8"), cert: readFileSync(ca, "utf8") },
  });
  node.start();
  const url = node.url.replace("127.0.0.1", "localhost");
  const yaml = `harperdb: { url: "${url}", username: HDB_ADMIN, password: secret-password`;
  await using trusting = await bridged(`${yaml}, ca: "${ca}" }\n`, { folder: `${at.path}/a` });
  await trusting.clock.idle();
  expect(trusting.jobs().length).toBe(1);
  await using strict = await bridged(`${yaml} }\n`, { folder: `${at.path}/b` });
  await strict.clock.idle();
  expect(strict.jobs()).toEqual([]);
  expect(strict.said[0]).toMatch(/^harperdb: JOBTRAIL_SOURCE_UNREACHABLE: .*certificate.* ca\b/);
});

test("a certificate that cannot be read is an error of the configuration, at the start", () => {
  const yaml = `harperdb: { url: "https://localhost:1", username: a, password: b, ca: /none/ca.pem }\n`;
  expect(() => configOf("bridge.yaml", yaml, {})).toThrow(
    /^JOBTRAIL_BRIDGE_CONFIG: bridge\.yaml: harperdb\.ca is wrong: expected a file that can be read, not \/none\/ca\.pem\./,
  );
});

test("a dry run shows the events, sends nothing and remembers nothing", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.start();
  await using receiver = await startReceiver();
  await using bridge = await bridged(config(node.url), { folder: at.path, receiver, dryRun: true, once: true });
  await bridge.bridges.ended;
  expect(bridge.shown.map(({ name }) => name)).toEqual(["job.queued", "job.run.started"]);
  expect(receiver.records()).toEqual([]);
});

test("what a bridge does is measured", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.fail({ status: 503 });
  node.end(node.start().id);
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step();
  await bridge.bridges.stop();
  const points = (await bridge.receiver.points()).filter(({ name }) => name.startsWith("job."));
  const names = points.map(({ name, attributes }) => [name, attributes["http.response.status_code"]]);
  expect(names.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
    ["job.bridge.lag", undefined],
    ["job.bridge.last_success.time", undefined],
    ["job.bridge.records", undefined],
    ["job.bridge.requests", 200],
    ["job.bridge.requests", 503],
    ["job.run.active", undefined],
    ["job.run.duration", undefined],
    ["job.run.items", undefined],
    ["job.run.items", undefined],
    ["job.run.wait", undefined],
  ]);
});
