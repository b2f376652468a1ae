import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test as plainTest } from "vitest";
import { variableFaults } from "../../packages/cli/src/collector/check.ts";
import { configOf } from "../../packages/cli/src/collector/config.ts";
import { read } from "../../packages/cli/src/collector/document.ts";
import { parseEnvironmentFile } from "../../packages/cli/src/collector/environment-file.ts";
import { headersOf } from "../../packages/cli/src/collector/headers.ts";
import { argumentsOf } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import type { Stack } from "../../packages/cli/src/collector/stack.ts";
import { startBackend } from "./backend.ts";
import { otelcol, startCollector, collectorTest as test } from "./collector.ts";
import { recordOf, sendRecords } from "./traffic.ts";

const place = mkdtempSync(join(tmpdir(), "jobtrail-reading-"));
afterAll(() => rmSync(place, { recursive: true }));

/** Texts that a token may be, and YAML, a shell or the Collector may take for something else. */
const texts = [
  ..."ab$$cd $$ a$b $HOME a$$$b a$$$$b 0123456 123456 1.50 1e3 true null ~ 2026-01-31 0x10 1_000 [x] {a} abc#def".split(
    " ",
  ),
  ..."'q' \"q\" 'un a,b %41 &x *x !x | @x `x x: .inf = << yes a=b \\ --- ... ${OTHER} a${env:OTHER}b ${env:NONE:-default}".split(
    " ",
  ),
  "$${OTHER}",
  "a: b",
  "{a: b}",
  "a # b",
  "- a",
  "> x",
  "? a",
  "grüße",
];

describe("a token that is set in the environment is read as the Collector reads it", () => {
  test("in headers", async () => {
    await using backend = await startBackend();
    const env = Object.fromEntries([...texts.entries()].map(([i, text]) => [`T${i}`, text]));
    const given = { ...env, OTHER: "o$$o", URL: backend.url };
    const names = Object.keys(env);
    const headers = names.flatMap((name) => [`x-${name}: \${env:${name}}`, `x-in-${name}: Key \${env:${name}} end`]);
    const config = (more: string): string => `yaml:
exporters:
  otlp_http/logs: {endpoint: "\${env:URL}"${more}}
service:
  pipelines:
    logs/backend: {exporters: [otlp_http/logs]}`;
    const own = `yaml:\nexporters:\n  otlp_http/logs:\n    headers:\n${headers.map((line) => `      ${line}`).join("\n")}\n`;
    await using collector = await startCollector({ config: ["base.yaml", config(""), own], env: given });
    expect(await sendRecords(collector.http, [recordOf(1)])).toBe(200);
    await collector.waitForMetrics(() => backend.requests.length > 0, /sent_log/);
    const sent = backend.requests[0]?.headers ?? {};
    const settings = {
      headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/) as [string, string])),
    };
    const ours = headersOf(settings, stackOf("agent", ["otlp"]).config, given) ?? {};
    const lower = Object.fromEntries(Object.entries(ours).map(([name, value]) => [name.toLowerCase(), value]));
    expect(Object.fromEntries(Object.keys(lower).map((name) => [name, sent[name]]))).toEqual(lower);
  });
});

describe("a login that is set in the environment is read as the Collector reads it", () => {
  test.each([
    ["basicauth", "client_auth: {username: '${env:USER_ID}', password: '${env:TOKEN}'}"],
    ["bearertokenauth", "token: '${env:TOKEN}'"],
    ["bearertokenauth/scheme", "{scheme: Key, token: '${env:TOKEN}'}".slice(1, -1).replace(", ", "\n    ")],
  ])("%s", async (id, settings) => {
    await using backend = await startBackend();
    const env = { USER_ID: "0123", TOKEN: "a$$b: #1", URL: backend.url };
    const text = `extensions:
  ${id}:
    ${settings}
exporters:
  otlp_http/logs: {endpoint: "\${env:URL}", auth: {authenticator: ${id}}}
service:
  extensions: [health_check, file_storage/queue, ${id}]
  pipelines:
    logs/backend: {exporters: [otlp_http/logs]}`;
    await using collector = await startCollector({ config: ["base.yaml", `yaml:${text}`], env });
    expect(await sendRecords(collector.http, [recordOf(1)])).toBe(200);
    await collector.waitForMetrics(() => backend.requests.length > 0, /sent_log/);
    const config = configOf(read(text, id), id);
    expect(headersOf(config.exporters["otlp_http/logs"], config, env)).toEqual({
      authorization: backend.requests[0]?.headers["authorization"],
    });
  });
});

/** Whether the real Collector accepts a stack with a variable; and whether the check does, without a Collector. */
function verdicts(stack: Stack, env: Readonly<Record<string, string>>): { collector: boolean; check: boolean } {
  const { status } = spawnSync(otelcol() ?? "", ["validate", ...argumentsOf(stack)], { env, encoding: "utf8" });
  return { collector: status === 0, check: variableFaults(stack, env).length === 0 };
}

