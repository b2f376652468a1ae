import { jobtrail } from "../../../packages/cli/test/command.ts";
import { backendAt, startCollector } from "../otelcol.ts";
import type { Collector } from "../otelcol.ts";
import { sumOf } from "../samples.ts";
import { recordsIn, secondSinkOf } from "../second-sink.ts";
import { uidsOf } from "../traffic.ts";
import { Backend } from "./backend.ts";
import { cases, exporter } from "./case.ts";
import type { Case, Size } from "./case.ts";
import { Sender } from "./sender.ts";
import type { Sending } from "./sender.ts";

/** What came of a case, in records. */
export interface Outcome {
  readonly name: string;
  readonly sent: number;
  /** Those that a sender got a 200 for. */
  readonly acknowledged: number;
  /** Different ones that the backend got. */
  readonly delivered: number;
  /** Acknowledged, and not delivered. */
  readonly lost: number;
  /** How many more the backend got than different ones. */
  readonly duplicates: number;
  /** Acknowledged ones that the second sink has. */
  readonly sunk: number;
  /** How many more the second sink has than different ones. */
  readonly sunkAgain: number;
  /** Acknowledged, and not delivered even after `jobtrail collector resend`. */
  readonly lostAfterResend: number;
  /** What the sender was answered, and how often. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Runs a case with a Collector of its own. @throws Error where the case does not come to its end. */
export async function outcomeOf(name: string, asked: Size): Promise<Outcome> {
  const { env, size, sending, run } = caseOf(name);
  const { records, bodyBytes, outageMs }: Size = { ...asked, ...size };
  const plan: Sending = { ...ordinary, records, bodyBytes, ...sending };
  const start = performance.now();
  await using backend = new Backend(records);
  await backend.up();
  await using collector = await startCollector({
    config: ["base.yaml", "agent.yaml", backendAt(backend.url), soon],
    env: env?.(records * (bodyBytes + ownBytes)) ?? {},
  });
  await using sender = new Sender(collector.http, plan);
  await run({ collector, backend, sender, records, outageMs });
  await untilQuiet(collector, backend);
  const lost = lostOf(sender, backend);
  const duplicates = backend.counts.reduce((sum, count) => sum + count, 0) - backend.unique;
  const delivered = backend.unique;
  const { sunk, sunkAgain } = await sunkOf(collector, sender);
  await resend(secondSinkOf(collector), backend.url);
  return {
    name,
    sent: records,
    acknowledged: sender.count,
    delivered,
    lost,
    duplicates,
    sunk,
    sunkAgain,
    lostAfterResend: lostOf(sender, backend),
    answers: Object.fromEntries(sender.answers),
    seconds: (performance.now() - start) / 1000,
  };
}

/**
 * Whether every acknowledged record is in the second sink, and with the backend: by itself, or by a resend where the
 * Collector had to give up.
 */
export const isAsPromised = ({ name, sent, acknowledged, lost, sunk, lostAfterResend }: Outcome): boolean =>
  acknowledged === sent &&
  sunk === acknowledged &&
  lostAfterResend === 0 &&
  (caseOf(name).drops === true ? lost > 0 : lost === 0);

function caseOf(name: string): Case {
  const found = cases[name];
  if (found === undefined) throw new Error(`There is no case "${name}". There are: ${Object.keys(cases).join("; ")}.`);
  return found;
}

/** As an SDK sends: four processes, fifty records at a time, ten seconds of patience. */
const ordinary: Omit<Sending, "records" | "bodyBytes"> = { perRequest: 50, parallel: 4, timeoutMs: 10_000 };

/** What a record has without its text, in bytes. */
const ownBytes = 300;

/** The exporter asks again at once, where it would wait for half a minute after a long outage. */
const soon = `yaml:exporters: {${exporter}: {retry_on_failure: {initial_interval: 100ms, max_interval: 1s}}}`;

/** How many acknowledged records the backend has not got. */
const lostOf = (sender: Sender, backend: Backend): number =>
  sender.acknowledged.reduce(
    (sum, acknowledged, n) => sum + (acknowledged === 1 && backend.counts[n] === 0 ? 1 : 0),
    0,
  );

/** Waits until the Collector has nothing left to send, and the backend nothing left to answer. */
const untilQuiet = (collector: Collector, backend: Backend): Promise<void> =>
  collector.waitForMetrics(
    (samples) => backend.open === 0 && sumOf(samples, "otelcol_exporter_queue_size", { exporter }) === 0,
    /queue_size/,
  );

async function sunkOf(collector: Collector, sender: Sender): Promise<{ sunk: number; sunkAgain: number }> {
  const found = new Uint8Array(sender.acknowledged.length);
  let all = 0;
  for await (const records of recordsIn(secondSinkOf(collector)))
    for (const uid of uidsOf(records)) {
      found[Number.parseInt(uid, 16)] = 1;
      all++;
    }
  const sunk = found.reduce((sum, each, n) => sum + (each === 1 && sender.acknowledged[n] === 1 ? 1 : 0), 0);
  return { sunk, sunkAgain: all - found.reduce((sum, each) => sum + each, 0) };
}

/** What an operator does when the backend is well again. */
async function resend(folder: string, url: string): Promise<void> {
  await using command = jobtrail(["collector", "resend", folder, "--endpoint", url]);
  const { code, err } = await command.ended;
  // 2: a kill has left a part of a request, which was never acknowledged.
  if (code !== 0 && code !== 2) throw new Error(`jobtrail collector resend ended with ${code}: ${err}`);
}
