import { dialects } from "./dashboards/dialect.ts";
import { questions } from "./dashboards/question.ts";
import type { Question } from "./dashboards/question.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** What people ask, in the languages of the stores: `docs/queries.md`. */
export const queriesPage = (): Generated => ({
  path: "docs/queries.md",
  text: page("tools/generate/dashboards/question.ts", "Ten questions to the job log", [
    "The job log's records are ordinary log records of OpenTelemetry, so any store that holds them can be asked. The attributes are those of [the registry](reference/telemetry.md); the time is chosen beside the query where it does not say one. The answers also stand on the job log's own page and on the [audit board](dashboards.md).",
    table(
      ["language", "store", "proof"],
      dialects.map(({ title, store, proof }) => [
        title,
        store,
        proof === "parsed"
          ? "parsed in a test by the language's own grammar; no store was there to run it"
          : "written from the store's document, and not run",
      ]),
    ),
    "The event's name is an attribute `event.name` where the Collector's `fragments/event-name.yaml` puts it there, as it does for every backend that needs it; ClickHouse and Elasticsearch keep the field itself.",
    ...questions.flatMap(section),
  ]),
});

const section = (question: Question, n: number): string[] => [
  `## ${n + 1}. ${question.ask}`,
  question.about,
  ...dialects.flatMap(({ title, store, fence, query }) => {
    const text = query(question);
    return text === undefined
      ? [`**${title}** (${store}): spans do not say this.`]
      : [`**${title}** (${store}):`, `\`\`\`${fence}\n${text}\n\`\`\``];
  }),
];
