/** Kind, payload and state of a target at a glance. */
import type { Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { Badge } from "../components/badge.tsx";
import { payloadOf, typeOf } from "./fields.ts";
import { kindTexts, payloadTexts } from "./texts.ts";

export function KindBadge({ target }: { readonly target: Target }) {
  return <Badge tone="info">{kindTexts[typeOf(target).kind]}</Badge>;
}

export function PayloadBadge({ target }: { readonly target: Target }) {
  return <Badge>{payloadTexts[payloadOf(target.payloadType)]}</Badge>;
}

/** What is unusual about a target: that it is switched off, or that it goes by itself. */
export function StateBadges({ target }: { readonly target: Target }) {
  return (
    <>
      {target.disabled && <Badge tone="warning">Disabled</Badge>}{" "}
      {target.expirationDate && <Badge>Temporary</Badge>}
    </>
  );
}
