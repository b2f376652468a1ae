import { afterAll, beforeAll, describe, test } from "vitest";
import { cases } from "./cases.ts";
import type { Look } from "./cases.ts";
import { faults } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { rowOf, variantOf } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { recordings } from "./recording.ts";
import type { Recordings } from "./recording.ts";
import { absenceOf } from "./service.ts";
import type { Running, Service } from "./service.ts";
import { noticed, own, sentences } from "./table.ts";
import type { Case, Notice, Row } from "./table.ts";
import { judge, judgeFault, lackingFor } from "./verdict.ts";

const names = Object.keys(cases) as Case[];

/** Recordings are made a few at a time: most of a test's time is waiting for its turn. */
const options = { timeout: 300_000 };

/** What of the suite is run, where not all of it. */
export interface Extent {
  /** What is tested, as the tests' title says it; by default the variant's name. */
  readonly title?: string;
  /** False for a further version of a library with which the faults are noticed already. */
  readonly faults?: false;
}

/**
 * Tests a job system: each case that must run for it, with its library imported and required; then
 * each case against the faults that it must notice; then that every case ran
 * that the harness does not name as one that cannot.
 * Call it once in a test file for each version. Where the harness's service is not installed, the tests are skipped
 * with a line that says how to get it; on CI they fail.
 */
export function conformance(harness: Harness, { title = variantOf(harness).name, faults: plants }: Extent = {}): void {
  const row = rowOf(harness);
  const must = names.filter((name) => row[name] === "must");
  withService(`${title} conforms`, harness.service, (service) => {
    let made: Recordings;
    beforeAll(() => {
      made = recordings(harness, service().env);
    });
    const ran: string[] = [];
    for (const format of ["esm", "cjs"] as const)
      describe.concurrent(format, options, () => {
        const look: Look = { harness, recording: (name) => made(name, format) };
        for (const name of names)
          test(titleOf(name, row), async () => {
            if (await judge(name, row[name], look)) ran.push(`${name} ${format}`);
          });
      });
    // A case that lacks its programs says so itself.
    const written = plants === false ? [] : must.filter((name) => lackingFor(name, { harness }).length === 0);
    const planted = written.flatMap((each) => faultsFor(each, harness));
    if (planted.length > 0)
      describe.concurrent("a planted fault is noticed", options, () => {
        for (const [name, fault] of planted)
          test(`${name} notices that ${faults[fault]}`, () =>
            judgeFault(name, fault, { harness, recording: (each) => made(each, "esm", fault) }));
      });
    test("every case that must run has run", ({ expect }) => {
      expect(ran.toSorted()).toEqual(must.flatMap((name) => [`${name} cjs`, `${name} esm`]).toSorted());
    });
  });
}

function titleOf(name: Case, row: Row): string {
  const entry = row[name];
  return entry === "must" ? sentences[name] : `cannot: ${sentences[name]}: ${entry.cannot}`;
}

const faultsFor = (name: Case, { proves, cannot }: Harness): [Case, Fault][] =>
  (Object.entries(noticed[name]) as [Fault, Notice][])
    .filter(([fault, notice]) => notice === "notices" && (proves === true || own[name] === fault))
    // Where a system has no place for a carrier, none can leak.
    .filter(([fault]) => fault !== "carrier-leaked" || cannot?.context === undefined)
    .map(([fault]) => [name, fault]);

/**
 * Tests that need a service: it is started once for all of them, and stopped after the last. Where
 * it is not installed they are skipped with a line that says how to get it; on CI they fail.
 * @param body is given a function that gives the service, once it has started.
 */
export function withService(title: string, service: Service | undefined, body: (running: () => Running) => void): void {
  const absence = service === undefined ? undefined : absenceOf(service, process.env);
  if (absence !== undefined)
    return test(title, ({ skip }) => {
      if (absence.fails) throw new Error(absence.line);
      skip(absence.line);
    });
  describe(title, () => {
    let running: Running | undefined;
    beforeAll(async () => {
      running = await (service ?? nothing).start();
    });
    afterAll(() => running?.[Symbol.asyncDispose]());
    body(() => {
      if (running === undefined) throw new Error(`${title}: the service is there only inside a test or a hook.`);
      return running;
    });
  });
}

const nothing: Pick<Service, "start"> = {
  start: () => Promise.resolve({ url: "", env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }),
};
