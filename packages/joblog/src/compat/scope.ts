import type { Condition, JobQuery } from "../query/query.ts";

/** Which jobs a credential may see; without any part, all of them. */
export interface Scope {
  readonly tenant?: string | undefined;
  /** What some systems call the tenant. */
  readonly account?: string | undefined;
  /** Whose jobs they are: a space, or any other scope. */
  readonly space?: string | undefined;
  readonly queue?: string | undefined;
}

/** Whether a scope leaves nothing out. */
export const isWhole = (scope: Scope): boolean => limitsOf(scope).length === 0;

const fieldOf = { tenant: "tenant", account: "tenant", space: "scope", queue: "queue" } as const;

/**
 * A query that finds nothing outside of a scope. Conditions of one field are alternatives, so the query's own must not
 * stand beside the scope's: of a field that the scope names only its own value can be asked for.
 */
export function within({ where, ...rest }: JobQuery, scope: Scope): JobQuery {
  const limits = limitsOf(scope);
  const isLimited = ({ field, op }: Condition): boolean => op === "is" && limits.some((each) => each.field === field);
  const isOutside = limits.some(({ field, value }) => {
    const asked = where.filter((each) => each.op === "is" && each.field === field);
    const isOther = limits.some((each) => each.field === field && each.value !== value);
    return isOther || (asked.length > 0 && !asked.some((each) => each.value === value));
  });
  if (isOutside) return { ...rest, where: nowhere };
  return { ...rest, where: [...where.filter((each) => !isLimited(each)), ...limits] };
}

/** No job has an empty uid. */
const nowhere: readonly Condition[] = [{ field: "uid", op: "is", value: "" }];

const limitsOf = (scope: Scope): readonly Condition[] =>
  (Object.keys(fieldOf) as (keyof Scope)[]).flatMap((key): Condition[] => {
    const value = scope[key];
    return value === undefined ? [] : [{ field: fieldOf[key], op: "is", value }];
  });
