/** What calls of targets post, the same for all who are compared: one body, and headers of one size. */

export const context = JSON.stringify({
  ...{ aggregateID: "17", aggregateType: "order", instanceID: "default", version: "v1" },
  ...{ sequence: 4, event_type: "order.paid", userID: "user-1", event_payload: { sum: 12.5 } },
});

/** Those that targetd makes for each call, made once. */
export const signedHeaders = {
  "content-type": "application/json",
  "webhook-id": "0198f2f0-5b5e-7d7c-8f3c-3c9a4d9f2c11",
  "webhook-timestamp": "1800000000",
  "webhook-signature": `v1,${"A".repeat(44)}`,
  "x-zitadel-signature": `t=1800000000,v1=${"0".repeat(64)}`,
  "zitadel-signature": `t=1800000000,v1=${"0".repeat(64)}`,
};
