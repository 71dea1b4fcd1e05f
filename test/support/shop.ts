/** A small API as upstreams describe theirs, with a field that targets must not see. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProtoSchema,
  type FieldDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type MessageType = MessageInitShape<typeof DescriptorProtoSchema>;

export const shop = "shop.v1.Shop";
export const buy = `/${shop}/Buy`;

/** Methods: Buy(Order) returns (Receipt), and Refund with the same types. */
export function shopDescriptorSet(): Uint8Array<ArrayBuffer> {
  const method = (name: string) => ({
    name,
    inputType: ".shop.v1.Order",
    outputType: ".shop.v1.Receipt",
  });
  const set = create(FileDescriptorSetSchema, {
    file: [
      {
        name: "shop/v1/shop.proto",
        package: "shop.v1",
        syntax: "proto3",
        messageType: [card, order, receipt],
        service: [{ name: "Shop", method: [method("Buy"), method("Refund")] }],
      },
    ],
  });
  return Uint8Array.from(toBinary(FileDescriptorSetSchema, set));
}

const field = (number: number, name: string, type: Type, more: Field = {}): Field => ({
  ...{ number, name, jsonName: name, type, label: Label.OPTIONAL },
  ...more,
});
const redacted: Field = { options: { debugRedact: true } };

const card: MessageType = {
  name: "Card",
  field: [field(1, "holder", Type.STRING), field(2, "number", Type.STRING, redacted)],
};

const order: MessageType = {
  name: "Order",
  field: [
    field(1, "item", Type.STRING),
    field(2, "count", Type.INT32),
    field(3, "pin", Type.STRING, redacted),
    field(4, "card", Type.MESSAGE, { typeName: ".shop.v1.Card" }),
  ],
};

const receipt: MessageType = {
  name: "Receipt",
  field: [field(1, "text", Type.STRING), field(2, "licence", Type.STRING, redacted)],
};
