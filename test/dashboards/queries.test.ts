import { attributes } from "@jobtrail/conventions";
import { expect, it } from "vitest";
import { dialects } from "../../tools/generate/dashboards/dialect.ts";
import { questions } from "../../tools/generate/dashboards/question.ts";
import { errorsIn } from "./query.ts";

const parsed = dialects.filter(({ proof }) => proof === "parsed");

it.each(questions)("$ask is asked in each language, as far as its store can answer", (question) => {
  for (const { title, query } of dialects)
    if (title !== "TraceQL" || question.onSpans) expect(query(question)).toBeTypeOf("string");
  for (const { title, query } of parsed)
    if (title === "LogQL" || question.onSpans)
      expect(errorsIn(title === "LogQL" ? "logql" : "traceql", query(question) ?? "")).toEqual([]);
});

it("names only attributes of the registry, and on spans only those that stand there", () => {
  const named = questions.flatMap(({ ask, where, show = [], count, unusual, onSpans }) =>
    [
      ...where.map(([name]) => name),
      ...show,
      ...(count?.by ?? []),
      ...[count?.attribute, unusual?.attribute, unusual?.by].filter((name) => name !== undefined),
    ]
      .filter((name) => name !== "event")
      .map((name) => ({ ask, name, onSpans })),
  );
  expect(named.filter(({ name }) => !attributes[name]?.on.includes("L"))).toEqual([]);
  expect(named.filter(({ name, onSpans }) => onSpans && !attributes[name]?.on.includes("S"))).toEqual([]);
});
