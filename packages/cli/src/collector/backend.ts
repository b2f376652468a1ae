import { nearest } from "@jobtrail/conventions";
import type { Document } from "yaml";
import { read } from "./document.ts";
import { failure } from "../errors.ts";
import { namesIn, textOf } from "./files.ts";
import { headerOf } from "./header.ts";
import type { Header } from "./header.ts";

/** A backend: its name, the header of its file, and the configuration in its file. */
export interface Backend extends Header {
  readonly name: string;
  /** Its file, such as `backends/loki.yaml`. */
  readonly file: string;
  readonly document: Document;
}

/** Finds a backend by its name. @throws CatalogueError with the nearest name if there is none. */
export function backendOf(name: string): Backend {
  const names = namesIn("backends");
  if (!names.includes(name)) throw failure("JOBTRAIL_BACKEND_UNKNOWN", { name, nearest: nearest(name, names) });
  const file = `backends/${name}.yaml`;
  const text = textOf(file);
  return { name, file, document: read(text, file), ...headerOf(text, file) };
}

/** Every backend, by name. */
export const allBackends = (): Backend[] => namesIn("backends").map(backendOf);

/** The file of a fragment. @throws CatalogueError with the nearest name if there is none. */
export function fragmentOf(name: string): string {
  const names = namesIn("fragments");
  if (names.includes(name)) return `fragments/${name}.yaml`;
  throw failure("JOBTRAIL_FRAGMENT_UNKNOWN", { name, nearest: nearest(name, names), all: names.join(", ") });
}
