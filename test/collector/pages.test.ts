import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configText } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { folder } from "./collector.ts";

test("the README shows what is printed for Datadog and an archive on S3", () => {
  const page = readFileSync(join(folder, "README.md"), "utf8");
  const part = page.slice(page.indexOf("### Two backends for one signal"));
  const printed = configText(stackOf("agent", ["datadog", "s3"], ["resend"]));
  const [head = "", pipelines = ""] = [...part.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text);
  expect(printed.startsWith(head)).toBe(true);
  const each = pipelines.match(/^\S+:\n(?: {2}.*\n)*/gm) ?? [];
  const indented = each.map((pipeline) => pipeline.replaceAll(/^(?=.)/gm, "    "));
  expect(indented.filter((pipeline) => !`${printed}\n`.includes(pipeline))).toEqual([]);
  expect(each).toHaveLength(4);
});
