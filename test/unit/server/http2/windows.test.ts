import { describe, expect, test } from "vitest";
import {
  initialWindow,
  maxWindow,
  ReceiveWindow,
  SendWindow,
} from "../../../../src/server/http2/windows.ts";

describe("what may be sent", () => {
  test("becomes less with what is sent, and more as the client says", () => {
    const window = new SendWindow(10);
    window.take(10);
    expect(window.available).toBe(0);
    expect(window.grow(5)).toBe(true);
    expect(window.available).toBe(5);
  });

  test("may be less than nothing, after a setting of the client", () => {
    const window = new SendWindow(10);
    window.take(10);
    expect(window.grow(-5)).toBe(true);
    expect(window.available).toBe(-5);
  });

  test.each([
    ["as large as it may be", maxWindow - 1, true],
    ["larger", maxWindow, false],
  ])("may become %s: %i more than 1", (_name, bytes, isGood) => {
    expect(new SendWindow(1).grow(bytes)).toBe(isGood);
  });
});

describe("what may come", () => {
  test("is a window to the byte", () => {
    const window = new ReceiveWindow();
    expect(window.take(initialWindow)).toBe(true);
    expect(window.take(1)).toBe(false);
  });

  test("is given back when half of the window was read, and not before", () => {
    const window = new ReceiveWindow();
    const half = Math.ceil(initialWindow / 2);
    window.take(half);
    expect(window.giveBack(half - 1)).toBe(0);
    expect(window.available).toBe(initialWindow - half);
    expect(window.giveBack(1)).toBe(half);
    expect(window.available).toBe(initialWindow);
  });
});
