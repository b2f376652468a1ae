import { hash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Scope } from "./scope.ts";

/** A user with a password. */
export interface UserCredential {
  readonly user: string;
  readonly password: string;
  readonly scope: Scope;
}

/** A super user of HarperDB may search; anyone may ask for a job by its id. */
export interface HarperCredential extends UserCredential {
  readonly super_user: boolean;
}

/** An API key of Devo with the secret that signs requests. */
export interface SigningCredential {
  readonly key: string;
  readonly secret: string;
  readonly scope: Scope;
}

/** A token that is sent as it is. */
export interface TokenCredential {
  readonly token: string;
  readonly scope: Scope;
}

/** The value of `X-Api-Key`. */
export interface KeyCredential {
  readonly key: string;
  readonly scope: Scope;
}

/** Who may ask in which way, and for which jobs. */
export interface Credentials {
  readonly harperdb: readonly HarperCredential[];
  readonly devo: readonly (SigningCredential | TokenCredential)[];
  readonly "product-live": readonly KeyCredential[];
  readonly qlik: readonly TokenCredential[];
  readonly "better-content-archiving": readonly UserCredential[];
  /** Signs what is delivered to the webhook. */
  readonly "qlik-webhook"?: { readonly secret: string } | undefined;
}

const text: z.ZodType<string> = z.string().min(1);

const scope: z.ZodType<Scope> = z.strictObject({
  tenant: text.optional(),
  account: text.optional(),
  space: text.optional(),
  queue: text.optional(),
});

const user = { user: text, password: text, scope: scope.default({}) };
// It stands in a header, behind a blank.
const token = z.strictObject({
  token: z.string().regex(/^[!-~]+$/, "expected a token without blanks"),
  scope: scope.default({}),
});
const signing = z.strictObject({ key: text, secret: text, scope: scope.default({}) });

const shape: z.ZodType<Credentials> = z.strictObject({
  harperdb: z.array(z.strictObject({ ...user, super_user: z.boolean().default(false) })).default([]),
  devo: z.array(z.union([signing, token], "expected a key with its secret, or a token")).default([]),
  "product-live": z.array(z.strictObject({ key: text, scope: scope.default({}) })).default([]),
  qlik: z.array(token).default([]),
  "better-content-archiving": z.array(z.strictObject(user)).default([]),
  // As long as Qlik's own may be.
  "qlik-webhook": z.strictObject({ secret: z.string().min(32).max(64) }).optional(),
});

/** A fault in a file of credentials: where it is, and what was expected there. No value is repeated. */
export interface CredentialFault {
  readonly path: string;
  readonly expected: string;
}

/** Reads the value of a file of credentials. */
export function readCredentials(value: unknown): Credentials | CredentialFault {
  const result = shape.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return { path: issue?.path.join(".") || "the file", expected: issue?.message ?? "credentials" };
}

/** Whether credentials could not be read. */
export const isCredentialFault = (value: Credentials | CredentialFault): value is CredentialFault => "path" in value;

/** What stands for each key, password and token where no file is given; then only this machine is answered. */
export const developmentKey = "development";

/** The user, or the API key, that goes with it. */
export const developmentUser = "jobtrail";

/** The credentials of a job log that is asked by its own machine alone. */
export const development: Credentials = {
  harperdb: [{ user: developmentUser, password: developmentKey, super_user: true, scope: {} }],
  devo: [
    { key: developmentUser, secret: developmentKey, scope: {} },
    { token: developmentKey, scope: {} },
  ],
  "product-live": [{ key: developmentKey, scope: {} }],
  qlik: [{ token: developmentKey, scope: {} }],
  "better-content-archiving": [{ user: developmentUser, password: developmentKey, scope: {} }],
};

/** Whether two secrets are equal, in a time that says nothing of either. */
export const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** The credential that fits; all are looked at, so that the time says nothing of which. */
export function fitting<C>(all: readonly C[], fits: (credential: C) => boolean): C | undefined {
  let found: C | undefined;
  for (const credential of all) if (fits(credential)) found = credential;
  return found;
}

/** The user and the password of an `Authorization: Basic` header. */
export function basicIn(header: string | undefined): { readonly user: string; readonly password: string } | undefined {
  const [, encoded] = /^basic +([\w+/=-]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const digest = (text: string): Buffer => hash("sha256", text, "buffer");
