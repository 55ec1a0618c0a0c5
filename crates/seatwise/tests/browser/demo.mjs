// The demo and a browser that is signed in to it.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

/// Starts a demo on a free port, and gives its ready file's content when it answers.
export async function startDemo(...options) {
  return start("demo", newFolder(), options);
}

/// Starts a server that collects from a demo once a day, and did so a moment ago.
export async function startCollector(demo) {
  const folder = newFolder();
  const data = ["--data-dir", join(folder, "data")];
  const env = { ...process.env, SEATWISE_TOKEN: demo.token };
  execFileSync(process.env.SEATWISE, ["collect", ...data, "--from", demo.url], { env, stdio: "ignore" });
  const from = ["--collect-from", demo.url, "--collect-token", demo.token];
  return start("serve", folder, ["--dev-identity", ...data, "--collect-every", "24h", ...from]);
}

function newFolder() {
  return mkdtempSync(join(tmpdir(), "seatwise-browser-"));
}

async function start(command, folder, options) {
  const file = join(folder, "ready.json");
  const args = [command, "--listen", "127.0.0.1:0", "--ready-file", file, ...options];
  const server = spawn(process.env.SEATWISE, args, { stdio: ["ignore", "ignore", "inherit"] });
  let ended = false;
  server.on("exit", () => (ended = true));
  for (let tries = 0; !existsSync(file); tries += 1) {
    if (ended || tries > 1200) throw new Error(`${command} did not start`);
    await pause(100);
  }
  const ready = JSON.parse(readFileSync(file, "utf8"));
  const stop = async () => {
    const exit = new Promise((done) => server.on("exit", done));
    server.kill("SIGTERM");
    await exit;
    rmSync(folder, { recursive: true });
  };
  return { ...ready, stop };
}

/// Chromium without what speaks to other computers.
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-gpu",
    ],
  });
}
