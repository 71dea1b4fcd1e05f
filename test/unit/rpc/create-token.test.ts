/** The limit of tokens, on a store that is as full as it may be. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CreateTokenRequestSchema } from "../../../gen/targetd/v1/token_service_pb.ts";
import { maxLiveTokens } from "../../../src/auth/grant.ts";
import { newToken, ownerGrant } from "../../../src/auth/token.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { catalogue } from "../../../src/errors/catalogue.ts";
import { createToken } from "../../../src/rpc/create-token.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const clock = () => micros(1_790_000_000_000_000);

test("an instance has at most 10,000 live tokens", async () => {
  const temp = makeTempDir();
  const file = join(temp.path, "targetd.db");
  const store = await openSqliteStore({ file, masterKey: randomBytes(32), now: clock });
  try {
    const by = { author: "test", at: clock() };
    const tokens = Array.from({ length: maxLiveTokens - 1 }, () =>
      newToken(ownerGrant(defaultInstance), clock()),
    );
    await Promise.all(tokens.map(({ record }) => store.createToken(record, by)));
    const handler = createToken({ store, clock });
    const origin = {
      protocol: "rest" as const,
      header: () => undefined,
      peer: { address: undefined, certificate: undefined },
      signal: () => new AbortController().signal,
    };
    const identity = { ...ownerGrant(defaultInstance), subject: "token:test" };
    const call = () =>
      handler
        .prepare(create(CreateTokenRequestSchema, { roles: ["IAM_OWNER"] }))
        .run({ identity, origin, setHeader: () => undefined });
    await call();
    await expect(call()).rejects.toMatchObject({ id: catalogue.tooManyTokens.id });
    const [first] = tokens;
    await store.revokeToken(defaultInstance, first?.record.id ?? "", () => undefined, by);
    await call();
  } finally {
    await store.close();
    temp.remove();
  }
});
