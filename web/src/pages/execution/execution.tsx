/** The targets of one condition: their order, who is on the list, and what that means for callers. */
import { type Condition, parseConditionId } from "../../../../src/domain/condition.ts";
import { ButtonLink } from "../../components/button.tsx";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { location } from "../../router/location.ts";
import { describe } from "./condition-text.ts";
import { loadExecution } from "./load.ts";
import { TargetListEditor } from "./target-list-editor.tsx";

const up = { text: "Executions", to: "/ui/executions" };

/** The id of the condition is the parameter `condition` of the address. */
export function ExecutionPage() {
  const id = location.value.query.get("condition") ?? "";
  const condition = parseConditionId(id);
  if (condition !== undefined) return <KnownCondition key={id} id={id} condition={condition} />;
  return (
    <Page title="Unknown condition" up={up}>
      <EmptyState title={`"${id}" is no condition.`}>
        <ButtonLink to="/ui/executions/new">Choose a condition</ButtonLink>
      </EmptyState>
    </Page>
  );
}

interface KnownConditionProps {
  readonly id: string;
  readonly condition: Condition;
}

function KnownCondition({ id, condition }: KnownConditionProps) {
  const { data, problem, loading, reload } = useCall(
    (signal) => loadExecution(condition, signal),
    [id],
  );
  return (
    <Page title={id} up={up} intro={introOf(condition)}>
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && !problem && <Loading what="Loading the execution" />}
      {data && (
        <TargetListEditor condition={condition} base={data} loading={loading} onReload={reload} />
      )}
    </Page>
  );
}

function introOf(condition: Condition): string {
  const when = describe(condition);
  return condition.kind === "event"
    ? `Each of these targets gets a delivery of its own ${when}. Nobody waits for it, so their order does not matter and no failure interrupts.`
    : `These targets are called, in this order, ${when}.`;
}
