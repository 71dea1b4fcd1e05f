import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { Confirm } from "../../components/confirm.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { navigate } from "../../router/location.ts";

export interface DeleteTargetProps {
  readonly target: Target;
  readonly onClose: () => void;
}

export function DeleteTarget({ target, onClose }: DeleteTargetProps) {
  const { id, name, etag } = target;
  const remove = useAction(async () => {
    await api.actions.deleteTarget({ id, etag });
    toast(`Deleted ${name}.`);
    navigate("/ui/targets");
  });
  return (
    <Confirm title="Delete this target?" verb="Delete target" action={remove} onClose={onClose}>
      <p>
        <strong>{name}</strong> disappears from every execution, its waiting deliveries are
        cancelled, and its keys end at once. This cannot be taken back.
      </p>
    </Confirm>
  );
}
