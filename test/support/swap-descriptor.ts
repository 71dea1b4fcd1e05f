/**
 * Disks that fail, made of what every system has: a descriptor that this process holds is closed and
 * its number given to another file, so that whoever uses the number meets what that file does.
 * /dev/null takes writes and cannot be synced, /dev/full is full, a file opened for reading refuses.
 */
import { closeSync, fstatSync, openSync, statSync } from "node:fs";

/** The number under which this process holds a file. */
export function descriptorOf(file: string): number {
  const { dev, ino } = statSync(file);
  for (let fd = 3; fd < 1024; fd++) {
    const found = statDescriptor(fd);
    if (found?.dev === dev && found.ino === ino) return fd;
  }
  throw new Error(`${file} is not open`);
}

/** Gives a descriptor's number to another file. */
export function swapDescriptor(fd: number, file: string, flags: "r" | "r+"): void {
  closeSync(fd);
  const others: number[] = [];
  // The system gives the lowest free number.
  for (let got = openSync(file, flags); got !== fd; got = openSync(file, flags)) others.push(got);
  for (const other of others) closeSync(other);
}

function statDescriptor(fd: number): { readonly dev: number; readonly ino: number } | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}
