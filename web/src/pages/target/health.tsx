/** How the deliveries to a target went lately. */
import { Link } from "../../router/link.tsx";

export function TargetHealth({ targetId }: { readonly targetId: string }) {
  return (
    <Link to={`/ui/deliveries?target=${encodeURIComponent(targetId)}`}>Show its deliveries</Link>
  );
}
