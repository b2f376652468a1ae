import { parse } from "yaml";
import { expanded, variablesOf } from "../../packages/cli/src/collector/variable.ts";
import type { Manifest } from "./manifest.ts";

/** A pod's container, as far as it is looked into. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly { readonly configMapRef?: Reference; readonly secretRef?: Reference }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort?: number; readonly port?: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Reference {
  readonly name: string;
  readonly optional?: boolean;
}

interface Probe {
  readonly httpGet?: { readonly port: string };
}

interface Volume {
  readonly name: string;
  readonly configMap?: Reference;
}

/** What runs in the pods that a manifest asks for. */
export interface Pods {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly first: readonly Container[];
  readonly collector: Container;
  readonly volumes: readonly Volume[];
  /** Of an OpenTelemetryCollector; others have it in a ConfigMap. */
  readonly config?: unknown;
}

/** A template, or the spec of an OpenTelemetryCollector, which is a container's and a pod's in one. */
interface Spec {
  readonly initContainers?: readonly Container[];
  readonly containers?: readonly [Container];
  readonly volumes?: readonly Volume[];
  readonly config?: unknown;
}

/** The pods of all workloads among manifests. */
export const podsIn = (manifests: readonly Manifest[]): Pods[] =>
  manifests.flatMap((manifest) => {
    const { kind, metadata, spec } = manifest as unknown as {
      readonly kind: string;
      readonly metadata: Manifest["metadata"];
      readonly spec: Spec & {
        readonly template?: { readonly metadata: Manifest["metadata"]; readonly spec: Spec };
        readonly volumeClaimTemplates?: readonly { readonly metadata: Manifest["metadata"] }[];
      };
    };
    if (!["DaemonSet", "StatefulSet", "OpenTelemetryCollector"].includes(kind)) return [];
    const pod = spec.template?.spec ?? spec;
    const claims = (spec.volumeClaimTemplates ?? []).map((claim) => ({ name: claim.metadata.name }));
    return [
      {
        name: metadata.name,
        // The operator hands a resource's labels on to its pods.
        labels: spec.template?.metadata.labels ?? metadata.labels ?? {},
        first: pod.initContainers ?? [],
        collector: pod.containers?.[0] ?? (spec as Container),
        volumes: [...(pod.volumes ?? []), ...claims],
        ...(spec.config !== undefined && { config: spec.config }),
      },
    ];
  });

/** The configuration that a pod's Collector reads. */
export function configIn({ config, collector, volumes }: Pods, manifests: readonly Manifest[]): unknown {
  if (config !== undefined) return config;
  const path = collector.args?.find((each) => each.startsWith("--config="))?.slice("--config=".length) ?? "";
  const mount = collector.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
  const volume = volumes.find(({ name }) => name === mount?.name);
  const text = dataOf("ConfigMap", volume?.configMap?.name, manifests)?.[
    path.slice((mount?.mountPath.length ?? 0) + 1)
  ];
  return text === undefined ? undefined : parse(text);
}

/** A container's environment. */
export function environmentOf(
  { env = [], envFrom = [] }: Container,
  manifests: readonly Manifest[],
): Record<string, string> {
  const from = envFrom.map(({ configMapRef, secretRef }) => ({
    ...dataOf("ConfigMap", configMapRef?.name, manifests),
    ...dataOf("Secret", secretRef?.name, manifests),
  }));
  return Object.assign({}, ...from, Object.fromEntries(env.map(({ name, value }) => [name, value]))) as Record<
    string,
    string
  >;
}

