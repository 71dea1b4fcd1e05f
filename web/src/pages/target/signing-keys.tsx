/** The keys that sign the calls of a target. */
import { useState } from "preact/hooks";
import type { PreviousSigningKey, Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Card } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { RotateKey } from "./rotate-key.tsx";

export interface SigningKeysProps {
  readonly target: Target;
  readonly onChanged: () => void;
}

/** A key of the list: the current one has no end. */
type Key = Pick<PreviousSigningKey, "keyId"> & Partial<Pick<PreviousSigningKey, "expirationDate">>;

export function SigningKeys({ target, onChanged }: SigningKeysProps) {
  const [rotating, setRotating] = useState(false);
  const [revoked, setRevoked] = useState<string>();
  const keys: Key[] = [
    { keyId: target.signingKeyId },
    ...target.previousSigningKeys.toReversed().map(({ keyId, expirationDate }) => ({
      keyId,
      ...(expirationDate && { expirationDate }),
    })),
  ];
  return (
    <Card
      title="Signing keys"
      actions={
        <Button small icon="key" onClick={() => setRotating(true)}>
          Rotate key
        </Button>
      }
    >
      <Table
        caption="Signing keys"
        columns={columns(target.signingKeyId, setRevoked)}
        rows={keys}
        keyOf={({ keyId }) => keyId}
      />
      {rotating && (
        <RotateKey target={target} onRotated={onChanged} onClose={() => setRotating(false)} />
      )}
      {revoked !== undefined && (
        <RevokeKey
          target={target}
          keyId={revoked}
          onRevoked={onChanged}
          onClose={() => setRevoked(undefined)}
        />
      )}
    </Card>
  );
}

function columns(current: string, revoke: (keyId: string) => void): readonly Column<Key>[] {
  return [
    { title: "Key id", cell: ({ keyId }) => <code>{keyId}</code> },
    {
      title: "State",
      cell: ({ keyId }) =>
        keyId === current ? (
          <Badge tone="success">Current</Badge>
        ) : (
          <Badge tone="warning">Still signs</Badge>
        ),
    },
    {
      title: "Ends",
      cell: ({ expirationDate }) => <Time at={expirationDate} otherwise="With a rotation" />,
    },
    {
      title: "Actions",
      actions: true,
      cell: ({ keyId }) =>
        keyId !== current && (
          <Button small kind="danger" onClick={() => revoke(keyId)}>
            Revoke<span class="visually-hidden"> key {keyId}</span>
          </Button>
        ),
    },
  ];
}

interface RevokeKeyProps {
  readonly target: Target;
  readonly keyId: string;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

function RevokeKey({ target, keyId, onRevoked, onClose }: RevokeKeyProps) {
  const revoke = useAction(async () => {
    await api.targets.revokeSigningKey({ targetId: target.id, keyId });
    toast("Revoked the key.");
    onClose();
    onRevoked();
  });
  return (
    <Confirm title="Revoke this key?" verb="Revoke key" action={revoke} onClose={onClose}>
      <p>
        The next call of <strong>{target.name}</strong> no longer has a signature by{" "}
        <code>{keyId}</code>. A receiver that knows only this key will refuse every call.
      </p>
    </Confirm>
  );
}
