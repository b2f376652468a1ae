import { setImmediate } from "node:timers/promises";
import { refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import type { Conversion, Counts } from "./conversion.ts";
import { lines, table } from "./output.ts";
import type { Output } from "./output.ts";
import { progressOf } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { rejected } from "./reader.ts";
import type { AnswerError, Item } from "./reader.ts";
import { toFile, toPeople } from "./rejects.ts";
import type { Location, Rejects } from "./rejects.ts";
import { sender } from "./send.ts";
import { toEvents, toOtlp, toRecords, toSame } from "./target.ts";
import type { Result, Target } from "./target.ts";

/** So many different anomalies are kept. */
const mostAnomalies = 100;

/** Results that are handed out at a time when all is known. */
const portion = 200;

/** Takes what was read, writes it in the target format and counts what became of it. */
export class ResultWriter implements AsyncDisposable {
  readonly #conversion: Conversion;
  readonly #progress: Progress;
  readonly #rejects: Rejects;
  readonly #target: Target;
  readonly #output: Output;
  readonly #recognised = new Set<string>();
  readonly #anomalies = new Map<string, number>();
  #taken = 0;
  #written = 0;
  #other = 0;
  #rejected = 0;
  #anomalous = 0;
  #errors = 0;

  /**
   * @param total how many bytes there are to read, where that is known.
   * @throws CatalogueError where the file of rejects cannot be written.
   */
  constructor(conversion: Conversion, total: number | undefined) {
    this.#conversion = conversion;
    this.#progress = progressOf(total, conversion.host);
    this.#rejects = conversion.rejects === undefined ? toPeople(this.#say) : toFile(conversion.rejects);
    this.#target = targetOf(conversion);
    this.#output = this.#outputOf(conversion);
  }

  /** Takes the number of bytes that were read since the last time. */
  readonly onBytes = (bytes: number): void => this.#progress.read(bytes);

  /** Takes the name of what an input was recognised as. */
  recognise(name: string): void {
    this.#recognised.add(name);
  }

  /** Takes what was read, and writes what can be written of it. */
  put(item: Item, location?: Location): void {
    this.#taken += 1;
    if (item.kind === "error") return this.#putError(item, location);
    if (item.kind !== "events") return this.#hand(item, location);
    for (const { attributes } of item.events) this.#note(attributes["job.record.anomaly"]);
    for (const result of this.#target.take(item)) this.#hand(result, location);
  }

  /** Waits until what was handed on is written. */
  async flush(): Promise<void> {
    this.#progress.wrote(this.#written, this.#taken);
    await this.#output.flush();
    await this.#rejects.flush();
    // Writing to a file takes no turn of the event loop, and V8 tidies up in one.
    await setImmediate();
  }

  /** Writes what waited for the end. */
  async finish(): Promise<Counts> {
    let waiting = 0;
    for (const result of this.#target.finish()) {
      this.#hand(result);
      if (++waiting % portion === 0) await this.flush();
    }
    await this.flush();
    await this.#output.finish();
    await this.#rejects.finish();
    return {
      written: this.#written,
      other: this.#other,
      rejected: this.#rejected,
      errors: this.#errors,
      anomalous: this.#anomalous,
      anomalies: this.#anomalies,
      recognised: [...this.#recognised],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#progress.clear();
    this.#output[Symbol.dispose]();
    this.#target[Symbol.dispose]();
    // An error of theirs was reported already, or matters less than the one that ended the work.
    await this.#rejects.finish().catch(() => undefined);
  }

  /** An answer that is an error is reported, and also written where the target has a record for it. */
  #putError({ text, events }: AnswerError, location: Location | undefined): void {
    this.#errors += 1;
    this.#rejects.put(rejected(errorAnswer(text)), location);
    for (const result of this.#target.take({ kind: "events", events }))
      if (result.kind !== "other") this.#hand(result, location);
  }

  #note(anomaly: string | undefined): void {
    if (anomaly === undefined) return;
    this.#anomalous += 1;
    const count = this.#anomalies.get(anomaly) ?? 0;
    if (count > 0 || this.#anomalies.size < mostAnomalies) this.#anomalies.set(anomaly, count + 1);
  }

  #hand(result: Result, location?: Location): void {
    if (result.kind === "written") {
      this.#output.put(result);
      this.#written += result.count;
    } else if (result.kind === "other") this.#other += 1;
    else {
      this.#rejected += 1;
      this.#rejects.put(result, location);
    }
  }

  /** A line for people, in place of the bar. */
  readonly #say = (line: string): void => {
    this.#progress.clear();
    this.#conversion.host.stderr.write(`${line}\n`);
  };

  #outputOf({ endpoint, format, host }: Conversion): Output {
    if (endpoint === undefined) return format === "csv" ? table(host.stdout) : lines(host.stdout);
    return sender(endpoint, host, {
      say: this.#say,
      refused: (count, why) => {
        this.#written -= count;
        this.#rejected += count;
        this.#say(`The receiver did not take ${count} records: ${why}`);
      },
    });
  }
}

const errorAnswer = (text: string): Refusal => ({
  ...refuse("record", "a record", undefined),
  found: `an answer that is an error: ${JSON.stringify(text)}`,
});

function targetOf({ from, to, identity }: Conversion): Target {
  if (to === "events") return toEvents();
  if (to === "otlp") return toOtlp(identity.service ?? "jobtrail");
  // A name that is none was refused when the command was read.
  const schema = schemas[to] as Schema<object>;
  return from === to ? toSame(schema, identity) : toRecords(schema, identity);
}
