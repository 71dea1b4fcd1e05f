/** package.json of the repository, and what of it the package has. */
import { z } from "zod";

const texts = z.record(z.string(), z.string());

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  repository: z.unknown().optional(),
  private: z.boolean().optional(),
  type: z.literal("module"),
  engines: texts,
  bin: texts,
  exports: texts,
  dependencies: texts,
});

/** The fields that whoever installs the package needs; others, such as scripts, are dropped. */
export type Manifest = z.infer<typeof manifest>;

/** @throws ZodError when a field is missing or of another kind */
export function readManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}

/** The same with its files as they are called after the build. */
export function packedManifest({ bin, exports, ...rest }: Manifest): Manifest {
  return { ...rest, bin: compiled(bin), exports: compiled(exports) };
}

/** The declarations lie beside the files, where TypeScript looks for them. */
function compiled(paths: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(paths);
  return Object.fromEntries(entries.map(([name, path]) => [name, path.replace(/\.ts$/, ".js")]));
}
