/**
 * Updates one field of a target with @grpc/grpc-js.
 *
 *   node examples/grpc-js.ts <address> <token> <target id> <new name>
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  UpdateTargetRequestSchema,
  type UpdateTargetResponse,
  UpdateTargetResponseSchema,
} from "../gen/zitadel/action/v2/target_messages_pb.ts";

const [address = "127.0.0.1:8080", token = "", id = "", name = ""] = process.argv.slice(2);

const client = new Client(address, credentials.createInsecure());
const metadata = new Metadata();
metadata.set("authorization", `Bearer ${token}`);

function updateTarget(
  request: MessageInitShape<typeof UpdateTargetRequestSchema>,
): Promise<UpdateTargetResponse> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/zitadel.action.v2.ActionService/UpdateTarget",
      (message) => Buffer.from(toBinary(UpdateTargetRequestSchema, message)),
      (bytes) => fromBinary(UpdateTargetResponseSchema, bytes),
      create(UpdateTargetRequestSchema, request),
      metadata,
      (error, response) => (response ? resolve(response) : reject(error)),
    );
  });
}

const response = await updateTarget({ id, name, updateMask: { paths: ["name"] } });
process.stdout.write(`the target is now called ${response.target?.name}\n`);
client.close();
