import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { betterContentArchiving as bca, pageOf } from "../src/index.ts";
import type { BcaExecution, Reading } from "../src/index.ts";
import { laws } from "./laws.ts";
import { seen, sound } from "./reading.ts";

laws(bca);

const samples = ["made-site.txt", "made-space.txt", "made-exact.json", "made-live.json"] as const;

const textOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, "samples/better-content-archiving", name), "utf8");

const parsed = (input: unknown, how?: Reading): BcaExecution => sound(bca.parse(input, how));

const base: BcaExecution = { "Job execution ID": "e1", Status: "Successful" };

/** The event that stands for a record. */
const mainOf = (record: object): JobEvent => bca.read(parsed({ ...base, ...record }), seen).at(-1) as JobEvent;

const anomalyOf = (record: object): string | undefined => mainOf(record).attributes["job.record.anomaly"];

it.each(samples)("gives the sample %s, which is our own, back as it was, but for its secret", (name) => {
  const record = parsed(textOf(name), { dateFormat: "d MMM yyyy HH:mm:ss", timeZone: "UTC" });
  const events = bca.read(record, seen);
  expect(bca.write(events)).toEqual([
    record["Log command"] === undefined ? record : { ...record, "Log command": "[secret]" },
  ]);
  expect(JSON.stringify(events)).not.toContain("hunter2");
});

it("reads the text of the page, with its values beside their labels", () => {
  const how = { dateFormat: "d MMM yyyy HH:mm:ss", timeZone: "Europe/Budapest" };
  expect(parsed(textOf("made-site.txt"), how)).toMatchInlineSnapshot(`
    {
      "Date format": "d MMM yyyy HH:mm:ss",
      "Duration": "2 minutes 5 seconds",
      "Emails sent": "37",
      "Ended": "25 Oct 2026 14:07:12",
      "Executed by": "Scheduled execution",
      "Job": "Send notifications",
      "Job execution ID": "7f8a1d20-3c41-4f7e-9d11-5b2f60c7a9e4",
      "Log command": "grep 7f8a1d20 confluence.log
    --token hunter2",
      "Space": "(multiple)",
      "Spaces processed": "1,204",
      "Spaces total": "1,204",
      "Started": "25 Oct 2026 14:05:07",
      "Status": "Successful",
      "Time zone": "Europe/Budapest",
    }
  `);
  const events = bca.read(parsed(textOf("made-site.txt"), how), seen);
  expect(events.map(({ name, time }) => [name, time])).toEqual([
    ["job.run.started", [1_792_933_507, 0]],
    ["job.run.ended", [1_792_933_632, 0]],
  ]);
  expect(events.at(-1)?.attributes).toMatchInlineSnapshot(`
    {
      "job.actor.name": "Scheduled execution",
      "job.actor.type": "system",
      "job.counter.emails_sent": 37,
      "job.counter.spaces_processed": 1204,
      "job.counter.spaces_total": 1204,
      "job.id": "7f8a1d20-3c41-4f7e-9d11-5b2f60c7a9e4",
      "job.name": "Send notifications",
      "job.record.form": "page",
      "job.record.schema": "better-content-archiving",
      "job.record.source": "import",
      "job.run.duration": 125,
      "job.run.ended_at": "2026-10-25T13:07:12Z",
      "job.run.final": true,
      "job.run.number": 1,
      "job.run.result": "success",
      "job.run.started_at": "2026-10-25T13:05:07Z",
      "job.run.uid": "bb37f7a997ba4b73e8f0f4ddccbb9e78-1",
      "job.scope.name": "(multiple)",
      "job.scope.type": "site",
      "job.state": "completed",
      "job.status.native": "Successful",
      "job.system.name": "better-content-archiving",
      "job.trigger.type": "cron",
      "job.uid": "bb37f7a997ba4b73e8f0f4ddccbb9e78",
      "log.record.uid": "3a7ce2bf91732529e44d7af43550909b",
    }
  `);
});

