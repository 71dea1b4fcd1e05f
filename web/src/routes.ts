/** Every page of the console, one line each; the first route that fits the path is taken. */
import { AuditPage } from "./pages/audit/audit.tsx";
import { CataloguePage } from "./pages/catalogue/catalogue.tsx";
import { DeliveriesPage } from "./pages/deliveries/deliveries.tsx";
import { DeliveryPage } from "./pages/delivery/delivery.tsx";
import { ExecutionPage } from "./pages/execution/execution.tsx";
import { NewExecutionPage } from "./pages/execution/new-execution.tsx";
import { ExecutionsPage } from "./pages/executions/executions.tsx";
import { PublicKeysPage } from "./pages/public-keys/public-keys.tsx";
import { TargetPage } from "./pages/target/target.tsx";
import { EditTargetPage } from "./pages/target-form/edit-target.tsx";
import { NewTargetPage } from "./pages/target-form/new-target.tsx";
import { TargetsPage } from "./pages/targets/targets.tsx";
import type { Route } from "./router/match.ts";

export const routes: readonly Route[] = [
  { path: "/ui/", section: "Targets", page: TargetsPage },
  { path: "/ui/targets", section: "Targets", page: TargetsPage },
  { path: "/ui/targets/new", section: "Targets", page: NewTargetPage },
  { path: "/ui/targets/:id", section: "Targets", page: TargetPage },
  { path: "/ui/targets/:id/edit", section: "Targets", page: EditTargetPage },
  { path: "/ui/executions", section: "Executions", page: ExecutionsPage },
  { path: "/ui/executions/new", section: "Executions", page: NewExecutionPage },
  { path: "/ui/executions/edit", section: "Executions", page: ExecutionPage },
  { path: "/ui/public-keys", section: "Public keys", page: PublicKeysPage },
  { path: "/ui/deliveries", section: "Deliveries", page: DeliveriesPage },
  { path: "/ui/deliveries/:id", section: "Deliveries", page: DeliveryPage },
  { path: "/ui/audit", section: "Audit", page: AuditPage },
  { path: "/ui/catalogue", section: "Catalogue", page: CataloguePage },
];

/** What the navigation leads to, in its order. */
export const sections: readonly Section[] = [
  { name: "Targets", path: "/ui/targets" },
  { name: "Executions", path: "/ui/executions" },
  { name: "Deliveries", path: "/ui/deliveries" },
  { name: "Public keys", path: "/ui/public-keys" },
  { name: "Audit", path: "/ui/audit" },
  { name: "Catalogue", path: "/ui/catalogue" },
];

interface Section {
  readonly name: string;
  readonly path: string;
}
