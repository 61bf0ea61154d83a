// Goes through keys, watches and leases of a running server with the Node client.
// Prints "ok <step>" for each step and exits with 1 at the first that fails.
// The one argument is host and port.
"use strict";

const { Etcd3, EtcdLeaseInvalidError } = require("etcd3");

function step(name, holds) {
  if (!holds) {
    throw new Error("failed: " + name);
  }
  console.log("ok " + name);
}

function event(emitter, name) {
  return new Promise((resolve, reject) => {
    emitter.once(name, (...values) => resolve(values));
    emitter.once("error", reject);
  });
}

async function keys(client) {
  await client.put("node/a").value("1");
  step("put", (await client.get("node/a").string()) === "1");
  await client.put("node/b").value("2");
  const all = await client.getAll().prefix("node/").strings();
  step("prefix", all["node/a"] === "1" && all["node/b"] === "2");
  const sorted = await client.getAll().prefix("node/").sort("Key", "Descend").limit(1).keys();
  step("sort", sorted.length === 1 && sorted[0] === "node/b");
  step("count", (await client.getAll().prefix("node/").count()) === 2);
  step("absent", (await client.get("node/none")) === null);
  const deleted = await client.delete().prefix("node/");
  step("delete", deleted.deleted === "2");
}

async function transactions(client) {
  const create = () =>
    client
      .if("node/t", "Create", "==", 0)
      .then(client.put("node/t").value("1"))
      .else(client.get("node/t"))
      .commit();
  step("txn", (await create()).succeeded);
  const again = await create();
  step("else", !again.succeeded && again.responses[0].response_range.kvs.length === 1);
}

async function watches(client) {
  const watcher = await client.watch().prefix("node/w").create();
  const put = event(watcher, "put");
  await client.put("node/w1").value("1");
  const [kv] = await put;
  step("watch put", kv.key.toString() === "node/w1" && kv.value.toString() === "1");
  const gone = event(watcher, "delete");
  await client.delete().key("node/w1");
  const [old] = await gone;
  step("watch delete", old.key.toString() === "node/w1");
  await watcher.cancel();
  const past = await client.watch().key("node/w1").startRevision(kv.mod_revision).create();
  const replayed = await event(past, "put");
  step("watch past", replayed[0].mod_revision === kv.mod_revision);
  await past.cancel();
}

async function leases(client) {
  const lease = client.lease(100);
  await lease.put("node/l").value("1");
  await lease.keepaliveOnce();
  step("lease", (await client.get("node/l").string()) === "1");
  await lease.revoke();
  step("lease revoke", (await client.get("node/l")) === null);
  let refused = false;
  try {
    await lease.put("node/l").value("2");
  } catch (error) {
    refused = error instanceof EtcdLeaseInvalidError;
  }
  step("lease is over", refused);
}

async function main() {
  const client = new Etcd3({ hosts: "http://" + process.argv[2] });
  await keys(client);
  await transactions(client);
  await watches(client);
  await leases(client);
  const lock = client.lock("node/lock");
  await lock.acquire();
  await lock.release();
  step("lock", true);
  client.close();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
