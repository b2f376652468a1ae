import type { JobAttributes } from "@jobtrail/conventions";

// An import of it would read all its getters, and so load what they stand for: 6 ms.
const { hash, randomBytes } = process.getBuiltinModule("node:crypto");

/** What makes a job itself and no other. `created` only where the system uses ids again. */
export interface JobIdentity {
  readonly system: string;
  readonly namespace?: string | undefined;
  readonly queue?: string | undefined;
  readonly id: string;
  /** The stored time of creation, as its system writes it. */
  readonly created?: string | number | undefined;
}

/** `job.uid`: 32 hex digits of SHA-256 over system, namespace, queue, id and time of creation. */
export const jobUid = ({ id, created = "", ...place }: JobIdentity): string => uidFrom(uidPrefix(place), id, created);

/** What the hashed texts of one queue's jobs begin with. */
export const uidPrefix = ({ system, namespace = "", queue = "" }: Omit<JobIdentity, "id" | "created">): string =>
  `${escape(system)}/${escape(namespace)}/${escape(queue)}/`;

/** `job.uid` of a job of the queue that has this prefix. */
export const uidFrom = (prefix: string, id: string, created: string | number): string =>
  hash("sha256", `${prefix}${escape(id)}/${created}`).slice(0, 32);

/**
 * What `job.uid` would be if the system never used an id again; none where the id is not known. A record that
 * does not name its job is matched with the jobs that share this.
 */
export function uidWithoutCreation(attributes: JobAttributes): string | undefined {
  const { "job.system.name": system = "", "job.namespace": namespace, "job.queue.name": queue } = attributes;
  const id = attributes["job.id"];
  return id === undefined ? undefined : jobUid({ system, namespace, queue, id });
}

/** Keeps the parts of an identity apart, whatever they hold: `a/b` + `c` is not `a` + `b/c`. */
const escape = (part: string): string =>
  part.includes("/") || part.includes("~") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;

/**
 * `job.run.uid`: the job's uid and a mark that makes the run unique in its system and for all
 * observers, such as the stored time of its start. Never the attempt alone: counters restart.
 */
export const runUid = (uid: string, mark: string | number): string => `${uid}-${mark}`;

/** What this process has in common for all copies of this package. */
interface Process {
  /** 16 hex digits, made once per process. */
  readonly instance: string;
  sequence: number;
}

const key: unique symbol = Symbol.for("jobtrail.process.1");
const shared = ((globalThis as { [key]?: Process })[key] ??= {
  instance: randomBytes(8).toString("hex"),
  sequence: 0,
});

/** 16 hex digits that stand for this process and no other. */
export const processInstance: string = shared.instance;

/** The next `job.event.sequence` of this process, from 1 and without a hole. */
export const nextSequence = (): number => ++shared.sequence;

/** `log.record.uid` of a hook's record: the process and the record's sequence. */
export const recordUid = (sequence: number): string => `${processInstance}-${sequence.toString(36)}`;
