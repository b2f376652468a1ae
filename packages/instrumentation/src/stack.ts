/** How many frames more an error keeps while our own calls are below it: ours, OpenTelemetry's and Node's between them. */
const room = 24;

const own = Error as { stackTraceLimit?: unknown };

/** The host's limit, while ours is in force. */
let limit: number | undefined;
let depth = 0;

/**
 * Lets errors keep more frames for the length of a synchronous call, so that ours push out none of
 * the host's. `stripped` takes ours away again. `shallower` ends it.
 */
export function deeper(): void {
  if (depth === 0) {
    const current = own.stackTraceLimit;
    limit = typeof current === "number" && current > 0 && current < 200 ? current : undefined;
    if (limit !== undefined) setLimit(limit + room);
  }
  depth++;
}

/** Ends what `deeper` began. */
export function shallower(): void {
  depth--;
  // A host that has set a limit of its own meanwhile keeps it.
  if (depth === 0 && limit !== undefined && own.stackTraceLimit === limit + room) setLimit(limit);
}

/** Ten times cheaper than `Reflect.set`; a host may have frozen it. */
function setLimit(most: number): void {
  try {
    own.stackTraceLimit = most;
  } catch {
    // Then the host's limit holds.
  }
}

/** The wrapper of a library's function; in a bundle its file has another name, and this one frame stays. */
const wrapper = /[\\/]instrumentation[\\/](?:src|dist)[\\/]tap\.[jt]s:/;

/** Frames that are there because of us: from the call of the library's function down to its wrapper. */
const inner = "jobtrailCall";
const outer = "jobtrailAround";
const awaiting = "jobtrailSettled";

/** The same error, without our frames in its stack, and with no more frames than the host's limit allows. */
export function stripped(thrown: unknown): unknown {
  try {
    if (!(thrown instanceof Error)) return thrown;
    const { stack } = thrown;
    if (typeof stack !== "string") return thrown;
    const clean = withoutOurs(stack);
    if (clean !== stack) thrown.stack = clean;
  } catch {
    // Frozen, or with a stack that cannot be read: it stays as it is.
  }
  return thrown;
}

function withoutOurs(stack: string): string {
  const lines = stack.split("\n");
  const isFrame = (line: string): boolean => /^\s+at /.test(line);
  const kept: string[] = [];
  let wasInside = false;
  let isBetween = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (!isFrame(line)) kept.push(line);
    else if (line.includes(inner)) wasInside = isBetween = true;
    else if (line.includes(outer)) {
      isBetween = false;
      // The next one is the wrapper, which has the name of the library's function.
      at++;
    } else if (!isBetween && !line.includes(awaiting) && !wrapper.test(line)) kept.push(line);
  }
  return (wasInside ? cut(kept, isFrame) : kept).join("\n");
}

/** What was made inside of our calls has room for our frames, which are gone by now. */
function cut(lines: readonly string[], isFrame: (line: string) => boolean): readonly string[] {
  const most = depth > 0 ? limit : own.stackTraceLimit;
  if (typeof most !== "number") return lines;
  let frames = 0;
  return lines.filter((line) => !isFrame(line) || frames++ < most);
}
