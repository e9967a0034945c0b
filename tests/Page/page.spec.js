import AxeBuilder from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";
import { Proxy } from "./proxy.js";
import { Host, download, exampleRules } from "./host.js";

const STATE = "body[data-state]";

/** A host of its own for each test, and a page that fails the test when its content security policy was violated. */
const test = base.extend({
  host: async ({}, use) => {
    const hosts = [await Host.start()];
    await use(hosts[0]);
    await hosts[0].stop();
  },
  page: async ({ page }, use) => {
    const errors = watch(page);
    await use(page);
    expect(errors).toEqual([]);
  },
});

/** Script errors and policy violations of a page, collected while it lives. */
function watch(page) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) errors.push(message.text());
  });
  return errors;
}

const rows = (page) => page.locator("#alerts tr");
const state = (page) => page.locator("body");

async function expectState(page, name) {
  await expect(state(page)).toHaveAttribute("data-state", name);
}

async function signIn(page, host) {
  await page.goto(host.link);
  await expectState(page, "live");
}

test.describe("the link and the session", () => {
  test("the printed link opens the page signed in and its key leaves the address and the history", async ({ page, host }) => {
    await page.goto("about:blank");
    await signIn(page, host);

    expect(page.url()).toBe(`${host.url}/`);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    expect(cookie.value).not.toBe(new URL(host.link).hash.slice(3));
    await page.goBack();
    expect(page.url()).toBe("about:blank");
    await page.goForward();
    expect(page.url()).toBe(`${host.url}/`);
    await expectState(page, "live");
  });

  test("the link works once", async ({ page, host, browser }) => {
    await signIn(page, host);
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(host.link);

    await expectState(second, "signed-out");
    await expect(second.getByRole("heading", { name: "This link does not open a session" })).toBeVisible();
    expect(await other.cookies()).toEqual([]);
    await other.close();
  });

  test("a used link is no trouble in the browser that used it", async ({ page, host }) => {
    await signIn(page, host);
    await page.goto("about:blank");
    await signIn(page, host);
    await expect(page.getByRole("heading", { name: "No alerts yet" })).toBeVisible();
  });

  test("without a session the page shows no alert and says what to do", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await host.send(download());
    await expect.poll(async () => (await host.alerts()).length).toBe(1);
    await page.goto(host.url);

    await expectState(page, "signed-out");
    await expect(page.getByRole("heading", { name: "Open the link that the server printed" })).toBeVisible();
    await expect(page.getByText(`page ${host.url}/#k=…`)).toBeVisible();
    await expect(rows(page)).toHaveCount(0);
    await expect(page.locator("table")).toBeHidden();
  });

  test("a link pasted into an open page signs it in", async ({ page, host }) => {
    await page.goto(host.url);
    await expectState(page, "signed-out");
    await page.evaluate((link) => { location.href = link; }, host.link);

    await expectState(page, "live");
    expect(page.url()).toBe(`${host.url}/`);
  });

  test("two servers on one machine keep their sessions apart", async ({ page, host }) => {
    const other = await Host.start();
    try {
      await signIn(page, host);
      await signIn(page, other);
      await page.goto(host.url);
      await expectState(page, "live");
    } finally {
      await other.stop();
    }
  });
});

