/** What became of a delivery, in a word. */
import { DeliveryState } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { Badge, type Tone } from "../components/badge.tsx";

export const stateTexts: ReadonlyMap<DeliveryState, string> = new Map([
  [DeliveryState.PENDING, "Pending"],
  [DeliveryState.SUCCEEDED, "Succeeded"],
  [DeliveryState.FAILED, "Failed"],
  [DeliveryState.CANCELLED, "Cancelled"],
]);

const tones: ReadonlyMap<DeliveryState, Tone> = new Map([
  [DeliveryState.PENDING, "warning"],
  [DeliveryState.SUCCEEDED, "success"],
  [DeliveryState.FAILED, "danger"],
]);

export function StateBadge({ state }: { readonly state: DeliveryState }) {
  return <Badge tone={tones.get(state) ?? "neutral"}>{stateTexts.get(state) ?? "Unknown"}</Badge>;
}
