import type { Answer, Failed } from "@jobtrail/delivery";

/** Go's messages for a failed request, and Node's code for the same failure; the first match counts. */
const codes: readonly (readonly [words: RegExp, code: string])[] = [
  [/unsupported protocol scheme|first path segment in URL|missing protocol scheme/i, "ERR_INVALID_URL"],
  [/invalid header field/i, "ERR_INVALID_CHAR"],
  [/proxyconnect|proxy .*refused|Proxy Authentication/i, "ERR_PROXY_TUNNEL"],
  [/connection refused/i, "ECONNREFUSED"],
  [/no such host/i, "ENOTFOUND"],
  [/server misbehaving|name resolution/i, "EAI_AGAIN"],
  [/no route to host|network is unreachable/i, "ENETUNREACH"],
  [/gave HTTP response to HTTPS|does not look like a TLS handshake/i, "EPROTO"],
  [/remote error: tls|tls: (handshake failure|certificate required)/i, "EPROTO"],
  [/certificate has expired|is not yet valid/i, "CERT_HAS_EXPIRED"],
  [/certificate is (not )?valid for|IP SANs|not .* match/i, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/x509|certificate/i, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [/malformed HTTP|HTTP\/0\.9|frame too large|http2/i, "HPE_INVALID_CONSTANT"],
  [/i\/o timeout|deadline exceeded|Client\.Timeout|DeadlineExceeded/i, "ETIMEDOUT"],
  [/connection reset|broken pipe|\bEOF\b|server closed/i, "ECONNRESET"],
];

/** The backend's answer in the message of a Collector's exporter; undefined if the message does not hold it. */
export function answerIn(message: string): Answer | undefined {
  const match = /^(.*?)\bHTTP(?: status)?(?: code)? (\d{3})\b[ ,;]*(.*)$/is.exec(message);
  if (match === null) return failureIn(message);
  const [, , code, after = ""] = match;
  const status = Number(code);
  // The exporter otlp_http wraps the answer's message like this.
  const said = after.replace(/^Message=(.*), Details=\[\]$/s, "$1");
  if (status === 429 || (status >= 502 && status <= 504)) return { kind: "busy", status, message: said };
  return { kind: "refused", status, message: said, isPage: /<html/i.test(said) };
}

function failureIn(message: string): Failed | undefined {
  const code = codes.find(([words]) => words.test(message))?.[1];
  if (code === undefined) return undefined;
  const alert = /remote error: tls|handshake failure/i.test(message) ? "alert" : "";
  const connected = !/\bdial\b/i.test(message);
  return { kind: "failed", code, message: alert || message, connected, reused: false, isLasting: false };
}

/** The address that a message names. */
export const addressIn = (message: string): string | undefined => /https?:\/\/[^\s"]+/.exec(message)?.[0];