test.describe("alerts as they are raised", () => {
  test("an empty page tells how alerts come, and the first one arrives by itself", async ({ page, host }) => {
    await signIn(page, host);
    await expect(page.getByRole("heading", { name: "No alerts yet" })).toBeVisible();
    await expect(page.getByText("./mcpsec rules import")).toBeVisible();
    await page.evaluate(() => { window.isFirstLoad = true; });
    await host.command("rules", "import", exampleRules);
    await host.send(download());

    // The promise of the live page: two seconds from the answer to the row.
    await expect(rows(page)).toHaveCount(1, { timeout: 2_000 });
    const row = rows(page).first();
    await expect(row).toContainText("Certutil Fetches a File From the Network");
    await expect(row).toContainText("T1105");
    await expect(row).toContainText("high");
    await expect(row).toContainText("ws-042");
    await expect(row).toContainText("lee");
    await expect(page.getByRole("heading", { name: "No alerts yet" })).toBeHidden();
    expect(await page.evaluate(() => window.isFirstLoad)).toBe(true);
  });

  test("a second match counts up in the same row", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    await host.send(download());
    await expect(rows(page)).toHaveCount(1);
    const row = await rows(page).first().elementHandle();
    await host.send(download());

    await expect(page.locator("#alerts td.number")).toHaveText("2", { timeout: 2_000 });
    await expect(rows(page)).toHaveCount(1);
    expect(await row.evaluate((element) => element.isConnected)).toBe(true);
    await expect(page.locator("#alerts td.time small")).toContainText("since");
  });

  test("rows stand in the server's order however they arrive", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    for (const [computer, time] of [["b", "2026-11-20T10:00:00Z"], ["c", "2026-11-20T09:00:00Z"], ["a", "2026-11-20T11:00:00Z"]]) {
      await host.send(download({ Computer: computer, "@timestamp": time }));
      await expect(page.locator("#alerts td.name", { hasText: new RegExp(`^${computer}$`) })).toBeVisible();
    }

    const hosts = page.locator("#alerts td[data-label=Host]");
    await expect(hosts).toHaveText(["a", "b", "c"]);
    await page.reload();
    await expect(hosts).toHaveText(["a", "b", "c"]);
  });

  test("the page holds the 500 alerts seen last and says so", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    const events = Array.from({ length: 600 }, (_, i) => download({ Computer: `ws-${i}` }));
    await host.send(...events);

    await expect(rows(page)).toHaveCount(500);
    await expect(page.locator("#summary")).toHaveText("the 500 seen last");
    await expect(page.locator("#alerts td[data-label=Host]").first()).toHaveText("ws-599");
    await expect(page.locator("#alerts td[data-label=Host]").last()).toHaveText("ws-100");
  });

  test("markup in names and titles is text", async ({ page, host }) => {
    const attack = "<img src=x onerror=\"document.title='owned'\">";
    await host.importRule(`title: 'Rule ${attack}'\nid: 7a1fb2a4-3f0e-4f57-9c0e-0d2b6a4b9c11\nstatus: stable\nlevel: critical\n`
      + `tags:\n    - 'attack.t1059${attack}'\n`
      + "logsource:\n    category: process_creation\n    product: windows\n"
      + "detection:\n    tool:\n        Image|endswith: '\\certutil.exe'\n    condition: tool\n");
    await signIn(page, host);
    await host.send(download({ Computer: attack, User: attack }));

    await expect(rows(page)).toHaveCount(1);
    await expect(page.locator("#alerts td.title")).toContainText(`Rule ${attack}`);
    await expect(page.locator("#alerts td[data-label=Host]")).toHaveText(attack);
    await expect(page.locator("#alerts td[data-label=User]")).toHaveText(attack);
    await expect(page.locator("#alerts img")).toHaveCount(0);
    await expect(page).toHaveTitle("Alerts · McpSecurity");
  });
});

test.describe("when the connection is lost", () => {
  test("the page says so, reconnects and shows what it missed", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await host.send(download({ Computer: "before" }));
    const proxy = await Proxy.start(host.port);
    try {
      await page.goto(host.link.replace(host.url, proxy.url));
      await expectState(page, "live");
      await expect(rows(page)).toHaveCount(1);
      await proxy.cut();
      await expectState(page, "lost");
      await expect(page.locator("#connection")).toContainText("reconnecting");
      await expect(rows(page)).toHaveCount(1);
      await host.send(download({ Computer: "meanwhile" }));
      await proxy.restore();

      await expectState(page, "live");
      await expect(page.locator("#alerts td[data-label=Host]")).toHaveText(["meanwhile", "before"]);
    } finally {
      await proxy.stop();
    }
  });

  test("after a restart the page asks for the new link, and goes on by itself once that is opened", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await host.send(download({ Computer: "before" }));
    await signIn(page, host);
    await expect(rows(page)).toHaveCount(1);
    await host.kill();
    await expectState(page, "lost");
    const restarted = await Host.start({ data: host.data, port: host.port });
    try {
      await expectState(page, "signed-out");
      await expect(page.getByRole("heading", { name: "Your session has ended" })).toBeVisible();
      await expect(rows(page)).toHaveCount(1);
      await restarted.send(download({ Computer: "meanwhile" }));
      const other = await page.context().newPage();
      await signIn(other, restarted);

      await expectState(page, "live");
      await expect(page.getByRole("heading", { name: "Your session has ended" })).toBeHidden();
      await expect(page.locator("#alerts td[data-label=Host]")).toHaveText(["meanwhile", "before"]);
    } finally {
      await restarted.stop();
    }
  });

  test("a hidden page lets go of its connection and catches up when it is seen again", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    const show = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await show(true);
    await expectState(page, "paused");
    await host.send(download());
    await expect.poll(async () => (await host.alerts()).length).toBe(1);
    await expect(rows(page)).toHaveCount(0);
    await show(false);

    await expectState(page, "live");
    await expect(rows(page)).toHaveCount(1);
  });
});

