import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { OpenTelemetryCollector } from "@kubernetes-models/opentelemetry-operator/opentelemetry.io/v1beta1";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { DaemonSet, Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { CronJob, Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { PriorityClass } from "kubernetes-models/scheduling.k8s.io/v1";
import { ConfigMap, Namespace, Secret, Service } from "kubernetes-models/v1";
import { parse, parseAllDocuments } from "yaml";

/** A value below a manifest. */
export type Tree = { readonly [key: string]: Tree } & readonly Tree[] & string;

/** An object of Kubernetes, as its YAML says it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Tree;
  readonly data?: Readonly<Record<string, string>>;
}

/** Every manifest of a text. */
export const manifestsIn = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** The published type of each kind that we use, and the module that it comes from. */
const types = {
  ConfigMap: { module: "kubernetes-models/v1", Type: ConfigMap },
  Namespace: { module: "kubernetes-models/v1", Type: Namespace },
  Secret: { module: "kubernetes-models/v1", Type: Secret },
  Service: { module: "kubernetes-models/v1", Type: Service },
  DaemonSet: { module: "kubernetes-models/apps/v1", Type: DaemonSet },
  Deployment: { module: "kubernetes-models/apps/v1", Type: Deployment },
  StatefulSet: { module: "kubernetes-models/apps/v1", Type: StatefulSet },
  CronJob: { module: "kubernetes-models/batch/v1", Type: CronJob },
  Job: { module: "kubernetes-models/batch/v1", Type: Job },
  NetworkPolicy: { module: "kubernetes-models/networking.k8s.io/v1", Type: NetworkPolicy },
  PodDisruptionBudget: { module: "kubernetes-models/policy/v1", Type: PodDisruptionBudget },
  PriorityClass: { module: "kubernetes-models/scheduling.k8s.io/v1", Type: PriorityClass },
  ServiceMonitor: {
    module: "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
    Type: ServiceMonitor,
  },
  OpenTelemetryCollector: {
    module: "@kubernetes-models/opentelemetry-operator/opentelemetry.io/v1beta1",
    Type: OpenTelemetryCollector,
  },
} as const;

const typeOf = ({ kind }: Manifest): (typeof types)[keyof typeof types] => {
  if (kind in types) return types[kind as keyof typeof types];
  throw new Error(`${kind} has no type here: add it to the table.`);
};

/** What the published schema says against a manifest; nothing where it is as it has to be. */
export function schemaFault(manifest: Manifest): string | undefined {
  const { Type } = typeOf(manifest);
  if (Type.apiVersion !== manifest.apiVersion) return `apiVersion is ${manifest.apiVersion}, not ${Type.apiVersion}`;
  try {
    new Type(structuredClone(manifest) as never).validate();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** A program that compiles only where no field is misspelt, which the schemas let pass. */
export const typedProgram = (manifests: readonly Manifest[]): string =>
  manifests
    .map(
      (manifest, i) =>
        `export const m${i}: import("${typeOf(manifest).module}").I${manifest.kind} = ${JSON.stringify(manifest)};\n`,
    )
    .join("");

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
}

interface Generator {
  readonly name: string;
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
}

/** What `kubectl kustomize` makes of a folder, as far as ours need it: without namespaces and the hashes of names. */
export function rendered(folder: string): Manifest[] {
  const kustomization = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8")) as Kustomization;
  const { resources = [], components = [], images = [] } = kustomization;
  const own = resources
    .map((path) => join(folder, path))
    .flatMap((path) => (isFolder(path) ? rendered(path) : read(path)));
  const made = [
    ...(kustomization.configMapGenerator ?? []).map((each) => generated("ConfigMap", each, folder)),
    ...(kustomization.secretGenerator ?? []).map((each) => generated("Secret", each, folder)),
  ];
  const patches = components.map((path) => join(folder, path)).flatMap(patchesOf);
  const patched = own.map((manifest) => patches.filter((each) => isOf(each, manifest)).reduce(merged, manifest));
  return [...patched, ...made].map((manifest) => withImages(manifest, images));
}

const isFolder = (path: string): boolean => statSync(path).isDirectory();

const read = (path: string): Manifest[] => manifestsIn(readFileSync(path, "utf8"));

function patchesOf(folder: string): Manifest[] {
  const { patches = [] } = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8")) as Kustomization;
  return patches.flatMap(({ path }) => read(join(folder, path)));
}

const isOf = (patch: Manifest, { kind, metadata }: Manifest): boolean =>
  patch.kind === kind && patch.metadata.name === metadata.name;

/** A custom resource is patched as JSON is merged: maps deeply, all else is replaced. */
const merged = (into: Manifest, from: Manifest): Manifest => mergedTree(into, from) as Manifest;

function mergedTree(into: unknown, from: unknown): unknown {
  if (!isMap(into) || !isMap(from)) return from;
  return {
    ...into,
    ...Object.fromEntries(Object.entries(from).map(([key, each]) => [key, mergedTree(into[key], each)])),
  };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function generated(kind: "ConfigMap" | "Secret", { name, files = [], envs = [] }: Generator, folder: string): Manifest {
  const data = {
    ...Object.fromEntries(
      files.map((each) => {
        const [key = "", path = key] = each.split("=");
        return [key, readFileSync(join(folder, path), "utf8")];
      }),
    ),
    ...Object.assign({}, ...envs.map((path) => variablesIn(readFileSync(join(folder, path), "utf8")))),
  } as Readonly<Record<string, string>>;
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")] as const);
  return {
    apiVersion: "v1",
    kind,
    metadata: { name },
    ...(kind === "Secret" ? { type: "Opaque", data: Object.fromEntries(encoded) } : { data }),
  } as Manifest;
}

/** The variables of a file of lines `NAME=value`. */
export const variablesIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

function withImages(manifest: Manifest, images: NonNullable<Kustomization["images"]>): Manifest {
  const renamed = (key: string, value: unknown): unknown => {
    const image = images.find(({ name }) => key === "image" && String(value).startsWith(`${name}:`));
    return image === undefined ? value : `${image.newName}:${image.newTag}`;
  };
  return JSON.parse(JSON.stringify(manifest), renamed) as Manifest;
}
