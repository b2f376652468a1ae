import type { JobQuery } from "../query/query.ts";

/**
 * Finds the jobs that a schema may have given an id: one whose own id it is, and one whose uid it was made of. Whoever
 * asks compares the id of what is found.
 */
export function queriesForId(id: string): readonly JobQuery[] {
  const queries: JobQuery[] = [{ where: [{ field: "id", op: "is", value: id }] }];
  const uid = uidIn(id);
  return uid === undefined ? queries : [...queries, { where: [{ field: "uid", op: "prefix", value: uid }] }];
}

/** How a uid begins from which an id was made: all of it, or the digits that a UUID or a shorter id leaves. */
function uidIn(id: string): string | undefined {
  const [whole] = /^[\da-f]{32}(?=$|[-/])/.exec(id) ?? [];
  if (whole !== undefined) return whole;
  const digits = id.replaceAll("-", "");
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return digits.slice(0, 12);
  return /^[\da-f]{24}$/.test(id) ? id : undefined;
}
