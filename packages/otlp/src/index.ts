export { countPoints, decodePoints } from "./metrics.ts";
export type { PointData } from "./metrics.ts";
export { decodeLogs, encodeLogs } from "./logs.ts";
export type { DecodedLogs, Received, Refused } from "./logs.ts";
export { encodeResponse, encodeStatus } from "./response.ts";
export type { Signal } from "./response.ts";
export type { Encoding, InstrumentationScope, Resource } from "./envelope.ts";
export { countSpans, decodeSpans } from "./spans.ts";
export type { LinkData, SpanData } from "./spans.ts";
