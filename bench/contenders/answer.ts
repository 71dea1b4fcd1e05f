/** What contenders that do nothing answer to UpdateTarget: as many bytes as targetd. */
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { UpdateTargetResponseSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { updatedEndpoint } from "../support/update-calls.ts";
import { framed } from "./framed.ts";
import { idOf } from "./sqlite-updates.ts";

const changeDate = timestampFromMs(1_800_000_000_123);

export const updateAnswer = create(UpdateTargetResponseSchema, {
  changeDate,
  target: {
    ...{ id: idOf(0), creationDate: changeDate, changeDate, name: "bench-0000" },
    ...{ targetType: { case: "restWebhook", value: {} }, timeout: { seconds: 10n } },
    ...{ endpoint: updatedEndpoint, etag: "0".repeat(16), signingKeyId: idOf(0) },
  },
});

export const updateAnswerJson = toJsonString(UpdateTargetResponseSchema, updateAnswer);

/** The answer as a length-prefixed message of gRPC. */
export const updateAnswerFrame = framed(toBinary(UpdateTargetResponseSchema, updateAnswer));
