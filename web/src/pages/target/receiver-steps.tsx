/** What a receiver must do around a rotation, by the way in which it verifies calls. */
import type { ComponentChildren } from "preact";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { formatDuration } from "../../../../src/duration.ts";
import { payloadOf } from "../../targets/fields.ts";

export interface ReceiverStepsProps {
  readonly target: Target;
  /** Nanoseconds. */
  readonly grace: bigint;
}

export function ReceiverSteps({ target, grace }: ReceiverStepsProps) {
  const payload = payloadOf(target.payloadType);
  return (
    <>
      <p>
        The receiver is at <code>{target.endpoint}</code>.{" "}
        {grace === 0n
          ? "Give it the new key as soon as you see it."
          : `It has ${formatDuration(grace)} to change to the new key, which the next step shows.`}
      </p>
      <div class="ways">
        <Way title="It checks ZITADEL-Signature">
          The header then has one <code>v1=</code> for each key. Accept the call when any of them is
          right; a receiver that looks at the first one only works again when the old key has ended.
          The HMAC key is the whole text, <code>whsec_</code> included.
        </Way>
        <Way title="It checks webhook-signature (Standard Webhooks)">
          The header then has one <code>v1,</code> part for each key, with spaces between. The
          libraries try them all: put the new key in place of the old one, as it is.
        </Way>
        {payload === "json" ? null : <TokenWay payload={payload} />}
      </div>
      <p class="muted">
        <code>targetd/verify</code> and other helpers that take a list of keys may be given both
        until the old one has ended.
      </p>
    </>
  );
}

function TokenWay({ payload }: { readonly payload: "jwt" | "jwe" }) {
  return payload === "jwt" ? (
    <Way title="It checks the JWT in the body">
      Nothing: the JWT is signed by the key of the instance, not by this one. Only the headers
      change.
    </Way>
  ) : (
    <Way title="It decrypts the JWE in the body">
      Nothing: the JWE is encrypted for its own public key and signed by the instance. Only the
      headers change.
    </Way>
  );
}

interface WayProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Way({ title, children }: WayProps) {
  return (
    <section class="way">
      <h4>{title}</h4>
      <p>{children}</p>
    </section>
  );
}
