import fc from "fast-check";
import { expect, it } from "vitest";
import { jobUid, nextSequence, processInstance, recordUid, runUid, uidWithoutCreation } from "./identity.ts";
import type { JobIdentity } from "./identity.ts";

/** Parts of an identity, with the marks in them that keep parts apart. */
const part = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "/", "~", "0", "1", "-"), maxLength: 5 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);
const maybe = fc.option(part, { nil: undefined });
const identity: fc.Arbitrary<JobIdentity> = fc.record({
  system: part,
  namespace: maybe,
  queue: maybe,
  id: part,
  created: fc.oneof(fc.nat(), fc.constant(undefined)),
});

const parts = ({ system, namespace = "", queue = "", id, created = "" }: JobIdentity): string =>
  JSON.stringify([system, namespace, queue, id, String(created)]);

it("gives 32 hex digits, the same for everyone who knows the same", () => {
  expect(
    jobUid({ system: "bullmq", namespace: "bull:0", queue: "email", id: "1", created: 1_800_000_000_000 }),
  ).toMatchInlineSnapshot(`"4534d54e44afd890e1acb0e85ccc80b0"`);
  fc.assert(
    fc.property(identity, (given) => {
      const uid = jobUid(given);
      expect(uid).toMatch(/^[\da-f]{32}$/);
      expect(jobUid({ ...given })).toBe(uid);
      expect(jobUid({ ...given, created: given.created === undefined ? undefined : String(given.created) })).toBe(uid);
    }),
  );
});

it("gives different uids to different jobs, whatever stands in their names", () => {
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      expect(jobUid(one) === jobUid(other)).toBe(parts(one) === parts(other));
    }),
    { numRuns: 2000 },
  );
  expect(jobUid({ system: "s", namespace: "a/b", queue: "c", id: "1" })).not.toBe(
    jobUid({ system: "s", namespace: "a", queue: "b/c", id: "1" }),
  );
  expect(jobUid({ system: "s", queue: "a~1b", id: "1" })).not.toBe(jobUid({ system: "s", queue: "a/b", id: "1" }));
});

it("gives another uid to the job that has id 1 after everything was deleted", () => {
  const first = { system: "bullmq", namespace: "bull:0", queue: "email", id: "1" };
  expect(jobUid({ ...first, created: 1000 })).not.toBe(jobUid({ ...first, created: 2000 }));
});

it("gives different uids to two replicas whose schedules tick at once", () => {
  const tick = { system: "croner", queue: "nightly", id: "2027-01-15T03:00:00.000Z" };
  expect(jobUid({ ...tick, namespace: "replica-1" })).not.toBe(jobUid({ ...tick, namespace: "replica-2" }));
});

it("names each run of a job, though attempts are counted anew", () => {
  const uid = jobUid({ system: "bullmq", queue: "email", id: "1" });
  expect(runUid(uid, 1_800_000_000_000)).toBe(`${uid}-1800000000000`);
  expect(new Set([1, 2, "2-1", "1-2"].map((mark) => runUid(uid, mark))).size).toBe(4);
});

it("counts records without a hole and names each by its process", () => {
  const first = nextSequence();
  expect([nextSequence(), nextSequence()]).toEqual([first + 1, first + 2]);
  expect(processInstance).toMatch(/^[\da-f]{16}$/);
  expect(recordUid(36)).toBe(`${processInstance}-10`);
});

it("gives a record that does not know when its job was made the uid of a system that never uses an id again", () => {
  expect(
    uidWithoutCreation({
      "job.system.name": "bullmq",
      "job.namespace": "bull/0",
      "job.queue.name": "email",
      "job.id": "1",
      "job.created_at": "2027-01-15T03:00:00Z",
    }),
  ).toBe(jobUid({ system: "bullmq", namespace: "bull/0", queue: "email", id: "1" }));
  expect(uidWithoutCreation({ "job.system.name": "bullmq" })).toBeUndefined();
});
