// The browser, and what every page is held to.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = new URL('./build/screenshots/', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Why the tests cannot run here; a machine that gates changes has the program. */
export const missing = existsSync(PROGRAM) || process.env.CI ? false : `${PROGRAM} is not installed (Debian: chromium)`;

export async function launch() {
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A visitor: a browser profile of its own. Whatever its pages ask of hosts other than those given, or complain about, is kept. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 375, height: 812 }, ...options });
  const page = await context.newPage();
  const seen = { requests: [], errors: [], dialogs: 0 };
  page.on('request', (r) => seen.requests.push(r.url()));
  page.on('pageerror', (e) => seen.errors.push(String(e)));
  page.on('console', (m) => { if (m.type() === 'error' && /Content Security Policy|Trusted/i.test(m.text())) seen.errors.push(m.text()); });
  page.on('dialog', (d) => { seen.dialogs++; d.dismiss(); });
  return { context, page, seen };
}

/** Waits until the page has checked everything; the state of each level, and what is said. */
export async function outcome(page, timeout = 30_000) {
  await page.waitForFunction(() => ![...document.querySelectorAll('#proof > ol > li')].some((l) => l.className === 'run') && !document.getElementById('proof-lines').hidden, undefined, { timeout });
  return page.evaluate(() => ({
    levels: [1, 2, 3].map((n) => document.getElementById(`proof-${n}`).className),
    verdict: document.querySelector('#verdict').className,
    sentence: document.querySelector('#verdict .sentence').textContent,
    colour: getComputedStyle(document.querySelector('#verdict')).backgroundColor,
    why: document.getElementById('proof-why').textContent,
    lines: [...document.querySelectorAll('#proof-lines li')].map((l) => `${l.className} ${l.textContent}`),
    open: document.getElementById('proof-lines').open,
    again: !document.getElementById('proof-again').hidden,
  }));
}

/** The same once the rules were derived, too, or it is known that they are not. */
export async function ruled(page, timeout = 60_000) {
  await outcome(page);
  const { c_rules, norules } = await page.evaluate(() => JSON.parse(document.getElementById('words').textContent));
  await page.waitForFunction(
    (ends) => [...document.querySelectorAll('#proof-lines li')].some((l) => ends.some((e) => l.textContent.includes(e))) || document.querySelector('#verdict .unproved'),
    [c_rules, norules], { timeout },
  );
  return outcome(page);
}

export const GREEN = 'rgb(10, 90, 60)', RED = 'rgb(143, 22, 22)', AMBER = 'rgb(116, 64, 10)';

/** No violation of WCAG 2.2 A and AA that axe knows. */
export async function accessible(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`), [], what);
}

/** Pictures for people to look at, as a phone and as a desk shows it. */
export async function picture(page, name) {
  for (const width of [375, 1280]) {
    await page.setViewportSize({ width, height: 812 });
    await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width} px`);
  }
  await page.setViewportSize({ width: 375, height: 812 });
}
