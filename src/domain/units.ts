/** Primitive types that must not be mistaken for one another. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Id of a tenant. */
export type InstanceId = Brand<string, "InstanceId">;
/** Id of a target. */
export type TargetId = Brand<string, "TargetId">;
/** A length of time in nanoseconds; exact up to 104 days. */
export type Nanoseconds = Brand<number, "Nanoseconds">;
/** A point in time in microseconds since 1970-01-01T00:00:00Z. */
export type Micros = Brand<number, "Micros">;

export const instanceId = (value: string): InstanceId => value as InstanceId;
export const targetId = (value: string): TargetId => value as TargetId;
export const nanoseconds = (value: number): Nanoseconds => value as Nanoseconds;
export const micros = (value: number): Micros => value as Micros;

/** The tenant that exists from the first start. */
export const defaultInstance: InstanceId = instanceId("default");
