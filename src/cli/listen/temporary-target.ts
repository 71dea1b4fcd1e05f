/** The target that a listener makes for as long as it runs. */
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type Duration, durationFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../../../gen/zitadel/v1/error_detail_pb.ts";
import { violationIds } from "../../errors/violation-ids.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ActionClient } from "../target/client.ts";
import { targetType } from "../target/field-flags.ts";
import { type PayloadWord, payloadTypes, type TypeWord } from "../target/values.ts";
import { printable } from "../text.ts";

/** What the target is to be like. */
export interface TemporaryPlan {
  readonly name: string | undefined;
  readonly type: TypeWord;
  readonly interruptOnError: boolean;
  readonly payload: PayloadWord;
  readonly timeout: Duration;
  /** Milliseconds after which the server deletes it, unless it is renewed. */
  readonly ttl: number;
}

export interface TemporaryTarget {
  readonly id: string;
  readonly name: string;
  readonly signingKey: string;
}

/**
 * Creates the target.
 *
 * @param endpoint where the server reaches the listener
 * @throws CliError when the server may not call that; ConnectError
 */
export async function createTemporary(
  client: ActionClient,
  plan: TemporaryPlan,
  endpoint: string,
): Promise<TemporaryTarget> {
  const name = plan.name ?? `listen ${hostname()} ${randomBytes(4).toString("hex")}`;
  const answer = await client
    .createTarget({
      name,
      endpoint,
      targetType: targetType(plan.type, plan.interruptOnError),
      payloadType: payloadTypes[plan.payload],
      timeout: plan.timeout,
      ttl: durationFromMs(plan.ttl),
    })
    .catch((error: unknown) => {
      throw refusal(error, endpoint) ?? error;
    });
  const { id, signingKey } = answer;
  return { id, name, signingKey };
}

/**
 * Gives a target of the type JWE a new key.
 *
 * @returns its private half, which stays in the memory of this process
 */
export async function addEncryptionKey(client: ActionClient, targetId: string): Promise<KeyObject> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const { keyId } = await client.addPublicKey({ targetId, publicKey: pem });
  await client.activatePublicKey({ targetId, keyId });
  return privateKey;
}

const deniedId = violationIds.get("CreateTargetRequest.endpoint:denied");

/** What to do where the server's rules for outgoing calls keep it from calling the listener. */
function refusal(error: unknown, endpoint: string): CliError | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const [detail] = error.findDetails(ErrorDetailSchema);
  if (detail === undefined || detail.id !== deniedId) return undefined;
  const { host } = new URL(endpoint);
  return new CliError(
    exitCodes.rejected,
    `the server may not call this listener: ${printable(detail.message)}`,
    {
      details: [`id: ${detail.id}`],
      hint:
        `start the server with --dev, or with TARGETD_EGRESS_ALLOW=${host} ` +
        "(--listen fixes the port); --public-url names another way to here",
    },
  );
}
