/**
 * Binds a receiver to the method PlaceOrder of the shop: before it and after it. Prints the key with
 * which the receiver verifies calls.
 *
 *   node examples/shop/bind.ts <url of targetd> <token> <url of the receiver>
 */
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { file_shop_v1_shop } from "./gen/shop/v1/shop_pb.ts";

const [baseUrl = "http://127.0.0.1:8080", token = "", endpoint = "http://127.0.0.1:9100/hook"] =
  process.argv.slice(2);

const authorize: Interceptor = (next) => (request) => {
  request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const transport = createGrpcTransport({ baseUrl, interceptors: [authorize] });

// Conditions may name only methods that targetd knows.
const file = [...new Set(withImports(file_shop_v1_shop))].map(({ proto }) => proto);
const descriptorSet = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
await createClient(CatalogService, transport).importDescriptorSet({
  source: "shop",
  descriptorSet,
});

const actions = createClient(ActionService, transport);
const { id, signingKey } = await actions.createTarget({
  name: `rules of the shop ${Date.now()}`,
  targetType: { case: "restCall", value: { interruptOnError: true } },
  timeout: { seconds: 5n },
  endpoint,
});
const method = { case: "method", value: "/shop.v1.ShopService/PlaceOrder" } as const;
for (const type of ["request", "response"] as const) {
  const condition = { conditionType: { case: type, value: { condition: method } } };
  await actions.setExecution({ condition, targets: [id] });
}
process.stdout.write(`${signingKey}\n`);
process.exit(0);

function* withImports(file: DescFile): Generator<DescFile> {
  for (const imported of file.dependencies) yield* withImports(imported);
  yield file;
}
