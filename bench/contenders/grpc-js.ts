/** @grpc/grpc-js: `node grpc-js.ts noop`, or `sqlite` for what a user would write on better-sqlite3. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import {
  UpdateTargetRequestSchema,
  UpdateTargetResponseSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { updatePath } from "../support/update-calls.ts";
import { updateAnswerFrame } from "./answer.ts";
import { prefixBytes } from "./framed.ts";
import { openUpdates } from "./sqlite-updates.ts";

const same = (bytes: Buffer) => bytes;
const answer = updateAnswerFrame.subarray(prefixBytes);

type Handle = (bytes: Buffer) => Buffer;

function withSqlite(): Handle {
  const update = openUpdates();
  return (bytes) => {
    const request = fromBinary(UpdateTargetRequestSchema, bytes);
    const { changedAt, ...target } = update(request.id, request.endpoint ?? "");
    const changeDate = timestampFromMs(changedAt);
    const reply = create(UpdateTargetResponseSchema, { changeDate, target });
    return Buffer.from(toBinary(UpdateTargetResponseSchema, reply));
  };
}

const handle: Handle = process.argv[2] === "sqlite" ? withSqlite() : () => answer;
const server = new Server();
server.addService(
  {
    updateTarget: {
      ...{ path: updatePath, requestStream: false, responseStream: false },
      ...{ requestSerialize: same, requestDeserialize: same },
      ...{ responseSerialize: same, responseDeserialize: same },
    },
  },
  {
    updateTarget: ({ request }: { readonly request: Buffer }, done: sendUnaryData<Buffer>) =>
      done(null, handle(request)),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`listening on http://127.0.0.1:${port}`);
});
