/** Posts with undici alone, as its documentation shows it. */
import { Pool } from "undici";
import { context, signedHeaders } from "./posted.ts";

export interface RawPoster {
  /** @throws Error when the answer is no success */
  post(body?: string): Promise<void>;
  close(): Promise<void>;
}

/** @param atOnce most connections */
export function rawPoster(url: string, atOnce: number): RawPoster {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: atOnce });
  return {
    async post(body = context) {
      const request = { path: pathname, method: "POST", headers: signedHeaders, body } as const;
      const answer = await pool.request(request);
      if (answer.statusCode !== 200) throw new Error(`the sink answered ${answer.statusCode}`);
      await answer.body.dump();
    },
    close: () => pool.close(),
  };
}
