import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startJobLog } from "../src/index.ts";

/** What is answered to a request of these bytes. */
async function answerTo(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(request);
  return text(socket);
}

test("an address beyond the limit is answered, however much of it is still to come", async () => {
  await using log = await startJobLog({ port: 0 });
  const answer = await answerTo(
    log.url,
    `GET /api/v1/jobs?uid=${"a".repeat(2_000_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  );
  expect(answer.split("\r\n")[0]).toBe("HTTP/1.1 431 Request Header Fields Too Large");
  expect((await answerTo(log.url, "no request\r\n\r\n")).split("\r\n")[0]).toBe("HTTP/1.1 400 Bad Request");
  const fits = await fetch(`${log.url}/api/v1/jobs?uid=${"a".repeat(30_000)}`);
  expect(fits.status).toBeLessThan(500);
});
