import { isRefusal } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import { decodeLogs } from "../src/index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a body of millions of empty lists is refused before it is parsed", () => {
  expect(decodeLogs(bytes(`[${"[],".repeat(2_100_000)}0]`), "json")).toEqual({
    refused: true,
    path: "body",
    expected: "at most 2000000 objects and lists in one request",
    found: '"more"',
  });
});

test("brackets in a text are no lists, whatever stands before them", () => {
  const text = `\\"\\\\${"[{".repeat(1_100_000)}`;
  const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"${text}"}}]}]}]}`;
  const decoded = decodeLogs(bytes(body), "json");
  expect(isRefusal(decoded) ? decoded : decoded.records.length).toBe(1);
});
