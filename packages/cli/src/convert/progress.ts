import type { Host } from "./host.ts";

/** What is shown while the work goes on. */
export interface Progress {
  /** Says how many bytes were read since the last time. */
  read(bytes: number): void;
  /** Says how many records were written up to now, and how many were read where these are not the same. */
  wrote(records: number, taken?: number): void;
  /** Takes it away. */
  clear(): void;
}

const width = 24;
const everyMs = 100;

/** A bar on a terminal; nothing where nobody sees it, or where the records themselves go to the terminal. */
export function progressOf(
  total: number | undefined,
  { stdout, stderr }: Pick<Host, "stdout" | "stderr"> = process,
): Progress {
  const isSeen = stderr.isTTY === true && stdout.isTTY !== true;
  let bytes = 0;
  let said = "";
  let shown = 0;
  const show = (): void => {
    if (!isSeen || said === "" || Date.now() - shown < everyMs) return;
    shown = Date.now();
    stderr.write(`\r${bar(bytes, total)} ${said}\u001B[K`);
  };
  return {
    read(more) {
      bytes += more;
      show();
    },
    wrote(records, taken) {
      said = taken === undefined ? `${number(records)} records` : `${number(taken)} read, ${number(records)} written`;
      show();
    },
    clear() {
      if (shown > 0) stderr.write("\r\u001B[K");
      shown = 0;
    },
  };
}

function bar(bytes: number, total: number | undefined): string {
  if (total === undefined || total === 0) return `${(bytes / 1e6).toFixed(1)} MB,`;
  const part = Math.min(1, bytes / total);
  const done = Math.floor(part * width);
  return `[${"#".repeat(done)}${" ".repeat(width - done)}] ${String(Math.floor(part * 100)).padStart(3)} %,`;
}

const number = (count: number): string => count.toLocaleString("en");
