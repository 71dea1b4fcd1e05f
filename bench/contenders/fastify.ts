/** What a user would write for REST: Fastify with a schema, and a synced update for each request. */
import fastify from "fastify";
import { openUpdates } from "./sqlite-updates.ts";

const update = openUpdates();
const server = fastify({ keepAliveTimeout: 60_000 });

const text = { type: "string" };

const schema = {
  params: { type: "object", properties: { id: text }, required: ["id"] },
  body: { type: "object", properties: { endpoint: text }, required: ["endpoint"] },
  response: {
    200: {
      type: "object",
      properties: {
        changeDate: text,
        target: { type: "object", properties: { id: text, name: text, endpoint: text } },
      },
    },
  },
};

server.post<{ Params: { id: string }; Body: { endpoint: string } }>(
  "/v2/actions/targets/:id",
  { schema },
  async ({ params, body }) => {
    const { changedAt, ...target } = update(params.id, body.endpoint);
    return { changeDate: new Date(changedAt).toISOString(), target };
  },
);

console.log(`listening on ${await server.listen({ host: "127.0.0.1", port: 0 })}`);
