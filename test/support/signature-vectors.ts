/** Signed calls that were made with other implementations. */
import { readFileSync } from "node:fs";

/** A call of test/vectors/signatures.json. */
export interface Vector {
  readonly name: string;
  readonly keys_oldest_first: readonly string[];
  readonly timestamp: number;
  readonly webhook_id: string;
  readonly body: string;
  readonly "X-ZITADEL-Signature": string;
  readonly "webhook-signature": string;
}

const vectorFile = new URL("../vectors/signatures.json", import.meta.url);
export const vectors = JSON.parse(readFileSync(vectorFile, "utf8")) as readonly Vector[];
