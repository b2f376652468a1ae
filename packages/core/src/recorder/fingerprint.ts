// An import of it would read all its getters, and so load what they stand for: 6 ms.
const { createHash } = process.getBuiltinModule("node:crypto");

/** Size in bytes and SHA-256 in hex of a value's JSON text; nothing where it has none. */
export function fingerprint(value: unknown): { readonly size: number; readonly hash: string } | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  return { size: Buffer.byteLength(text), hash: createHash("sha256").update(text).digest("hex") };
}

function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
