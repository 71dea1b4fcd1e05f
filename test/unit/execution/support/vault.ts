/** Messages that hold secrets in every place where a message can. */
import type { DescMessage, JsonValue } from "@bufbuild/protobuf";
import {
  file_google_protobuf_any,
  file_google_protobuf_timestamp,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { readDescriptorSet } from "../../../../src/catalog/descriptor-set.ts";
import type { MessageType } from "../../../../src/execution/message-json.ts";
import { descriptorSet, protoField, protoFile } from "../../../support/descriptor-sets.ts";

const options = { debugRedact: true };
const list = { label: Label.REPEATED };
const any = ".google.protobuf.Any";

const vault = protoFile("vault.proto", {
  package: "v",
  dependency: ["google/protobuf/any.proto", "google/protobuf/timestamp.proto"],
  messageType: [
    {
      name: "Vault",
      field: [
        protoField("name", 1),
        protoField("secret_key", 2, Type.STRING, { options }),
        protoField("inner", 3, ".v.Vault"),
        protoField("many", 4, ".v.Vault", list),
        protoField("by_name", 5, ".v.Vault.ByNameEntry", list),
        protoField("secrets", 6, Type.STRING, { options, ...list }),
        protoField("hidden", 7, ".v.Vault", { options }),
        protoField("held", 8, any),
        protoField("held_many", 9, any, list),
        protoField("at", 10, ".google.protobuf.Timestamp"),
        protoField("plain", 11, Type.STRING, { oneofIndex: 0 }),
        protoField("sealed", 12, Type.STRING, { oneofIndex: 0, options }),
      ],
      oneofDecl: [{ name: "content" }],
      nestedType: [
        {
          name: "ByNameEntry",
          field: [protoField("key", 1), protoField("value", 2, ".v.Vault")],
          options: { mapEntry: true },
        },
      ],
    },
    { name: "Open", field: [protoField("name", 1), protoField("next", 2, ".v.Open")] },
  ],
});

const old = protoFile("old.proto", {
  package: "o",
  syntax: "proto2",
  messageType: [
    {
      name: "Account",
      field: [
        protoField("id", 1, Type.STRING, { label: Label.REQUIRED }),
        protoField("password", 2, Type.STRING, { label: Label.REQUIRED, options }),
      ],
      extensionRange: [{ start: 100, end: 200 }],
    },
  ],
  extension: [
    protoField("pin", 100, Type.STRING, { extendee: ".o.Account", options }),
    protoField("nick", 101, Type.STRING, { extendee: ".o.Account" }),
    protoField("other", 102, ".o.Account", { extendee: ".o.Account" }),
  ],
});

const { registry } = readDescriptorSet(
  descriptorSet(file_google_protobuf_any.proto, file_google_protobuf_timestamp.proto, vault, old),
);

function typeOf(name: string): MessageType {
  const schema: DescMessage | undefined = registry.getMessage(name);
  if (schema === undefined) throw new Error(`there is no message ${name}`);
  return { schema, registry };
}

export const vaultType = typeOf("v.Vault");
export const openType = typeOf("v.Open");
export const accountType = typeOf("o.Account");

/** Something in an Any. */
export function held(type: MessageType, json: Readonly<Record<string, JsonValue>>) {
  return { "@type": `type.googleapis.com/${type.schema.typeName}`, ...json };
}
