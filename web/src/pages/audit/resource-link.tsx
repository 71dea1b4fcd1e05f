import { ResourceType } from "../../../../gen/targetd/v1/audit_service_pb.ts";
import { Link } from "../../router/link.tsx";
import { targetPage } from "../../targets/addresses.ts";

/** Addresses of the pages of things that have one. */
const pages: ReadonlyMap<ResourceType, (id: string) => string> = new Map([
  [ResourceType.TARGET, targetPage],
  [
    ResourceType.EXECUTION,
    (id: string) => `/ui/executions/edit?${new URLSearchParams({ condition: id })}`,
  ],
]);

export interface ResourceLinkProps {
  readonly type: ResourceType;
  readonly id: string;
}

/** The id of a thing, leading to its page where it has one; what is deleted has none any more. */
export function ResourceLink({ type, id }: ResourceLinkProps) {
  const page = pages.get(type);
  const text = <code>{id}</code>;
  return page === undefined || id === "" ? text : <Link to={page(id)}>{text}</Link>;
}
