/** The public keys that payloads of type JWE are encrypted for, of one target. */
import { useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { Button } from "../../components/button.tsx";
import { Page } from "../../components/page.tsx";
import { ErrorState, Loading, Note } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { Link } from "../../router/link.tsx";
import { location } from "../../router/location.ts";
import { targetPage } from "../../targets/addresses.ts";
import { payloadOf } from "../../targets/fields.ts";
import { AddKey } from "./add-key.tsx";
import { ChooseTarget } from "./choose-target.tsx";
import { KeyTable } from "./key-table.tsx";

const intro =
  "A target with the payload type JWE encrypts for its active public key. The receiver keeps the private half, which never comes here.";

export function PublicKeysPage() {
  const id = location.value.query.get("target");
  if (id) return <KeysOfTarget key={id} id={id} />;
  return (
    <Page title="Public keys" intro={intro}>
      <ChooseTarget />
    </Page>
  );
}

async function readKeys(id: string, signal: AbortSignal) {
  const [{ target }, { publicKeys }] = await Promise.all([
    api.actions.getTarget({ id }, { signal }),
    api.actions.listPublicKeys({ targetId: id }, { signal }),
  ]);
  return { target, publicKeys };
}

function KeysOfTarget({ id }: { readonly id: string }) {
  const [adding, setAdding] = useState(false);
  const { data, problem, reload } = useCall((signal) => readKeys(id, signal), [id]);
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      Add key
    </Button>
  );
  return (
    <Page
      title={data?.target ? `Public keys of ${data.target.name}` : "Public keys"}
      up={{ text: "Public keys", to: "/ui/public-keys" }}
      intro={intro}
      actions={data && add}
    >
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {!data && !problem && <Loading what="Loading the keys" />}
      {data?.target && (
        <>
          <PayloadHint target={data.target} anyActive={data.publicKeys.some((key) => key.active)} />
          <KeyTable targetId={id} keys={data.publicKeys} onChanged={reload} add={add} />
        </>
      )}
      {adding && <AddKey targetId={id} onAdded={reload} onClose={() => setAdding(false)} />}
    </Page>
  );
}

interface PayloadHintProps {
  readonly target: Target;
  readonly anyActive: boolean;
}

/** Whether the keys do anything, and whether one is missing. */
function PayloadHint({ target, anyActive }: PayloadHintProps) {
  const usesKeys = payloadOf(target.payloadType) === "jwe";
  if (usesKeys && anyActive) return null;
  return (
    <div class="above">
      {usesKeys ? (
        <Note kind="warning">
          No key is active, so every call of this target fails until you activate one.
        </Note>
      ) : (
        <Note kind="info">
          <span>
            The payload type of <Link to={targetPage(target.id)}>this target</Link> is not JWE, so
            its keys are not used.
          </span>
        </Note>
      )}
    </div>
  );
}
