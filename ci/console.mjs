// Compares each number on the page with the program's own, on each runtime.
// `console.mjs STAGE FOLDER`, which gets the screenshots.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Program, launch } from './browser.mjs';

const [, , stage, folder] = process.argv;
const STATES = ['finished', 'cancelled', 'timeout', 'exception'];
const COLUMNS = ['Name', 'Runtime', 'Type', 'Active', 'Spawned', 'Finished', 'Cancelled', 'Timeout', 'Exception'];

/** The table of names as the page shows it, each row by its columns' labels. */
const shown = (page) => page.$$eval('table[aria-label="Names"] tbody tr', (rows) => rows.map((row) => Object.fromEntries(
  [...row.cells].map((cell) => [cell.dataset.label, cell.querySelector('a')?.textContent ?? cell.textContent]),
)));

const number = (text) => Number(text.replaceAll(',', ''));

/** Waits until the page shows of a name what the program counted. */
function until(page, name, column, value) {
  return page.waitForFunction(([name, column, value]) => [...document.querySelectorAll('table[aria-label="Names"] tbody tr')]
    .some((row) => row.querySelector('a').textContent === name
      && [...row.cells].some((cell) => cell.dataset.label === column && cell.textContent === value)), [name, column, value]);
}

async function check(browser, runtime) {
  const errors = [];
  let program = await Program.start(stage, runtime, '127.0.0.1:0');
  const { url } = program;
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => errors.push(`a dialog: ${dialog.message()}`));
  page.on('request', (request) => { if (!request.url().startsWith(url)) errors.push(`asked for ${request.url()}`); });

  // Empty first; then tasks of all kinds, and each number equals the program's.
  await page.goto(`${url}#/?range=all`);
  await page.getByText('Nothing recorded yet.').waitFor();
  assert.equal(await program.tell('play'), 'done');
  await until(page, 'waits', 'Active', '3');
  await until(page, 'spins', 'Active', '1');
  const counted = JSON.parse(await program.tell('count'));
  const rows = await shown(page);
  assert.equal(rows.length, counted.length);
  for (const series of counted) {
    const row = rows.find((row) => row.Name === series.name && row.Type === series.type);
    assert.ok(row, `${series.name} is not on the page`);
    const wanted = [series.name, series.runtime, series.type, series.active, series.spawned, ...STATES.map((state) => series[state])];
    const read = COLUMNS.map((column, index) => (index < 3 ? row[column] : number(row[column])));
    assert.deepEqual(read, wanted);
  }
  assert.ok(rows.some((row) => row.Name === '<script>alert(1)</script>'));

  // Sorted both ways and filtered, all of it in the URL.
  const names = async () => (await shown(page)).map((row) => row.Name);
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  const ascending = await names();
  assert.deepEqual(ascending, [...ascending].sort((a, b) => a.localeCompare(b)));
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'ascending');
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  assert.deepEqual(await names(), ascending.reverse());
  await page.keyboard.press('/');
  await page.keyboard.type('WAIT');
  assert.deepEqual(await names(), ['waits']);
  assert.match(page.url(), /filter=WAIT/);
  await page.reload();
  await until(page, 'waits', 'Active', '3');
  assert.deepEqual(await names(), ['waits']);
  await page.getByRole('searchbox').fill('');

  // It refreshes by itself, pauses, and resumes.
  await program.tell('spawn 5');
  await until(page, 'fetch', 'Spawned', '12');
  await page.getByRole('button', { name: 'Pause' }).click();
  await program.tell('spawn 3');
  const seen = async () => (await (await fetch(`${url}api/v1/names?range=all`)).json()).names.find((row) => row.name === 'fetch').spawned;
  while (await seen() !== 15);
  const tick = async () => (await (await fetch(`${url}api/v1/overview`)).json()).tick;
  for (const before = await tick(); await tick() < before + 2;);
  assert.equal((await shown(page)).find((row) => row.Name === 'fetch').Spawned, '12');
  await page.getByRole('button', { name: 'Resume' }).click();
  await until(page, 'fetch', 'Spawned', '15');

  // One name: its counts, its plots, and a table of each for those who cannot see them.
  await page.getByRole('link', { name: 'fetch' }).click();
  await page.getByRole('heading', { name: 'fetch' }).waitFor();
  await page.waitForFunction(() => document.querySelector('table[aria-label="Counts"] td:nth-child(3)')?.textContent === '15');
  const drawn = await page.$$eval('.plot .heat', (paths) => paths.filter((path) => path.getAttribute('d')).length);
  assert.ok(drawn >= 2, `${drawn} shades are drawn`);
  await page.locator('.plot summary').first().click();
  await page.waitForFunction(() => document.querySelectorAll('.plot details[open] tbody tr').length > 1);
  assert.equal(await page.getByRole('img', { name: 'Schedule delay' }).count(), 1);

  // The last seconds: each poll of the record is in the view, and one that is selected leads to its task.
  await page.getByRole('link', { name: 'Timeline' }).click();
  await page.getByText(/ of [\d,]+ events are shown/).waitFor();
  const record = await (await fetch(`${url}api/v1/flight?format=json&seconds=60`)).json();
  assert.ok(record.events.kind.filter((kind) => kind === 'polled').length > 20, 'the record has polls');
  await page.getByRole('button', { name: 'Longest poll' }).click();
  await page.getByText('schedule delay', { exact: true }).waitFor();
  await page.screenshot({ path: `${folder}/${runtime}-timeline.png` });

  // Live tasks, and findings.
  await page.getByRole('link', { name: 'Tasks', exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('table[aria-label="Live tasks"] tbody tr').length === 4);
  await page.getByLabel('Order').selectOption('wakes');
  await page.waitForFunction(() => document.querySelector('table[aria-label="Live tasks"] tbody a').textContent === 'spins');
  await page.getByRole('searchbox').fill('waits');
  await page.waitForFunction(() => document.querySelectorAll('table[aria-label="Live tasks"] tbody tr').length === 3);
  await page.getByRole('link', { name: /^Lints/ }).click();
  await page.locator('article[data-lint="self_waking"]').getByText('spins').waitFor();
  await page.locator('article[data-lint="self_waking"]').getByText('tests/console/main.rs').waitFor();

  // Where the tasks wait: all of them, in groups and as a flame graph, and one of them.
  await page.getByRole('link', { name: 'Dump', exact: true }).click();
  await page.getByRole('button', { name: 'Dump all tasks' }).click();
  const group = page.locator('article.group', { hasText: '3 tasks: waits' });
  await group.waitFor();
  assert.equal(await page.locator('.flame .cell.label').filter({ hasText: 'waits' }).count(), 1);
  await page.getByLabel('Seconds in state').check({ force: true });
  await page.locator('.flame .cell.label').first().click();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.screenshot({ path: `${folder}/${runtime}-dump.png` });
  const id = await group.locator('.ids button').first().textContent();
  await group.locator('.ids button').first().click();
  await page.getByText('1 task in 1 group').waitFor();
  assert.ok(page.url().includes(`task=${encodeURIComponent(id)}`));
  await page.getByRole('button', { name: `Dump task ${id} again` }).waitFor();

  // Dark where the system is, light on paper, and no wider than a small telephone.
  const back = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.getByRole('link', { name: 'Overview' }).click();
  await until(page, 'waits', 'Active', '3');
  const light = await back();
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await back(), light);
  await page.screenshot({ path: `${folder}/${runtime}-dark.png` });
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
  assert.equal(await back(), 'rgb(255, 255, 255)');
  await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
  await page.getByRole('button', { name: /^Theme/ }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  assert.notEqual(await back(), light);
  await page.setViewportSize({ width: 320, height: 800 });
  for (const view of ['#/?range=all', '#/tasks', '#/lints', `#/name/${runtime}/coroutine/fetch`]) {
    await page.goto(url + view);
    await page.waitForFunction(() => document.querySelectorAll('main td, main article').length > 0);
    const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(width <= 320, `${view} is ${width} pixels wide`);
    await page.screenshot({ path: `${folder}/${runtime}-narrow.png` });
  }
  await page.goto(`${url}#/dump`);
  await page.getByRole('button', { name: 'Dump all tasks' }).click();
  await page.getByText('3 tasks: waits').waitFor();
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth) <= 320);
  await page.goto(`${url}#/timeline`);
  await page.getByText(/ of [\d,]+ events are shown/).waitFor();
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth) <= 320);
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.deepEqual(errors, []);

  // The program ends, and the page shows it; the program restarts, and the page shows its numbers.
  await page.goto(`${url}#/?range=all`);
  await until(page, 'waits', 'Active', '3');
  await program.stop();
  await page.getByText('no response from the program').waitFor();
  program = await Program.start(stage, runtime, new URL(url).host);
  await page.getByText('The program has restarted').waitFor();
  await program.tell('play');
  await until(page, 'fetch', 'Spawned', '7');
  errors.splice(0, errors.length, ...errors.filter((error) => !error.includes('net::ERR_')));
  assert.deepEqual(errors, []);

  // As Prometheus reads it.
  const metrics = await (await fetch(`${url}metrics`)).text();
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr);
  await page.close();
  await program.stop();
  console.log(`${runtime}: what the page shows is what the program counted; ${metrics.split('\n').length} lines of metrics pass promtool`);
}

