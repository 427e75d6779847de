import { validate } from "../../../src/core/config/validate";
import { errorsOf, registry } from "./documents";
import type { FieldCase } from "./field-case";
import { FIELD_CASES } from "./field-cases";

function label(field: FieldCase, index: number): string {
  return `value ${index} of ${field.place}`;
}

describe("each field", () => {
  it("accepts what it should", () => {
    for (const field of FIELD_CASES) {
      for (let index = 0; index < field.accepted.length; index += 1) {
        const errors = errorsOf(field.document(field.accepted[index]));
        expect(`${label(field, index)}: ${errors.join()}`).toBe(`${label(field, index)}: `);
      }
    }
  });

  it("refuses what it should, with a pointer to it or into it", () => {
    for (const field of FIELD_CASES) {
      const refused = field.refused.concat(field.refusedBeyondSchema ?? []);
      for (let index = 0; index < refused.length; index += 1) {
        const { errors } = validate(field.document(refused[index]), registry);
        const first = errors.length === 0 ? "accepted" : errors[0]!.pointer;
        const isInside = first === field.place || first.startsWith(`${field.place}/`);
        expect(`${label(field, index)}: ${isInside ? "refused" : first}`).toBe(
          `${label(field, index)}: refused`,
        );
      }
    }
  });
});
