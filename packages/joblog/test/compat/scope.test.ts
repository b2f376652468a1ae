import * as fc from "fast-check";
import { expect, test } from "vitest";
import { within } from "../../src/compat/scope.ts";
import type { Scope } from "../../src/compat/scope.ts";
import { openStore } from "../../src/store.ts";
import type { Condition, JobQuery } from "../../src/query/query.ts";
import type { JobRow } from "../../src/view.ts";
import { keep } from "../stored.ts";
import { JobStory } from "../story.ts";

const few = fc.constantFrom("a", "b", "c");

const scopes: fc.Arbitrary<Scope> = fc.record(
  { tenant: few, account: few, space: few, queue: few },
  { requiredKeys: [] },
);

const conditions: fc.Arbitrary<Condition> = fc.record({
  field: fc.constantFrom("tenant", "scope", "queue", "id", "state"),
  op: fc.constantFrom("is", "not", "prefix"),
  value: few,
});

const queries: fc.Arbitrary<JobQuery> = fc.record(
  { where: fc.array(conditions, { maxLength: 4 }), text: few },
  { requiredKeys: ["where"] },
);

const isIn = ({ tenant, scope, queue }: JobRow, limits: Scope): boolean =>
  (limits.tenant === undefined || tenant === limits.tenant) &&
  (limits.account === undefined || tenant === limits.account) &&
  (limits.space === undefined || scope?.id === limits.space) &&
  (limits.queue === undefined || queue === limits.queue);

test("a query never finds a job outside of its credential's scope, and all of those within that it asks for", async () => {
  const store = await openStore();
  const places = ["a", "b", "c"];
  const jobs = places.flatMap((tenant) =>
    places.flatMap((space) =>
      places.map((queue) =>
        new JobStory({ system: "made", queue, name: "a" }, `${tenant}${space}${queue}`, {
          "job.tenant.id": tenant,
          "job.scope.type": "space",
          "job.scope.id": space,
        }).queued(0),
      ),
    ),
  );
  await keep(store, ...jobs);
  const found = async (query: JobQuery): Promise<readonly JobRow[]> => (await store.jobs(query, { limit: 100 })).jobs;
  await fc.assert(
    fc.asyncProperty(queries, scopes, async (query, scope) => {
      const allowed = (await found(query)).filter((job) => isIn(job, scope));
      const given = await found(within(query, scope));
      expect(given.map(({ id }) => id)).toEqual(allowed.map(({ id }) => id));
    }),
  );
  await store.close();
});
