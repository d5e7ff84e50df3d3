// The documentation's pictures: the quickstart, and each hunt when its lint has been found, and not when it is fixed.
// `pictures.mjs EXAMPLES FOLDER`.

import { Program, launch } from './browser.mjs';

const [, , examples, folder] = process.argv;

async function picture(browser, args, { name, hash, wait, height = 800, dark = false, lint }) {
  const program = await Program.start(`${examples}/${args[0]}`, ...args.slice(1));
  const colorScheme = dark ? 'dark' : 'light';
  const page = await browser.newPage({ viewport: { width: 1200, height }, colorScheme });
  page.setDefaultTimeout(60_000);
  await page.goto(program.url);
  if (lint) await page.locator(`article[data-lint="${lint}"]`).first().waitFor({ timeout: 200_000 });
  if (hash) await page.goto(program.url + hash);
  await page.waitForFunction(wait);
  if (name) await page.screenshot({ path: `${folder}/${name}.png` });
  await page.close();
  await program.stop();
  console.log(`${args.join(' ')}: ${lint ? `${lint} was found` : 'drawn'}`);
}

const curves = 'document.querySelectorAll(".plot .p99").length === 3';
const rows = 'document.querySelectorAll("table tbody tr").length > 0';
/** As many seconds as make a plot. */
const seconds = (number) => `document.querySelector("#about").textContent.match(/cover (${number}|[1-9]\\d+) s/) !== null`;

const browser = await launch();
await picture(browser, ['quickstart', '--console', '--trouble'], { name: 'console', wait: `${seconds('2\\d')} && ${rows}`, height: 900 });
await picture(browser, ['hunts', 'blocking'], { name: 'hunt-blocking', lint: 'blocking_in_async', hash: '#/?range=60', wait: `${seconds('[1-9]\\d')} && ${rows}`, height: 760 });
await picture(browser, ['hunts', 'starved'], { name: 'hunt-starved', lint: 'starved_blocking_pool', hash: '#/name/tokio/to_thread/make_smaller?range=60', wait: `${seconds('[1-9]\\d')} && ${curves}`, height: 900, dark: true });
await browser.close();
