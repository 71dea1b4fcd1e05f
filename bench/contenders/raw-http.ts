/** The limit of REST on Node: node:http alone, which parses the JSON and always answers the same. */
import { createServer } from "node:http";
import { updateAnswerJson } from "./answer.ts";
import { listening } from "./listening.ts";

const headers = {
  "content-type": "application/json",
  "content-length": Buffer.byteLength(updateAnswerJson),
};

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    JSON.parse(Buffer.concat(pieces).toString());
    response.writeHead(200, headers);
    response.end(updateAnswerJson);
  });
});
server.keepAliveTimeout = 60_000;
listening(server);
