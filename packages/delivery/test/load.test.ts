import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const script = `
  await import("@jobtrail/delivery");
  const http = (name) => /_http_|\\bhttps?$|undici|\\bzlib$/.test(name);
  const atLoad = process.moduleLoadList.filter(http);
  const { sender } = await import("@jobtrail/delivery");
  const endpoint = { headers: {}, encoding: "json", gzip: false, timeoutMs: 100, tls: {} };
  await sender({ ...endpoint, url: "http://127.0.0.1:1/v1/logs" })(new Uint8Array());
  const atFirst = process.moduleLoadList.filter(http);
  const has = (names, wanted) => names.some((each) => each.endsWith(wanted));
  console.log(JSON.stringify({ atLoad, http: has(atFirst, " http"), https: has(atFirst, " https"), undici: has(atFirst, "undici") }));
`;

test("HTTP is loaded with the first request, HTTPS only for an https address, and undici never", () => {
  const given = ["--conditions=@jobtrail/source", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, given, { cwd: import.meta.dirname, encoding: "utf8" });
  expect({ stderr, loaded: JSON.parse(stdout) as unknown }).toEqual({
    stderr: "",
    loaded: { atLoad: [], http: true, https: false, undici: false },
  });
});
