/** The whole console: the sign-in until there is a session, then the page at the address. */
import { Toasts } from "./components/toast.tsx";
import { Layout } from "./layout/layout.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in/sign-in.tsx";
import { location } from "./router/location.ts";
import { matchRoute } from "./router/match.ts";
import { useArrival } from "./router/use-arrival.ts";
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
  useArrival(location.value);
  const match = matchRoute(routes, path);
  const Page = match?.route.page ?? NotFoundPage;
  return (
    <Layout section={match?.route.section}>
      <Page key={path} params={match?.params ?? {}} />
    </Layout>
  );
}
