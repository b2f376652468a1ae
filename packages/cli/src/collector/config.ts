import type { Document } from "yaml";
import { z } from "zod";
import { failure } from "../errors.ts";

/** The section of the configuration that lists a component. */
export type Kind = "extensions" | "receivers" | "processors" | "connectors" | "exporters";

/** A pipeline, by the ids of its components. */
export interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** A configuration of the Collector, as far as this command reads it; every scalar is the text that was written. */
export interface Config extends Readonly<Record<Kind, Readonly<Record<string, unknown>>>> {
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<Record<string, Pipeline>>;
    readonly [key: string]: unknown;
  };
}

/** The value of a key without one, such as `nop:`. */
const nothing = z.literal("").transform(() => ({}));

const components = z.union([z.record(z.string(), z.unknown()), nothing]).default({});
const ids = z.array(z.string()).default([]);
const pipeline = z.object({ receivers: ids, processors: ids, exporters: ids });

const shape: z.ZodType<Config> = z.object({
  extensions: components,
  receivers: components,
  processors: components,
  connectors: components,
  exporters: components,
  service: z
    .looseObject({ extensions: ids, pipelines: z.record(z.string(), pipeline).default({}) })
    .default({ extensions: [], pipelines: {} }),
});

/** All sections that list components. */
export const kinds: readonly Kind[] = ["receivers", "processors", "connectors", "exporters", "extensions"];

/** The configuration that a document holds. */
export function configOf(document: Document, name: string): Config {
  const { data, error } = shape.safeParse(document.toJS());
  const [issue] = error?.issues ?? [];
  if (data === undefined) {
    throw failure("JOBTRAIL_FILE_INVALID", { name, reason: `${issue?.path.join(".")}: ${issue?.message}` });
  }
  return data;
}

/** The type of a component: `otlp_http` of `otlp_http/logs`. */
export const typeOf = (id: string): string => id.split("/")[0] ?? id;

/** A scalar and its path in the configuration. */
export interface Scalar {
  readonly path: readonly string[];
  readonly text: string;
}

/** Every scalar below a value. */
export function scalarsIn(value: unknown, path: readonly string[] = []): Scalar[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => scalarsIn(each, [...path, key]));
}

/** The value at a path below another value; undefined if there is none. */
export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined),
    value,
  );

/** Whether an exporter speaks OTLP over HTTP. */
export const isOtlpHttp = (id: string): boolean => typeOf(id) === "otlp_http";
