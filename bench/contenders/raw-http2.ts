/** The limit of gRPC on Node: node:http2 alone, which reads no message and always answers the same. */
import { createServer, type ServerHttp2Stream } from "node:http2";
import { updateAnswerFrame } from "./answer.ts";
import { listening } from "./listening.ts";

const server = createServer({ settings: { maxConcurrentStreams: 256 } });
server.on("stream", (stream: ServerHttp2Stream) => {
  stream.on("data", () => undefined);
  stream.on("end", () => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc+proto" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(updateAnswerFrame);
  });
});
listening(server);
