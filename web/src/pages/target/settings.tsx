/** The settings of a target, to read. */
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { Time } from "../../components/time.tsx";
import { Copyable, Facts } from "../../components/value.tsx";
import { Link } from "../../router/link.tsx";
import { publicKeysPage } from "../../targets/addresses.ts";
import { type FieldName, fieldsOf } from "../../targets/fields.ts";
import { fieldLabels, fieldText } from "../../targets/texts.ts";

const shown: readonly FieldName[] = [
  "type",
  "timeout",
  "payload",
  "headers",
  "policy",
  "ordered",
  "disabled",
];

export function Settings({ target }: { readonly target: Target }) {
  const fields = fieldsOf(target);
  const settings = shown.map((name) => ({
    name: fieldLabels[name],
    value:
      name === "payload" && fields.payload === "jwe" ? (
        <>
          JWE, <Link to={publicKeysPage(target.id)}>encrypted for its public key</Link>
        </>
      ) : (
        fieldText(name, fields)
      ),
  }));
  return (
    <Facts
      facts={[
        { name: "Id", value: <Copyable text={target.id} what="id" /> },
        {
          name: fieldLabels.endpoint,
          value: <Copyable text={target.endpoint} what="endpoint" />,
        },
        ...settings,
        { name: "Created", value: <Time at={target.creationDate} /> },
        { name: "Changed", value: <Time at={target.changeDate} /> },
        ...(target.expirationDate
          ? [{ name: "Deleted by the server", value: <Time at={target.expirationDate} /> }]
          : []),
      ]}
    />
  );
}
