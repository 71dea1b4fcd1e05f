import fc from "fast-check";
import { expect, test } from "vitest";
import type { TargetSettings } from "../../src/domain/target.ts";
import { applyUpdate, type UpdateCommand } from "../../src/domain/target-update.ts";
import { micros } from "../../src/domain/units.ts";
import {
  clearedSettings,
  protoNames,
  readMask,
  type SettingsField,
  type SomeSettings,
  select,
} from "../../src/domain/update-mask.ts";
import { anySettings, sampleTarget } from "../support/targets.ts";

const allFields = Object.keys(protoNames) as SettingsField[];
const someFields = fc.uniqueArray(fc.constantFrom(...allFields), { minLength: 1 });

function throughMask(current: TargetSettings, given: SomeSettings, paths: string[], at = 10) {
  const { selection, violations } = readMask(paths, { kind: given.type?.kind, rotates: false });
  expect(violations).toEqual([]);
  const { patch, interrupt } = select(given, selection);
  const command: UpdateCommand = { patch, interrupt, rotation: undefined, etag: "" };
  const target = sampleTarget({ settings: current, changedAt: micros(1) });
  return applyUpdate(target, command, micros(at), () => undefined);
}

const pathsOf = (fields: readonly SettingsField[]) => fields.map((field) => protoNames[field]);

test("applying a mask twice equals applying it once", () => {
  fc.assert(
    fc.property(anySettings, anySettings, someFields, (current, given, fields) => {
      const once = throughMask(current, given, pathsOf(fields)).next;
      const twice = throughMask(once.settings, given, pathsOf(fields));
      expect(twice.next).toBe(twice.current);
    }),
  );
});

test("fields outside the mask never change, fields inside become what is given", () => {
  fc.assert(
    fc.property(anySettings, anySettings, someFields, (current, given, fields) => {
      const { settings } = throughMask(current, given, pathsOf(fields)).next;
      for (const field of allFields) {
        const source = fields.includes(field) ? given : current;
        expect(settings[field]).toEqual(source[field]);
      }
    }),
  );
});

test("* equals naming every field", () => {
  fc.assert(
    fc.property(anySettings, anySettings, (current, given) => {
      const star = throughMask(current, given, ["*"]).next.settings;
      expect(star).toEqual(throughMask(current, given, pathsOf(allFields)).next.settings);
      expect(star).toEqual(given);
    }),
  );
});

test("change date moves exactly when history has something to tell", () => {
  fc.assert(
    fc.property(anySettings, anySettings, someFields, (current, given, fields) => {
      const update = throughMask(current, given, pathsOf(fields));
      expect(update.fields.length > 0).toBe(update.next.changedAt > update.current.changedAt);
    }),
  );
});

/** Settings of which some are absent, and a mask that names some of all fields. */
const partly = fc
  .tuple(anySettings, fc.subarray([...allFields]), someFields)
  .map(([whole, kept, fields]) => {
    const entries = kept.map((field) => [field, whole[field]]);
    return { given: Object.fromEntries(entries) as SomeSettings, fields };
  });

const memberPaths = { restWebhook: "rest_webhook", restCall: "rest_call", restAsync: "rest_async" };

test("a named field becomes what is given or its default, or is a mistake without either", () => {
  fc.assert(
    fc.property(partly, ({ given, fields }) => {
      // The type is named by the member that is set, or by any when none is.
      const member = memberPaths[given.type?.kind ?? "restCall"];
      const paths = fields.map((field) => (field === "type" ? member : protoNames[field]));
      const mask = readMask(paths, { kind: given.type?.kind, rotates: false });
      expect(mask.violations).toEqual([]);
      const { patch, violations } = select(given, mask.selection);
      const absent = fields.filter((field) => !(field in given));
      const mistaken = absent.filter((field) => !(field in clearedSettings));
      expect(violations.map(({ field }) => field).sort()).toEqual(pathsOf(mistaken).sort());
      const changed = fields.filter((field) => !mistaken.includes(field));
      expect(Object.keys(patch).sort()).toEqual([...changed].sort());
      for (const field of changed) {
        expect(patch[field]).toEqual(field in given ? given[field] : clearedSettings[field]);
      }
    }),
  );
});

test("the flag alone changes the flag alone, on a target of its type", () => {
  fc.assert(
    fc.property(anySettings, fc.boolean(), (current, interruptOnError) => {
      const { kind } = current.type;
      if (kind === "restAsync") return;
      const given = { type: { kind, interruptOnError } };
      const { next } = throughMask(current, given, [`${memberPaths[kind]}.interrupt_on_error`]);
      expect(next.settings).toEqual({ ...current, type: given.type });
    }),
  );
});