it("reads the text of the page, with its values below their labels", () => {
  const record = parsed(textOf("made-space.txt"));
  expect(record).toMatchInlineSnapshot(`
    {
      "Contents archived": "0",
      "Date format": "yyyy-MM-dd h:mm a",
      "Duration": "41 s",
      "Ended": "2026-11-21 3:05 PM",
      "Executed by": "Ada Lovelace",
      "Job": "Execute automations",
      "Job execution ID": "c1d2e3f4-0a1b-4c2d-8e3f-405162738495",
      "Log command": "hunter2",
      "Space": "Research: archive",
      "Spaces processed": "0",
      "Spaces total": "1",
      "Started": "2026-11-21 3:04 PM",
      "Status": "Failed",
      "Time zone": "Europe/Budapest",
    }
  `);
  const { attributes, error } = bca.read(record, seen).at(-1) as JobEvent;
  expect(attributes).toMatchObject({
    "job.scope.type": "space",
    "job.scope.name": "Research: archive",
    "job.actor.type": "user",
    "job.actor.name": "Ada Lovelace",
    "job.trigger.type": "manual",
    "job.run.result": "failure",
    "job.run.started_at": "2026-11-21T14:04:00Z",
    "job.run.duration": 41,
    "job.counter.contents_archived": 0,
    "job.reason": "0 of 1 spaces were processed",
  });
  expect(error).toEqual({ type: "_OTHER" });
  expect(attributes["job.record.anomaly"]).toBeUndefined();
});

it("reads times that name their zone, and metrics that are numbers, into the registry's names", () => {
  const events = bca.read(parsed(textOf("made-exact.json")), seen);
  expect(events.map(({ name }) => name)).toEqual(["job.run.started", "job.run.ended"]);
  expect(events.at(-1)?.attributes).toMatchObject({
    "job.record.form": "exact",
    "job.status.native": "Canceled",
    "job.state": "cancelled",
    "job.run.result": "cancellation",
    "job.run.started_at": "2026-11-21T14:04:05.120+01:00",
    "job.run.duration": 41.5,
    "job.counter.content_events_initialized": 512,
    "job.counter.spaces_processed": 0,
  });
});

it("reads a job at work", () => {
  const events = bca.read(parsed(textOf("made-live.json")), seen);
  expect(events.map(({ name, time }) => [name, time])).toEqual([
    ["job.run.started", [1_795_241_820, 0]],
    ["job.run.progress", undefined],
  ]);
  expect(fold(events)).toMatchObject([{ state: "active", runs: [{ start: [1_795_241_820, 0] }] }]);
});

it("reads the rows of a CSV file, in which all is text and what is absent is empty", () => {
  const [head = "", ...rows] = textOf("made-rows.csv").trim().split("\n");
  const records = rows.map((row) => {
    const values = row.split(",");
    return parsed(Object.fromEntries(head.split(",").map((label, i) => [label, values[i] ?? ""])));
  });
  for (const record of records) expect(bca.write(bca.read(record, seen))).toEqual([bca.redact(record)]);
  const [first, second] = records.map((record) => bca.read(record, seen).at(-1)?.attributes);
  expect(first).toMatchObject({
    "job.counter.content_statuses_refreshed": 4096,
    "job.run.started_at": "2026-11-21T05:17:00Z",
    "job.run.duration": 30,
  });
  expect(first?.["job.counter.emails_sent"]).toBeUndefined();
  expect(second).toMatchObject({ "job.counter.emails_sent": 3, "job.actor.name": "Grace Hopper" });
  expect(second?.["job.counter.content_statuses_refreshed"]).toBeUndefined();
});

it("finds the records of a text that holds several pages, and of a list", () => {
  const pages = bca.list(`${textOf("made-site.txt")}\n${textOf("made-space.txt")}`);
  expect(pages).toHaveLength(2);
  expect((pages as readonly object[]).map((page) => parsed(page).Status)).toEqual(["Successful", "Failed"]);
  expect(bca.list([base, base])).toHaveLength(2);
  expect(bca.list(textOf("made-site.txt"))).toHaveLength(1);
});

it.each([
  ["Successful", "job.run.ended", "completed", "success"],
  ["Failed", "job.run.ended", "failed", "failure"],
  ["Cancelled", "job.run.ended", "cancelled", "cancellation"],
  ["Canceled", "job.run.ended", "cancelled", "cancellation"],
  ["SUCCESSFUL", "job.run.ended", "completed", "success"],
  ["Running", "job.run.started", "active", undefined],
  ["Finalizing", "job.run.progress", "active", undefined],
  ["Cancelling", "job.run.progress", "active", undefined],
  ["Canceling", "job.run.progress", "active", undefined],
] as const)("takes the status %s for %s", (Status, name, state, result) => {
  const main = mainOf({ Status });
  expect(main.name).toBe(name);
  expect(main.attributes).toMatchObject({ "job.status.native": Status, "job.state": state });
  expect(main.attributes["job.run.result"]).toBe(result);
  expect(main.attributes["job.record.anomaly"]).toBeUndefined();
});

