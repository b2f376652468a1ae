import { TraceFlags } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";

/** Whether a span is kept, by its parent where it has one that counts, else by its trace. */
export type Sampler = (parent: SpanContext | undefined, traceId: string) => boolean;

/** The sampler that `OTEL_TRACES_SAMPLER` names; by default every span is kept whose parent is, and every root. */
export function samplerIn(env: NodeJS.ProcessEnv): Sampler {
  const name = env["OTEL_TRACES_SAMPLER"]?.trim() ?? "";
  const share = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
  const root = roots.get(name.replace(/^parentbased_/, ""))?.(share) ?? (() => true);
  if (name !== "" && !name.startsWith("parentbased_")) return (_, traceId) => root(traceId);
  return (parent, traceId) => (parent === undefined ? root(traceId) : (parent.traceFlags & TraceFlags.SAMPLED) !== 0);
}

const roots: ReadonlyMap<string, (share: number) => (traceId: string) => boolean> = new Map([
  ["always_on", () => () => true],
  ["always_off", () => () => false],
  ["traceidratio", (share: number) => ratio(share >= 0 && share <= 1 ? share : 1)],
]);

/** Keeps a share of all traces, the same ones in every process. */
function ratio(share: number): (traceId: string) => boolean {
  const bound = share === 1 ? 0x1_0000_0000 : Math.floor(share * 0xffff_ffff);
  return (traceId) => {
    let folded = 0;
    for (let i = 0; i < 32; i += 8) folded = (folded ^ Number.parseInt(traceId.slice(i, i + 8), 16)) >>> 0;
    return folded < bound;
  };
}
