/** Adds a public key to a target. */
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useState } from "preact/hooks";
import { api } from "../../api/clients.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox } from "../../components/choice.tsx";
import { Actions, Dialog } from "../../components/dialog.tsx";
import { TextAreaField, TextField } from "../../components/field.tsx";
import { ProblemNote } from "../../components/states.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { useRequestId } from "../../hooks/use-request-id.ts";
import { pemProblem } from "./pem.ts";

export interface AddKeyProps {
  readonly targetId: string;
  readonly onAdded: () => void;
  readonly onClose: () => void;
}

export function AddKey({ targetId, onAdded, onClose }: AddKeyProps) {
  const [pem, setPem] = useState("");
  const [expires, setExpires] = useState("");
  const [activate, setActivate] = useState(true);
  const [error, setError] = useState<string>();
  const requestId = useRequestId();
  const add = useAction(async () => {
    const { actions } = api;
    const publicKey = new TextEncoder().encode(`${pem.trim()}\n`);
    const content = { targetId, publicKey, ...expiry(expires) };
    const id = requestId([targetId, pem, expires]);
    const { keyId } = await actions.addPublicKey({ ...content, requestId: id });
    if (activate) await actions.activatePublicKey({ targetId, keyId });
    toast(activate ? "Added and activated the key." : "Added the key.");
    onClose();
    onAdded();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    const wrong = pemProblem(pem);
    setError(wrong);
    if (wrong === undefined) add.run();
  };
  const { violations = new Map<string, string>() } = add.problem ?? {};
  const others = new Map([...violations].filter(([field]) => !shownAtFields.has(field)));
  return (
    <Dialog title="Add a public key" onClose={onClose} wide>
      <form class="form form-wide" onSubmit={submit} noValidate>
        <TextAreaField
          label="Public key"
          value={pem}
          onInput={setPem}
          rows={9}
          placeholder={"-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----"}
          error={error ?? violations.get("public_key")}
          hint="PEM; RSA of at least 2048 bits, or EC on P-256, P-384 or P-521. Never the private key."
        />
        <TextField
          label="Expires"
          optional
          type="datetime-local"
          value={expires}
          onInput={setExpires}
          error={violations.get("expiration_date")}
          hint="In the time zone of this browser. Empty means never."
        />
        <Checkbox
          label="Activate it now"
          hint="The key that is active so far is deactivated."
          checked={activate}
          onChange={setActivate}
        />
        {add.problem && <ProblemNote problem={{ ...add.problem, violations: others }} />}
        <Actions>
          <Button kind="primary" type="submit" busy={add.busy}>
            Add key
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

/** Paths of violations that stand at their fields. */
const shownAtFields: ReadonlySet<string> = new Set(["public_key", "expiration_date"]);

function expiry(local: string) {
  return local === "" ? {} : { expirationDate: timestampFromDate(new Date(local)) };
}