const otlp = stackOf("agent", ["otlp"]);
const gateway = stackOf("gateway", ["loki"]);
const numbers = [
  "5",
  "0",
  "-5",
  "1.5",
  "5MiB",
  "true",
  "five",
  "null",
  "99999999999999999999",
  "101",
  "300000",
  ".5",
  "",
];

const asked: readonly (readonly [name: string, stack: Stack, values: readonly string[]])[] = [
  ["JOBTRAIL_COLLECTOR_MEMORY_MIB", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_QUEUE_BYTES", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_SECOND_SINK_MIB", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_TRACES_KEPT", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_TRACES_HELD", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_SLOW_MS", gateway, numbers],
  ["JOBTRAIL_COLLECTOR_FSYNC", gateway, ["true", "false", "yes", "on", "1", "y", ""]],
  ["JOBTRAIL_COLLECTOR_DECISION_WAIT", gateway, ["60s", "1h30m", "1.5s", "500ms", "5µs", "1d", "1 s", "1e3s", "true"]],
  [
    "LOKI_ADDR",
    gateway,
    ["http://loki:3100", "http://loki:3100/%zz", "http://a b", "loki:3100", "http://loki:x", "http://"],
  ],
  ["JOBTRAIL_COLLECTOR_HEALTH", gateway, ["127.0.0.1:13133", ":1", ""]],
  ["LOKI_ORG_ID", gateway, ["?", "? a", "1: b", "a: b", "123", "0123", "~", "[a]", "true: x", "{1: b}"]],
  [
    "JOBTRAIL_COLLECTOR_OTLP_HEADERS",
    otlp,
    [
      ..."{} [] {x-a:b} x-a=b null ~ text".split(" "),
      ...[
        "b",
        "1",
        "0123",
        '"0123"',
        "1.50",
        "true",
        "yes",
        "null",
        "[x]",
        "{b: c}",
        "2026-01-31",
        "0x10",
        "1_000",
        "1e3",
        "b$$c",
      ].map((value) => `{x-a: ${value}}`),
      "x-a: b",
      "[{name: x-a, value: b}]",
      "[{name: x-a, value: 1}]",
      "[x-a: b]",
      "{1: b}",
      '{x-a: "b#c", x-c: it\'s}',
      "{x-a: b # c}",
    ],
  ],
];

describe("what the Collector would refuse, the check refuses without one", () => {
  test.each(asked)("%s", (name, stack, values) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://backend.example" };
    const all = values.map((value) => ({ value, ...verdicts(stack, { ...env, [name]: value }) }));
    expect(all.filter(({ collector, check }) => !collector && check)).toEqual([]);
    // And each has a value that both take.
    expect(all.some(({ collector, check }) => collector && check)).toBe(true);
  });

  test("of header maps, it takes all that the Collector takes", () => {
    const [name, stack, values] = asked.at(-1) ?? ["", otlp, []];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://backend.example" };
    const stricter = values.filter((value) => {
      const { collector, check } = verdicts(stack, { ...env, [name]: value });
      return collector && !check;
    });
    expect(stricter).toEqual([]);
  });
});

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t" })[char] ?? char);

/**
 * Prints the variables of its files as systemd has read them, with escapes as in C. It leaves out what is empty, and
 * would replace each `$` of a value once more.
 */
const generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

const lines = [
  "A1=abc#def",
  "A2=abc #def",
  "A3= spaced out  ",
  "A4='single # quoted \\n'",
  'A5="double \\" quoted \\\\ \\n # x"',
  "A6=back\\slash\\#",
  "A7=one\\\n two",
  'A8="one\ntwo"',
  "A9='a'\"b\"c",
  "B1=",
  "B2=a=b=c",
  "  B3  =  x",
  "; B4=comment",
  "# B5=comment",
  "no line of a variable",
  "B6=last'quote",
  "1B7=no name",
  "B8='' ",
  'B9="a" b',
  "C1=grüße",
  "C2=a;b",
  "export C3=x",
  "C4=tab\tin\t",
];

plainTest("a file of variables is read as systemd reads it", ({ skip }) => {
  if (spawnSync(generator).error !== undefined) skip("There is no systemd here");
  const folder = join(place, "environment.d");
  mkdirSync(folder);
  const differing = lines.filter((line) => {
    writeFileSync(join(folder, "test.conf"), `${line}\nLAST=1\n`);
    const { stdout } = spawnSync(generator, { env: { XDG_CONFIG_HOME: place, HOME: "/nowhere" }, encoding: "utf8" });
    const ours = Object.entries(parseEnvironmentFile(`${line}\nLAST=1\n`)).filter(([, value]) => value !== "");
    const theirs = stdout
      .trimEnd()
      .split("\n")
      .map((each) => /^(\w+)=("?)(.*)\2$/.exec(each))
      .filter((match) => match !== null && /^(?:[A-C]\d|LAST)$/.test(match[1] ?? ""))
      .map((match) => [match?.[1], match?.[2] === "" ? match[3] : unescaped(match?.[3] ?? "")]);
    return JSON.stringify(ours) !== JSON.stringify(theirs);
  });
  expect(differing).toEqual([]);
});
