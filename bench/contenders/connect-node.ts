/** connect-node with a handler that does nothing: gRPC on HTTP/2, or `http1` for Connect JSON. */
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { updateAnswer } from "./answer.ts";
import { listening } from "./listening.ts";

const handler = connectNodeAdapter({
  routes: (router) => router.service(ActionService, { updateTarget: () => updateAnswer }),
});
listening(process.argv[2] === "http1" ? createServer(handler) : createHttp2Server(handler));
