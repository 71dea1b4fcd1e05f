/** Addresses of pages about a target. */

const pageOf = (id: string) => `/ui/targets/${encodeURIComponent(id)}`;

export const targetPage = (id: string) => pageOf(id);
export const editPage = (id: string) => `${pageOf(id)}/edit`;
export const publicKeysPage = (id: string) => `/ui/public-keys?target=${encodeURIComponent(id)}`;
export const deliveriesPage = (id: string) => `/ui/deliveries?target=${encodeURIComponent(id)}`;
