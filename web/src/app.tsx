/** The whole console: the sign-in until there is a session, then the page at the address. */
import { useEffect, useRef } from "preact/hooks";
import { Toasts } from "./components/toast.tsx";
import { Layout } from "./layout/layout.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in/sign-in.tsx";
import { location } from "./router/location.ts";
import { matchRoute } from "./router/match.ts";
import { routes } from "./routes.ts";
import { session } from "./session/session.ts";

export function App() {
  return (
    <>
      {session.value === undefined ? <SignInPage /> : <CurrentPage />}
      <Toasts />
    </>
  );
}

function CurrentPage() {
  const { path } = location.value;
  useFocusOnNavigation(path);
  const match = matchRoute(routes, path);
  const Page = match?.route.page ?? NotFoundPage;
  return (
    <Layout section={match?.route.section}>
      <Page key={path} params={match?.params ?? {}} />
    </Layout>
  );
}

/**
 * Screen readers notice a navigation without a load only when the focus moves. The first page that is
 * shown leaves the focus where the browser put it.
 */
function useFocusOnNavigation(path: string): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    document.querySelector<HTMLElement>("main h1")?.focus();
    window.scrollTo(0, 0);
  }, [path]);
}
