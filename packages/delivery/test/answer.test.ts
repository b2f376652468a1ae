import { sender } from "@jobtrail/delivery";
import type { Answer } from "@jobtrail/delivery";
import { encodeResponse, encodeStatus } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { chunkOf, receiver } from "./server.ts";
import type { Scripted } from "./server.ts";

const json = { "content-type": "application/json" };
const protobuf = { "content-type": "application/x-protobuf" };
const html = { "content-type": "text/html; charset=utf-8" };
const partly = { count: 2, message: "too old" };

async function answerTo(scripted: Scripted): Promise<Answer> {
  await using to = await receiver(() => scripted);
  return await sender(to.endpoint)(chunkOf(["one"]).body);
}

const all = { kind: "accepted", rejected: 0, message: "" } as const;
const no = (status: number, message: string, isPage = false): object => ({ kind: "refused", status, message, isPage });

const cases: Readonly<Record<string, readonly [Scripted, object]>> = {
  "nothing at 200": [{}, all],
  "nothing at 204": [{ status: 204 }, all],
  "JSON that is empty": [{ headers: json, body: "{}" }, all],
  "JSON of a partial success": [
    { headers: json, body: Buffer.from(encodeResponse("logs", "json", partly)) },
    { kind: "accepted", rejected: 2, message: "too old" },
  ],
  "a count as a number, and no content type": [
    { body: '{"partialSuccess":{"rejectedSpans":3}}' },
    { kind: "accepted", rejected: 3, message: "" },
  ],
  "a count below zero": [
    { headers: json, body: '{"partialSuccess":{"rejectedLogRecords":-13,"errorMessage":"odd"}}' },
    { kind: "accepted", rejected: 0, message: "odd" },
  ],
  "protobuf of a partial success": [
    { headers: protobuf, body: encodeResponse("metrics", "protobuf", partly) },
    { kind: "accepted", rejected: 2, message: "too old" },
  ],
  "protobuf that is damaged": [{ headers: protobuf, body: new Uint8Array([10, 200, 1]) }, all],
  "a word of its own": [
    { headers: { "content-type": "text/plain" }, body: "OK" },
    { ...all, message: "OK" },
  ],
  "a login page at 200": [{ headers: html, body: "<!doctype html><title>Log in</title>" }, no(200, "Log in", true)],
  "a page that says no type": [{ body: "<html><body>hello" }, no(200, "", true)],
  "a redirect": [
    { status: 302, headers: { location: "https://sso.example/login" } },
    { ...no(302, ""), location: "https://sso.example/login" },
  ],
  "a status in protobuf": [
    { status: 400, headers: protobuf, body: encodeStatus("protobuf", 3, "no such field") },
    no(400, "no such field"),
  ],
  "a status in JSON": [
    { status: 400, headers: json, body: '{"code":3,"message":"no such field"}' },
    no(400, "no such field"),
  ],
  "an error in JSON": [{ status: 401, headers: json, body: '{"error":{"message":"who?"}}' }, no(401, "who?")],
  "errors in JSON": [{ status: 403, headers: json, body: '{"errors":["not yours"]}' }, no(403, "not yours")],
  "a page with an error": [
    { status: 413, headers: html, body: "<html><head><title>413 Request Entity Too Large</title>" },
    no(413, "413 Request Entity Too Large", true),
  ],
  "500, which OTLP does not let a sender repeat": [{ status: 500, body: "boom\n at x" }, no(500, "boom at x")],
  "429 with a time": [
    { status: 429, headers: { "retry-after": "3600" } },
    { kind: "busy", status: 429, message: "", afterMs: 3_600_000 },
  ],
  "503 without one": [
    { status: 503, body: "busy" },
    { kind: "busy", status: 503, message: "busy" },
  ],
};

for (const [name, [scripted, expected]] of Object.entries(cases))
  test(`an answer is read: ${name}`, async () => expect(await answerTo(scripted)).toEqual(expected));

test("a date in Retry-After is a time to wait, and one that is past is none", async () => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  const answer = await answerTo({ status: 503, headers: { "retry-after": soon } });
  expect(answer.kind === "busy" && answer.afterMs !== undefined && answer.afterMs > 50_000).toBe(true);
  const past = await answerTo({ status: 503, headers: { "retry-after": new Date(0).toUTCString() } });
  expect(past).toEqual({ kind: "busy", status: 503, message: "" });
});

test("a long message is cut, and is one line", async () => {
  const answer = await answerTo({ status: 400, body: `a\n\tb ${"x".repeat(1000)}` });
  expect(answer.kind === "refused" && answer.message).toBe(`a b ${"x".repeat(295)}…`);
});
