// Loads pages in Chromium, slowed four times, and prints the medians in milliseconds: node page.mjs CONFIG.json
import {readFileSync} from "node:fs";
import puppeteer from "puppeteer-core";

const {chromium, url, file, paths, times} = JSON.parse(readFileSync(process.argv[2], "utf8")), origin = new URL(url).origin;
const browser = await puppeteer.launch({executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"]});
const page = await browser.newPage();
const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
await page.setViewport({width: 1280, height: 900});
await page.goto(url);
await page.waitForSelector("#say");
await page.emulateCPUThrottling(4);

async function loaded(address) {
  const paints = [], loads = [];
  for (let time = 0; time < times; time++) {
    await page.goto("about:blank");
    await page.goto(address, {waitUntil: "load"});
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => setTimeout(done))));
    const seen = await page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0]?.startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]);
    paints.push(seen[0] ?? seen[1]);
    loads.push(seen[1]);
  }
  return {paint: median(paints), load: median(loads), elements: await page.evaluate(() => document.body.querySelectorAll("*").length)};
}
async function acted(action) {
  const took = [];
  for (let time = 0; time < times; time++) took.push(await page.evaluate(async ([act, again]) => {
    const begun = performance.now();
    eval(again % 2 ? act[1] : act[0]);
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - begun;
  }, [action, time]));
  return median(took);
}
const found = {};
for (const [name, path] of Object.entries(paths)) found[name] = await loaded(origin + path);
found.report = await loaded(`file://${file}`);
found.window = await acted(["document.querySelector('[data-win=\"30\"]').click()", "document.querySelector('[data-win=\"400\"]').click()"]);
found.page = await acted(["location.hash = '#/runs'", "location.hash = '#/'"]);
await browser.close();
console.log(JSON.stringify(found));
