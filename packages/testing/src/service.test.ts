import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { withService } from "./conformance.ts";
import { absenceOf, postgres, redis } from "./service.ts";

const bogus = { ...redis, name: "bogus", install: "apt-get install bogus", find: () => undefined };

test("a service that is missing is a line that says how to get it; on CI a failure", () => {
  const line = "bogus is not installed. Get it with: apt-get install bogus";
  expect(absenceOf(bogus, {})).toEqual({ line, fails: false });
  expect(absenceOf(bogus, { CI: "true" })).toEqual({ line, fails: true });
  expect(absenceOf({ ...bogus, find: () => "/bin/bogus" }, { CI: "true" })).toBeUndefined();
});

/** Sends bytes to a server and gives the first that it answers. */
async function ask(url: string, question: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(question);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString("latin1");
}

const ping = Buffer.from("PING\r\n");
/** PostgreSQL's request for TLS, which it answers with one letter. */
const startTls = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

for (const [service, question, answer] of [
  [redis, ping, "+PONG\r\n"],
  [postgres, startTls, "N"],
] as const)
  withService(service.name, service, (running) => {
    test("answers at its address", async () => {
      expect(Object.values(running().env)).toEqual([running().url]);
      expect(await ask(running().url, question)).toBe(answer);
    });

    test("another one is apart, and gone when it is disposed of", async () => {
      const other = await service.start();
      expect(other.url).not.toBe(running().url);
      await other[Symbol.asyncDispose]();
      await expect(ask(other.url, question)).rejects.toThrow("ECONNREFUSED");
    });
  });
