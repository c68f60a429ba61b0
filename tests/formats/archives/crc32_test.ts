import { equal } from "node:assert/strict";
import { crc32 } from "../../../lib/formats/archives/crc32.ts";

Deno.test("CRC-32: the check value of the catalogue", () => {
  equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});
