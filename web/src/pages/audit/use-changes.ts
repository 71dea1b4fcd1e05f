/** The changes of the audit, newest first, page by page. */
import { useEffect, useState } from "preact/hooks";
import type { Change } from "../../../../gen/targetd/v1/audit_service_pb.ts";
import { api } from "../../api/clients.ts";
import type { Problem } from "../../api/problem.ts";
import { useAction } from "../../hooks/use-action.ts";
import { useCall } from "../../hooks/use-call.ts";
import { type AuditFilter, toChangesRequest } from "./audit-filter.ts";

export interface Changes {
  /** Undefined until the first page was read. */
  readonly changes: readonly Change[] | undefined;
  readonly problem: Problem | undefined;
  readonly reload: () => void;
  readonly more: boolean;
  readonly busy: boolean;
  readonly loadMore: () => void;
}

export function useChanges(filter: AuditFilter): Changes {
  const key = JSON.stringify(filter);
  const request = toChangesRequest(filter);
  const first = useCall((signal) => api.audit.listChanges(request, { signal }), [key]);
  const [older, setOlder] = useState<readonly Change[]>([]);
  const [next, setNext] = useState("");
  useEffect(() => {
    setOlder([]);
    setNext(first.data?.nextPageToken ?? "");
  }, [first.data]);
  const read = useAction(async () => {
    const page = await api.audit.listChanges({ ...request, pageToken: next });
    setOlder((before) => [...before, ...page.changes]);
    setNext(page.nextPageToken);
  });
  return {
    changes: first.data && [...first.data.changes, ...older],
    problem: first.problem ?? read.problem,
    reload: first.reload,
    more: next !== "" && !first.loading,
    busy: read.busy,
    loadMore: () => void read.run(),
  };
}
