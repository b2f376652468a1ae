import type { Document } from "yaml";
import { z } from "zod";
import { Fault } from "./fault.ts";

/** What a component stands under. */
export type Kind = "extensions" | "receivers" | "processors" | "connectors" | "exporters";

/** What goes through a Collector, by the ids of components. */
export interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** A configuration of the Collector, as far as we look into it; every scalar is the text that was written. */
export interface Config extends Readonly<Record<Kind, Readonly<Record<string, unknown>>>> {
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<Record<string, Pipeline>>;
    readonly [key: string]: unknown;
  };
}

/** What a key has that stands with nothing after it, such as `nop:`. */
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

/** All places where components stand. */
export const kinds: readonly Kind[] = ["receivers", "processors", "connectors", "exporters", "extensions"];

/** The configuration that a document holds. */
export function configOf(document: Document, name: string): Config {
  const { data, error } = shape.safeParse(document.toJS());
  const [issue] = error?.issues ?? [];
  if (data === undefined) throw new Fault(`${name}: ${issue?.path.join(".")}: ${issue?.message}.`);
  return data;
}

/** The type of a component: `otlp_http` of `otlp_http/logs`. */
export const typeOf = (id: string): string => id.split("/")[0] ?? id;

/** A scalar and where it stands. */
export interface Place {
  readonly path: readonly string[];
  readonly text: string;
}

/** Every scalar below a value. */
export function placesIn(value: unknown, path: readonly string[] = []): Place[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]));
}

/** A value below another; nothing where there is none. */
export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined),
    value,
  );

/** Whether an exporter speaks OTLP over HTTP. */
export const isOtlpHttp = (id: string): boolean => typeOf(id) === "otlp_http";
