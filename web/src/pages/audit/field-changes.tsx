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
            <ValueChange before={textOf(oldValue)} after={textOf(newValue)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ValueChangeProps {
  /** Undefined where there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function ValueChange({ before, after }: ValueChangeProps) {
  if (before === undefined) return <ins>{after ?? "no value"}</ins>;
  return (
    <>
      <span class="visually-hidden">from </span>
      <del>{before}</del>
      <span aria-hidden="true"> → </span>
      <span class="visually-hidden"> to </span>
      {after === undefined ? <span class="muted">no value</span> : <ins>{after}</ins>}
    </>
  );
}

/** JSON, but texts without their quotation marks; undefined for null. */
function textOf(value: Value | undefined): string | undefined {
  const json = value === undefined ? null : toJson(ValueSchema, value);
  if (json === null) return undefined;
  return typeof json === "string" ? json : JSON.stringify(json);
}