it("keeps a status that no document lists, as it is and as nothing more", () => {
  const main = mainOf({ Status: "Dreaming" });
  expect(main.name).toBe("job.run.progress");
  expect(main.attributes["job.record.anomaly"]).toContain('Status is "Dreaming"; the document lists Successful');
});

it.each([
  ["1,204", 1204],
  ["1.204", 1204],
  ["1\u00A0204\u00A0000", 1_204_000],
  ["12", 12],
  [" 0 ", 0],
  ["", undefined],
  [null, undefined],
])("reads the metric %j", (value, count) => {
  const main = mainOf({ "Emails sent": value });
  expect(main.attributes["job.counter.emails_sent"]).toBe(count);
  expect(main.attributes["job.record.anomaly"]).toBeUndefined();
});

it.each(["1,2", "1.5", "-1", "1,204.000", "many", "12345678901234567"])("says that %j is no count", (value) => {
  const { attributes } = mainOf({ "Emails sent": value });
  expect(attributes["job.counter.emails_sent"]).toBeUndefined();
  expect(attributes["job.record.anomaly"]).toBe("Emails sent is no count");
});

it("says where a success does not agree with its spaces", () => {
  expect(anomalyOf({ "Spaces processed": 3, "Spaces total": 5 })).toBe(
    "3 of 5 spaces were processed, and Status is that of a success",
  );
  expect(anomalyOf({ "Spaces processed": 5, "Spaces total": 3 })).toBe("5 of 3 spaces were processed");
  expect(anomalyOf({ Status: "Failed", "Spaces processed": 3, "Spaces total": 5 })).toBeUndefined();
});

it("hides all lines of the log command", () => {
  const record = parsed(textOf("made-site.txt"));
  expect(record["Log command"]).toBe("grep 7f8a1d20 confluence.log\n--token hunter2");
  expect(bca.redact(record)["Log command"]).toBe("[secret]");
});

it.each([
  ["Job execution ID: 1\nStatus: Failed\nStatus: Failed", "Status"],
  ["Job execution ID: 1\nfrom nowhere", "line 2"],
  ["Job execution ID: 1", "Status"],
  ["Job execution ID:\nStatus: Failed", '["Job execution ID"]'],
  ["Status: Failed", "record"],
  ["", "record"],
])("refuses the text %j by its place", (text, path) => {
  expect(bca.parse(text)).toMatchObject({ refused: true, path });
});

it("repeats no line that it cannot read", () => {
  expect(JSON.stringify(bca.parse("Job execution ID: 1\nhunter2"))).not.toContain("hunter2");
  expect(JSON.stringify(bca.parse("hunter2"))).not.toContain("hunter2");
});

it("shows an execution as the page does, and reads it back", () => {
  const word = fc
    .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
    .filter((text) => text.trim() === text);
  const record = fc.record(
    {
      "Job execution ID": word,
      Job: word,
      Space: word,
      Status: word,
      "Executed by": word,
      Started: word,
      Duration: word,
      "Emails sent": word,
      "Log command": word,
      "Time zone": word,
      "Pages mended": word,
    },
    { requiredKeys: ["Job execution ID", "Status"] },
  );
  fc.assert(
    fc.property(record, (made) => {
      expect(parsed(pageOf(made))).toEqual(made);
    }),
    { numRuns: process.env["CI"] === "true" ? 10_000 : 500 },
  );
  expect(pageOf(parsed(textOf("made-space.txt")))).toMatchInlineSnapshot(`
    "Job execution ID: c1d2e3f4-0a1b-4c2d-8e3f-405162738495
    Job: Execute automations
    Space: Research: archive
    Status: Failed

    Details
    Executed by: Ada Lovelace
    Started: 2026-11-21 3:04 PM
    Ended: 2026-11-21 3:05 PM
    Duration: 41 s
    Date format: yyyy-MM-dd h:mm a
    Time zone: Europe/Budapest

    Metrics
    Spaces processed: 0
    Spaces total: 1
    Contents archived: 0

    Support info
    Log command: hunter2
    "
  `);
});