function dataOf(
  kind: "ConfigMap" | "Secret",
  name: string | undefined,
  manifests: readonly Manifest[],
): Record<string, string> | undefined {
  const data = manifests.find((each) => each.kind === kind && each.metadata.name === name)?.data;
  if (data === undefined || kind === "ConfigMap") return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** Where a Collector listens, such as `0.0.0.0:14318`. */
function addressesOf(pods: Pods, manifests: readonly Manifest[]): string[] {
  const config = configIn(pods, manifests);
  if (config === undefined) return [];
  const env = environmentOf(pods.collector, manifests);
  const { receivers, extensions, service } = config as Doors;
  const used = new Set(Object.values(service.pipelines).flatMap((pipeline) => pipeline.receivers));
  const endpoints = Object.entries(receivers)
    .filter(([id]) => used.has(id))
    .flatMap(([, { protocols = {} }]) => Object.values(protocols).map(({ endpoint }) => endpoint));
  const own = service.telemetry.metrics.readers.map(({ pull }) => pull.exporter.prometheus);
  return [...endpoints, extensions.health_check.endpoint, ...own.map(({ host, port }) => `${host}:${port}`)].map(
    (text) => expanded(text, env),
  );
}

interface Doors {
  readonly receivers: Readonly<
    Record<string, { readonly protocols?: Readonly<Record<string, { readonly endpoint: string }>> }>
  >;
  readonly extensions: { readonly health_check: { readonly endpoint: string } };
  readonly service: {
    readonly pipelines: Readonly<Record<string, { readonly receivers: readonly string[] }>>;
    readonly telemetry: {
      readonly metrics: {
        readonly readers: readonly {
          readonly pull: {
            readonly exporter: { readonly prometheus: { readonly host: string; readonly port: string | number } };
          };
        }[];
      };
    };
  };
}

/** All that the schemas cannot see: names that lead nowhere, ports that nobody listens on, variables that are missing. */
export const senseFaults = (manifests: readonly Manifest[]): string[] => [
  ...podsIn(manifests).flatMap((pods) => podFaults(pods, manifests).map((fault) => `${pods.name}: ${fault}`)),
  ...manifests.flatMap((each) =>
    selectorFaults(each, manifests).map((fault) => `${each.kind} ${each.metadata.name}: ${fault}`),
  ),
];

function podFaults(pods: Pods, manifests: readonly Manifest[]): string[] {
  const config = configIn(pods, manifests);
  if (config === undefined) return ["its configuration is nowhere"];
  const env = environmentOf(pods.collector, manifests);
  const required = variablesOf(config).filter(({ isRequired }) => isRequired);
  return [
    ...[...pods.first, pods.collector].flatMap((container) => containerFaults(container, pods, manifests)),
    ...required.filter(({ name }) => !env[name]).map(({ name }) => `${name} is not given`),
    ...(pods.collector.ports ?? []).flatMap((port) => listening(port.containerPort ?? port.port ?? 0, pods, manifests)),
    ...mounting(pods, env),
  ];
}

function containerFaults(container: Container, { volumes }: Pods, manifests: readonly Manifest[]): string[] {
  const { envFrom = [], volumeMounts = [], ports = [] } = container;
  const references = envFrom.flatMap(({ configMapRef, secretRef }) => [
    ...(configMapRef === undefined ? [] : [{ kind: "ConfigMap" as const, ...configMapRef }]),
    ...(secretRef === undefined ? [] : [{ kind: "Secret" as const, ...secretRef }]),
  ]);
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  return [
    ...references
      .filter(({ kind, name, optional }) => optional !== true && dataOf(kind, name, manifests) === undefined)
      .map(({ kind, name }) => `${container.name} takes variables of a ${kind} ${name} that is not there`),
    ...volumeMounts
      .filter((mount) => !volumes.some(({ name }) => name === mount.name))
      .map(({ name }) => `${container.name} mounts a volume ${name} that is not there`),
    ...probes
      .map((probe) => probe?.httpGet?.port)
      .filter((port) => port !== undefined && !ports.some(({ name }) => name === port))
      .map((port) => `${container.name} is asked at a port ${port} that is not there`),
  ];
}

/** The queue and the second sink must lie on volumes. */
const mounting = ({ collector }: Pods, env: Readonly<Record<string, string>>): string[] =>
  ["queue", "second-sink"]
    .map((name) => `${env["JOBTRAIL_COLLECTOR_DATA"]}/${name}`)
    .filter((folder) => !collector.volumeMounts?.some(({ mountPath }) => `${folder}/`.startsWith(`${mountPath}/`)))
    .map((folder) => `${folder} is on no volume`);

const listening = (port: number, pods: Pods, manifests: readonly Manifest[]): string[] =>
  addressesOf(pods, manifests).includes(`0.0.0.0:${port}`) ? [] : [`nobody listens on 0.0.0.0:${port}`];

interface Selecting {
  readonly selector?: Labels & { readonly matchLabels?: Labels };
  readonly podSelector?: { readonly matchLabels: Labels };
  readonly ports?: readonly ServicePort[];
  readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
  readonly serviceName?: string;
}

type Labels = Readonly<Record<string, string>>;

interface ServicePort {
  readonly port: number;
  readonly targetPort?: string | number;
}

/** What is wrong with the pods that a Service, a policy or a budget selects, or with the service that a StatefulSet names. */
function selectorFaults({ kind, spec }: Manifest, manifests: readonly Manifest[]): string[] {
  const { selector, podSelector, ports = [], ingress = [], serviceName } = (spec ?? {}) as unknown as Selecting;
  if (kind === "StatefulSet") return nameless(serviceName, manifests);
  const wanted = podSelector?.matchLabels ?? selector?.matchLabels ?? selector;
  if (wanted === undefined) return [];
  const chosen = podsIn(manifests).filter(({ labels }) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value),
  );
  if (chosen.length === 0) return ["it selects no pod"];
  const allowed = ingress.flatMap((each) => each.ports).map(({ port }) => port);
  return chosen.flatMap((pods) => [
    ...ports.flatMap((port) => targetFaults(port, pods, manifests)),
    ...(kind === "NetworkPolicy" ? shut(allowed, pods, manifests) : []),
  ]);
}

const nameless = (service: string | undefined, manifests: readonly Manifest[]): string[] =>
  manifests.some(({ kind, metadata }) => kind === "Service" && metadata.name === service)
    ? []
    : [`its service ${service} is not there`];

function targetFaults({ port, targetPort = port }: ServicePort, pods: Pods, manifests: readonly Manifest[]): string[] {
  if (typeof targetPort === "number") return listening(targetPort, pods, manifests);
  const isThere = pods.collector.ports?.some(({ name }) => name === targetPort) === true;
  return isThere ? [] : [`port ${targetPort} is not there`];
}

/** The health check is asked from the node, which no policy stops. */
const shut = (allowed: readonly number[], pods: Pods, manifests: readonly Manifest[]): string[] =>
  addressesOf(pods, manifests)
    .map((address) => Number(address.split(":").at(-1)))
    .filter((port) => port !== 13_133 && !allowed.includes(port))
    .map((port) => `it lets nobody to ${port}`);
