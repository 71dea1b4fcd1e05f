import { ButtonLink } from "../components/button.tsx";
import { Page } from "../components/page.tsx";
import { EmptyState } from "../components/states.tsx";

export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <EmptyState title="Nothing is at this address.">
        <ButtonLink to="/ui/targets">Show the targets</ButtonLink>
      </EmptyState>
    </Page>
  );
}
