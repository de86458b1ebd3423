// Drives Chromium through the pages, and prints what it found as one JSON document: node pages.mjs CONFIG.json
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import puppeteer from "puppeteer-core";

const require = createRequire(import.meta.url), axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const config = JSON.parse(readFileSync(process.argv[2], "utf8")), found = {};
const browser = await puppeteer.launch({executablePath: config.chromium, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"]});

/** A page of its own profile, with what it complained about. */
async function opened(url) {
  const context = await browser.createBrowserContext(), page = await context.newPage(), said = [], requests = [];
  page.on("console", message => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", error => said.push(`error: ${error.message}`));
  page.on("dialog", dialog => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", request => requests.push(request.url()));
  await page.evaluateOnNewDocument(() => document.addEventListener("securitypolicyviolation", event => console.error("policy", event.violatedDirective, event.blockedURI)));
  if (url) { await page.goto(url); await page.waitForSelector("h1"); }
  return {page, said, requests, origin: url && new URL(url).origin};
}
async function signedIn(url) {
  const all = await opened();
  await all.page.goto(url);
  await all.page.waitForSelector("#say");
  return {...all, origin: new URL(url).origin};
}
const value = page => page.evaluate(() => document.activeElement.getAttribute("aria-valuetext"));
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const focusOn = (page, selector) => page.evaluate(chosen => document.querySelector(chosen).focus(), selector);
const focused = page => page.evaluate(() => document.activeElement.localName);
/** What changes the page of a report: the page is drawn by the event, and the address changes before it. */
const turned = (page, change) => Promise.all([page.evaluate(() => new Promise(done => addEventListener("hashchange", () => done(), {once: true}))), change()]);
const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const violations = async page => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const {violations} = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
    return violations.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 200)} (${nodes.length})`);
  });
};

const checks = {
  async signing_in({url}) {
    const {page, said, origin} = await signedIn(url), cookies = await page.browserContext().cookies();
    const {page: other} = await opened();
    await other.setJavaScriptEnabled(false);
    await other.goto(origin + "/");
    await other.type("#sign-in input", new URL(url).hash.slice(7));
    await Promise.all([other.waitForNavigation(), press(other, "Enter")]);
    const bare = await other.evaluate(() => document.body.innerText);
    await Promise.all([other.waitForNavigation(), other.click("main a[href^='/table/']")]);
    const table = await other.$eval("h1", h1 => h1.innerText);
    const {page: stranger} = await opened(origin + "/");
    return {
      address: page.url(), title: await page.title(), said, cookies: cookies.map(({name, httpOnly, sameSite}) => ({name, httpOnly, sameSite})),
      script: await page.evaluate(() => document.cookie), bare, table, stranger: await stranger.evaluate(() => document.body.innerText),
    };
  },

  async screens({url, paths}) {
    const {page, said, origin} = await signedIn(url), seen = {};
    for (const path of [...paths, "sign-in", "dialog"]) for (const theme of ["light", "dark"]) for (const width of [1280, 390]) {
      await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: theme}, {name: "prefers-reduced-motion", value: "reduce"}]);
      await page.setViewport({width, height: 900});
      if (path === "sign-in") { const {page: other} = await opened(origin + "/"); seen[`${path} ${theme} ${width}`] = {axe: await violations(other), over: await overflow(other)}; await other.close(); continue; }
      await page.goto(origin + (path === "dialog" ? "/" : path));
      if (path === "dialog") { await press(page, "?"); await page.waitForSelector("dialog[open]"); }
      seen[`${path} ${theme} ${width}`] = {axe: await violations(page), over: await overflow(page)};
    }
    await page.setViewport({width: 320, height: 700});
    for (const path of paths) { await page.goto(origin + path); seen[`${path} 320`] = {axe: [], over: await overflow(page)}; }
    return {seen, said};
  },

  async keys({url}) {
    const {page, said, origin} = await signedIn(url), told = {};
    await page.setViewport({width: 1280, height: 900});
    await page.goto(origin + "/");
    for (told.stops = 1; told.stops < 60; told.stops++) {
      await press(page, "Tab");
      if (await page.evaluate(() => document.activeElement.matches("[role=slider]"))) break;
    }
    told.strips = await page.$$eval("[role=slider]", strips => strips.filter(strip => strip.tabIndex === 0).length);
    await press(page, "/");
    told.filter = await focused(page);
    await page.keyboard.type("analytics.flights");
    told.filtered = await page.$eval("#say", say => say.textContent);
    await press(page, "t", "Backspace", "Escape");
    told.theme_while_typing = await page.evaluate(() => document.documentElement.dataset.theme ?? null);
    await focusOn(page, "tr:not([hidden]) [role=slider]");
    const walk = async (...keys) => { await press(page, ...keys); return value(page); };
    told.walk = {
      end: await walk("End"), left: await walk("ArrowLeft"), right: await walk("ArrowRight"), p: await walk("p"), pp: await walk("p"), ppp: await walk("p"), pppp: await walk("p"),
      n: await walk("n"), up: await walk("PageUp"), down: await walk("PageDown"), home: await walk("Home"),
    };
    await page.$eval("input[type=search]", input => { input.value = ""; input.dispatchEvent(new Event("input", {bubbles: true})); });
    const row = () => page.evaluate(() => document.activeElement.closest("tr").dataset.q);
    await focusOn(page, "tr[data-q^='analytics.flights'] [role=slider]");
    await press(page, "End", "ArrowLeft");
    told.rows = [await row(), await value(page)];
    await press(page, "ArrowDown");
    told.rows.push(await row(), await value(page));
    await press(page, "ArrowUp");
    told.rows.push(await row());
    told.one_stop = await page.$$eval("[role=slider]", strips => strips.filter(strip => strip.tabIndex === 0).length);
    await Promise.all([page.waitForNavigation(), press(page, "Enter")]);
    told.table = [page.url(), await focused(page)];
    await focusOn(page, ".cal");
    told.calendar = [await value(page)];
    for (const key of ["ArrowUp", "ArrowLeft", "Home", "End"]) { await press(page, key); told.calendar.push(await value(page)); }
    await Promise.all([page.waitForNavigation(), press(page, "g", "r")]);
    told.runs = [page.url(), await focused(page)];
    await Promise.all([page.waitForNavigation(), press(page, "g", "c")]);
    told.cost = [page.url(), await focused(page)];
    await Promise.all([page.waitForNavigation(), press(page, "g", "h")]);
    told.home = page.url();
    await press(page, "t");
    told.theme = await page.evaluate(() => document.documentElement.dataset.theme);
    await press(page, "?");
    told.dialog = await page.$eval("dialog", dialog => dialog.open);
    await focusOn(page, "#letters");
    await press(page, "Space", "Escape", "t");
    told.letters_off = await page.evaluate(() => [document.documentElement.dataset.theme, document.querySelector("dialog").open]);
    return {...told, said};
  },

  async run({url, run}) {
    const {page, said, origin} = await signedIn(url);
    await page.goto(`${origin}/run/${run}`);
    const lines = () => page.$eval("pre.log", log => log.textContent.split("\n").length), counts = [await lines()];
    for (let more = 0; more < 2; more++) {
      const before = await lines();
      await page.click("[data-older]");
      await page.waitForFunction(count => document.querySelector("pre.log").textContent.split("\n").length > count, {}, before);
      counts.push(await lines());
    }
    return {counts, hidden: await page.$eval("[data-older]", button => button.hidden), first: await page.$eval("pre.log", log => log.textContent.split("\n")[0]), said};
  },

  async live({url}) {
    const {page, said, origin} = await signedIn(url);
    await page.evaluate(() => { window.same = true; });
    await page.type("input[type=search]", "flights");
    await fetch(origin + "/test/changed");
    await page.waitForFunction(() => document.querySelector("h1").textContent.includes("version 2"), {timeout: 20000});
    return {
      same: await page.evaluate(() => window.same), title: await page.title(), focused: await focused(page), typed: await page.$eval("input[type=search]", input => input.value),
      spoken: await page.$eval("#say", say => say.textContent), said,
    };
  },

  async hostile({url, other, paths}) {
    const seen = [];
    for (const each of [url, other]) {
      const {page, said, origin} = await signedIn(each);
      for (const path of paths) {
        await page.goto(origin + path);
        const tags = await page.evaluate(() => [...document.querySelectorAll("*")].map(element => element.localName).join(" "));
        seen.push({path, tags, text: (await page.evaluate(() => document.body.innerText)), said: [...said], over: await overflow(page)});
      }
    }
    return seen;
  },

  async report({file, hostile, run, table}) {
    const {page, said, requests} = await opened("file://" + file), told = {};
    const all = [];
    for (const route of ["", `#/table/${table}`, `#/run/${run}`, "#/runs", "#/cost", "#/nowhere"]) {
      const go = () => page.goto(`file://${file}${route}`);
      await (route ? turned(page, go) : go());
      all.push({route, h1: await page.$eval("h1", h1 => h1.innerText), axe: await violations(page), over: await overflow(page)});
    }
    await page.goto(`file://${file}`);
    await turned(page, () => press(page, "g", "r"));
    told.address = page.url();
    told.focused = await focused(page);
    await turned(page, () => press(page, "g", "h"));
    await focusOn(page, "[role=slider]");
    await press(page, "End");
    told.value = await value(page);
    const bad = await opened("file://" + hostile);
    return {...told, all, said, requests: [...new Set(requests.map(each => each.split("#")[0]))], hostile: {said: bad.said, requests: bad.requests}};
  },
};
for (const [name, given] of Object.entries(config.checks)) {
  try { found[name] = await checks[name](given); } catch (error) { found[name] = {failed: `${error.message}\n${error.stack}`}; }
}
await browser.close();
console.log(JSON.stringify(found));
