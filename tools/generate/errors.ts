import type { Catalogue } from "../../packages/conventions/src/catalogue.ts";
import { catalogue as bridge } from "../../packages/bridge/src/errors.ts";
import { catalogue as cli } from "../../packages/cli/src/errors.ts";
import { catalogue as conventions } from "../../packages/conventions/src/errors.ts";
import { catalogue as delivery } from "../../packages/delivery/src/errors.ts";
import { catalogue as joblog } from "../../packages/joblog/src/errors.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** The catalogues of all packages that have one, in `src/errors.ts`, and who meets these errors. */
export const catalogues: Readonly<Record<string, { readonly catalogue: Catalogue; readonly met: string }>> = {
  conventions: {
    catalogue: conventions,
    met: "Settings, in an app: one line on standard error. They never end the app.",
  },
  cli: { catalogue: cli, met: "Commands: one line on standard error, and exit code 1." },
  bridge: {
    catalogue: bridge,
    met: "Bridges. At their start: one line on standard error, and exit code 1. While they run: one line for each failure, and the bridge tries again.",
  },
  delivery: {
    catalogue: delivery,
    met: "Sources, which remember how far they have read: thrown where the place to go on from cannot be kept.",
  },
  joblog: {
    catalogue: joblog,
    met: "The job log. At its start (`jobtrail serve`): one line on standard error, and exit code 1. In its answers: the `error` of 400, 404 and 503.",
  },
};

/** Stands for each value in a sentence: `‹port›`. */
const placeholders: unknown = new Proxy({}, { get: (_, name) => `‹${String(name)}›` });

const rowsOf = (catalogue: Catalogue): readonly (readonly [code: string, sentence: string])[] =>
  Object.entries(catalogue).map(([code, sentence]) => [
    code,
    (sentence as (values: unknown) => string)(placeholders).replaceAll(/"(‹[^›]*›)"/g, "$1"),
  ]);

/** The reference of all errors: `docs/reference/errors.md`. */
export const errorsPage = (): Generated => ({
  path: "docs/reference/errors.md",
  text: page("the files errors.ts of all packages", "Errors", [
    "Each error is one line: a code, what happened with which value, and what to do. The code stays the same from version to version, the words may not. Values stand between ‹ and ›. In code the original error is the `cause`.",
    ...Object.entries(catalogues).flatMap(([name, { catalogue, met }]) => [
      `## @jobtrail/${name}`,
      met,
      table(
        ["code", "about"],
        rowsOf(catalogue).map(([code, sentence]) => [`\`${code}\``, sentence.replaceAll("\n", " ")]),
      ),
    ]),
    "## Records that cannot be read",
    "What enters from outside (OTLP, records of a documented schema, job events) is never thrown at anybody: a `Refusal` says at which `path` it cannot be read, what was `expected` there, and what was `found`, cut and without secrets. `jobtrail convert` prints these as `file:line: path is …; expected …`, and goes on with the next record.",
  ]),
});