/** As much as there can be: what is asked for is there, and the page goes on at it. */
async function crowd(browser) {
  const program = await Program.start(stage, 'smol', '127.0.0.1:0');
  assert.equal(await program.tell('crowd'), 'done');
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  await page.addInitScript(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`${program.url}#/?range=all`);
  await page.getByText('1,000 names').waitFor();
  await page.getByRole('button', { name: 'Show 100 more' }).click();
  await page.waitForFunction(() => document.querySelectorAll('table[aria-label="Names"] tbody tr').length === 200);
  await page.getByRole('searchbox').fill('name 99');
  await page.getByText('10 of 1,000 names').waitFor();
  for (const row of await shown(page)) assert.equal(row.Active, '100');
  await page.getByRole('searchbox').fill('');
  await page.getByText('1,000 names').waitFor();
  await page.getByRole('link', { name: 'Tasks', exact: true }).click();
  await page.getByText('100,000').first().waitFor();
  await page.getByRole('searchbox').fill('name 123');
  await page.waitForFunction(() => document.querySelectorAll('table[aria-label="Live tasks"] tbody tr').length === 100);
  // A few seconds of it, as somebody has who leaves it open.
  const tick = async () => (await (await fetch(`${program.url}api/v1/overview`)).json()).tick;
  await page.getByRole('link', { name: 'Overview' }).click();
  for (const before = await tick(); await tick() < before + 5;);
  await page.getByText('1,000 names').waitFor();
  const longest = await page.evaluate(() => window.longest);
  await page.close();
  await program.stop();
  console.log(`1 000 names and 100 000 tasks: the page was never busy for more than ${Math.max(50, Math.round(longest))} ms at a time`);
}

