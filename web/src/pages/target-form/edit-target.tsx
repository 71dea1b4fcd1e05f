/** Changes a target; what somebody else changed meanwhile is shown before anything is written over. */
import { useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { problemOf } from "../../api/problem.ts";
import { Page } from "../../components/page.tsx";
import { ErrorState, Loading } from "../../components/states.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { useCall } from "../../hooks/use-call.ts";
import { navigate } from "../../router/location.ts";
import type { PageProps } from "../../router/match.ts";
import { targetPage } from "../../targets/addresses.ts";
import { changedFields, updateRequest } from "../../targets/change.ts";
import { fieldsOf, type TargetFields } from "../../targets/fields.ts";
import { formOf } from "../../targets/form.ts";
import { ConflictView } from "./conflict.tsx";
import { TargetFormView } from "./target-form.tsx";

export function EditTargetPage({ params: { id = "" } }: PageProps) {
  const { data, problem, reload } = useCall((signal) => readTarget(id, signal), [id]);
  return (
    <Page title="Edit target" up={{ text: data?.fields.name ?? "Target", to: targetPage(id) }}>
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {!data && !problem && <Loading what="Loading the target" />}
      {data && <Editor id={id} read={data} />}
    </Page>
  );
}

/** The settings at one moment. */
interface Version {
  readonly etag: string;
  readonly fields: TargetFields;
}

async function readTarget(id: string, signal?: AbortSignal): Promise<Version> {
  const { target } = await api.actions.getTarget({ id }, signal && { signal });
  return versionOf(target);
}

function versionOf(target: Target | undefined): Version {
  if (target === undefined) throw new Error("the answer holds no target");
  return { etag: target.etag, fields: fieldsOf(target) };
}

/** The user's changes and the version that they were to be made to. */
interface Draft {
  readonly base: Version;
  readonly mine: TargetFields;
  /** What the server has instead of the base. */
  readonly theirs?: Version;
}

function Editor({ id, read }: { readonly id: string; readonly read: Version }) {
  const [draft, setDraft] = useState<Draft>({ base: read, mine: read.fields });
  const save = useAction(async (mine: TargetFields, base: Version) => {
    const changed = changedFields(base.fields, mine);
    if (changed.length === 0) return finish(id, "Nothing was changed.");
    try {
      await api.actions.updateTarget(updateRequest(id, mine, changed, base.etag));
    } catch (error) {
      if (problemOf(error).reason !== "ETAG_MISMATCH") throw error;
      setDraft({ base, mine, theirs: await readTarget(id) });
      return;
    }
    finish(id, "Saved the target.");
  });
  const { base, mine, theirs } = draft;
  return theirs === undefined ? (
    <TargetFormView
      initial={formOf(mine)}
      stored={formOf(base.fields)}
      verb="Save changes"
      busy={save.busy}
      problem={save.problem}
      onSubmit={(fields) => save.run(fields, base)}
      cancelTo={targetPage(id)}
    />
  ) : (
    <ConflictView
      key={theirs.etag}
      versions={{ base: base.fields, mine, theirs: theirs.fields }}
      busy={save.busy}
      problem={save.problem}
      onSave={(merged) => save.run(merged, theirs)}
      onBack={(merged) => {
        save.clear();
        setDraft({ base: theirs, mine: merged });
      }}
      cancelTo={targetPage(id)}
    />
  );
}

function finish(id: string, text: string): void {
  toast(text);
  navigate(targetPage(id));
}
