import AxeBuilder from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";
import { Proxy } from "./proxy.js";
import { Host, download, exampleRules } from "./host.js";

/**
 * `host`: a host of the test's own, its link unused. `shared`: one host for all tests that get along with each other's
 * alerts, with the example rules and a session. A page fails its test when its content security policy was violated.
 */
const test = base.extend({
  host: async ({}, use) => {
    const host = await Host.start();
    await use(host);
    await host.stop();
  },
  shared: [async ({ browser }, use) => {
    const host = await Host.start();
    await host.command("rules", "import", exampleRules);
    const context = await browser.newContext();
    await signIn(await context.newPage(), host);
    host.session = await context.cookies();
    await context.close();
    await use(host);
    await host.stop();
  }, { scope: "worker" }],
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

async function expectState(page, name) {
  await expect(page.locator("body")).toHaveAttribute("data-state", name);
}

async function signIn(page, host) {
  await page.goto(host.link);
  await expectState(page, "live");
}

/** Opens the page of the shared host, signed in. */
async function open(page, shared) {
  await page.context().addCookies(shared.session);
  await page.goto(shared.url);
  await expectState(page, "live");
}

/** The rows about a computer. */
const about = (page, computer) => rows(page).filter({
  has: page.locator("td[data-label=Host]", { hasText: new RegExp(`^${computer}$`) }),
});

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

  test("the link works once, and again only where it opened a session", async ({ page, host, browser }) => {
    await signIn(page, host);
    await page.goto("about:blank");
    await signIn(page, host);
    await expect(page.getByRole("heading", { name: "No alerts yet" })).toBeVisible();
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(host.link);

    await expectState(second, "signed-out");
    await expect(second.getByRole("heading", { name: "This link does not open a session" })).toBeVisible();
    expect(await other.cookies()).toEqual([]);
    await other.close();
  });

  test("without a session the page shows no alert and says what to do", async ({ page, shared }) => {
    await shared.send(download({ Computer: "unseen" }));
    await shared.untilAlert("unseen");
    await page.goto(shared.url);

    await expectState(page, "signed-out");
    await expect(page.getByRole("heading", { name: "Open the link that the server printed" })).toBeVisible();
    await expect(page.getByText(`page ${shared.url}/#k=…`)).toBeVisible();
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

  test("two servers on one machine keep their sessions apart", async ({ page, host, shared }) => {
    await open(page, shared);
    await signIn(page, host);
    await page.goto(shared.url);
    await expectState(page, "live");
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

  test("a second match counts up in the same row", async ({ page, shared }) => {
    await open(page, shared);
    await shared.send(download({ Computer: "twice" }));
    const row = about(page, "twice");
    await expect(row).toHaveCount(1);
    await expect(row.locator("td.number")).toHaveText("1");
    const first = await row.elementHandle();
    await shared.send(download({ Computer: "twice" }));

    await expect(row.locator("td.number")).toHaveText("2", { timeout: 2_000 });
    await expect(row).toHaveCount(1);
    expect(await first.evaluate((element) => element.isConnected)).toBe(true);
    await expect(row.locator("td.time small")).toContainText("since");
  });

  test("rows stand in the server's order however they arrive", async ({ page, shared }) => {
    await open(page, shared);
    for (const [computer, hour] of [["order-b", 10], ["order-c", 9], ["order-a", 11]]) {
      await shared.send(download({ Computer: computer, "@timestamp": `2026-11-21T${hour}:00:00Z`.replace("T9", "T09") }));
      await expect(about(page, computer)).toHaveCount(1);
    }

    const order = page.locator("#alerts td[data-label=Host]", { hasText: /^order-/ });
    await expect(order).toHaveText(["order-a", "order-b", "order-c"]);
    await page.reload();
    await expect(order).toHaveText(["order-a", "order-b", "order-c"]);
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
    const attack = '<img src=x onerror="document.title=0">';
    await host.importRule({ title: `Rule ${attack}`, level: "critical", tag: `attack.t1059${attack}` });
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

  test("a hidden page lets go of its connection and catches up when it is seen again", async ({ page, shared }) => {
    await open(page, shared);
    const show = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await show(true);
    await expectState(page, "paused");
    await shared.send(download({ Computer: "unwatched" }));
    await shared.untilAlert("unwatched");
    await expect(about(page, "unwatched")).toHaveCount(0);
    await show(false);

    await expectState(page, "live");
    await expect(about(page, "unwatched")).toHaveCount(1);
  });
});

test.describe("for everyone", () => {
  test("axe finds nothing and nothing overflows, in both themes, wide and narrow, in every state", async ({ browser, host }) => {
    test.setTimeout(120_000);
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    const errors = watch(page);
    const check = async (state) => {
      // The tint of a new row goes by itself; what is judged is the row that stays.
      await page.evaluate(() => document.querySelectorAll(".fresh").forEach((row) => row.classList.remove("fresh")));
      for (const colorScheme of ["light", "dark"]) {
        for (const width of [1280, 320]) {
          const look = `${state}, ${colorScheme}, ${width} px`;
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 800 });
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect.soft(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), look).toEqual([]);
          expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), look).toBeLessThanOrEqual(width);
        }
      }
    };
    await page.goto(host.url);
    await expectState(page, "signed-out");
    await check("signed out");
    await page.goto(host.link);
    await expectState(page, "live");
    await check("empty");
    const levels = ["critical", "high", "medium", "low", "informational"];
    for (const level of levels) await host.importRule({ title: `A rule of level ${level} ${"w".repeat(120)}`, level });
    await host.send(download({ Computer: "x".repeat(200), User: "y".repeat(200) }), download());
    await expect(rows(page)).toHaveCount(2 * levels.length);
    await check("full");
    await host.kill();
    await expectState(page, "lost");
    await check("lost");
    expect(errors).toEqual([]);
    await context.close();
  });

  test("the table can be reached by keyboard and its focus is seen", async ({ page, shared }) => {
    await shared.send(download({ Computer: "keyboard" }));
    await open(page, shared);
    await expect(about(page, "keyboard")).toHaveCount(1);
    await page.keyboard.press("Tab");

    const region = page.getByRole("region", { name: "Alerts, last seen first" });
    await expect(region).toBeFocused();
    await expect(region).toHaveCSS("outline-style", "solid");
    await expect(page.getByRole("columnheader", { name: "Last seen" })).toHaveAttribute("aria-sort", "descending");
  });

  test("a change is marked; with reduced motion without a fade", async ({ page, shared }) => {
    await open(page, shared);
    await shared.send(download({ Computer: "motion" }));
    const cell = about(page, "motion").locator("td").first();
    await expect(cell).toHaveCSS("animation-name", "fresh");
    await expect(cell).toHaveCSS("animation-timing-function", "ease-in");
    await page.emulateMedia({ reducedMotion: "reduce" });

    await expect(cell).toHaveCSS("animation-timing-function", /step-end|steps\(1/);
  });
});

test("every answer of the page carries its policy, and nothing is loaded from elsewhere", async ({ page, shared }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  await open(page, shared);

  expect(new Set(asked)).toEqual(new Set([shared.url]));
  for (const path of ["/", "/assets/live.js", "/assets/live.css", "/assets/icon.svg"]) {
    const headers = (await page.request.get(shared.url + path)).headers();
    expect(headers["content-security-policy"], path).toContain("default-src 'none'");
    expect(headers["content-security-policy"], path).not.toContain("unsafe");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["referrer-policy"], path).toBe("no-referrer");
  }
});
