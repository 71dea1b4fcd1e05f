/** What a change did to each field. */
import { toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { FieldChange } from "../../../../gen/targetd/v1/audit_service_pb.ts";

export function FieldChanges({ fields }: { readonly fields: readonly FieldChange[] }) {
  return (
    <dl class="field-changes">
      {fields.map(({ field, oldValue, newValue }) => (
        <div key={field}>
          <dt>
            <code>{field}</code>
          </dt>
          <dd>
            <span class="visually-hidden">from </span>
            <del>{textOf(oldValue)}</del>
            <span aria-hidden="true"> → </span>
            <span class="visually-hidden"> to </span>
            <ins>{textOf(newValue)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** JSON, but texts without their quotation marks. */
function textOf(value: Value | undefined): string {
  const json = value === undefined ? null : toJson(ValueSchema, value);
  if (json === null) return "nothing";
  return typeof json === "string" ? json : JSON.stringify(json);
}
