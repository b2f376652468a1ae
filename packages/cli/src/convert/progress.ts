/** What is shown while the work goes on. */
export interface Progress {
  /** Says how many bytes were read since the last time. */
  read(bytes: number): void;
  /** Says how many records were written up to now. */
  wrote(records: number): void;
  /** Takes it away. */
  clear(): void;
}

const width = 24;
const everyMs = 100;

/** A bar on a terminal; nothing where nobody sees it, or where the records themselves go to the terminal. */
export function progressOf(total: number | undefined): Progress {
  const isSeen = process.stderr.isTTY && !process.stdout.isTTY;
  let bytes = 0;
  let records = 0;
  let shown = 0;
  const show = (): void => {
    if (!isSeen || Date.now() - shown < everyMs) return;
    shown = Date.now();
    process.stderr.write(`\r${bar(bytes, total)} ${records.toLocaleString("en")} records\u001B[K`);
  };
  return {
    read(more) {
      bytes += more;
      show();
    },
    wrote(now) {
      records = now;
    },
    clear() {
      if (shown > 0) process.stderr.write("\r\u001B[K");
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
