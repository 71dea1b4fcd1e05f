import { create } from "@bufbuild/protobuf";
import { type Token, TokenSchema } from "../../gen/targetd/v1/token_service_pb.ts";
import type { TokenRecord } from "../store/token-store.ts";
import { toTimestamp } from "./time.ts";

/** A token as callers see it; its text is not known any more. */
export function toTokenMessage(token: TokenRecord): Token {
  const { id, description, roles, permissions, createdAt } = token;
  const { expiresAt, lastUsedAt, revokedAt } = token;
  return create(TokenSchema, {
    id,
    description,
    roles: [...roles],
    permissions: [...permissions],
    creationDate: toTimestamp(createdAt),
    ...(expiresAt !== undefined && { expirationDate: toTimestamp(expiresAt) }),
    ...(lastUsedAt !== undefined && { lastUseDate: toTimestamp(lastUsedAt) }),
    ...(revokedAt !== undefined && { revocationDate: toTimestamp(revokedAt) }),
  });
}
