// node --test samples/testing-node    (needs @aws-sdk/client-iot)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateThingCommand, DescribeThingCommand, IoTClient, ListThingsCommand } from "@aws-sdk/client-iot";
import { startGodwit } from "./godwit.mjs";

let godwit, iot;
before(async () => {
  godwit = await startGodwit();
  iot = new IoTClient(godwit.config);
});
after(async () => {
  iot?.destroy();
  await godwit?.stop();
});

test("things are there once they are made", async () => {
  await iot.send(new CreateThingCommand({ thingName: "dev7" }));
  const { things } = await iot.send(new ListThingsCommand({}));
  assert.deepEqual(things.map(thing => thing.thingName), ["dev7"]);
});

test("a thing that is not there is refused as by AWS", async () => {
  await assert.rejects(iot.send(new DescribeThingCommand({ thingName: "nobody" })), { name: "ResourceNotFoundException" });
});
