/** Follows the files of a certificate while the server runs. */
import { type Certificate, type CertificateFiles, readCertificate } from "./certificate.ts";

/** The certificate that new connections get. */
export interface CertificateSource {
  readonly current: Certificate;
  /** Calls back with every later certificate. */
  onChange(use: (next: Certificate) => void): void;
}

export interface CertificateFollower extends CertificateSource {
  /** Looks at the files no more. */
  stop(): void;
}

/** Learns what became of changed files. */
export interface FollowerEvents {
  readonly onReload: (next: Certificate) => void;
  /** The certificate before stays in use. Called once for each state of the files. */
  readonly onRefused: (problem: Error) => void;
}

/** How often the files are read, in milliseconds. */
const pollInterval = 5000;

/**
 * Reads the files now and again every few seconds. Reading is what survives every way of replacing
 * them, renames and swapped symbolic links of mounted volumes included, where watchers lose sight.
 * A key and a certificate that are written one after the other do not fit for a moment; they are
 * refused like a broken pair, and taken when they fit.
 *
 * @param pollMs milliseconds between two looks
 * @throws CertificateError when the files cannot be used at the start
 */
export async function followCertificate(
  files: CertificateFiles,
  events: FollowerEvents,
  pollMs = pollInterval,
): Promise<CertificateFollower> {
  let current = await readCertificate(files);
  let refused: string | undefined;
  let stopped = false;
  const listeners: ((next: Certificate) => void)[] = [];

  const look = async () => {
    try {
      const next = await readCertificate(files);
      refused = undefined;
      if (stopped || same(next, current)) return;
      for (const use of listeners) use(next);
      current = next;
      events.onReload(next);
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (stopped || problem.message === refused) return;
      refused = problem.message;
      events.onRefused(problem);
    }
  };
  const schedule = () => setTimeout(() => void look().then(next), pollMs).unref();
  const next = () => {
    if (!stopped) timer = schedule();
  };
  let timer = schedule();
  return {
    get current() {
      return current;
    },
    onChange: (use) => void listeners.push(use),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function same(one: Certificate, other: Certificate): boolean {
  return one.cert === other.cert && one.key === other.key && one.clientCa === other.clientCa;
}
