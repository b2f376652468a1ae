import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { readBody } from "../../../packages/otlp/src/envelope.ts";
import { many, one } from "../../../packages/otlp/src/field.ts";
import { double, int64, text } from "../../../packages/otlp/src/kind.ts";
import { message } from "../../../packages/otlp/src/message.ts";

/** A series of a remote write, with its last value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The series of a remote write of version 1; a refusal where it cannot be read. */
export function seriesIn(body: Uint8Array): readonly Series[] | Refusal {
  const request = readBody(body, "protobuf", writeRequest);
  if (isRefusal(request)) return request;
  return (request.timeseries ?? []).map(({ labels = [], samples = [] }) => {
    const { __name__: name = "", ...others } = Object.fromEntries(
      labels.map((label) => [label.name ?? "", label.value ?? ""]),
    );
    return { name, labels: others, value: samples.at(-1)?.value ?? 0 };
  });
}

interface WireLabel {
  name?: string;
  value?: string;
}

interface WireSample {
  value?: number;
  timestamp?: number | bigint;
}

interface WireSeries {
  labels?: WireLabel[];
  samples?: WireSample[];
}

const series = message<WireSeries>({
  labels: many(1, message<WireLabel>({ name: one(1, text), value: one(2, text) })),
  samples: many(2, message<WireSample>({ value: one(1, double), timestamp: one(2, int64) })),
});

const writeRequest = message<{ timeseries?: WireSeries[] }>({ timeseries: many(1, series) });
