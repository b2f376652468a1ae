import { readFileSync } from "node:fs";
import { z } from "zod";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `10s`, `5m`, `6h` or `1d`, in milliseconds. */
export const duration: z.ZodType<number> = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, "expected a time such as 10s, 5m, 6h or 1d")
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? 0));

/** A text that says something. */
export const word: z.ZodType<string> = z.string().min(1);

/** The address of a server. That it has TLS unless it is on this machine is checked where its path in the file is known. */
export const address: z.ZodType<string> = z.url({ protocol: /^https?$/, error: "expected an https:// address" });

/** The text of a file whose path the configuration has. */
const fileText: z.ZodType<string> = word.transform((path, context) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    context.addIssue({ code: "custom", message: `expected a file that can be read, not ${path}` });
    return z.NEVER;
  }
});

/** What all bridges may say. */
export interface CommonConfig {
  /** Tells two bridges to one system apart. */
  readonly name?: string | undefined;
  /** How often it is polled, in milliseconds. */
  readonly every?: number | undefined;
  /** After how many milliseconds a run that has not ended is reported as stalled. */
  readonly stalledAfter?: number | undefined;
}

/** What bridges that ask a server may say besides. */
export interface ServerConfig extends CommonConfig {
  readonly url: string;
  /** The certificate of an own certificate authority, in PEM; the configuration has the path of its file. */
  readonly ca?: string | undefined;
  /** Requests a minute at most. */
  readonly perMinute?: number | undefined;
}

type Optional<T> = z.ZodOptional<z.ZodType<T>>;

/** The shape of what all bridges may say. */
export const common: {
  readonly name: Optional<string>;
  readonly every: Optional<number>;
  readonly stalledAfter: Optional<number>;
} = {
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, "expected letters, digits, dots, - and _")
    .optional(),
  every: duration.optional(),
  stalledAfter: duration.optional(),
};

/** The shape of what bridges that ask a server may say besides. */
export const server: typeof common & {
  readonly url: z.ZodType<string>;
  readonly ca: Optional<string>;
  readonly perMinute: Optional<number>;
} = {
  ...common,
  url: address,
  ca: fileText.optional(),
  perMinute: z.number().min(1).optional(),
};
