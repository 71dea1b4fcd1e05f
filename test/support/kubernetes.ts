/** Our manifests of Kubernetes: the fields that they use, strictly, and what a test asks of them. */
import { parseAllDocuments } from "yaml";
import { z } from "zod";

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name, labels });
const selector = z.strictObject({ matchLabels: labels });
const positive = z.int().positive();
const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: name }),
  periodSeconds: positive,
  timeoutSeconds: positive.optional(),
  failureThreshold: positive,
});

const container = z.strictObject({
  name,
  image: z.string(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  ports: z.array(z.strictObject({ name, containerPort: positive })),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name, mountPath: z.string(), readOnly: z.boolean().optional() }),
  ),
});

const pod = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: positive,
  topologySpreadConstraints: z
    .array(
      z.strictObject({
        maxSkew: positive,
        topologyKey: z.string(),
        whenUnsatisfiable: z.enum(["ScheduleAnyway", "DoNotSchedule"]),
        labelSelector: selector,
      }),
    )
    .optional(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: positive,
    runAsGroup: positive,
    fsGroup: positive,
    fsGroupChangePolicy: z.literal("OnRootMismatch"),
    seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.tuple([container]),
  volumes: z.array(
    z.union([
      z.strictObject({ name, emptyDir: z.strictObject({}) }),
      z.strictObject({
        name,
        // Octal, as YAML 1.1 of Kubernetes reads it.
        secret: z.strictObject({ secretName: name, defaultMode: z.literal(0o440) }),
      }),
    ]),
  ),
});

const template = z.strictObject({ metadata: z.strictObject({ labels }), spec: pod });

const service = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata,
  spec: z.strictObject({
    selector: labels,
    ports: z.array(
      z.strictObject({ name, port: positive, targetPort: name, appProtocol: z.string() }),
    ),
  }),
});

const disruptionBudget = z.strictObject({
  apiVersion: z.literal("policy/v1"),
  kind: z.literal("PodDisruptionBudget"),
  metadata,
  spec: z.strictObject({
    maxUnavailable: positive,
    unhealthyPodEvictionPolicy: z.literal("AlwaysAllow"),
    selector,
  }),
});

const deployment = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("Deployment"),
  metadata,
  spec: z.strictObject({
    replicas: positive,
    selector,
    strategy: z.strictObject({
      type: z.literal("RollingUpdate"),
      rollingUpdate: z.strictObject({ maxSurge: positive, maxUnavailable: z.literal(0) }),
    }),
    template,
  }),
});

const statefulSet = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("StatefulSet"),
  metadata,
  spec: z.strictObject({
    serviceName: name,
    replicas: z.literal(1),
    selector,
    persistentVolumeClaimRetentionPolicy: z.strictObject({
      whenDeleted: z.literal("Retain"),
      whenScaled: z.literal("Retain"),
    }),
    template,
    volumeClaimTemplates: z.array(
      z.strictObject({
        metadata: z.strictObject({ name }),
        spec: z.strictObject({
          accessModes: z.tuple([z.literal("ReadWriteOncePod")]),
          resources: z.strictObject({ requests: z.strictObject({ storage: quantity }) }),
        }),
      }),
    ),
  }),
});

const anyManifest = z.discriminatedUnion("kind", [
  service,
  disruptionBudget,
  deployment,
  statefulSet,
]);

export type Manifest = z.infer<typeof anyManifest>;
export type Workload = Extract<Manifest, { kind: "Deployment" | "StatefulSet" }>;

/**
 * Reads a file as Kubernetes does: YAML 1.1, one thing a document.
 *
 * @throws Error for what is no YAML, has a field twice, lacks a field, or has one that we do not use
 */
export function readManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: "1.1", uniqueKeys: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return anyManifest.parse(document.toJS());
  });
}

/** The one that runs containers. */
export function workloadOf(manifests: readonly Manifest[]): Workload {
  const found = manifests.find((each) => each.kind === "Deployment" || each.kind === "StatefulSet");
  if (found === undefined) throw new Error("there is no workload");
  return found;
}
