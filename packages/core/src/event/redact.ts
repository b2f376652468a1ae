/** The longest error message that is kept, in characters. */
export const messageLimit = 2048;

/** The longest stack trace that is kept, in characters. */
export const stackLimit = 8192;

/** What is put in the place of a secret. */
export const secret = "[secret]";

/** Rewrites a text before it is kept. */
export type Redact = (text: string) => string;

/** Secrets that stand in error texts again and again: credentials in URLs and headers, keys, tokens. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]{0,256}:)[^\s@/]{1,256}@/gi, `$1${secret}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${secret}`],
  [
    /\b((?:api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd|secret|token)["']?\s*[=:]\s*["']?)[^\s"',;&]{3,}/gi,
    `$1${secret}`,
  ],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, secret],
  [/\bAKIA[0-9A-Z]{16}\b/g, secret],
];

/** Replaces what looks like a secret, and nothing else. */
export const withoutSecrets: Redact = (text) =>
  patterns.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);

/** Cuts a text to a limit, marking the cut; never inside a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, end)}…`;
}