/** Names that are not only letters, as the page shows them. */
const ODD = ['(empty name)', 'a␊b␀␛[31m', '⟨U+202E⟩exe.gnp', '</script>\'"&amp;\\', 'a/b?c#d%00', 'é'.repeat(2048)];

async function odd(browser) {
  const errors = [];
  const program = await Program.start(stage, 'smol', '127.0.0.1:0');
  assert.equal(await program.tell('odd'), 'done');
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => errors.push(`a dialog: ${dialog.message()}`));
  for (const name of ODD) {
    await page.goto(`${program.url}#/?range=all`);
    await until(page, name, 'Active', '1');
    assert.deepEqual((await shown(page)).map((row) => row.Name).sort(), [...ODD].sort());
    // What turns text turns its own cell alone.
    const link = page.locator('table[aria-label="Names"] tbody a').filter({ has: page.getByText(name, { exact: true }) });
    assert.equal(await link.locator('bdi').evaluate((element) => getComputedStyle(element).unicodeBidi), 'isolate');
    await link.click();
    await page.waitForFunction((name) => document.querySelector('h2').textContent === name
      && document.querySelector('table[aria-label="Counts"] td:nth-child(2)')?.textContent === '1', name);
    // A reload finds it by its link alone.
    await page.reload();
    await page.waitForFunction(() => document.querySelector('table[aria-label="Counts"] td:nth-child(2)')?.textContent === '1');
    const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(width <= 1280, `${name.slice(0, 20)} is ${width} pixels wide`);
    await page.getByRole('link', { name: 'Its live tasks' }).click();
    await page.waitForFunction((name) => {
      const rows = document.querySelectorAll('table[aria-label="Live tasks"] tbody tr');
      return rows.length === 1 && rows[0].querySelector('a').textContent === name;
    }, name);
  }
  await page.goto(`${program.url}#/name/%zz/%/`);
  await page.getByText('No task of this name yet.').waitFor();
  assert.deepEqual(errors, []);
  const metrics = await (await fetch(`${program.url}metrics`)).text();
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr);
  await page.close();
  await program.stop();
  console.log(`${ODD.length} odd names have a row, a page and a task each, as text`);
}

