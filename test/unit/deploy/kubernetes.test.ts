import { describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import {
  configOf,
  imageVariables,
  longestStop,
  readRepository,
  secretNames,
} from "../../support/deploy.ts";
import { type Manifest, readManifests, workloadOf } from "../../support/kubernetes.ts";

const files = ["sqlite", "postgres"] as const;
const read = (file: string) => readManifests(readRepository(`deploy/kubernetes/${file}.yaml`));
const variables = (list: readonly { name: string; value: string }[]) =>
  Object.fromEntries(list.map(({ name, value }) => [name, value]));

describe.each(files)("kubernetes/%s.yaml", (file) => {
  const manifests = read(file);
  const { metadata, spec } = workloadOf(manifests);
  const { spec: pod } = spec.template;
  const [container] = pod.containers;
  const config = () => configOf({ ...imageVariables(), ...variables(container.env) }, "/secrets");

  test("is about one name", () => {
    const names = new Set(manifests.map((each) => each.metadata.name));
    expect([...names]).toEqual([metadata.name]);
  });

  test("selects its own pods, everywhere", () => {
    const selectors = manifests.flatMap((each: Manifest) =>
      each.kind === "Service" ? [each.spec.selector] : [each.spec.selector.matchLabels],
    );
    const spread = pod.topologySpreadConstraints ?? [];
    for (const labels of [...selectors, ...spread.map((each) => each.labelSelector.matchLabels)]) {
      expect(spec.template.metadata.labels).toEqual(labels);
    }
  });

  test("starts: every setting is known and can be used, with nothing to warn of", () => {
    expect(config().warnings).toEqual([]);
    expect(config().store.split(":")[0]).toBe(file);
    // An address that nobody can reach would be the issuer of JWTs.
    expect(new URL(config().publicUrl).hostname).not.toBe(config().listen.host);
  });

  test("does not start without the word that TLS ends in front", () => {
    const env = { ...imageVariables(), ...variables(container.env) };
    expect(() => configOf({ ...env, TARGETD_INSECURE_CLEARTEXT: "" }, "/secrets")).toThrow(
      "TARGETD_INSECURE_CLEARTEXT",
    );
  });

  test("has its ports where the server listens", () => {
    const { listen, metricsListen } = config();
    const ports = Object.fromEntries(
      container.ports.map((port) => [port.name, port.containerPort]),
    );
    expect(ports).toEqual({
      http: listen.port,
      metrics: metricsListen === "off" ? 0 : metricsListen.port,
    });
    const named = manifests.flatMap((each) =>
      each.kind === "Service" ? each.spec.ports.map(({ targetPort }) => targetPort) : [],
    );
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    expect([...named, ...probes.map(({ httpGet }) => httpGet.port)]).toEqual(
      [...named, ...probes].map(() => "http"),
    );
  });

  test("leaves a stop the time that it needs", () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(longestStop(config()));
    // Readiness goes off before the port does.
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(config().drainDelay / 1000).toBeGreaterThanOrEqual(periodSeconds * failureThreshold);
  });

  test("leaves a start ten minutes, and looks at liveness only afterwards", () => {
    const { periodSeconds, failureThreshold } = container.startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(600);
  });

  test("writes to volumes only, and holds no secret", () => {
    const volumes = [
      ...pod.volumes.map((volume) => volume.name),
      ...("volumeClaimTemplates" in spec
        ? spec.volumeClaimTemplates.map((claim) => claim.metadata.name)
        : []),
    ];
    expect(container.volumeMounts.map((mount) => mount.name).sort()).toEqual(volumes.sort());
    const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts.includes(config().dataDir)).toBe(file === "sqlite");
    expect(container.env.filter(({ name }) => secretNames.test(name))).toEqual([]);
    expect(readRepository(`deploy/kubernetes/${file}.yaml`)).not.toMatch(
      /kind: Secret|:\/\/[^/\s]*:[^/\s]*@/,
    );
  });

  test("runs this version, as the user of the image", () => {
    expect(container.image).toMatch(new RegExp(`/targetd:${packageJson.version}$`));
    const user = `${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`;
    expect(readRepository("deploy/Containerfile")).toMatch(new RegExp(`^USER ${user}$`, "m"));
    expect(pod.securityContext.fsGroup).toBe(pod.securityContext.runAsGroup);
  });
});

test("more than one server has a budget of disruptions, and is replaced one at a time", () => {
  const manifests = read("postgres");
  const { kind, spec } = workloadOf(manifests);
  expect([kind, spec.replicas > 1]).toEqual(["Deployment", true]);
  expect(manifests.some((each) => each.kind === "PodDisruptionBudget")).toBe(true);
});

test.each([
  ["a field that is not one", "kind: Service\nmetdata: {}\n"],
  ["a field twice", "kind: Service\nkind: Service\n"],
  ["a kind that is not used", "apiVersion: v1\nkind: Secret\n"],
  ["what is no YAML", "kind: [\n"],
])("a file with %s is refused", (_, text) => {
  expect(() => readManifests(text)).toThrow();
});
