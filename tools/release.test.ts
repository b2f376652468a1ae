import { describe, expect, test } from "vitest";
import { changeIn, released } from "./release.ts";

describe("a changeset", () => {
  test("has its kind and its text", () => {
    const text = `---\n"@jobtrail/core": minor\n---\n\n\`count\` takes more than one counter.\n`;
    expect(changeIn("a.md", text)).toEqual({ kind: "minor", text: "`count` takes more than one counter." });
  });

  test("without a kind or a sentence is refused by its name", () => {
    expect(() => changeIn("empty.md", `---\n"@jobtrail/core": patch\n---\n`)).toThrow("empty.md is no changeset");
    expect(() => changeIn("odd.md", "A sentence.")).toThrow("odd.md is no changeset");
  });
});

test("a release stands above the others, what breaks first", () => {
  const before = "# Changelog\n\nFor users.\n\n## 0.1.0 (2026-11-01)\n\n### New\n\n- All of it.\n";
  const changes = [
    { kind: "patch", text: "A kill switch stops nothing.\nIt says why." },
    { kind: "major", text: "Node 22.15 is the oldest." },
  ] as const;
  expect(released(before, "1.0.0", "2026-12-01", changes)).toMatchInlineSnapshot(`
    "# Changelog

    For users.

    ## 1.0.0 (2026-12-01)

    ### Breaking

    - Node 22.15 is the oldest.

    ### Fixed

    - A kill switch stops nothing.
      It says why.

    ## 0.1.0 (2026-11-01)

    ### New

    - All of it.
    "
  `);
});
