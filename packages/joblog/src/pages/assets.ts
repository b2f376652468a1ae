import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A file that the pages load. */
export interface Asset {
  readonly text: string;
  readonly type: string;
  /** Its path, which changes with its text, so that it may be kept for ever. */
  readonly path: string;
}

/** The files that the pages load, by name. */
export interface Assets {
  readonly style: Asset;
  readonly script: Asset;
  readonly icon: Asset;
}

let assets: Assets | undefined;

/** Reads the files, once; `assets` lies beside `src` and, in the package, beside `dist`. */
export const readAssets = (): Assets =>
  (assets ??= {
    style: read("style.css", "text/css; charset=utf-8"),
    script: read("live.js", "text/javascript; charset=utf-8"),
    icon: read("icon.svg", "image/svg+xml"),
  });

function read(name: string, type: string): Asset {
  const text = readFileSync(new URL(`../../assets/${name}`, import.meta.url), "utf8");
  const version = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { text, type, path: `/assets/${name}?v=${version}` };
}
