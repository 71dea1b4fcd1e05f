/** The public keys of a target and what may be done with each. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { PublicKey } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { EmptyState, ProblemNote } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";

export interface KeyTableProps {
  readonly targetId: string;
  readonly keys: readonly PublicKey[];
  readonly onChanged: () => void;
  /** The button that adds one. */
  readonly add: ComponentChildren;
}

export function KeyTable({ targetId, keys, onChanged, add }: KeyTableProps) {
  const [removed, setRemoved] = useState<PublicKey>();
  const activate = useAction(async ({ keyId }: PublicKey) => {
    await api.actions.activatePublicKey({ targetId, keyId });
    toast("Activated the key.");
    onChanged();
  });
  const deactivate = useAction(async ({ keyId }: PublicKey) => {
    await api.actions.deactivatePublicKey({ targetId, keyId });
    toast("Deactivated the key.");
    onChanged();
  });
  const problem = activate.problem ?? deactivate.problem;
  if (keys.length === 0)
    return <EmptyState title="This target has no public keys.">{add}</EmptyState>;
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <Table
        caption="Public keys"
        columns={[
          ...facts,
          {
            title: "Actions",
            actions: true,
            cell: (key) => (
              <KeyActions
                publicKey={key}
                onActivate={() => activate.run(key)}
                onDeactivate={() => deactivate.run(key)}
                onRemove={() => setRemoved(key)}
              />
            ),
          },
        ]}
        rows={keys}
        keyOf={({ keyId }) => keyId}
      />
      {removed && (
        <RemoveKey
          targetId={targetId}
          publicKey={removed}
          onRemoved={onChanged}
          onClose={() => setRemoved(undefined)}
        />
      )}
    </>
  );
}

const facts: readonly Column<PublicKey>[] = [
  { title: "Key id (kid)", cell: ({ keyId }) => <code>{keyId}</code> },
  {
    title: "State",
    cell: (key) => {
      if (key.active) return <Badge tone="success">Active</Badge>;
      return isExpired(key) ? <Badge tone="danger">Expired</Badge> : <Badge>Inactive</Badge>;
    },
  },
  {
    title: "Expires",
    cell: ({ expirationDate }) => <Time at={expirationDate} otherwise="Never" />,
  },
  { title: "Added", cell: ({ creationDate }) => <Time at={creationDate} /> },
  {
    title: "Fingerprint",
    cell: ({ fingerprint }) => (
      <span class="copyable">
        <code class="cut">{fingerprint}</code>
        <CopyButton text={fingerprint} what="fingerprint" />
      </span>
    ),
  },
];

function isExpired({ expirationDate }: PublicKey): boolean {
  return expirationDate !== undefined && Number(expirationDate.seconds) * 1000 <= Date.now();
}

interface KeyActionsProps {
  readonly publicKey: PublicKey;
  readonly onActivate: () => void;
  readonly onDeactivate: () => void;
  readonly onRemove: () => void;
}

function KeyActions({ publicKey, onActivate, onDeactivate, onRemove }: KeyActionsProps) {
  const named = <span class="visually-hidden"> key {publicKey.keyId}</span>;
  return publicKey.active ? (
    <Button small onClick={onDeactivate}>
      Deactivate{named}
    </Button>
  ) : (
    <span class="row row-end">
      {!isExpired(publicKey) && (
        <Button small onClick={onActivate}>
          Activate{named}
        </Button>
      )}
      <Button small kind="danger" onClick={onRemove}>
        Remove{named}
      </Button>
    </span>
  );
}

interface RemoveKeyProps {
  readonly targetId: string;
  readonly publicKey: PublicKey;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

function RemoveKey({ targetId, publicKey: { keyId }, onRemoved, onClose }: RemoveKeyProps) {
  const remove = useAction(async () => {
    await api.actions.removePublicKey({ targetId, keyId });
    toast("Removed the key.");
    onClose();
    onRemoved();
  });
  return (
    <Confirm title="Remove this public key?" verb="Remove key" action={remove} onClose={onClose}>
      <p>
        <code>{keyId}</code> is not in use. To use it again you would have to add it again, with
        another id.
      </p>
    </Confirm>
  );
}