test.describe("for everyone", () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 320]) {
      test(`axe finds nothing and nothing overflows: ${colorScheme}, ${width} px`, async ({ browser, host }) => {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
        const page = await context.newPage();
        const errors = watch(page);
        const check = async (name) => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0].html}`)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
        };
        await page.goto(host.url);
        await expectState(page, "signed-out");
        await check("signed out");
        await page.goto(host.link);
        await expectState(page, "live");
        await check("empty");
        await host.command("rules", "import", exampleRules);
        for (const level of ["critical", "high", "medium", "low", "informational"]) await host.importRule(ruleOf(level));
        await host.send(download({ Computer: "x".repeat(200), User: "y".repeat(200) }), download());
        await expect(rows(page)).toHaveCount(12);
        // The tint of a new row fades; what is judged is the row that stays.
        await page.evaluate(() => document.querySelectorAll(".fresh").forEach((row) => row.classList.remove("fresh")));
        await check("full");
        await host.kill();
        await expectState(page, "lost");
        await check("lost");
        expect(errors).toEqual([]);
        await context.close();
      });
    }
  }

  test("the table can be reached and scrolled by keyboard and its focus is seen", async ({ page, host }) => {
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    await host.send(download());
    await expect(rows(page)).toHaveCount(1);
    await page.keyboard.press("Tab");

    const region = page.getByRole("region", { name: "Alerts, last seen first" });
    await expect(region).toBeFocused();
    await expect(region).toHaveCSS("outline-style", "solid");
    await expect(page.getByRole("columnheader", { name: "Last seen" })).toHaveAttribute("aria-sort", "descending");
  });

  test("with reduced motion a change is marked without a fade", async ({ page, host }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await host.command("rules", "import", exampleRules);
    await signIn(page, host);
    await host.send(download());

    await expect(page.locator("#alerts tr.fresh td").first()).toHaveCSS("animation-timing-function", /step-end|steps\(1/);
  });
});

test("every answer of the page carries its policy, and nothing is loaded from elsewhere", async ({ page, host }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  const answer = await page.goto(host.link);
  await expectState(page, "live");

  expect(new Set(asked)).toEqual(new Set([host.url]));
  for (const path of ["/", "/assets/live.js", "/assets/live.css", "/assets/icon.svg"]) {
    const headers = (await page.request.get(host.url + path)).headers();
    expect(headers["content-security-policy"], path).toContain("default-src 'none'");
    expect(headers["content-security-policy"], path).not.toContain("unsafe");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
  }
  expect(answer.headers()["referrer-policy"]).toBe("no-referrer");
});

function ruleOf(level) {
  const id = `7a1fb2a4-3f0e-4f57-9c0e-0d2b6a4b9c${Math.abs(level.length * 7 + level.charCodeAt(0)).toString(16).padStart(2, "0").slice(-2)}`;
  return `title: A rule of level ${level}\nid: ${id}\nstatus: stable\nlevel: ${level}\n`
    + "logsource:\n    category: process_creation\n    product: windows\n"
    + "detection:\n    tool:\n        Image|endswith: '\\certutil.exe'\n    condition: tool\n";
}
