/** Features that can be switched on and off, for the server and for each instance. */
export const featureNames = ["actions"] as const;

export type FeatureName = (typeof featureNames)[number];

export function isFeature(name: string): name is FeatureName {
  return (featureNames as readonly string[]).includes(name);
}