/** Nine tabs of one browser, more than it has connections: all go on, and one stream is open for all that are visible. */
async function tabs(browser, host, streams) {
  const program = await Program.start(stage, 'smol', '127.0.0.1:0');
  const url = `http://${host}:${new URL(program.url).port}/`;
  assert.equal(await program.tell('play'), 'done');
  const context = await browser.newContext();
  const open = async () => (await (await fetch(`${program.url}api/v1/overview`)).json()).streams;
  const settle = async (wanted, when) => {
    const start = Date.now();
    while (await open() !== wanted) assert.ok(Date.now() - start < 20_000, `${when}: ${await open()} streams, not ${wanted}`);
  };
  const pages = [];
  for (let tab = 0; tab < 9; tab += 1) {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${url}#/?range=all`);
    pages.push(page);
  }
  let spawned = 7;
  const all_go_on = async (pages) => {
    spawned += 1;
    await program.tell('spawn 1');
    await Promise.all(pages.map((page) => until(page, 'fetch', 'Spawned', String(spawned))));
  };
  await all_go_on(pages);
  await settle(streams, 'nine tabs');

  // As the browser says it to tabs that are behind another one.
  const see = (page, is_seen) => page.evaluate((is_seen) => {
    for (const [name, value] of [['hidden', !is_seen], ['visibilityState', is_seen ? 'visible' : 'hidden']]) {
      Object.defineProperty(document, name, { value, configurable: true });
    }
    document.dispatchEvent(new Event('visibilitychange'));
  }, is_seen);
  for (const page of pages) await see(page, false);
  await settle(0, 'all tabs hidden');
  await see(pages[4], true);
  await settle(streams, 'one tab visible');
  await all_go_on([pages[4]]);
  for (const page of pages) await see(page, true);
  await all_go_on(pages);
  await settle(streams, 'nine tabs again');

  // One after the other is closed, the one with the stream among them.
  while (pages.length > 1) {
    await pages.splice(pages.length > 4 ? 4 : 0, 1)[0].close();
    await all_go_on(pages);
    await settle(streams, `${pages.length} tabs`);
  }
  await pages.pop().close();
  await settle(0, 'no tab');
  await context.close();
  await program.stop();
  console.log(`nine tabs at ${host} go on, streams open for all of them: ${streams}, and none while they are hidden`);
}

const browser = await launch();
await odd(browser);
await tabs(browser, '127.0.0.1', 1);
// Plain http to another machine is no secure context, and has no locks: there, tabs ask.
await tabs(browser, 'console.test', 0);
await crowd(browser);
for (const runtime of ['tokio', 'smol', 'async-std']) await check(browser, runtime);
await browser.close();
