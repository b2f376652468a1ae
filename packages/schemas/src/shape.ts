import { z } from "zod";

/** A field that may be left out or be null. */
export const maybe = <T>(type: z.ZodType<T>): z.ZodExactOptional<z.ZodNullable<z.ZodType<T>>> =>
  type.nullable().exactOptional();

/** Any text. */
export const text: z.ZodType<string> = z.string();

/** A text that says something. */
export const word: z.ZodType<string> = z.string().min(1);

/** Any number, with or without a fraction. */
export const number: z.ZodType<number> = z.number();

/** True or false. */
export const flag: z.ZodType<boolean> = z.boolean();

/** ISO 8601 with a zone and any number of digits; an empty text says that there is none. */
export const time: z.ZodType<string> = z.union([z.iso.datetime({ offset: true }), z.literal("")]);

/** Anything at all. */
export const anything: z.ZodType = z.unknown();
