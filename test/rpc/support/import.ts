/** A ZITADEL with something in it, an instance of targetd to bring it to, and the command that does. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ResourceType } from "../../../gen/targetd/v1/audit_service_pb.ts";
import { PayloadType, type Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { conditionText } from "../../../src/cli/execution/condition.ts";
import {
  emptyZitadel,
  type FakeZitadel,
  openZitadel,
  zitadelToken,
} from "../../support/fake-zitadel.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { type Outcome, runCli } from "../../unit/cli/recording-server.ts";
import type { TestServer } from "./server.ts";
import { newTenant, skipping, type Tenant } from "./tenant.ts";

export const newPem = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();

/** What the answer of --json holds. */
export interface Report {
  readonly source: { readonly address: string; readonly version: string };
  readonly dryRun: boolean;
  readonly targets: readonly Line[];
  readonly publicKeys: readonly Line[];
  readonly executions: readonly (Line & { readonly condition: string })[];
}

interface Line {
  readonly sourceId?: string;
  readonly id?: string;
  readonly action: string;
  readonly outcome?: string;
  readonly note?: string;
  readonly error?: string;
}

/** Actions, or outcomes where there are any, in short: of targets, public keys and executions. */
export const inShort = ({ targets, publicKeys, executions }: Report) =>
  [targets, publicKeys, executions].map((lines) =>
    lines.map(({ action, outcome }) => outcome ?? action).join(),
  );

export interface Import {
  readonly zitadel: FakeZitadel;
  readonly tenant: Tenant;
  /** Runs `targetd import zitadel` with more flags. */
  run(...flags: string[]): Promise<Outcome>;
  /** The same with --json. */
  report(...flags: string[]): Promise<Outcome & { readonly report: Report }>;
  /** What the instance has, oldest first. */
  targets(): Promise<readonly Target[]>;
  /** Lists of target ids by the ids of conditions, as the command line shows them. */
  executions(): Promise<Readonly<Record<string, string[]>>>;
  /** How many changes of targets and executions the history of the instance has. */
  changes(): Promise<number>;
}

export interface ImportOptions {
  readonly zitadel?: Partial<FakeZitadel>;
  /** Where the command finds targetd; its own address unless given. */
  readonly address?: string;
  /** Gives the address under which the command finds ZITADEL, which listens on the port. */
  readonly before?: (port: number) => Promise<string>;
}

export async function openImport(
  server: TestServer,
  { zitadel: given, address = server.app.url, before }: ImportOptions = {},
): Promise<Import> {
  const zitadel: FakeZitadel = { ...emptyZitadel(), ...given };
  const tenant = await newTenant(server);
  const { port } = await openZitadel(zitadel);
  const tokenFile = join(temporaryFolder(), "zitadel.pat");
  writeFileSync(tokenFile, `${zitadelToken}\n`);
  const env = { TARGETD_ADDRESS: address, TARGETD_TOKEN: tenant.token };
  const url = (await before?.(port)) ?? `http://127.0.0.1:${port}`;
  const source = ["--url", url, "--source-token-file", tokenFile];
  const run = (...flags: string[]) => runCli(["import", "zitadel", ...source, ...flags], env);
  return {
    zitadel,
    tenant,
    run,
    async report(...flags) {
      const outcome = await run("--json", ...flags);
      return { ...outcome, report: JSON.parse(outcome.out) as Report };
    },
    async targets() {
      const pagination = { limit: 1000, asc: true };
      const { targets } = await tenant.targets.listTargets({ pagination }, { headers: skipping });
      return targets;
    },
    async executions() {
      const pagination = { limit: 1000, asc: true };
      const { executions } = await tenant.targets.listExecutions(
        { pagination },
        { headers: skipping },
      );
      return Object.fromEntries(
        executions.map(({ condition, targets }) => [conditionText(condition), targets]),
      );
    },
    async changes() {
      const types = [ResourceType.TARGET, ResourceType.EXECUTION];
      const lists = types.map((resourceType) =>
        tenant.audit.listChanges({ resourceType, pageSize: 1000 }),
      );
      return (await Promise.all(lists)).flatMap(({ changes }) => changes).length;
    },
  };
}

const at = timestampFromDate(new Date("2025-01-02T03:04:05Z"));

/** Three targets, with a key each way, and executions that call them. */
export function fullZitadel(): Pick<FakeZitadel, "targets" | "keys" | "executions"> {
  const target = { creationDate: at, changeDate: at, signingKey: "key of zitadel" };
  return {
    targets: [
      {
        ...{
          ...target,
          id: "318920001",
          name: "orders",
          endpoint: "https://hooks.example.com/orders",
        },
        timeout: { seconds: 10n },
        targetType: { case: "restWebhook", value: { interruptOnError: true } },
        payloadType: PayloadType.JSON,
      },
      {
        ...{ ...target, id: "318920002", name: "mail", endpoint: "https://mail.example.com/" },
        timeout: { seconds: 2n, nanos: 500_000_000 },
        targetType: { case: "restCall", value: {} },
        payloadType: PayloadType.JWT,
      },
      {
        ...{ ...target, id: "318920003", name: "vault", endpoint: "https://vault.example.com/" },
        timeout: { seconds: 270n },
        targetType: { case: "restAsync", value: {} },
        payloadType: PayloadType.JWE,
      },
    ],
    keys: {
      "318920003": [
        { keyId: "71", publicKey: Buffer.from(newPem()), creationDate: at },
        { keyId: "72", publicKey: Buffer.from(newPem()), creationDate: at, active: true },
        { keyId: "73", publicKey: Buffer.from(newPem()), creationDate: at, expirationDate: at },
      ],
    },
    executions: [
      execution({ case: "function", value: { name: "preuserinfo" } }, ["318920002", "318920001"]),
      execution({ case: "event", value: { condition: { case: "group", value: "target" } } }, [
        "318920003",
      ]),
      execution({ case: "request", value: { condition: { case: "all", value: true } } }, [
        "318920001",
      ]),
    ],
  };
}

type Executions = FakeZitadel["executions"];

/** An execution as ZITADEL lists it. */
export function execution(
  conditionType: NonNullable<NonNullable<Executions[number]["condition"]>["conditionType"]>,
  targets: string[],
): Executions[number] {
  return { condition: { conditionType }, targets, creationDate: at, changeDate: at };
}
