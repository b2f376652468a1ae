import { AsyncLocalStorage } from "node:async_hooks";
import type { ActorType } from "@jobtrail/conventions";
import type { Context } from "@opentelemetry/api";

/** Who asks for a job. */
export interface Actor {
  readonly type?: ActorType;
  readonly id: string;
  readonly name?: string;
}

/** Whose job it is: a space, an account, a project. */
export interface JobScope {
  readonly type?: string;
  readonly id: string;
  readonly name?: string;
}

/** Receives what `count` says inside a run. */
export interface Counting {
  count(counters: Readonly<Record<string, number>>): void;
}

/** What is known at a point of the program. */
export interface Ambient {
  readonly actor?: Actor | undefined;
  readonly scope?: JobScope | undefined;
  readonly run?: Counting | undefined;
  /** OpenTelemetry's, where nobody registered a context manager. */
  readonly context?: Context | undefined;
}

const key: unique symbol = Symbol.for("jobtrail.ambient.1");

/** One storage for all copies of this package. It is not OpenTelemetry's, since it works without a context manager. */
export const storage: AsyncLocalStorage<Ambient> = ((globalThis as { [key]?: AsyncLocalStorage<Ambient> })[key] ??=
  new AsyncLocalStorage<Ambient>());
